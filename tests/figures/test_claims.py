from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from projects import HERE
from verdict_entries import FIGURE, verdict

from figures.claims import MARKS, draw_claims
from figures.style import use_house_style
from judging.verdicts import Verdict

# A printed 0.90, where another run of ours ends between 0.88 and 0.96.
PRINTED = FIGURE | {"verdict": "consistent", "difference": 0.92, "interval": (0.88, 0.96)}


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    use_house_style()


def draw(*claims: Verdict) -> list[Axes]:
    found = "+4.56 points (+4.29 to +4.83)"
    said = {claim.id: (claim.statement, f"{claim.verdict}: {found}") for claim in claims}
    figure = draw_claims(claims, said)
    figure.draw_without_rendering()
    return figure.axes


def mark_of(axes: Axes, claim: str = "x-1") -> Any:
    (mark,) = (line for line in axes.lines if line.get_gid() == f"claim.{claim}")
    return mark


def bar_of(axes: Axes) -> list[float]:
    (y,) = mark_of(axes).get_ydata()
    (bar,) = (line for line in axes.lines if list(line.get_ydata()) == [y, y])
    return list(bar.get_xdata())


def shade_of(axes: Axes) -> Any:
    shade = next(part for part in axes.collections if isinstance(part, PolyCollection))
    x = shade.get_paths()[0].vertices[:, 0]
    return pytest.approx((x.min(), x.max()))


def arrows(axes: Axes) -> list[str]:
    return [line.get_marker() for line in axes.lines if line.get_marker() in ("<", ">")]


@pytest.mark.parametrize("word", MARKS)
def test_a_claim_is_marked_by_its_verdict_in_colour_and_word(word: str) -> None:
    [axes] = draw(verdict(verdict=word))
    drawn = {key: getattr(mark_of(axes), f"get_{key}")() for key in MARKS[word]}
    assert drawn == MARKS[word]
    _, text = axes.texts
    assert text.get_text().startswith(f"{word}: ")
    assert text.get_color() == MARKS[word]["color"]


@pytest.mark.parametrize(
    ("interval", "expected"),
    [((1, 3), []), ((10.8, 16.2), [">"]), ((None, 0.0), ["<"]), ((-99, 99), ["<", ">"])],
)
def test_a_difference_is_drawn_in_margins_and_an_arrow_leads_beyond_the_axis(
    interval: Any, expected: list[str]
) -> None:
    ends = tuple(None if end is None else 0.0037 * end for end in interval)
    difference = np.mean([end or 0 for end in ends])
    [axes] = draw(verdict(difference=difference, interval=ends, margin=0.0037))
    assert mark_of(axes).get_xdata() == pytest.approx([difference / 0.0037])
    clipped = [-8 if end is None else np.clip(end, -8, 8) for end in interval]
    assert bar_of(axes) == pytest.approx(clipped)
    assert shade_of(axes) == (-1, 1)
    assert arrows(axes) == expected
    assert axes.get_xlim() == (-8, 8)


@pytest.mark.parametrize(("high", "shaded"), [(0.96, 1), (None, 2)])
def test_a_printed_figure_stands_where_another_run_would_end(high: Any, shaded: float) -> None:
    [axes] = draw(verdict(**PRINTED | {"interval": (0.88, high)}))
    assert mark_of(axes).get_xdata() == [pytest.approx(-0.5)]
    assert bar_of(axes) == pytest.approx([-0.625, -0.375])  # 0.895 to 0.905 are printed 0.90
    assert shade_of(axes) == (-1, shaded)


def test_claims_keep_their_order_each_above_its_mark() -> None:
    [axes] = draw(*(verdict(id=f"x-{i}", statement=f"Claim {i}.") for i in range(3)))
    labels = axes.texts[::2]
    assert [one.get_text() for one in labels] == [
        f"Claim {i} (task\N{NO-BREAK SPACE}3)" for i in range(3)
    ]
    heights = [text.get_position()[1] for text in labels]
    marks = [mark_of(axes, f"x-{i}").get_ydata()[0] for i in range(3)]
    assert heights[0] < marks[0] < heights[1] < marks[1] < heights[2] < marks[2]
    assert axes.yaxis_inverted()
