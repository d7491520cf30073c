"""The figure of how much of the gradient reaches each layer, at initialization and in training."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray

from figures.curves import Figures
from figures.style import LineEnd, colors_of, label_ends, new_figure, words_of
from runs import tables as results
from workflow import files

# Title of a panel -> whose networks it shows, a figure of figures.yaml, and whether in training. At
# initialization momentum changes nothing, so that one report stands for both.
PANELS = {
    "At initialization": ("task-4e-report-a", False),
    "In training without momentum": ("task-4e-report-a", True),
    "In training with momentum": ("task-4e-report-b", True),
}
PANEL_HEIGHT = 2.4  # inches
NOTE = (
    "line: geometric mean over seeds · band: lowest to highest seed · "
    "in training: of each seed the median of all epochs"
)


def load_gradients(network: str) -> files.Table:
    """The rows of plots/gradients of a network: every layer of every seed and epoch."""
    names = ("seed", "step", "layer", "gradient_norm")
    return files.read_csv(results.path("gradients", network), names)


def by_layer(table: files.Table, training: bool) -> NDArray[np.float64]:
    """Geometric mean, minimum and maximum over seeds of the gradients' norms, (3, layers), input
    layer first.

    training: of a seed the median of all epochs but the first; else, and where there is no other,
    the initialization.
    """
    norms = table["gradient_norm"]
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
    return np.array([mean, medians.min(axis=0), medians.max(axis=0)])


def draw_gradients(title: str, lines: Figures, tables: Mapping[str, files.Table]) -> Figure:
    """The figure; lines: as read_lines returns them; tables: by network."""
    figure = new_figure(title, 0.9 + PANEL_HEIGHT, NOTE)
    row = figure.subplots(1, len(PANELS), sharey=True)
    row[0].set_yscale("log")
    row[0].set_ylabel("norm (nats per unit of weight)")
    row[0].yaxis.set_major_formatter("{x:g}")
    row[0].yaxis.set_major_locator(LogLocator(subs=(1, 3)))
    row[0].yaxis.set_minor_locator(NullLocator())
    ends = []
    for axes, (title, (name, training)) in zip(row, PANELS.items(), strict=True):
        axes.set_title(title)
        axes.set_xticks([0, 1], ["output\nlayer", "first hidden\nlayer"])
        norms = {network: by_layer(tables[network], training) for network in lines[name]["loss"]}
        ends.append(draw_lines(axes, norms))
    for axes, labels in zip(row, ends, strict=True):  # the limits are final only now
        label_ends(axes, labels, PANEL_HEIGHT - 0.4)
    return figure


def draw_lines(axes: Axes, norms: Mapping[str, NDArray[np.float64]]) -> list[LineEnd]:
    """Draw one line a network, stretched so that first and last layers meet; return its ends."""
    colors = colors_of(norms)
    for network, (mean, low, high) in norms.items():
        back = np.linspace(1, 0, len(mean))
        axes.fill_between(back, low, high, color=colors[network], alpha=0.15, linewidth=0)
        axes.plot(back, mean, "o-", color=colors[network], markersize=4)
    return [
        LineEnd(mean[0], words_of(name).removeprefix("momentum, "), colors[name])
        for name, (mean, _, _) in norms.items()
    ]
