"""The forest plot: every claim's measurement and interval, over the range that its words claim.

Claims that are measured in the same unit share an axis.
"""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray

from figures.style import FAINT, NEUTRAL, TEXT, new_figure, words_of
from judging.inference import CONTRADICTED, SUPPORTED
from judging.verdicts import Verdict

RED = "#B3002D"  # no network's colour
MARKS: dict[str, dict[str, Any]] = {
    "supported": {"marker": "o", "color": TEXT},
    "contradicted": {"marker": "s", "color": RED},
    "no difference that matters": {"marker": "^", "color": TEXT, "markerfacecolor": "white"},
    "undecided": {"marker": "o", "color": NEUTRAL, "markerfacecolor": "white"},
    "reproduced": {"marker": "P", "color": TEXT},
    "not reproduced": {"marker": "X", "color": RED},
}
# Group -> the words below its axis, and by what its numbers are multiplied. Any other is a unit.
AXES = {
    "accuracy": ("accuracy (%)", 100),
    "fraction": ("difference of accuracies (points)", 100),
    "nats": ("loss, or difference of losses (nats)", 1),
    "ratio": ("ratio (times, logarithmic)", 1),
    "steps": ("gradient steps, or their difference", 1),
    "epochs": ("epochs, or their difference", 1),
    "multiply-accumulates": ("difference of multiply-accumulates (billions)", 1e-9),
}
ACCURACY = ("accuracy", "fraction")  # groups that are drawn apart from the others
LETTERS = 80  # of a line
LINE, GAP, AXIS = 0.115, 0.8, 0.55  # height of a line and an axis, in inches; of a gap, in lines
NOTE = (
    "shaded: what the words claim · bar: the interval on which the verdict rests · arrow: it has "
    "no end · large mark: mean\nsmall dots: single runs · a number of one run is reproduced when "
    "the bar, here of single runs, meets the shade"
)


def group_of(claim: Verdict) -> str:
    """The group whose axis a claim stands on."""
    if claim.scale == "ratio":
        return "ratio"
    return "accuracy" if (claim.unit, claim.scale) == ("fraction", "value") else claim.unit


def label_of(claim: Verdict) -> str:
    """What is claimed and, in brackets, in which report and task or of which network."""
    place = f"{claim.report}, {claim.where.split(',')[0]}"
    if claim.explanation:
        place = words_of(claim.where)
    place = place.replace(" ", "\N{NO-BREAK SPACE}")
    return textwrap.fill(f"{claim.statement.removesuffix('.')} ({place})", LETTERS)


def tally(claims: Sequence[Verdict]) -> str:
    """How many of the claims are supported, and how many contradicted."""
    supported, contradicted = (
        sum(claim.verdict == word for claim in claims) for word in (SUPPORTED, CONTRADICTED)
    )
    return f"{supported} of {len(claims)} are supported, {contradicted} contradicted"


def draw_claims(title: str, claims: Sequence[Verdict]) -> Figure:
    """A row for each claim, in their order, in the group of its unit."""
    groups: dict[str, list[Verdict]] = {name: [] for name in AXES}
    for claim in claims:
        groups.setdefault(group_of(claim), []).append(claim)
    groups = {name: group for name, group in groups.items() if group} or {"accuracy": []}
    heights = [
        LINE * sum(label_of(claim).count("\n") + 1 + GAP for claim in group) or LINE
        for group in groups.values()
    ]
    figure = new_figure(title, 1.1 + sum(heights) + AXIS * len(groups), NOTE)
    column = figure.subplots(len(groups), squeeze=False, height_ratios=heights)[:, 0]
    for axes, (name, group) in zip(column, groups.items(), strict=True):
        draw_group(axes, name, group)
    given = {claim.verdict for claim in claims}
    key = [
        Line2D([], [], linestyle="", label=word, **MARKS[word]) for word in MARKS if word in given
    ]
    column[0].legend(
        handles=key, loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False, fontsize=8
    )
    return figure


def draw_group(axes: Axes, name: str, group: Sequence[Verdict]) -> None:
    """Draw the rows of one unit, with their words at the left."""
    words, factor = AXES.get(name, (name, 1))
    axes.set_xlabel(words)
    if name == "ratio":
        axes.set_xscale("log")
    labels = [label_of(claim) for claim in group]
    ends = np.cumsum([label.count("\n") + 1 + GAP for label in labels])
    rows = ends - np.diff(ends, prepend=0) / 2
    for y, claim in zip(rows, group, strict=True):
        draw_numbers(axes, y, claim, factor)
    low, high = axes.get_xlim()
    if name == "ratio":
        axes.xaxis.set_minor_locator(NullLocator())
    if name == "ratio" and high < 1000 * low:
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlim(low, high)  # from here on it stays
    for y, end, claim in zip(rows, ends, group, strict=True):
        draw_ranges(axes, y, end - y - 0.1, claim, factor)
    axes.set_yticks(rows, labels, fontsize=7, color=TEXT, linespacing=0.95, parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(max(ends, default=1), 0)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    if low < 0 < high:
        axes.axvline(0, color=NEUTRAL, linewidth=0.8)


def scaled(numbers: Iterable[float | None], factor: float) -> NDArray[np.float64]:
    """Numbers as they are drawn, NaN for an open end."""
    return factor * np.array([np.nan if number is None else number for number in numbers])


def draw_numbers(axes: Axes, y: float, claim: Verdict, factor: float) -> None:
    """Draw mean, single runs, and the edges of what is claimed."""
    gid, mark = f"claim.{claim.id}", MARKS[claim.verdict]
    edges, runs = scaled(claim.claimed, factor), scaled(claim.per_seed, factor)
    axes.plot(edges, [y, y], "|", color=NEUTRAL, markersize=9)
    axes.plot(runs, np.full(len(runs), y + 0.5), ".", color=NEUTRAL, markersize=3, alpha=0.6)
    if claim.difference is None:
        words = f"  {claim.verdict}, without an interval"
        axes.text(
            0, y, words, fontsize=7, va="center", transform=axes.get_yaxis_transform(), gid=gid
        )
    else:
        low, high = scaled(claim.interval, factor)
        axes.plot(np.array([low, factor * claim.difference, high]), [y] * 3, color=mark["color"])
        axes.plot(factor * claim.difference, y, markersize=5, zorder=3, gid=gid, **mark)


def draw_ranges(axes: Axes, y: float, half: float, claim: Verdict, factor: float) -> None:
    """Shade what is claimed, and draw an arrow where the interval has no end."""
    limits, color = axes.get_xlim(), MARKS[claim.verdict]["color"]
    edges, interval = scaled(claim.claimed, factor), scaled(claim.interval, factor)
    low, high = np.where(np.isnan(edges), limits, edges)
    axes.fill_betweenx([y - half, y + half], low, high, color=FAINT, alpha=0.6, linewidth=0)
    for number, limit, arrow in zip(interval, limits, "<>", strict=True):
        if np.isnan(number) and claim.difference is not None:
            axes.plot([factor * claim.difference, limit], [y, y], color=color)
            axes.plot(limit, y, arrow, color=color, markersize=4, clip_on=False)
