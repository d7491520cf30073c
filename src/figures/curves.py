"""Figures of loss and accuracy against gradient steps.

A line is the mean over all seeds, with a band from the lowest to the highest; it ends where the
first seed stops. Dots show where each run ended, and a label gives the mean of these ends. Which
networks a panel shows is said in figures.yaml, for these figures as for DVC's plots. Where two
networks' curves would coincide, the difference of the two is drawn.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, PercentFormatter
from pydantic import BaseModel, Field

from figures.style import NEUTRAL, LineEnd, colors_of, label_ends, new_figure, words_of
from figures.titles import Title
from runs import tables as results
from workflow import files
from workflow.settings import STRICT, validate

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
    """Rows of panels. What lies above `loss` or below `accuracy`, the first steps, is cut off.

    labels: of networks, where not those of style.py. less: the network that is subtracted from the
    others; `loss` and `accuracy` are then the largest differences that are shown.
    """

    rows: tuple[Row, ...]
    loss: float
    accuracy: float
    log_steps: bool = False
    labels: Mapping[str, str] = {}
    less: str = ""


def _tricks(name: str, labels: Mapping[str, str]) -> CurveFigure:
    rows = (Row("Validation", name, "validation"), Row("Training", name, "train"))
    return CurveFigure(rows, loss=0.6, accuracy=0.86, log_steps=True, labels={**labels, **ADDED})


def _shapes(name: str) -> CurveFigure:
    rows = (
        Row("Report A, without momentum", f"{name}-report-a"),
        Row("Report B, with momentum", f"{name}-report-b"),
    )
    return CurveFigure(rows, loss=0.4, accuracy=0.9)


ADDED = {"momentum": "+ momentum", "momentum-lr-0.03": "+ momentum, rate 0.03"}
FIGURES = {
    "task-2c": CurveFigure((Row("Original network", "task-2c"),), loss=0.8, accuracy=0.8),
    "task-2-shuffling": CurveFigure(
        (Row("Unshuffled less shuffled, validation", "task-2-shuffling", "validation"),),
        loss=0.04,
        accuracy=0.02,
        less="plain",
    ),
    "task-3-report-a": _tricks(
        "task-3-report-a",
        {"improved-init": "+ initial weights", "init-sigmoid": "+ improved sigmoid"},
    ),
    "task-3-report-b": _tricks(
        "task-3-report-b",
        {"improved-sigmoid": "+ improved sigmoid", "init-sigmoid": "+ initial weights"},
    ),
    "task-4ab": _shapes("task-4ab"),
    "task-4d": _shapes("task-4d"),
    "task-4e": _shapes("task-4e"),
    "ten-layers": _shapes("ten-layers"),
}


class Curve(NamedTuple):
    """What is published of a network: its mean curve and band, and where each run ended."""

    mean: files.Table
    ends: files.Table


Curves = Mapping[str, Curve]  # by network


class Shown(BaseModel):
    """The content of figures.yaml: figure -> loss or accuracy -> file -> columns; and titles."""

    model_config = STRICT
    figures: dict[str, dict[Literal["loss", "accuracy"], dict[str, list[Quantity]]]] = Field(
        description="figure -> loss and accuracy -> file -> list of columns"
    )
    titles: dict[str, Title] = Field(description="figure -> plain, finding and proof")


def read_shown() -> Shown:
    """The content of figures.yaml."""
    return validate(Shown, files.read_yaml(SHOWN), str(SHOWN))


def read_lines() -> dict[str, dict[str, Lines]]:
    """The lines of every figure, from figures.yaml."""
    return {
        name: {
            measure: {Path(file).stem: columns for file, columns in curves.items()}
            for measure, curves in measures.items()
        }
        for name, measures in read_shown().figures.items()
    }


def load_curve(network: str) -> Curve:
    """What is published of a network."""
    names = [f"{column}{end}" for column in results.QUANTITIES for end in ("", "_lo", "_hi")]
    return Curve(
        files.read_csv(results.path("curves", network), ["step", *names]),
        files.read_csv(results.path("seeds", network), ["steps", *results.QUANTITIES]),
    )


def load_difference(network: str, other: str) -> Curve:
    """What a network has more than another on the validation set, seed by seed."""
    names = ["validation_loss", "validation_accuracy"]
    tables = [
        files.read_csv(results.path("runs", run), ["seed", "step", *names])
        for run in (network, other)
    ]
    one, two = tables
    seeds = np.intersect1d(one["seed"], two["seed"])
    pairs = [[table["seed"] == seed for table in tables] for seed in seeds]
    shortest = min(rows.sum() for pair in pairs for rows in pair)
    mean = {"step": one["step"][:shortest]}
    ends = {"steps": np.array([one["step"][rows][-1] for rows, _ in pairs])}
    for name in names:
        gaps = np.array([one[name][a][:shortest] - two[name][b][:shortest] for a, b in pairs])
        mean |= {name: gaps.mean(0), f"{name}_lo": gaps.min(0), f"{name}_hi": gaps.max(0)}
        ends[name] = np.array([one[name][a][-1] - two[name][b][-1] for a, b in pairs])
    return Curve(mean, ends)


def curves_of(spec: CurveFigure, lines: Figures, curves: Curves) -> Curves:
    """The curves that the figure shows, by network: of a figure of differences those."""
    if not spec.less:
        return curves
    shown = {name for row in spec.rows for name in lines[row.name]["loss"]} - {spec.less}
    return {**curves, **{name: load_difference(name, spec.less) for name in shown}}


def draw_curves(title: str, spec: CurveFigure, lines: Figures, curves: Curves) -> Figure:
    """The figure; lines: as read_lines returns them; curves: by network."""
    figure = new_figure(title, 1.0 + PANEL_HEIGHT * len(spec.rows), NOTE)
    grid = figure.subplots(len(spec.rows), 2, squeeze=False)
    shown = [curves[network] for row in spec.rows for network in lines[row.name]["loss"]]
    first = min(curve.mean["step"][1] for curve in shown) if spec.log_steps else 0
    last = max(curve.ends["steps"].max() for curve in shown)
    for row, pair in zip(spec.rows, grid, strict=True):
        for (measure, words), axes in zip(NAMES.items(), pair, strict=True):
            prepare(axes, spec, measure)
            axes.set_xlim(first, last)
            unit = " (points)" if spec.less and measure == "accuracy" else ""
            axes.set_title(f"{row.title}: {words}{unit}")
            chosen = {
                network: [column for column in columns if column.startswith(row.only)]
                for network, columns in lines[row.name][measure].items()
                if network != spec.less
            }
            draw_panel(axes, spec, chosen, curves)
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
    if spec.less:
        high = getattr(spec, measure)
        low = -high
        axes.axhline(0, color=NEUTRAL, linewidth=0.8)
    room = 0.015 * (high - low)  # so that a line along a limit is seen whole
    axes.set_ylim(low - room, high + room)
    axes.yaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    if measure == "accuracy":
        symbol = "" if spec.less else " %"
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=symbol))


def draw_panel(axes: Axes, spec: CurveFigure, lines: Lines, curves: Curves) -> None:
    """Draw the lines of one measure, and label them.

    A label has the final mean, but for 100 %, which the axis shows. The network's words stand once
    in a row of panels: at the right, beside the last of its columns.
    """
    ends = []
    colors = colors_of(lines)
    for network, columns in lines.items():
        words = spec.labels.get(network) or words_of(network).removeprefix("momentum, ")
        for column in columns:
            draw_line(axes, network, column, curves[network], colors[network])
            final = curves[network].ends[column].mean()
            accuracy = column.endswith("accuracy")
            if spec.less:
                label = f"{100 * final:+.2f} points" if accuracy else f"{final:+.4f}"
            else:
                label = f"{100 * final:.2f} %" if accuracy else f"{final:.3f}"
            label = label.replace("-", "−")
            parts = [words] if accuracy and column == columns[-1] and not spec.less else []
            parts += [label] if label != "100.00 %" else []
            if parts:
                ends.append(LineEnd(final, ": ".join(parts), colors[network]))
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
