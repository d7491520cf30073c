from typing import Any

import pytest
from verdict_entries import part, prediction, verdict

from reporting.findings import (
    changes,
    counted,
    counts_table,
    disagreements,
    divided_runs,
    explained,
    largest_effects,
    named,
    other_images,
    summary,
)


def test_claims_are_counted_by_report_and_kind_whatever_the_reports_are_called() -> None:
    claims = [
        verdict(report="A"),
        verdict(report="A", verdict="contradicted"),
        verdict(report="A", kind="arithmetic"),
        verdict(report="C 2", kind="one run", verdict="not reproduced"),
    ]
    assert counts_table(claims).splitlines() == [
        "|  | report A | report C 2 | all |",
        "| --- | ---: | ---: | ---: |",
        "| ✅ supported | 1 | 0 | 1 |",
        "| ❌ contradicted | 1 | 0 | 1 |",
        "| ❌ a number of one run: not reproduced | 0 | 1 | 1 |",
        "| ✅ by arithmetic alone: supported | 1 | 0 | 1 |",
    ]


def test_contradicted_claims_are_named_in_their_reports_words() -> None:
    claims = [verdict(quote=f"claim {i}", verdict="contradicted") for i in range(2)]
    (text,) = named([verdict(), *claims], "contradicted")
    assert text.startswith(
        "**Contradicted: 2.** “claim 0” (report A, task 3, first trick): **+0.0407** ["
    )
    assert "; “claim 1” (" in text


def test_without_a_contradiction_the_report_says_so() -> None:
    assert next(named([verdict()], "contradicted")).startswith("**Contradicted: none.**")
    assert not list(named([verdict()], "not reproduced"))


def test_explanations_fare_by_network_intervention_and_measure() -> None:
    accuracy = part(variants=("deep-lr-0.02", "deep", "flat"))
    loss = part(variants=("deep-lr-0.02", "deep", "flat"), quantity="final_validation_loss")
    norm = part(variants=("deep",), quantity="first_to_last_norm")
    verdicts = [
        verdict(),
        prediction("the drop", "deep", verdict="supported"),
        verdict(accuracy, explanation="steps too large", where="deep", verdict="contradicted"),
        verdict(loss, explanation="steps too large", where="deep", verdict="undecided"),
        verdict(norm, explanation="vanishing gradients", where="deep", verdict="contradicted"),
        prediction("the drop", "wide"),
    ]
    assert list(explained(verdicts)) == [
        "**What explains `deep`?** The drop: holds for accuracy; steps too large (`deep-lr-0.02`): "
        "fails for accuracy, stays open for loss; vanishing gradients: fails.",
        "**What explains `wide`?** The drop: holds for accuracy.",
    ]


def test_the_largest_effects_are_those_that_hold() -> None:
    steps = {"unit": "steps", "scale": "ratio", "relation": "times_lower"}
    claims = [
        verdict(quote="small", difference=0.01),
        verdict(quote="large", difference=-0.06),
        verdict(quote="larger, but open", difference=0.09, verdict="undecided"),
        verdict(quote="fast", difference=0.1, **steps),
        verdict(quote="slow", difference=0.5, **steps),
    ]
    (text,) = largest_effects(claims)
    assert "accuracy: “large”" in text
    assert "speed: “fast”" in text
    assert not list(largest_effects(claims[2:3]))


def test_the_most_evenly_split_claim_is_the_example_of_divided_runs() -> None:
    claims = [verdict(single_run_supports=k, statement=f"{k} say so.") for k in range(5)]
    (text,) = divided_runs([*claims, verdict(kind="arithmetic", seeds=0)])
    assert "On 3 of 5 claims" in text
    assert text.endswith("“2 say so.” 2 of 4 runs say so.")
    assert not list(divided_runs([verdict()]))


MORE, LESS = (0.0, None), (None, 0.0)


@pytest.mark.parametrize(
    ("one", "other", "opposed"),
    [
        ({"claimed": MORE}, {"claimed": LESS}, True),
        ({"claimed": MORE}, {"claimed": MORE}, False),
        ({"claimed": (0.0, 0.01)}, {"claimed": (-0.01, 0.0)}, True),
        ({"claimed": (-0.01, 0.01)}, {"claimed": MORE}, False),
        # The same networks the other way round: both say that a beats b.
        ({"claimed": LESS}, {"claimed": MORE, "variants": ("a", "b")}, False),
        ({"claimed": LESS}, {"claimed": LESS, "variants": ("a", "b")}, True),
        # Not the same thing measured, or not by two reports.
        ({"claimed": MORE}, {"claimed": LESS, "variants": ("c", "a")}, False),
        ({"claimed": MORE}, {"claimed": LESS, "quantity": "final_validation_loss"}, False),
        ({"claimed": MORE}, {"claimed": LESS, "parameters": {"threshold": 0.5}}, False),
        ({"claimed": MORE}, {"claimed": LESS, "scale": "ratio"}, False),
        ({"claimed": MORE}, {"claimed": LESS, "report": "A"}, False),
    ],
)
def test_claims_that_cannot_both_be_true_are_a_disagreement(
    one: dict[str, Any], other: dict[str, Any], opposed: bool
) -> None:
    claims = [verdict(report="A", **one), verdict(**{"report": "C", **other})]
    assert len(list(disagreements(claims))) == opposed
    assert len(list(disagreements(claims[::-1]))) == opposed


def test_a_disagreement_is_told_once_a_topic_with_both_verdicts() -> None:
    ours = [verdict(claimed=MORE, statement=text) for text in ("Up.", "Up again.")]
    theirs = verdict(report="B", claimed=LESS, statement="Down.", verdict="contradicted")
    assert list(disagreements([*ours, theirs])) == [
        "**The reports disagree on final validation accuracy.** A: “Up.” (supported). "
        "B: “Down.” (contradicted)."
    ]


def test_verdicts_that_other_images_could_turn_are_counted() -> None:
    claims = [verdict(holds_for_other_images=holds) for holds in (False, True, None)]
    (text,) = other_images(claims)
    assert text.startswith("**Other test images could turn 1** of the 2 verdicts")
    assert not list(other_images(claims[1:]))


def test_changes_in_the_readings_are_listed_alike_ones_together() -> None:
    verdicts = [verdict(id=f"x-{i}", since_pilot=text) for i, text in enumerate("AAB")]
    listed = changes([*verdicts, verdict()], lambda one: one.since_pilot)
    assert listed == "- `x-0`, `x-1`: A\n- `x-2`: B"
    assert changes([verdict()], lambda one: one.since_pilot) == "Nothing."


def test_numbers_of_seeds_are_given_as_a_range() -> None:
    assert [counted(seeds) for seeds in ([6], [24, 12, 24], [])] == ["6", "12 to 24", "0"]


def test_a_finding_without_anything_to_say_is_left_out() -> None:
    claim = verdict(quantity="parameters", kind="arithmetic", unit="weights", scale="value")
    points = [line for line in summary([claim]).splitlines() if line.startswith("- ")]
    assert [point.split(".")[0] for point in points] == ["- **Contradicted: none"]
