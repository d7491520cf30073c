"""The forest plot: every claim's measurement and interval, beside the claim's own words.

Claims on losses, accuracies, steps and costs fit one picture when each distance is counted in
half-widths of its own interval: above 0 the mean lies where the claim says it lies, below 0 it does
not, and every interval reaches one unit to both sides. An interval clear of 0 decides.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.style import BLUE, FAINT, GREEN, NEUTRAL, TEXT, VERMILLION, new_figure
from judging.verdicts import Verdict


class Mark(NamedTuple):
    """How a verdict is drawn."""

    shape: str
    color: str
    filling: str


MARKS = {
    "supported": Mark("o", BLUE, BLUE),
    "contradicted": Mark("s", VERMILLION, VERMILLION),
    "no difference that matters": Mark("^", GREEN, GREEN),
    "undecided": Mark("o", NEUTRAL, "white"),
    "reproduced": Mark("P", BLUE, BLUE),
    "not reproduced": Mark("X", VERMILLION, VERMILLION),
}

ROW_HEIGHT = 0.165  # inches
TICKS = (-100, -30, -10, -3, -1, 0, 1, 3, 10, 30, 100)
# In half-widths: what lies farther out than LIMIT, or is exact, stands there. The axis reaches to
# -LEAST, or farther where something is there.
LIMIT, LEAST = 400.0, 10.0
AXIS = "distance from the edge of what is {word}, in half-widths of the interval"
NOTE = (
    "bar: the interval on which the verdict rests · arrow: farther out, or no end · "
    "at the edge without a bar: exact, the same in every seed\n"
    "a number of one run is reproduced when the bar, here of single runs, reaches 0"
)


class Place(NamedTuple):
    """A mean and the ends of its interval, as signed distances; an open end is infinite.

    An exact number has no interval, and so no distance: only a side, ±infinity.
    """

    middle: float
    low: float
    high: float


def place_of(verdict: Verdict) -> Place | None:
    """Where a claim stands; None where nothing was measured, or with one seed."""
    if verdict.difference is None or verdict.interval == (None, None):
        return None
    scale = math.log if verdict.scale == "ratio" else float
    mean = scale(verdict.difference)
    low, high = (None if end is None else scale(end) for end in verdict.interval)
    claimed_low, claimed_high = (None if end is None else scale(end) for end in verdict.claimed)
    above = math.inf if claimed_low is None else mean - claimed_low
    below = math.inf if claimed_high is None else claimed_high - mean
    half = max(abs(mean - end) for end in (low, high) if end is not None)
    if half == 0:
        side = math.copysign(math.inf, min(above, below))
        return Place(side, side, side)
    if below < above:  # seen from the upper edge, which is the nearer, the interval is mirrored
        low, high = high, low
    middle = min(above, below) / half
    return Place(
        middle,
        -math.inf if low is None else middle - 1,
        math.inf if high is None else middle + 1,
    )


def draw_claims(title: str, panels: Mapping[str, Sequence[Verdict]], word: str) -> Figure:
    """A panel below the other for each heading of `panels`; its claims' ranges are `word`."""
    rows = {heading: rows_of(claims) for heading, claims in panels.items()}
    heights = [len(one) + 3.5 for one in rows.values()]
    figure = new_figure(title, 0.8 + ROW_HEIGHT * sum(heights), NOTE)
    grid = figure.subplots(len(rows), 1, squeeze=False, height_ratios=heights)
    for (heading, claims), axes in zip(panels.items(), grid[:, 0], strict=True):
        prepare(axes, claims, len(rows[heading]), word)
        label_rows(axes, rows[heading])
        for y, row in enumerate(rows[heading]):
            if isinstance(row, Verdict):
                draw_claim(axes, y, row)
        draw_key(axes, heading, [claim.verdict for claim in claims])
    grid[-1, 0].set_xlabel(AXIS.format(word=word), x=1, horizontalalignment="right", fontsize=8)
    return figure


def rows_of(claims: Sequence[Verdict]) -> list[str | Verdict]:
    """The claims in order, neighbours of one heading under it."""
    rows: list[str | Verdict] = []
    for heading, group in groupby(claims, heading_of):
        rows += [heading, *group]
    return rows


def heading_of(claim: Verdict) -> str:
    """The task of a claim, or the explanation that a prediction belongs to."""
    return (claim.explanation or claim.where.split(",")[0]).capitalize()


def prepare(axes: Axes, claims: Sequence[Verdict], rows: int, word: str) -> None:
    """Set scale, limits and ticks, and say which side is which (beside the first heading)."""
    places = [place for claim in claims if (place := place_of(claim))]
    lowest = min((place.low for place in places), default=0.0)
    axes.set_xscale("asinh", linear_width=2)
    axes.set_xlim(1.4 * max(min(lowest, -LEAST), -LIMIT), 1.4 * LIMIT)
    ticks = [tick for tick in TICKS if tick > axes.get_xlim()[0]]
    labels = [f"{tick:g}".replace("-", "−") for tick in ticks]
    axes.set_xticks([*ticks, LIMIT], [*labels, "exact"])
    axes.set_xticks([], minor=True)
    axes.set_ylim(rows - 0.4, -0.7)
    axes.spines["left"].set_visible(False)
    axes.axvline(0, color=TEXT, linewidth=0.8)
    for x, side, words in ((-0.3, "right", f"← not as {word}"), (0.3, "left", f"as {word} →")):
        axes.text(x, 0, words, horizontalalignment=side, verticalalignment="center", fontsize=8)


def label_rows(axes: Axes, rows: Sequence[str | Verdict]) -> None:
    """Headings and statements, left of the axis."""
    labels = [row if isinstance(row, str) else row.statement.removesuffix(".") for row in rows]
    axes.set_yticks(range(len(rows)), labels, fontsize=7.5, color=TEXT, parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=FAINT, linewidth=0.4)
    for row, label in zip(rows, axes.get_yticklabels(), strict=True):
        if isinstance(row, str):
            label.set_fontweight("bold")


def draw_claim(axes: Axes, y: float, claim: Verdict) -> None:
    """Mean and interval of one claim, or a word that there is none."""
    gid, place, mark = f"claim.{claim.id}", place_of(claim), MARKS[claim.verdict]
    if place is None:
        words = f"{claim.verdict}, without an interval"
        axes.text(0.3, y, words, fontsize=7, verticalalignment="center", gid=gid)
        return
    at, low, high = (max(-LIMIT, min(end, LIMIT)) for end in place)
    style = {"color": mark.color, "markerfacecolor": mark.filling}
    if low < high:
        axes.plot([low, high], [y, y], color=mark.color, linewidth=1.3)
        for end, arrow in ((low, "<"), (high, ">")):
            if abs(end) == LIMIT:
                axes.plot(end, y, arrow, color=mark.color, markersize=4)
    (point,) = axes.plot(at, y, mark.shape, markersize=5, **style)
    point.set_gid(gid)


def draw_key(axes: Axes, heading: str, verdicts: Sequence[str]) -> None:
    """Above the axes: whose claims they are, and how many got which verdict."""
    for verdict, mark in MARKS.items():
        if verdict in verdicts:
            label = f"{verdict}: {verdicts.count(verdict)}"
            style = {"color": mark.color, "markerfacecolor": mark.filling}
            axes.plot([], mark.shape, label=label, **style)
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1, 1),
        borderaxespad=0.2,
        ncols=3,
        frameon=False,
        fontsize=8,
        handletextpad=0,
        title=heading,
        alignment="right",
        title_fontproperties={"weight": "bold", "size": 9},
    )
