"""Figures of how much of the gradient reaches each layer, at initialization and in training."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray

from figures.columns import Table, read_columns
from figures.labels import LineEnd, label_ends
from figures.style import COLORS, new_figure

PANEL_HEIGHT = 2.6  # inches
NORMS = ("gradient_norm", "weight_norm")
TIMES = {"initialization": "at initialization", "training": "in training, median of all epochs"}
NOTE = "line: geometric mean over seeds · band: lowest to highest seed"


@dataclass(frozen=True)
class GradientFigure:
    """rows: title -> variant -> its label; shares: gradients over weights, not gradients alone."""

    title: str
    rows: Mapping[str, Mapping[str, str]]
    shares: bool = False

    @property
    def variants(self) -> set[str]:
        """The variants whose data it shows."""
        return {variant for lines in self.rows.values() for variant in lines}


class ByLayer(NamedTuple):
    """A norm over seeds, input layer first: float64, (layers,)."""

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def load_gradients(variant: str) -> Table:
    """The rows of plots/gradients of a variant. Raises ValueError, OSError."""
    path = f"plots/gradients/{variant}.csv"
    table = read_columns(path, ("seed", "step", "layer", *NORMS))
    for name in NORMS:
        if not (table[name] > 0).all():
            raise ValueError(f"{path}: the column {name} holds a norm that is not above 0")
    seeds, layers = np.unique(table["seed"]), np.unique(table["layer"])
    moments = {(seed, step) for seed, step in zip(table["seed"], table["step"], strict=True)}
    begun = {(seed, 0) for seed in seeds} <= moments
    if not begun or len(table["layer"]) != len(moments) * len(layers):
        raise ValueError(f"{path}: expected every layer of every seed, from step 0 on")
    return table


def by_layer(table: Table, time: str, shares: bool) -> ByLayer:
    """Gradients' norms (or shares) by layer: of a seed the median over the epochs in question; if
    there is none after the first, of the initialization."""
    norms = table["gradient_norm"] / (table["weight_norm"] if shares else 1)
    later = table["step"] > 0
    chosen = later if time == "training" and later.any() else ~later
    layers, seeds = np.unique(table["layer"]), np.unique(table["seed"][chosen])
    medians = np.array(
        [
            [
                np.median(norms[chosen & (table["seed"] == seed) & (table["layer"] == layer)])
                for layer in layers
            ]
            for seed in seeds
        ]
    )
    mean = np.exp(np.log(medians).mean(axis=0))
    return ByLayer(mean, medians.min(axis=0), medians.max(axis=0))


def draw_gradients(spec: GradientFigure, tables: Mapping[str, Table]) -> Figure:
    """The figure; tables: by variant."""
    figure = new_figure(spec.title, 0.9 + PANEL_HEIGHT * len(spec.rows), NOTE)
    grid = figure.subplots(len(spec.rows), 2, squeeze=False)
    found = {
        (time, name): by_layer(tables[name], time, spec.shares)
        for time in TIMES
        for name in spec.variants
    }
    lowest = min(norms.low.min() for norms in found.values())
    highest = max(norms.high.max() for norms in found.values())
    for (title, lines), pair in zip(spec.rows.items(), grid, strict=True):
        for (time, words), axes in zip(TIMES.items(), pair, strict=True):
            axes.set_title(f"{title}: {words}")
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
            axes.yaxis.set_minor_locator(NullLocator())
            axes.set_ylim(lowest / 1.3, highest * 1.3)
            axes.set_xticks([0, 1], ["output layer", "first hidden layer"])
            axes.set_xlim(-0.1, 1.1)
            draw_panel(axes, time, lines, {name: found[time, name] for name in lines})
    return figure


def draw_panel(
    axes: Axes, time: str, lines: Mapping[str, str], found: Mapping[str, ByLayer]
) -> None:
    """Draw and label one line a variant, stretched so that first and last layers meet."""
    ends = []
    for variant, label in lines.items():
        norms, color = found[variant], COLORS[variant]
        way_back = np.linspace(1, 0, len(norms.mean))
        axes.fill_between(way_back, norms.low, norms.high, color=color, alpha=0.15, linewidth=0)
        (line,) = axes.plot(way_back, norms.mean, "o-", color=color, markersize=4)
        line.set_gid(f"{time}.{variant}")
        ends.append(LineEnd(way_back[0], norms.mean[0], label, color))
    label_ends(axes, ends, PANEL_HEIGHT - 0.7)
