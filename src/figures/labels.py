"""Names of lines, in the right margin of a panel, each joined to where its line ends."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

SIZE = 8  # points
SPACING = 1.35  # between the middles of two labels, in their size
LEAD, GAP = 0.03, 0.008  # how far a leader reaches into the margin, its gaps, in panel widths


class LineEnd(NamedTuple):
    """Where a line ends, in data coordinates, and what to call it there."""

    x: float
    y: float
    label: str
    color: str


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> NDArray[np.float64]:
    """Positions `gap` apart or more within [low, high], as near to `wanted` as squares go.

    In the order of `wanted`; more labels than fit get an equal, smaller gap. This is isotonic
    regression of wanted[i] - i gap, by pooling neighbours that stand in each other's way.
    """
    order = np.argsort(wanted, kind="stable")
    gap = min(gap, (high - low) / max(1, len(wanted) - 1))
    pools: list[list[float]] = []
    for i, index in enumerate(order):
        pools.append([wanted[index] - i * gap])
        while len(pools) > 1 and np.mean(pools[-2]) >= np.mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    steps = np.arange(len(wanted)) * gap
    middles = np.repeat([np.mean(pool) for pool in pools], [len(pool) for pool in pools])
    positions = np.empty(len(wanted))
    positions[order] = np.clip(middles, low, high - steps.max(initial=0)) + steps
    return positions


def darker(color: str) -> tuple[float, ...]:
    """A line's colour as its label has it: thin letters need more contrast with the paper."""
    return tuple(0.75 * part for part in to_rgb(color))


def label_ends(axes: Axes, ends: Sequence[LineEnd], height: float) -> None:
    """Write the labels; the limits of `axes` are final, `height` is its height in inches."""
    points = axes.transData.transform([(end.x, end.y) for end in ends])
    places = np.clip(axes.transAxes.inverted().transform(points), 0, 1)
    positions = spread(places[:, 1], SPACING * SIZE / (72 * height), 0.0, 1.0)
    for end, (x, y), position in zip(ends, places, positions, strict=True):
        axes.plot(
            [x + GAP, 1 + LEAD],
            [y, position],
            color=end.color,
            linewidth=0.6,
            alpha=0.5,
            transform=axes.transAxes,
            clip_on=False,
        )
        axes.text(
            1 + LEAD + GAP,
            position,
            end.label,
            color=darker(end.color),
            fontsize=SIZE,
            fontweight="bold",
            verticalalignment="center",
            transform=axes.transAxes,
        )
