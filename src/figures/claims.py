"""The forest plot of a report: what was measured for every claim, and what that says of it.

Differences are drawn in margins, 1 being the difference that matters, so that accuracies, losses
and steps share an axis. The number itself stands to the right, with its unit.
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from figures.style import FAINT, NEUTRAL, TEXT, new_figure
from judging.claims import COMPARED, FIGURE
from judging.verdicts import Verdict

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
    "difference": ("measured difference, in margins · shaded: too small to matter", (-8, 8)),
    "figure": ("the number that the report printed · shaded: another run of ours", (-2, 2)),
}
LETTERS = 64  # of a line
ROW, AXIS = 0.38, 0.75  # height of a row, three lines, and of an axis, in inches
NOTE = (
    "mark: what was measured, or what a report printed · bar: the interval on which the verdict "
    "rests, or what the printed\ndigits leave open · arrow: it leads further · to the right: the "
    "verdict, what was measured, and the interval"
)


def asked(claim: Verdict) -> str:
    """Return the axis on which a claim stands, a key of AXES, or "": where no runs decide, and of
    shares and limits, which have tables of their own."""
    if claim.kind == COMPARED and claim.parts[claim.deciding].relation not in ("share", "at_most"):
        return "difference"
    return "figure" if claim.kind == FIGURE else ""


def row_of(claim: Verdict) -> NDArray[np.float64]:
    """Return where a claim's mark stands, the ends of its bar, and those of what is shaded.

    A difference is in margins. A printed figure is where another run of ours ends from -1 to 1.
    """
    part, middle, (low, high) = claim.parts[claim.deciding], claim.difference, claim.interval
    low, high = -np.inf if low is None else low, np.inf if high is None else high
    if asked(claim) == "difference":
        return np.array([middle, low, high, -part.margin, part.margin]) / part.margin
    reach = min(middle - low, high - middle)
    return (np.array([float(part.value), *part.printed, low, high]) - middle) / reach


def draw_claims(claims: Sequence[Verdict], said: Mapping[str, tuple[str, str]]) -> Figure:
    """Draw a row for each claim of one report that rests on runs, on the axis of what is asked.

    The claims keep their order. said: by a claim's id, in words, what is claimed; and its verdict
    and what was measured.
    """
    by_axis = {axis: [claim for claim in claims if asked(claim) == axis] for axis in AXES}
    groups = [(axis, group) for axis, group in by_axis.items() if group]
    heights = [ROW * len(group) for _, group in groups]
    title = f"Report {claims[0].report}: each claim on runs beside what was measured"
    figure = new_figure(title, 0.8 + sum(heights) + AXIS * len(groups), NOTE)
    column = figure.subplots(len(groups), squeeze=False, height_ratios=heights)[:, 0]
    for axes, (axis, group) in zip(column, groups, strict=True):
        draw_group(axes, axis, group)
        write_beside(axes, group, said)
    return figure


def draw_group(axes: Axes, axis: str, claims: Sequence[Verdict]) -> None:
    """Draw claims one below the other on one axis."""
    name, limits = AXES[axis]
    axes.axvline(0, color=NEUTRAL, linewidth=0.8)
    axes.set_xlabel(name)
    axes.set_xlim(limits)
    for y, claim in enumerate(claims):
        draw_claim(axes, y, claim)
    axes.set_ylim(len(claims) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)


def write_beside(
    axes: Axes, claims: Sequence[Verdict], said: Mapping[str, tuple[str, str]]
) -> None:
    """Write to the left what is claimed, and in which task; to the right what came out."""
    labels, small = [], {"fontsize": 7, "parse_math": False}
    for y, claim in enumerate(claims):
        statement, found = said[claim.id]
        place = claim.where.split(",")[0].replace(" ", "\N{NO-BREAK SPACE}")
        labels.append(textwrap.fill(f"{statement.removesuffix('.')} ({place})", LETTERS))
        at = {"transform": axes.get_yaxis_transform(), "va": "center"}
        axes.text(1.03, y, found, color=MARKS[claim.verdict]["color"], **at, **small)
    axes.set_yticks(range(len(claims)), labels, color=TEXT, **small)
    axes.tick_params(axis="y", length=0, pad=9)


def draw_claim(axes: Axes, y: int, claim: Verdict) -> None:
    """Draw what is shaded, the bar and the mark; what lies beyond the axis becomes an arrow."""
    left, right = axes.get_xlim()
    mark, low, high, *shade = row_of(claim)
    look = MARKS[claim.verdict]
    ends = np.clip(shade, left, right)
    axes.fill_betweenx([y - 0.5, y + 0.5], *ends, color=FAINT, alpha=0.6, linewidth=0)
    axes.plot(np.clip([low, high], left, right), [y, y], color=look["color"])
    axes.plot(mark, y, markersize=5, zorder=3, gid=f"claim.{claim.id}", **look)
    for end, arrow, beyond in ((left, "<", low < left), (right, ">", high > right)):
        if beyond:
            axes.plot(end, y, arrow, color=look["color"], markersize=5, clip_on=False)
