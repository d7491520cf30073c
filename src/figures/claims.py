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

from figures.style import FAINT, LETTERS, NEUTRAL, TEXT, new_figure
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
    "difference": ("measured difference, in margins\nshaded: too small to matter", (-8, 8)),
    "figure": ("the number that the report printed\nshaded: another run of ours", (-2, 2)),
}
LINE, AXIS = 0.175, 0.9  # height of a line, and of what belongs to an axis, in inches
NOTE = (
    "below each claim: the verdict, what was measured, and the interval · mark: what was measured, "
    "or what a report printed · bar: the interval on which the verdict rests, or what the printed "
    "digits leave open · arrow: it leads further"
)


def asked(claim: Verdict) -> str:
    """Return the axis on which a claim stands, a key of AXES, or "": where no runs decide, and of
    shares and limits, which have tables of their own."""
    if claim.kind == COMPARED and claim.parts[claim.deciding].relation not in ("share", "at_most"):
        return "difference"
    return "figure" if claim.kind == FIGURE else ""


def row_of(claim: Verdict) -> NDArray[np.float64]:
    """Return the place of a claim's mark, the ends of its bar, and those of what is shaded.

    A difference is in margins. A printed figure is where another run of ours ends from -1 to 1.
    """
    part, middle, (low, high) = claim.parts[claim.deciding], claim.difference, claim.interval
    low, high = -np.inf if low is None else low, np.inf if high is None else high
    if asked(claim) == "difference":
        return np.array([middle, low, high, -part.margin, part.margin]) / part.margin
    reach = min(middle - low, high - middle)
    return (np.array([float(part.value), *part.printed, low, high]) - middle) / reach


def texts_of(claim: Verdict, statement: str, found: str) -> list[str]:
    """Return the lines of what is claimed, and in which task, and of what came out."""
    place = claim.where.split(",")[0].replace(" ", "\N{NO-BREAK SPACE}")
    texts = (f"{statement.removesuffix('.')} ({place})", found)
    return [textwrap.fill(text, LETTERS) for text in texts]


def draw_claims(claims: Sequence[Verdict], said: Mapping[str, tuple[str, str]]) -> Figure:
    """Draw a row for each claim of one report that rests on runs, on the axis of what is asked.

    The claims keep their order. said: by a claim's id, in words, what is claimed; and its verdict
    and what was measured.
    """
    rows = [(claim, texts_of(claim, *said[claim.id])) for claim in claims]
    groups = {axis: [row for row in rows if asked(row[0]) == axis] for axis in AXES}
    groups = {axis: group for axis, group in groups.items() if group}
    lines = [sum(4 + "".join(texts).count("\n") for _, texts in one) for one in groups.values()]
    title = f"Report {claims[0].report}: each claim beside what was measured"
    figure = new_figure(title, 1.2 + LINE * sum(lines) + AXIS * len(groups), NOTE)
    column = figure.subplots(len(groups), squeeze=False, height_ratios=lines)[:, 0]
    for axes, (axis, group) in zip(column, groups.items(), strict=True):
        draw_group(axes, axis, group)
    return figure


def draw_group(axes: Axes, axis: str, group: Sequence[tuple[Verdict, Sequence[str]]]) -> None:
    """Draw claims with their texts one below the other on one axis; its y counts lines."""
    name, limits = AXES[axis]
    axes.set_xlabel(name)
    axes.set_xlim(limits)
    y = 0.3
    for claim, texts in group:
        for text, color in zip(texts, (TEXT, MARKS[claim.verdict]["color"]), strict=True):
            across = {"transform": axes.get_yaxis_transform(), "va": "top", "parse_math": False}
            axes.text(0, y, text, color=color, **across)
            y += 1 + text.count("\n")
        draw_claim(axes, y + 0.6, claim)
        y += 2
    axes.set_ylim(y, 0)
    axes.set_yticks([])
    axes.tick_params(top=True, labeltop=True)
    axes.spines["left"].set_visible(False)


def draw_claim(axes: Axes, y: float, claim: Verdict) -> None:
    """Draw what is shaded, the bar and the mark; what lies beyond the axis becomes an arrow."""
    left, right = axes.get_xlim()
    mark, low, high, *shade = row_of(claim)
    look = MARKS[claim.verdict]
    height, ends = [y - 0.5, y + 0.5], np.clip(shade, left, right)
    axes.fill_betweenx(height, *ends, color=FAINT, alpha=0.6, linewidth=0)
    axes.plot([0, 0], height, color=NEUTRAL, linewidth=0.8)
    axes.plot(np.clip([low, high], left, right), [y, y], color=look["color"])
    axes.plot(mark, y, markersize=5, zorder=3, gid=f"claim.{claim.id}", **look)
    for end, arrow, beyond in ((left, "<", low < left), (right, ">", high > right)):
        if beyond:
            axes.plot(end, y, arrow, color=look["color"], markersize=5, clip_on=False)
