"""The forest plot: every claim's measurement and interval, beside what its words are read as.

Claims on losses, accuracies, steps and costs fit one picture when each distance is counted in
half-widths of its own interval: above 0 the mean lies where the claim says it lies, below 0 it does
not, and every interval reaches one unit to both sides. An interval clear of 0 decides.
"""

import math
import textwrap
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.style import BLUE, FAINT, GREEN, NEUTRAL, TEXT, VERMILLION, new_figure
from judging.verdicts import Verdict

MARKS: dict[str, dict[str, Any]] = {
    "supported": {"marker": "o", "color": BLUE},
    "contradicted": {"marker": "s", "color": VERMILLION},
    "no difference that matters": {"marker": "^", "color": GREEN},
    "undecided": {"marker": "o", "color": NEUTRAL, "markerfacecolor": "white"},
    "reproduced": {"marker": "P", "color": BLUE},
    "not reproduced": {"marker": "X", "color": VERMILLION},
}
ROW_HEIGHT = 0.21  # inches, for two lines of letters
LETTERS = 92  # of a line
EDGES = (-40.0, 400.0)  # what lies farther away, or is exact, stands here
TICKS = (-30, -10, -3, -1, 0, 1, 3, 10, 30, 100)
NOTE = (
    "distance from the edge of what is claimed, in half-widths of the interval · bar: the interval "
    "on which the verdict rests\narrow: farther away, or no end · exact: the same in every seed · "
    "a number of one run is reproduced when the bar, here of single runs, reaches 0"
)


def place_of(claim: Verdict) -> tuple[float, float, float] | None:
    """Where a mean and the ends of its interval stand; None where nothing was measured.

    An open end is infinite. An exact number has a side and no distance: three times ±infinity.
    """
    if claim.difference is None or claim.interval == (None, None):
        return None
    scale = math.log if claim.scale == "ratio" else float
    numbers = (claim.difference, *claim.interval, *claim.claimed)
    mean, low, high, least, most = (None if n is None else scale(n) for n in numbers)
    above = math.inf if least is None else mean - least
    below = math.inf if most is None else most - mean
    half = max(abs(mean - end) for end in (low, high) if end is not None)
    if half == 0:
        return (math.copysign(math.inf, min(above, below)),) * 3
    if below < above:  # seen from the upper edge, which is the nearer, the interval is mirrored
        low, high = high, low
    middle = min(above, below) / half
    ends = -math.inf if low is None else middle - 1, math.inf if high is None else middle + 1
    return middle, *ends


def draw_claims(title: str, claims: Sequence[Verdict]) -> Figure:
    """A row for each claim, in their order, under a heading for each task or explanation."""
    rows: list[str | Verdict] = []
    for heading, group in groupby(claims, heading_of):
        rows += [heading, *group]
    figure = new_figure(title, 1.2 + ROW_HEIGHT * len(rows), NOTE)
    axes = figure.subplots()
    prepare(axes, rows)
    for y, row in enumerate(rows):
        if isinstance(row, Verdict):
            draw_claim(axes, y, row)
    for verdict in [word for word in MARKS if word in {claim.verdict for claim in claims}]:
        axes.plot([], [], linestyle="", label=verdict, **MARKS[verdict])
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False, fontsize=8)
    return figure


def heading_of(claim: Verdict) -> str:
    """The report and task of a claim, or the network and the explanation of a prediction."""
    if claim.explanation:
        return f"{claim.where}: {claim.explanation}"
    return f"Report {claim.report}, {claim.where.split(',')[0]}"


def prepare(axes: Axes, rows: Sequence[str | Verdict]) -> None:
    """Set the scale, and write headings and statements left of it."""
    axes.set_xscale("asinh", linear_width=2)
    axes.set_xlim(1.4 * EDGES[0], 1.4 * EDGES[1])
    axes.set_xticks([*TICKS, EDGES[1]], [*(f"{tick}".replace("-", "−") for tick in TICKS), "exact"])
    axes.set_xticks([], minor=True)
    labels = [row if isinstance(row, str) else row.statement.removesuffix(".") for row in rows]
    labels = [textwrap.fill(label, LETTERS) for label in labels]
    axes.set_yticks(range(len(rows)), labels, fontsize=6.5, color=TEXT, parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(rows) - 0.4, -0.7)
    axes.grid(axis="y", color=FAINT, linewidth=0.4)
    axes.spines["left"].set_visible(False)
    axes.axvline(0, color=TEXT, linewidth=0.8)
    for x, side, words in ((-0.3, "right", "← not as claimed"), (0.3, "left", "as claimed →")):
        axes.text(x, 0, words, horizontalalignment=side, verticalalignment="center", fontsize=8)
    for row, label in zip(rows, axes.get_yticklabels(), strict=True):
        label.set(fontweight="bold" if isinstance(row, str) else "normal", linespacing=0.95)


def draw_claim(axes: Axes, y: float, claim: Verdict) -> None:
    """Draw mean and interval of one claim, or say that there is none."""
    place, mark, gid = place_of(claim), MARKS[claim.verdict], f"claim.{claim.id}"
    if place is None:
        words = f"{claim.verdict}, without an interval"
        axes.text(0.3, y, words, fontsize=7, verticalalignment="center", gid=gid)
        return
    middle, low, high = np.clip(place, *EDGES)
    axes.plot([low, high], [y, y], color=mark["color"], linewidth=1.3)
    for end, arrow in zip((low, high), "<>", strict=True):
        if end in EDGES and low < high:
            axes.plot(end, y, arrow, color=mark["color"], markersize=4)
    axes.plot(middle, y, markersize=5, gid=gid, **mark)
