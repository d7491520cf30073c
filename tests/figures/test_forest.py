import math

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from figures.forest import EXACT, LIMIT, Forest, draw_forest
from figures.places import Judged, Place
from figures.style import BLUE, NEUTRAL, VERMILLION, use_house_style

FAR = Place(3.0, 2.0, 4.0)


def judged(name: str, verdict: str | None = "supported", place: Place | None = FAR) -> Judged:
    return Judged(name, "Task 3", f"{name} costs $5 and $6", verdict, place)


def draw(*claims: Judged) -> Figure:
    use_house_style()
    figure = draw_forest(Forest("Title", "A"), claims)
    figure.draw_without_rendering()
    return figure


def mark_of(figure: Figure, name: str) -> Line2D | Text:
    artists = [*figure.axes[0].lines, *figure.axes[0].texts]
    (found,) = (artist for artist in artists if artist.get_gid() == f"claim.{name}")
    return found


@pytest.mark.parametrize(
    ("verdict", "marker", "color", "filling"),
    [
        ("supported", "o", BLUE, BLUE),
        ("contradicted", "s", VERMILLION, VERMILLION),
        ("within seed noise", "o", NEUTRAL, "white"),
    ],
)
def test_a_claim_is_marked_by_its_verdict_where_it_stands(
    verdict: str, marker: str, color: str, filling: str
) -> None:
    mark = mark_of(draw(judged("a", verdict)), "a")
    assert (mark.get_marker(), mark.get_color()) == (marker, color)
    assert mark.get_markerfacecolor() == filling
    assert np.asarray(mark.get_xdata()).tolist() == [3.0]


def bars(figure: Figure) -> list[tuple[list[float], list[float]]]:
    """x and y of every interval that is drawn."""
    lines = [line for line in figure.axes[0].lines if line.get_linestyle() == "-"]
    ends = [(list(line.get_xdata()), list(line.get_ydata())) for line in lines]
    return [(x, y) for x, y in ends if y[0] >= 1]


def test_the_interval_is_drawn_in_the_row_of_its_claim() -> None:
    figure = draw(judged("a"), judged("b", place=Place(-5.0, -6.0, -4.0)))
    assert bars(figure) == [([2.0, 4.0], [1, 1]), ([-6.0, -4.0], [2, 2])]


def test_each_claim_stands_beside_its_words_under_the_heading_of_its_task() -> None:
    axes = draw(judged("a"), judged("b")).axes[0]
    labels = [(label.get_text(), label.get_fontweight()) for label in axes.get_yticklabels()]
    assert labels == [
        ("Task 3", "bold"),
        ("a costs $5 and $6", "normal"),  # and no formula is made of it
        ("b costs $5 and $6", "normal"),
    ]
    assert not any(label.get_parse_math() for label in axes.get_yticklabels())


def test_an_open_end_is_an_arrow_at_the_limit() -> None:
    figure = draw(judged("a", place=Place(3.0, 2.0, math.inf)))
    arrows = [line for line in figure.axes[0].lines if line.get_marker() == ">"]
    assert [list(arrow.get_xdata()) for arrow in arrows] == [[LIMIT]]
    assert bars(figure) == [([2.0, LIMIT], [1, 1])]


@pytest.mark.parametrize("side", [1, -1])
def test_an_exact_number_is_a_diamond_at_the_edge_without_interval(side: int) -> None:
    end = side * math.inf
    figure = draw(judged("a", place=Place(end, end, end)))
    mark = mark_of(figure, "a")
    assert (mark.get_marker(), list(mark.get_xdata())) == ("D", [side * EXACT])
    assert bars(figure) == []
    low, high = figure.axes[0].get_xlim()
    assert low < side * EXACT < high


def test_what_lies_far_out_widens_the_axis() -> None:
    near = draw(judged("a")).axes[0].get_xlim()
    far = draw(judged("a", "contradicted", Place(-80.0, -81.0, -79.0))).axes[0].get_xlim()
    assert far[0] < -81 < near[0]


def test_a_claim_without_verdict_says_so() -> None:
    figure = draw(judged("a", None, None), judged("b", None, FAR))
    assert [mark_of(figure, name).get_text() for name in "ab"] == ["no verdict", "no verdict"]


def test_the_key_counts_the_verdicts() -> None:
    figure = draw(judged("a"), judged("b"), judged("c", "contradicted"), judged("d", None))
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == [
        "supported: 2",
        "contradicted: 1",
        "within seed noise: 0",
    ]
