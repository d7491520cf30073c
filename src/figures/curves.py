"""Figures of loss and accuracy against gradient steps.

A line is the mean over all seeds, with a band from the lowest to the highest; it ends where the
first seed stops. Dots show where each run ended, and a label gives the mean of these ends. Which
networks a panel shows is said in figures.yaml, for these figures as for DVC's plots.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, PercentFormatter
from pydantic import BaseModel, Field

import files
import results
from figures.style import LineEnd, colors_of, label_ends, new_figure
from settings import STRICT, validate

Quantity = Literal[*results.QUANTITIES]
Lines = Mapping[str, list[str]]  # network -> which of its quantities are drawn
Figures = Mapping[str, Mapping[str, Lines]]  # name in figures.yaml -> loss or accuracy -> lines

SHOWN = Path("figures.yaml")
NAMES = {"loss": "loss (nats)", "accuracy": "accuracy"}
PANEL_HEIGHT = 2.6  # inches

NOTE = (
    "solid: validation · dashed: training · line: mean over all seeds, until the first one stops\n"
    "band: lowest to highest seed · dots: where each run ended · labels: mean of these ends"
)


class Row(NamedTuple):
    """Two panels, loss and accuracy, of a figure of figures.yaml; `only`: validation or train."""

    title: str
    name: str
    only: str = ""


class CurveFigure(NamedTuple):
    """Rows of panels. What lies above `loss` or below `accuracy`, the first steps, is cut off."""

    title: str
    rows: tuple[Row, ...]
    loss: float
    accuracy: float
    log_steps: bool = False


def _original(title: str, name: str) -> CurveFigure:
    return CurveFigure(title, (Row("Original network", name),), loss=0.8, accuracy=0.8)


def _tricks(title: str, name: str) -> CurveFigure:
    rows = (Row("Validation", name, "validation"), Row("Training", name, "train"))
    return CurveFigure(title, rows, loss=0.6, accuracy=0.86, log_steps=True)


def _shapes(title: str, name: str) -> CurveFigure:
    rows = (
        Row("Report A, without momentum", f"{name}-report-a"),
        Row("Report B, with momentum", f"{name}-report-b"),
    )
    return CurveFigure(title, rows, loss=0.4, accuracy=0.9)


FIGURES = {
    "task-2c": _original("Task 2c: the original network, with 64 sigmoid units", "task-2c"),
    "task-2-shuffling": _original(
        "The assignment's example: the original network, its training set shuffled or not",
        "task-2-shuffling",
    ),
    "task-3-report-a": _tricks(
        "Task 3, report A: init, sigmoid and momentum, added one by one", "task-3-report-a"
    ),
    "task-3-report-b": _tricks(
        "Task 3, report B: sigmoid, init and momentum, added one by one", "task-3-report-b"
    ),
    "task-4ab": _shapes(
        "Tasks 4a and 4b: 32, 64 and 128 hidden units, on the validation set", "task-4ab"
    ),
    "task-4d": _shapes(
        "Task 4d: two hidden layers against one with about as many parameters", "task-4d"
    ),
    "task-4e": _shapes("Task 4e: ten hidden layers against two and one", "task-4e"),
    "ten-layers": _shapes("Ten hidden layers and one, with large and small steps", "ten-layers"),
}


class Curve(NamedTuple):
    """What is published of a network: its mean curve and band, and where each run ended."""

    mean: files.Table
    ends: files.Table


class Shown(BaseModel):
    """The content of figures.yaml: figure -> loss or accuracy -> file -> columns."""

    model_config = STRICT
    figures: dict[str, dict[Literal["loss", "accuracy"], dict[str, list[Quantity]]]] = Field(
        description="figure -> loss and accuracy -> file -> list of columns"
    )


def read_lines() -> dict[str, dict[str, Lines]]:
    """The lines of every figure, from figures.yaml."""
    shown = validate(Shown, files.read_yaml(SHOWN), str(SHOWN)).figures
    return {
        name: {
            measure: {Path(file).stem: columns for file, columns in curves.items()}
            for measure, curves in measures.items()
        }
        for name, measures in shown.items()
    }


def load_curve(network: str) -> Curve:
    """What is published of a network."""
    names = [f"{column}{end}" for column in results.QUANTITIES for end in ("", "_lo", "_hi")]
    return Curve(
        files.read_csv(results.path("curves", network), ["step", *names]),
        files.read_csv(results.path("seeds", network), ["steps", *results.QUANTITIES]),
    )


def draw_curves(spec: CurveFigure, lines: Figures, curves: Mapping[str, Curve]) -> Figure:
    """The figure; lines: as read_lines returns them; curves: by network."""
    figure = new_figure(spec.title, 1.0 + PANEL_HEIGHT * len(spec.rows), NOTE)
    grid = figure.subplots(len(spec.rows), 2, squeeze=False)
    shown = [curves[network] for row in spec.rows for network in lines[row.name]["loss"]]
    first = min(curve.mean["step"][1] for curve in shown) if spec.log_steps else 0
    last = max(curve.ends["steps"].max() for curve in shown)
    for row, pair in zip(spec.rows, grid, strict=True):
        for (measure, words), axes in zip(NAMES.items(), pair, strict=True):
            prepare(axes, spec, measure)
            axes.set_xlim(first, last)
            axes.set_title(f"{row.title}: {words}")
            draw_panel(axes, row.only, lines[row.name][measure], curves)
    for axes in grid[-1]:
        axes.set_xlabel("gradient steps, logarithmic" if spec.log_steps else "gradient steps")
    return figure


def prepare(axes: Axes, spec: CurveFigure, measure: str) -> None:
    """Set scales, ticks, and the limits of `measure`."""
    if spec.log_steps:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    low, high = (0.0, spec.loss) if measure == "loss" else (spec.accuracy, 1.0)
    room = 0.015 * (high - low)  # so that a line along a limit is seen whole
    axes.set_ylim(low - room, high + room)
    axes.yaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    if measure == "accuracy":
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))


def draw_panel(axes: Axes, only: str, lines: Lines, curves: Mapping[str, Curve]) -> None:
    """Draw and label the lines of one measure, of the columns that begin with `only`.

    Every label has the final mean. The network's name stands once in a row of panels: at the right,
    beside the last of its columns.
    """
    ends = []
    colors = colors_of(lines)
    for network, columns in lines.items():
        chosen = [column for column in columns if column.startswith(only)]
        for column in chosen:
            draw_line(axes, network, column, curves[network], colors[network])
            final = curves[network].ends[column].mean()
            label = f"{final:.3g}"
            if column.endswith("accuracy"):
                label = f"{100 * final:.2f} %"
                if column == chosen[-1]:
                    label = f"{network} {label}"
            ends.append(LineEnd(final, label, colors[network]))
    label_ends(axes, ends, PANEL_HEIGHT - 0.7)


def draw_line(axes: Axes, network: str, column: str, curve: Curve, color: str) -> None:
    """Draw mean, band, and the ends of all runs; what was measured in training is dashed."""
    shown = curve.mean["step"] >= axes.get_xlim()[0]  # step 0 has no place on a logarithmic axis
    step, mean, low, high = (
        curve.mean[name][shown] for name in ("step", column, f"{column}_lo", f"{column}_hi")
    )
    axes.fill_between(step, low, high, color=color, alpha=0.15, linewidth=0)
    training = column.startswith("train")
    style, gid = (0, (3, 1.5)) if training else "-", f"{column}.{network}"
    axes.plot(step, mean, color=color, linestyle=style, gid=gid)
    dots = {"color": color, "markersize": 2.5, "alpha": 0.4, "markeredgewidth": 0}
    axes.plot(curve.ends["steps"], curve.ends[column], "o", **dots)
