"""The figure of all runs: where every seed of every network ended, the best network on top."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from figures.curves import Curve
from figures.style import TEXT, colors_of, new_figure, words_of

ROW_HEIGHT = 0.21  # inches
TICKS = (0.1, 0.5, 0.8, 0.9, 0.95, 0.97)
NOTE = (
    "dot: a run, that is one seed · line: their mean · accuracy on the test set after the last "
    "step,\non a scale by which each halving of the errors is as wide"
)


def draw_runs(curves: Mapping[str, Curve]) -> Figure:
    """A row a network, the best on top; curves: by network."""
    ends = {name: curve.ends["validation_accuracy"] for name, curve in curves.items()}
    names = sorted(ends, key=lambda name: -ends[name].mean())
    colors = colors_of(curves)
    words = [words_of(name) for name in names]
    best = f"on top “{words[0]}”, {100 * ends[names[0]].mean():.1f} % right"
    figure = new_figure(f"Every run of every network: {best}", 1.0 + ROW_HEIGHT * len(names), NOTE)
    axes = figure.subplots()
    axes.set_xscale("log")
    for y, name in enumerate(names):
        errors, dots = 1 - ends[name], {"alpha": 0.4, "markeredgewidth": 0, "markersize": 5}
        axes.plot(
            errors, np.full(len(errors), y), "o", color=colors[name], gid=f"runs.{name}", **dots
        )
        axes.plot(errors.mean(), y, "|", color=TEXT, markersize=9, markeredgewidth=1.5)
    axes.invert_xaxis()
    axes.set_xticks([1 - accuracy for accuracy in TICKS])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda error, _: f"{100 * (1 - error):.0f} %"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_yticks(range(len(names)), words, fontsize=7.5)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(axis="y", linewidth=0.4)
    return figure
