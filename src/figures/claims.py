"""The forest plot of a report: what was measured for every claim, and what that says of it.

What is compared is drawn in margins, the difference that matters being 1, so that accuracies,
losses and steps share an axis; the number itself stands at the right, with its unit.
"""

import textwrap
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from figures.style import FAINT, NEUTRAL, TEXT, new_figure
from judging.claims import COMPARED, FIGURE
from judging.verdicts import Verdict
from workflow.settings import words

BLUE, RED, GREY = "#005F9E", "#B3002D", "#6B6B6B"
MARKS: dict[str, dict[str, Any]] = {
    "supported": {"marker": "o", "color": BLUE},
    "contradicted": {"marker": "s", "color": RED},
    "no difference that matters": {"marker": "^", "color": TEXT},
    "undecided": {"marker": "o", "color": GREY, "markerfacecolor": "white"},
    "consistent": {"marker": "D", "color": BLUE, "markerfacecolor": "white"},
    "inconsistent": {"marker": "X", "color": RED},
}
# What is asked -> the words below its axis, and the ends of it.
AXES = {
    "difference": (
        "measured difference, in margins · shaded: too small to matter",
        (-8, 8),
    ),
    "figure": ("the number that the report printed · shaded: another run of ours", (-2, 2)),
    "share": (
        "share of the drop or rise that is recovered · shaded: less than half",
        (-0.5, 1.5),
    ),
    "at_most": ("first layer's gradient norm over the last's · shaded: vanished", (1e-6, 10)),
}
# Unit -> decimals of a number, by what it is multiplied before, and what follows it. Other numbers
# have two digits.
UNITS = {
    "fraction": (2, 100, "points"),
    "nats": (3, 1, "nats"),
    "steps": (0, 1, "steps"),
    "epochs": (1, 1, "epochs"),
    "multiply-accumulates": (1, 1e-9, "billion multiply-accumulates"),
    "share": (2, 1, "of it"),
    "ratio": (None, 1, ""),
}
LETTERS = 64  # of a line
ROW, AXIS = 0.38, 0.75  # height of a row, three lines, and of an axis, in inches
NOTE = (
    "mark: what was measured, or what a report printed · bar: the interval on which the verdict "
    "rests, or what the printed\ndigits leave open · arrow: it leads further · at the right: the "
    "verdict, what was measured, and the interval"
)


Ends = tuple[float, float]  # an open one is infinite


def asked(claim: Verdict) -> str:
    """The axis on which a claim stands: a key of AXES, or nothing where no runs decide."""
    if claim.kind not in (COMPARED, FIGURE):
        return ""
    relation = claim.parts[claim.deciding].relation or ""
    return "figure" if claim.kind == FIGURE else relation if relation in AXES else "difference"


def ends_of(claim: Verdict) -> Ends:
    """The interval, infinite where it has no end."""
    low, high = claim.interval or (None, None)
    return -np.inf if low is None else low, np.inf if high is None else high


def row_of(claim: Verdict) -> tuple[float, Ends, Ends]:
    """Where a claim's mark stands, its bar, and what is shaded: a difference in margins; a printed
    figure where another run of ours ends from -1 to 1; a share or a ratio as it is."""
    part, (low, high) = claim.parts[claim.deciding], ends_of(claim)
    middle = np.nan if claim.difference is None else claim.difference
    if asked(claim) == "difference":
        margin = part.margin or 1.0
        return middle / margin, (low / margin, high / margin), (-1, 1)
    if asked(claim) == "figure":
        printed = Decimal(part.value or 0)
        half = float(Decimal(5).scaleb(printed.as_tuple().exponent - 1))
        reach = middle - low if np.isfinite(low) else high - middle
        left, mark, right = (float(printed) + end - middle for end in (-half, 0, half))
        shade = (-1 if np.isfinite(low) else -np.inf, 1 if np.isfinite(high) else np.inf)
        return mark / reach, (left / reach, right / reach), shade
    return middle, (low, high), (-np.inf, float(part.value or 0.5))


def label_of(claim: Verdict) -> str:
    """What is claimed and, in brackets, in which task or of which network."""
    place = words(claim.where) if claim.explanation else claim.where.split(",")[0]
    place = place.replace(" ", "\N{NO-BREAK SPACE}")
    return textwrap.fill(f"{claim.statement.removesuffix('.')} ({place})", LETTERS)


def amount_of(claim: Verdict) -> str:
    """The verdict and, in a line of its own, the number with its interval."""
    part = claim.parts[claim.deciding]
    key = "share" if asked(claim) == "share" else part.unit
    decimals, factor, unit = UNITS.get(key, (None, 1, key))
    if asked(claim) == "figure" and unit == "points" and len(part.variants) == 1:
        unit = "%"
    sign = "+" if asked(claim) == "difference" else ""

    def text(number: float) -> str:
        if not np.isfinite(number):
            return "…"
        if decimals is None:
            return np.format_float_positional(number, 2, fractional=False, trim="-")
        rounded = round(factor * number, decimals) + 0.0  # no -0.0
        return f"{rounded:{sign},.{decimals}f}".replace("-", "−")

    if claim.difference is None:
        return claim.verdict
    low, high = map(text, ends_of(claim))
    return f"{claim.verdict}\n{text(claim.difference)} [{low}, {high}] {unit}"


def draw_claims(claims: Sequence[Verdict]) -> Figure:
    """A row for each claim of one report that rests on runs, in their order, on the axis of what is
    asked."""
    groups = {axis: [claim for claim in claims if asked(claim) == axis] for axis in AXES}
    groups = {axis: group for axis, group in groups.items() if group}
    heights = [ROW * len(group) for group in groups.values()]
    title = f"Report {claims[0].report}: each claim beside what was measured"
    if claims[0].explanation:
        title = "Why ten layers are worse: each explanation beside what was measured"
    figure = new_figure(title, 0.8 + sum(heights) + AXIS * len(groups), NOTE)
    column = figure.subplots(len(groups), squeeze=False, height_ratios=heights)[:, 0]
    for axes, (axis, group) in zip(column, groups.items(), strict=True):
        draw_group(axes, axis, group)
    return figure


def draw_group(axes: Axes, axis: str, claims: Sequence[Verdict]) -> None:
    """Draw claims one below the other, their words at the left and their numbers at the right."""
    name, limits = AXES[axis]
    if axis == "at_most":
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.axvline(0, color=NEUTRAL, linewidth=0.8)
    axes.set_xlabel(name)
    axes.set_xlim(limits)
    for y, claim in enumerate(claims):
        draw_claim(axes, y, claim)
    labels = [label_of(claim) for claim in claims]
    axes.set_yticks(range(len(labels)), labels, fontsize=7, color=TEXT, parse_math=False)
    axes.tick_params(axis="y", length=0, pad=9)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)


def draw_claim(axes: Axes, y: int, claim: Verdict) -> None:
    """Draw what is shaded, the bar and the mark; what lies beyond the axis becomes an arrow."""
    limits, (mark, bar, shade), look = axes.get_xlim(), row_of(claim), MARKS[claim.verdict]
    shaded = np.clip(shade, *limits)
    axes.fill_betweenx([y - 0.5, y + 0.5], *shaded, color=FAINT, alpha=0.6, linewidth=0)
    if np.isfinite(mark):
        axes.plot(np.clip(bar, *limits), [y, y], color=look["color"])
        axes.plot(mark, y, markersize=5, zorder=3, gid=f"claim.{claim.id}", **look)
        arrow = {"color": look["color"], "markersize": 5, "clip_on": False}
        if bar[0] < limits[0]:
            axes.plot(limits[0], y, "<", **arrow)
        if bar[1] > limits[1]:
            axes.plot(limits[1], y, ">", **arrow)
    axes.annotate(
        amount_of(claim),
        (1, y),
        xycoords=axes.get_yaxis_transform(),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        fontsize=7,
        color=look["color"],
    )
