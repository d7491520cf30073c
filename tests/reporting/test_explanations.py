import pytest
from verdict_entries import entry, ten_layers

from reporting.explanations import decision, decisions


@pytest.mark.parametrize(
    ("fared", "ending"),
    [
        (("fails", "holds", "open"), "What stands: vanishing gradients."),
        (("holds", "holds", "fails"), "What stands: overfitting and vanishing gradients."),
        (("fails", "open", "open"), "still possible: vanishing gradients or unstable steps."),
        (("fails", "fails", "fails"), "None of these stands."),
    ],
)
def test_every_outcome_of_the_explanations_has_its_words(
    fared: tuple[str, ...], ending: str
) -> None:
    names = ("overfitting", "vanishing gradients", "unstable steps")
    text = decision(dict(zip(names, fared, strict=True)))
    assert text.startswith("overfitting ")
    assert text.endswith(ending)


def test_networks_and_explanations_come_in_the_order_of_their_predictions() -> None:
    claims = [
        entry(report="B", variants=["momentum-ten-layers"]),
        entry(report="A", variants=["ten-layers", "plain"]),
    ]
    networks = {
        "ten_layers": {"unstable": "open", "overfitting": "fails"},
        "momentum_ten_layers": {"overfitting": "holds"},
    }
    first, second = decisions({"claims": claims, "ten_layers": ten_layers(**networks)})
    assert first.startswith("**What explains ten layers in report A** (`ten-layers`): unstable ")
    assert "unstable stays open, overfitting fails." in first
    assert "report B** (`momentum-ten-layers`)" in second
