"""The figure of how much of the gradient reaches each layer, at initialization and in training."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray

from figures.curves import CurveFigure
from figures.style import colors_of, label_lines, new_figure
from runs import tables
from workflow import files
from workflow.settings import words

SPEC = "task-4e"  # the figure whose networks are shown
# Title of a panel -> which row of them it shows, and whether in training. At initialization
# momentum changes nothing, so that one report stands for both.
PANELS = {
    "At initialization": ("report-a", False),
    "In training without momentum": ("report-a", True),
    "In training with momentum": ("report-b", True),
}
TITLE = "The size of the gradient that reaches each layer, at initialization and in training"
NOTE = (
    "line: geometric mean over seeds · band: lowest to highest seed · "
    "in training: of each seed the median of all epochs\n"
    "labels: norm at the first hidden layer"
)


def load_gradients(network: str) -> files.Table:
    """The rows of plots/gradients of a network: every layer of every seed and epoch."""
    names = ("seed", "step", "layer", "gradient_norm")
    return files.read_csv(tables.path("gradients", network), names)


def by_layer(table: files.Table, training: bool) -> NDArray[np.float64]:
    """Geometric mean, minimum and maximum over seeds of the gradients' norms, (3, layers), input
    layer first; training: of each seed the median of all checks after the initialization."""
    chosen = (table["step"] > 0) == training
    seed, layer, norm = (table[name][chosen] for name in ("seed", "layer", "gradient_norm"))
    medians = np.array(
        [
            [np.median(norm[(seed == one) & (layer == each)]) for each in np.unique(layer)]
            for one in np.unique(seed)
        ]
    )
    mean = np.exp(np.log(medians).mean(axis=0))
    return np.array([mean, medians.min(axis=0), medians.max(axis=0)])


def draw_gradients(spec: CurveFigure, norms: Mapping[str, files.Table]) -> Figure:
    """The figure; spec: of the networks; norms: the rows of plots/gradients, by network."""
    figure = new_figure(TITLE, 3.7, NOTE)
    row = figure.subplots(1, len(PANELS), sharey=True)
    row[0].set_yscale("log")
    row[0].set_ylabel("norm (nats per unit of weight)")
    row[0].yaxis.set_major_formatter("{x:g}")
    row[0].yaxis.set_major_locator(LogLocator(subs=(1, 3)))
    row[0].yaxis.set_minor_locator(NullLocator())
    for axes, (title, (name, training)) in zip(row, PANELS.items(), strict=True):
        axes.set_title(title)
        axes.set_xticks([0, 1], ["output\nlayer", "first hidden\nlayer"])
        draw_lines(axes, {one: by_layer(norms[one], training) for one in spec.networks(name)})
    low, high = row[0].get_ylim()
    row[0].set_ylim(low / 10, high)  # below all lines is room for their names
    return figure


def draw_lines(axes: Axes, norms: Mapping[str, NDArray[np.float64]]) -> None:
    """Draw one line a network, stretched so that first and last layers meet, the one that leads
    highest first."""
    colors = colors_of(norms)
    for network in sorted(norms, key=lambda name: -norms[name][0, 0]):
        mean, low, high = norms[network][:, ::-1]
        back = np.linspace(0, 1, len(mean))
        axes.fill_between(back, low, high, color=colors[network], alpha=0.15, linewidth=0)
        label = f"{words(network)}: {mean[-1]:#.2g}"
        axes.plot(back, mean, "o-", color=colors[network], markersize=4, label=label)
    label_lines(axes, "lower right")
