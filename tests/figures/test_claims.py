import math
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from verdict_entries import prediction, verdict

from figures.claims import LIMIT, MARKS, Place, draw_claims, place_of
from figures.style import use_house_style
from judging.verdicts import Verdict

# Something is above 0.02, measured at 0.05 ± 0.01.
ABOVE = {"difference": 0.05, "interval": (0.04, 0.06), "claimed": (0.02, None)}


def place(**given: Any) -> Place:
    found = place_of(verdict(**(ABOVE | given)))
    assert found is not None
    return found


def test_a_distance_is_counted_in_half_widths_of_the_interval() -> None:
    assert place() == pytest.approx(Place(3.0, 2.0, 4.0))


def test_what_is_not_as_claimed_lies_below_zero() -> None:
    assert place(claimed=(None, 0.02)) == pytest.approx(Place(-3.0, -4.0, -2.0))
    assert place(claimed=(0.1, None)) == pytest.approx(Place(-5.0, -6.0, -4.0))


def test_of_two_edges_the_nearer_counts() -> None:
    assert place(claimed=(0.0, 0.07)) == pytest.approx(Place(2.0, 1.0, 3.0))
    assert place(claimed=(0.06, 0.07)) == pytest.approx(Place(-1.0, -2.0, 0.0))


def test_a_ratio_is_placed_by_logarithms() -> None:
    ratio = {"scale": "ratio", "difference": 8.0, "interval": (4.0, 16.0), "claimed": (2.0, None)}
    assert place(**ratio) == pytest.approx(Place(2.0, 1.0, 3.0))


def test_an_open_end_is_infinite_on_the_side_it_opens_to() -> None:
    assert place(interval=(None, 0.06)) == pytest.approx(Place(3.0, -math.inf, 4.0))
    assert place(interval=(0.04, None)) == pytest.approx(Place(3.0, 2.0, math.inf))
    # Seen from an upper edge, what may be any lower may be any farther within the claim.
    below = place(interval=(None, 0.06), claimed=(None, 0.08))
    assert below == pytest.approx(Place(3.0, 2.0, math.inf))


def test_an_exact_number_has_a_side_and_no_distance() -> None:
    for claimed, side in (((64.0, 64.0), math.inf), ((None, 60.0), -math.inf)):
        found = place(difference=64.0, interval=(64.0, 64.0), claimed=claimed)
        assert found == Place(side, side, side)


@pytest.mark.parametrize("missing", [{"difference": None}, {"interval": (None, None)}])
def test_what_has_no_interval_has_no_place(missing: dict[str, Any]) -> None:
    assert place_of(verdict(**(ABOVE | missing))) is None


def draw(*claims: Verdict, heading: str = "Report A") -> Figure:
    use_house_style()
    figure = draw_claims("Title", {heading: claims}, "claimed")
    figure.draw_without_rendering()
    return figure


def mark_of(figure: Figure, name: str) -> Line2D | Text:
    artists = [*figure.axes[0].lines, *figure.axes[0].texts]
    (found,) = (artist for artist in artists if artist.get_gid() == f"claim.{name}")
    return found


def bars(figure: Figure) -> list[tuple[list[float], float]]:
    """Ends and row of every interval that is drawn."""
    lines = [line for line in figure.axes[0].lines if line.get_linestyle() == "-"]
    ends = [(list(line.get_xdata()), list(line.get_ydata())) for line in lines]
    return [(x, y[0]) for x, y in ends if y[0] >= 1]


@pytest.mark.parametrize("word", MARKS)
def test_a_claim_is_marked_by_its_verdict_where_it_stands(word: str) -> None:
    mark = mark_of(draw(verdict(verdict=word, **ABOVE)), "x-1")
    drawn = (mark.get_marker(), mark.get_color(), mark.get_markerfacecolor())
    assert drawn == MARKS[word]
    assert np.asarray(mark.get_xdata()) == pytest.approx([3.0])


def test_the_interval_is_drawn_in_the_row_of_its_claim() -> None:
    second = verdict(id="x-2", **(ABOVE | {"claimed": (0.1, None)}))
    first_bar, second_bar = bars(draw(verdict(**ABOVE), second))
    assert first_bar == (pytest.approx([2.0, 4.0]), 1)
    assert second_bar == (pytest.approx([-6.0, -4.0]), 2)


def test_each_claim_stands_beside_its_words_under_its_task_or_explanation() -> None:
    dollars = verdict(statement="It costs $5 and $6.")
    axes = draw(dollars, prediction("overfitting", "deep", id="x-2")).axes[0]
    labels = [(label.get_text(), label.get_fontweight()) for label in axes.get_yticklabels()]
    assert labels == [
        ("Task 3", "bold"),
        ("It costs $5 and $6", "normal"),  # and no formula is made of it
        ("Overfitting", "bold"),
        ("B is more accurate", "normal"),
    ]
    assert not any(label.get_parse_math() for label in axes.get_yticklabels())


def test_an_open_end_is_an_arrow_at_the_limit() -> None:
    figure = draw(verdict(**(ABOVE | {"interval": (0.04, None)})))
    arrows = [line for line in figure.axes[0].lines if line.get_marker() == ">"]
    assert [list(arrow.get_xdata()) for arrow in arrows] == [[LIMIT]]
    assert bars(figure) == [(pytest.approx([2.0, LIMIT]), 1)]


def test_an_exact_number_stands_at_the_edge_without_interval() -> None:
    exact = {"difference": 64.0, "interval": (64.0, 64.0), "claimed": (64.0, 64.0)}
    figure = draw(verdict(kind="arithmetic", **exact))
    assert list(mark_of(figure, "x-1").get_xdata()) == [LIMIT]
    assert bars(figure) == []
    assert figure.axes[0].get_xlim()[1] > LIMIT


def test_what_lies_far_out_widens_the_axis() -> None:
    far = verdict(verdict="contradicted", **(ABOVE | {"claimed": (0.8, None)}))
    assert draw(far).axes[0].get_xlim()[0] < -76 < draw(verdict(**ABOVE)).axes[0].get_xlim()[0]


def test_a_claim_that_cannot_be_measured_says_so() -> None:
    figure = draw(verdict(verdict="undecided", difference=None, interval=(None, None)))
    assert mark_of(figure, "x-1").get_text() == "undecided, without an interval"


def test_each_panel_names_its_report_and_counts_the_verdicts() -> None:
    use_house_style()
    wrong = verdict(id="x-3", verdict="contradicted")
    panels = {"Report A": [verdict(), verdict(id="x-2"), wrong], "Report B": [wrong]}
    keys = [axes.get_legend() for axes in draw_claims("Title", panels, "claimed").axes]
    assert [key.get_title().get_text() for key in keys] == ["Report A", "Report B"]
    counts = [[text.get_text() for text in key.get_texts()] for key in keys]
    assert counts == [["supported: 2", "contradicted: 1"], ["contradicted: 1"]]
