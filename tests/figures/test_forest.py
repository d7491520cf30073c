import math
from typing import Any

import pytest
from matplotlib.axes import Axes
from verdict_entries import prediction, verdict

from figures.claims import EDGES, MARKS, draw_claims, place_of
from figures.style import use_house_style
from judging.verdicts import Verdict

INF = math.inf
# Something is above 0.02, measured at 0.05 ± 0.01.
ABOVE = {"difference": 0.05, "interval": (0.04, 0.06), "claimed": (0.02, None)}
RATIO = {"scale": "ratio", "difference": 8.0, "interval": (4.0, 16.0), "claimed": (2.0, None)}
EXACT = {"difference": 64.0, "interval": (64.0, 64.0), "claimed": (64.0, 64.0)}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (3, 2, 4)),  # in half-widths of the interval
        ({"claimed": (None, 0.02)}, (-3, -4, -2)),  # not as claimed
        ({"claimed": (0.0, 0.07)}, (2, 1, 3)),  # of two edges the nearer counts
        ({"claimed": (0.06, 0.07)}, (-1, -2, 0)),
        (RATIO, (2, 1, 3)),  # by logarithms
        ({"interval": (None, 0.06)}, (3, -INF, 4)),
        ({"interval": (0.04, None)}, (3, 2, INF)),
        # Seen from an upper edge, what may be any lower may be any farther within the claim.
        ({"interval": (None, 0.06), "claimed": (None, 0.08)}, (3, 2, INF)),
        (EXACT, (INF, INF, INF)),
        (EXACT | {"claimed": (None, 60.0)}, (-INF, -INF, -INF)),
    ],
)
def test_a_claim_stands_by_its_distance_from_the_edge_of_what_is_claimed(
    given: dict[str, Any], expected: tuple[float, float, float]
) -> None:
    assert place_of(verdict(**(ABOVE | given))) == pytest.approx(expected)


def draw(*claims: Verdict) -> Axes:
    use_house_style()
    figure = draw_claims("Title", claims)
    figure.draw_without_rendering()
    return figure.axes[0]


def bars(axes: Axes) -> list[tuple[list[float], float]]:
    """Ends and row of every interval that is drawn."""
    lines = [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines]
    return [(x, y[0]) for x, y in lines if len(y) == 2 and y[0] == y[1] >= 1]


@pytest.mark.parametrize("word", MARKS)
def test_a_claim_is_marked_by_its_verdict_where_it_stands(word: str) -> None:
    axes = draw(verdict(verdict=word, **ABOVE))
    (mark,) = (line for line in axes.lines if line.get_gid() == "claim.x-1")
    drawn = {key: getattr(mark, f"get_{key}")() for key in MARKS[word]}
    assert drawn == MARKS[word]
    assert list(mark.get_xdata()) == pytest.approx([3.0])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [word]


def test_the_interval_is_drawn_in_the_row_of_its_claim() -> None:
    second = verdict(id="x-2", **(ABOVE | {"claimed": (0.1, None)}))
    assert bars(draw(verdict(**ABOVE), second)) == [
        (pytest.approx([2.0, 4.0]), 1),
        (pytest.approx([-6.0, -4.0]), 2),
    ]


def test_each_claim_stands_beside_its_words_under_its_task_or_explanation() -> None:
    dollars = verdict(statement="It costs $5 and $6.")
    axes = draw(dollars, prediction("overfitting", "deep", id="x-2"))
    labels = [(label.get_text(), label.get_fontweight()) for label in axes.get_yticklabels()]
    assert labels == [
        ("Report A, task 3", "bold"),
        ("It costs $5 and $6", "normal"),  # and no formula is made of it
        ("deep: overfitting", "bold"),
        ("B is more accurate", "normal"),
    ]
    assert not any(label.get_parse_math() for label in axes.get_yticklabels())


def test_an_open_end_is_an_arrow_at_the_edge_and_an_exact_number_stands_there_alone() -> None:
    axes = draw(verdict(**(ABOVE | {"interval": (0.04, None)})), verdict(id="x-2", **EXACT))
    arrows = [line for line in axes.lines if line.get_marker() in ("<", ">")]
    assert [list(arrow.get_xdata()) for arrow in arrows] == [[EDGES[1]]]
    first, second = bars(axes)
    assert first == (pytest.approx([2.0, EDGES[1]]), 1)
    assert second == ([EDGES[1]] * 2, 2)


def test_a_claim_that_cannot_be_measured_says_so() -> None:
    axes = draw(verdict(verdict="undecided", difference=None, interval=(None, None)))
    (words,) = (text for text in axes.texts if text.get_gid() == "claim.x-1")
    assert words.get_text() == "undecided, without an interval"
