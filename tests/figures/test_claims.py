from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from projects import HERE
from verdict_entries import prediction, verdict

from figures.claims import MARKS, amount_of, draw_claims
from figures.style import use_house_style
from judging.verdicts import Verdict

# A printed 0.90, where another run of ours ends between 0.88 and 0.96.
FIGURE = {
    **{"kind": "figure", "relation": "value", "value": "0.90", "variants": ("b",)},
    **{"verdict": "consistent", "difference": 0.92, "interval": (0.88, 0.96), "margin": None},
}
SHARE = {"relation": "share", "difference": 0.7, "interval": (0.6, 0.9)}
LIMIT = {"relation": "at_most", "value": "0.1", "unit": "ratio", "difference": 2.0}


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    use_house_style()


def draw(*claims: Verdict) -> Figure:
    figure = draw_claims(claims)
    figure.draw_without_rendering()
    return figure


def mark_of(axes: Axes, claim: str = "x-1") -> Any:
    (mark,) = (line for line in axes.lines if line.get_gid() == f"claim.{claim}")
    return mark


def bar_of(axes: Axes) -> list[float]:
    (bar,) = (line for line in axes.lines if list(line.get_ydata()) == [0, 0])
    return list(bar.get_xdata())


def shade_of(axes: Axes) -> Any:
    (shade,) = (part for part in axes.collections if isinstance(part, PolyCollection))
    x = shade.get_paths()[0].vertices[:, 0]
    return pytest.approx((x.min(), x.max()))


def arrows(axes: Axes) -> list[str]:
    return [line.get_marker() for line in axes.lines if line.get_marker() in ("<", ">")]


@pytest.mark.parametrize("word", MARKS)
def test_a_claim_is_marked_by_its_verdict_in_colour_and_word(word: str) -> None:
    [axes] = draw(verdict(verdict=word)).axes
    drawn = {key: getattr(mark_of(axes), f"get_{key}")() for key in MARKS[word]}
    assert drawn == MARKS[word]
    [text] = axes.texts
    assert text.get_text().startswith(f"{word}\n")


def test_a_difference_is_drawn_in_margins_over_what_does_not_matter() -> None:
    [axes] = draw(verdict(difference=0.0074, interval=(0.0037, 0.0111), margin=0.0037)).axes
    assert mark_of(axes).get_xdata() == [pytest.approx(2)]
    assert bar_of(axes) == pytest.approx([1, 3])
    assert shade_of(axes) == (-1, 1)
    assert not arrows(axes)


@pytest.mark.parametrize(
    ("interval", "expected"),
    [((0.04, 0.06), [">"]), ((None, 0.0), ["<"]), ((-9, 9), ["<", ">"]), ((-9, -8), ["<"])],
)
def test_what_lies_beyond_the_axis_becomes_an_arrow(interval: Any, expected: list[str]) -> None:
    [axes] = draw(verdict(difference=np.mean([x or 0 for x in interval]), interval=interval)).axes
    assert arrows(axes) == expected
    assert axes.get_xlim() == (-8, 8)


def test_a_printed_figure_stands_where_another_run_would_end() -> None:
    [axes] = draw(verdict(**FIGURE)).axes
    assert mark_of(axes).get_xdata() == [pytest.approx(-0.5)]
    assert bar_of(axes) == pytest.approx([-0.625, -0.375])  # 0.895 to 0.905 are printed 0.90
    assert shade_of(axes) == (-1, 1)
    [axes] = draw(verdict(**FIGURE | {"interval": (0.88, None)})).axes
    assert mark_of(axes).get_xdata() == [pytest.approx(-0.5)]
    assert shade_of(axes) == (-1, 2)


def test_a_share_stands_over_less_than_half_and_a_ratio_over_its_limit() -> None:
    claims = (prediction("steps", "ten-layers", **SHARE), prediction("vanishing", "plain", **LIMIT))
    share, limit = draw(*claims).axes
    assert mark_of(share).get_xdata() == [0.7]
    assert shade_of(share) == (-0.5, 0.5)  # the axis begins at -0.5
    assert shade_of(limit) == (1e-6, 0.1)
    assert limit.get_xscale() == "log"


def test_a_share_of_no_drop_has_its_verdict_and_no_mark() -> None:
    given = SHARE | {"verdict": "undecided", "difference": None, "interval": (None, None)}
    [axes] = draw(verdict(**given)).axes
    assert [text.get_text() for text in axes.texts] == ["undecided"]
    assert not [line for line in axes.lines if line.get_gid()]


@pytest.mark.parametrize(
    ("given", "amount"),
    [
        ({}, "+4.07 [+3.73, +4.42] points"),
        (FIGURE, "92.00 [88.00, 96.00] %"),
        (SHARE, "0.70 [0.60, 0.90] of it"),
        ({"unit": "nats", "interval": (None, 0.05)}, "+0.0407 […, +0.0500] nats"),
        (LIMIT | {"difference": 3.1e-6, "interval": (2e-6, 4)}, "3.1e−06 [2.0e−06, 4.0] "),
    ],
)
def test_the_number_stands_beside_its_interval_in_its_unit(given: Any, amount: str) -> None:
    assert amount_of(verdict(**given)) == f"{given.get('verdict', 'supported')}\n{amount}"


def test_a_difference_too_small_to_matter_is_called_so() -> None:
    text = amount_of(verdict(verdict="contradicted", too_small=True))
    assert text.startswith("contradicted, but too small to matter\n")


def test_claims_keep_their_order() -> None:
    [axes] = draw(*(verdict(id=f"x-{i}", statement=f"Claim {i}.") for i in range(3))).axes
    labels = [
        label.get_text().replace("\N{NO-BREAK SPACE}", " ") for label in axes.get_yticklabels()
    ]
    assert labels == [f"Claim {i} (task 3)" for i in range(3)]
    assert axes.yaxis_inverted()


def test_no_text_overlaps_another_or_leaves_the_figure() -> None:
    statement = "With each of the tricks the network learns faster than the original network does."
    figure = draw(*(verdict(id=f"x-{i}", statement=statement * 2) for i in range(4)))
    [axes] = figure.axes
    boxes = [text.get_window_extent() for text in [*axes.get_yticklabels(), *axes.texts]]
    for i, box in enumerate(boxes):
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1
        assert not any(box.overlaps(other) for other in boxes[:i])
