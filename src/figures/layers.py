"""The figure of how much of the gradient reaches each layer, at initialization and in training."""

from command import UserError

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray

import files
import results
from figures.style import LineEnd, colors_of, label_ends, new_figure

TITLE = "The gradient that reaches each layer"
# Title of a row -> the figure of figures.yaml whose networks it shows, and whether in training. At
# initialization momentum changes nothing, so that one report stands for both.
ROWS = {
    "At initialization": ("task-4e-report-a", False),
    "In training without momentum": ("task-4e-report-a", True),
    "In training with momentum": ("task-4e-report-b", True),
}
MEASURES = {
    False: "norm (nats per unit of weight)",
    True: "norm over that of the weights",
}
NORMS = ("gradient_norm", "weight_norm")
PANEL_HEIGHT = 2.3  # inches
NOTE = (
    "line: geometric mean over seeds · band: lowest to highest seed · "
    "in training: of each seed the median of all epochs"
)


class ByLayer(NamedTuple):
    """A norm over seeds, input layer first: float64, (layers,)."""

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def load_gradients(network: str) -> files.Table:
    """The rows of plots/gradients of a network: every layer of every seed and epoch."""
    path = results.path("gradients", network)
    table = files.read_csv(path, ("seed", "step", "layer", *NORMS))
    for name in NORMS:
        if not (table[name] > 0).all():
            raise UserError(f"{path}: the column {name} holds a norm that is not above 0")
    return table


def by_layer(table: files.Table, training: bool, shares: bool) -> ByLayer:
    """Norms of the gradients by layer; shares: over the norms of the weights.

    training: of a seed the median of all epochs but the first; else, and where there is no other,
    the initialization.
    """
    norms = table["gradient_norm"] / (table["weight_norm"] if shares else 1)
    later = table["step"] > 0
    chosen = later if training and later.any() else ~later
    medians = np.array(
        [
            [
                np.median(norms[chosen & (table["seed"] == seed) & (table["layer"] == layer)])
                for layer in np.unique(table["layer"])
            ]
            for seed in np.unique(table["seed"][chosen])
        ]
    )
    mean = np.exp(np.log(medians).mean(axis=0))
    return ByLayer(mean, medians.min(axis=0), medians.max(axis=0))


def draw_gradients(
    networks: Mapping[str, Iterable[str]], tables: Mapping[str, files.Table]
) -> Figure:
    """The figure; networks: by title of their row, of ROWS; tables: by network."""
    figure = new_figure(TITLE, 0.9 + PANEL_HEIGHT * len(ROWS), NOTE)
    grid = figure.subplots(len(ROWS), 2, squeeze=False)
    for column, (shares, measure) in enumerate(MEASURES.items()):
        norms = {
            title: {name: by_layer(tables[name], training, shares) for name in networks[title]}
            for title, (_, training) in ROWS.items()
        }
        shown = [norm for row in norms.values() for norm in row.values()]
        lowest = min(norm.low.min() for norm in shown)
        highest = max(norm.high.max() for norm in shown)
        for title, axes in zip(ROWS, grid[:, column], strict=True):
            axes.set_title(title)
            axes.set_ylabel(measure, fontsize=8)
            prepare(axes, lowest / 1.3, highest * 1.3)
            draw_lines(axes, norms[title], named=shares)
    return figure


def prepare(axes: Axes, low: float, high: float) -> None:
    """Set scales, ticks and limits."""
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(low, high)
    axes.set_xticks([0, 1], ["output layer", "first hidden layer"])
    axes.set_xlim(-0.1, 1.1)


def draw_lines(axes: Axes, norms: Mapping[str, ByLayer], named: bool) -> None:
    """Draw one line a network, stretched so that first and last layers meet; named: label it."""
    ends, colors = [], colors_of(norms)
    for network, (mean, low, high) in norms.items():
        back = np.linspace(1, 0, len(mean))
        axes.fill_between(back, low, high, color=colors[network], alpha=0.15, linewidth=0)
        axes.plot(back, mean, "o-", color=colors[network], markersize=4)
        ends.append(LineEnd(back[0], mean[0], network, colors[network]))
    if named:
        label_ends(axes, ends, PANEL_HEIGHT - 0.7)
