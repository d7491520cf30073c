"""The forest plot: every claim's measurement and interval, beside the claim's own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.places import VERDICTS, Judged, Place
from figures.style import BLUE, FAINT, NEUTRAL, TEXT, VERMILLION, new_figure

ROW_HEIGHT = 0.165  # inches
MARKERS = dict(zip(VERDICTS, ("o", "s", "o"), strict=True))
COLORS = dict(zip(VERDICTS, (BLUE, VERMILLION, NEUTRAL), strict=True))
FILLINGS = dict(zip(VERDICTS, (BLUE, VERMILLION, "white"), strict=True))

TICKS = (-100, -30, -10, -3, -1, 0, 1, 3, 10, 30, 100)
# In half-widths: what lies farther out than LIMIT is an arrow there; exact numbers stand at EXACT.
# The axis reaches to -LEAST, or farther where something is there.
LIMIT, EXACT, LEAST = 300.0, 700.0, 10.0
AXIS = "distance from the edge of what is {word}, in half-widths of the 95 % interval"
NOTE = (
    "bar: 95 % interval · diamond: exact, the same in every seed · arrow: farther out, or no end\n"
    "hollow, yet clear of 0: decided by itself, but no longer after the correction for many claims"
)


@dataclass(frozen=True)
class Forest:
    """report: whose claims, a key of what read_verdicts returns; they are `word`."""

    title: str
    report: str
    word: str = "claimed"


def draw_forest(spec: Forest, claims: Sequence[Judged]) -> Figure:
    """The figure; claims: in order, neighbours of one heading under it."""
    rows: list[str | Judged] = []
    for heading, group in groupby(claims, lambda claim: claim.heading):
        rows += [heading, *group]
    figure = new_figure(spec.title, 1.35 + ROW_HEIGHT * len(rows), NOTE)
    axes = figure.subplots()
    prepare(axes, [claim.place for claim in claims if claim.place], len(rows), spec.word)
    label_rows(axes, rows)
    for y, row in enumerate(rows):
        if isinstance(row, Judged):
            draw_claim(axes, y, row)
    draw_key(axes, [claim.verdict for claim in claims])
    return figure


def prepare(axes: Axes, places: Sequence[Place], rows: int, word: str) -> None:
    """Set scale, limits and ticks, and say which side is which (beside the first heading)."""
    lowest = min((place.low for place in places), default=0.0)
    axes.set_xscale("asinh", linear_width=2)
    axes.set_xlim(1.4 * max(min(lowest, -LEAST), -EXACT), 1.4 * EXACT)
    ticks = [tick for tick in TICKS if tick > axes.get_xlim()[0]]
    labels = [f"{tick:g}".replace("-", "−") for tick in ticks]
    axes.set_xticks([*ticks, EXACT], [*labels, "exact"])
    axes.set_xticks([], minor=True)
    axes.set_ylim(rows - 0.4, -0.7)
    axes.spines["left"].set_visible(False)
    axes.axvline(0, color=TEXT, linewidth=0.8)
    axes.set_xlabel(AXIS.format(word=word), x=1, horizontalalignment="right", fontsize=8)
    for x, side, words in ((-0.3, "right", f"← not as {word}"), (0.3, "left", f"as {word} →")):
        axes.text(x, 0, words, horizontalalignment=side, verticalalignment="center", fontsize=8)


def label_rows(axes: Axes, rows: Sequence[str | Judged]) -> None:
    """Headings and statements, left of the axis."""
    labels = [row.statement if isinstance(row, Judged) else row for row in rows]
    axes.set_yticks(range(len(rows)), labels, fontsize=7.5, color=TEXT, parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=FAINT, linewidth=0.4)
    for row, label in zip(rows, axes.get_yticklabels(), strict=True):
        if not isinstance(row, Judged):
            label.set_fontweight("bold")


def draw_claim(axes: Axes, y: float, claim: Judged) -> None:
    """Mean and interval of one claim, or a word that there is none."""
    gid, place = f"claim.{claim.id}", claim.place
    if place is None or claim.verdict is None:
        axes.text(0.3, y, "no verdict", fontsize=7, verticalalignment="center", gid=gid)
        return
    color = COLORS[claim.verdict]
    low, at, high = (max(-LIMIT, min(end, LIMIT)) for end in (place.low, place.middle, place.high))
    marker = MARKERS[claim.verdict]
    if place.exact:
        marker, at = "D", EXACT if at > 0 else -EXACT
    else:
        axes.plot([low, high], [y, y], color=color, linewidth=1.3)
        if place.low < -LIMIT:
            axes.plot(-LIMIT, y, "<", color=color, markersize=4)
        if place.high > LIMIT:
            axes.plot(LIMIT, y, ">", color=color, markersize=4)
    size = 4 if place.exact else 5
    filling = FILLINGS[claim.verdict]
    (point,) = axes.plot(at, y, marker, color=color, markerfacecolor=filling, markersize=size)
    point.set_gid(gid)


def draw_key(axes: Axes, verdicts: Sequence[str | None]) -> None:
    """Above the axes: how many claims got which verdict."""
    for verdict in VERDICTS:
        axes.plot(
            [],
            MARKERS[verdict],
            color=COLORS[verdict],
            markerfacecolor=FILLINGS[verdict],
            label=f"{verdict}: {verdicts.count(verdict)}",
        )
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1, 1),
        borderaxespad=0.2,
        ncols=3,
        frameon=False,
        fontsize=8,
        handletextpad=0,
    )
