"""Figures of loss and accuracy against gradient steps, and of where every run ended.

A line is the mean over all seeds, with a band from the lowest to the highest; it ends where the
first seed stops. Dots show where each run ended, and a label gives the mean of these ends. Which
networks a figure shows is said in figures.yaml, for these figures as for DVC's plots.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, PercentFormatter
from pydantic import BaseModel, Field

from figures.style import NEUTRAL, TEXT, colors_of, label_lines, new_figure
from runs import tables
from workflow import files
from workflow.settings import STRICT, validate, words

SHOWN = Path("figures.yaml")
MEASURES = {"loss": "loss (nats)", "accuracy": "accuracy"}
SETS = {"validation": "test images", "train": "training images"}
ROWS = {
    "both": "",
    "report-a": "Report A, without momentum, ",
    "report-b": "Report B, with momentum, ",
}
PANEL_HEIGHT = 2.1  # inches
EPOCH = 625  # steps, of 20,000 images; the axes show what comes after the first one
NOTE = (
    "line: mean over all seeds, until the first one stops · band: lowest to highest seed · dots: "
    "where each run ended\nlabels: mean of these ends"
)
DEPTHS = {1: "#0072B2", 2: "#009E73", 10: "#332288"}  # colours by the number of hidden layers
FAILED = 50  # % of accuracy
ROW_HEIGHT = 0.21  # inches
RUNS_NOTE = "dot: a run, that is one seed · line: their mean · arrow: runs beyond the axis"


class CurveFigure(BaseModel):
    """A figure of figures.yaml: its title, the sets of images that share a panel, and of every row
    the networks, by the files of their curves."""

    model_config = STRICT
    title: str
    sets: list[list[Literal[*SETS]]]
    rows: dict[Literal[*ROWS], dict[str, Literal["validation_loss"]]]
    log_steps: bool = False

    def networks(self, *rows: str) -> list[str]:
        """The networks of these rows, or of all, each once."""
        files_of = (self.rows[row] for row in rows or self.rows)
        return list(dict.fromkeys(Path(file).stem for row in files_of for file in row))


class _Shown(BaseModel):
    model_config = STRICT
    figures: dict[str, CurveFigure] = Field(description="figures: title, sets, rows, ...")


class Curve(NamedTuple):
    """What is published of a network: its mean curve and band, and where each run ended."""

    mean: files.Table
    ends: files.Table


Curves = Mapping[str, Curve]  # by network


def read_figures() -> dict[str, CurveFigure]:
    """The figures of figures.yaml, by name."""
    return validate(_Shown, files.read_yaml(SHOWN), str(SHOWN)).figures


def load_curve(network: str) -> Curve:
    """What is published of a network."""
    names = [f"{column}{end}" for column in tables.QUANTITIES for end in ("", "_lo", "_hi")]
    return Curve(
        files.read_csv(tables.path("curves", network), ["step", *names]),
        files.read_csv(tables.path("seeds", network), ["steps", *tables.QUANTITIES]),
    )


def draw_curves(spec: CurveFigure, curves: Curves) -> Figure:
    """The figure: a row of panels for each row of networks and each of its sets of images."""
    rows = [(row, sets) for row in spec.rows for sets in spec.sets]
    height = PANEL_HEIGHT * (1.3 if spec.log_steps else 1)  # its lines leave the corners late
    figure = new_figure(spec.title, 0.9 + (height + 0.25) * len(rows), NOTE)
    grid = figure.subplots(len(rows), 2, squeeze=False)
    last = max(curves[name].ends["steps"].max() for name in spec.networks())
    for (row, sets), pair in zip(rows, grid, strict=True):
        for (measure, unit), axes in zip(MEASURES.items(), pair, strict=True):
            title = ROWS[row] + " and ".join(SETS[one] for one in sets)
            axes.set_title(f"{title[0].upper()}{title[1:]}: {unit}")
            prepare(axes, spec, measure, last)
            columns = [f"{one}_{measure}" for one in sets]
            shown = {name: curves[name] for name in spec.networks(row)}
            draw_panel(axes, columns, shown, EPOCH / 3 if spec.log_steps else EPOCH)
    for axes in grid[-1]:
        axes.set_xlabel("gradient steps, logarithmic" if spec.log_steps else "gradient steps")
    return figure


def prepare(axes: Axes, spec: CurveFigure, measure: str, last: float) -> None:
    """Set scales and ticks of a panel up to the step `last`."""
    if spec.log_steps:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlim(EPOCH / 5 if spec.log_steps else 0, 1.01 * last)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    if measure == "accuracy":
        axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=" %"))


def draw_panel(axes: Axes, columns: Sequence[str], curves: Curves, cut: float) -> None:
    """Draw the lines of one measure, and label each with its network and its final mean. The axis
    shows all means from the step `cut` on, and all ends."""
    seen = []
    for network, color in colors_of(curves).items():
        curve = curves[network]
        for column in columns:
            final = tables.mean(curve.ends[column])
            number = f"{100 * final:.2f} %" if column.endswith("accuracy") else f"{final:.3f}"
            images = f", {SETS[column.split('_')[0]]}" * (len(columns) > 1)
            label = {"gid": f"{column}.{network}", "label": f"{words(network)}{images}: {number}"}
            draw_line(axes, column, curve, color, label)
            seen += [curve.mean[column][curve.mean["step"] >= cut], curve.ends[column]]
    low, high = np.concatenate(seen).min(), np.concatenate(seen).max()
    falls = columns[0].endswith("loss")  # and leaves the upper corner free for labels
    below, above = (0.04, 0.2) if falls else (0.2, 0.04)
    axes.set_ylim(low - below * (high - low), high + above * (high - low))
    label_lines(axes, "upper right" if falls else "lower right")


def draw_line(axes: Axes, column: str, curve: Curve, color: str, label: Mapping[str, str]) -> None:
    """Draw mean, band, and the ends of all runs; what was measured in training is dashed."""
    shown = curve.mean["step"] >= axes.get_xlim()[0]  # step 0 has no place on a logarithmic axis
    step, mean, low, high = (
        curve.mean[name][shown] for name in ("step", column, f"{column}_lo", f"{column}_hi")
    )
    axes.fill_between(step, low, high, color=color, alpha=0.15, linewidth=0)
    style = (0, (3, 1.5)) if column.startswith("train") else "-"
    axes.plot(step, mean, color=color, linestyle=style, **label)
    dots = {"color": color, "markersize": 2.5, "alpha": 0.4, "markeredgewidth": 0}
    axes.plot(curve.ends["steps"], curve.ends[column], "o", **dots)


def draw_runs(layers: Mapping[str, int], curves: Curves) -> Figure:
    """Where every run of every network ended, a row a network, the best on top; layers: how many
    hidden ones a network has.

    The axis shows the networks above FAILED; what ended left of it lies on its edge.
    """
    ends = {name: 100 * curves[name].ends["validation_accuracy"] for name in layers}
    means = {name: tables.mean(runs) for name, runs in ends.items()}
    names = sorted(means, key=lambda name: -means[name])
    low = min(ends[name].min() for name in names if means[name] > FAILED) - 0.2
    title = f"Every run of {len(names)} networks: accuracy on the test images after the last step"
    figure = new_figure(title, 1.0 + ROW_HEIGHT * len(names), RUNS_NOTE)
    axes = figure.subplots()
    for y, name in enumerate(names):
        runs, color = ends[name], DEPTHS.get(layers[name], NEUTRAL)
        shown = np.maximum(runs, low)
        dots = {"color": color, "alpha": 0.4, "markeredgewidth": 0, "markersize": 5}
        axes.plot(shown, np.full(len(runs), y), "o", gid=f"runs.{name}", clip_on=False, **dots)
        if means[name] > low:
            axes.plot(means[name], y, "|", color=TEXT, markersize=9, markeredgewidth=1.5)
        else:
            axes.plot(low, y, "<", color=color, markersize=6, clip_on=False)
            words_left = f"all further left, at {means[name]:.1f} % on average"
            axes.text(low + 0.1, y, words_left, color=TEXT, va="center", fontsize=7.5)
    for depth in sorted(set(layers.values())):
        layer = f"{depth} hidden layer{'s' * (depth > 1)}"
        axes.plot([], [], "o", color=DEPTHS.get(depth, NEUTRAL), label=layer)
    axes.legend(loc="center left", frameon=False, fontsize=8)
    axes.set_xlim(left=low)
    axes.xaxis.set_major_formatter("{x:.0f} %")
    axes.set_yticks(range(len(names)), [words(name) for name in names], fontsize=7.5)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(axis="y", linewidth=0.4)
    return figure
