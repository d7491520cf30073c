"""Figures of loss and accuracy against gradient steps: mean over seeds, and a band from the lowest
to the highest seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, PercentFormatter
from numpy.typing import NDArray

from figures.columns import Table, read_columns
from figures.labels import LineEnd, label_ends
from figures.style import COLORS, new_figure

Column = NDArray[np.float64]

MEASURES = ("loss", "accuracy")
SETS = {"validation": "validation", "train": "training"}
BOTH = tuple(SETS)
NAMES = {"loss": "loss (nats)", "accuracy": "accuracy"}
PANEL_HEIGHT = 2.6  # inches

BAND = "line: mean over seeds · band: lowest to highest seed · pale: some seeds have stopped"
DASHES = "solid: validation · dashed: training"


@dataclass(frozen=True)
class Row:
    """Two panels, loss and accuracy; lines: variant -> its label; sets: of SETS, those drawn."""

    title: str
    lines: Mapping[str, str]
    sets: tuple[str, ...] = ("validation",)


@dataclass(frozen=True)
class CurveFigure:
    """Rows of panels with common limits: what lies outside of them (the first steps) is cut off."""

    title: str
    rows: tuple[Row, ...]
    loss: tuple[float, float]
    accuracy: tuple[float, float]
    log_steps: bool = False

    @property
    def variants(self) -> set[str]:
        """The variants whose data it shows."""
        return {variant for row in self.rows for variant in row.lines}


class Curve(NamedTuple):
    """A variant's plots/curves, and the last step at which all its seeds were still training."""

    columns: Table
    complete: float


def load_curve(variant: str) -> Curve:
    """The curve of a variant, of two checks or more. Raises ValueError, OSError."""
    quantities = [f"{one}_{measure}" for one in SETS for measure in MEASURES]
    names = [f"{quantity}{end}" for quantity in quantities for end in ("", "_lo", "_hi")]
    path = f"plots/curves/{variant}.csv"
    columns = read_columns(path, ["step", *names])
    if len(columns["step"]) < 2 or not (np.diff(columns["step"], prepend=-1) > 0).all():
        raise ValueError(f"{path}: expected two steps or more, each after the one before")
    return Curve(columns, read_columns(f"plots/seeds/{variant}.csv", ["steps"])["steps"].min())


def draw_curves(spec: CurveFigure, curves: Mapping[str, Curve]) -> Figure:
    """The figure; curves: by variant."""
    sets = {one for row in spec.rows for one in row.sets}
    note = f"{DASHES} · {BAND}" if len(sets) > 1 else BAND
    figure = new_figure(spec.title, 0.9 + PANEL_HEIGHT * len(spec.rows), note)
    grid = figure.subplots(len(spec.rows), 2, squeeze=False)
    steps = [curves[variant].columns["step"] for variant in spec.variants]
    first, last = min(step[1] for step in steps), max(step[-1] for step in steps)
    for row, pair in zip(spec.rows, grid, strict=True):
        for measure, axes in zip(MEASURES, pair, strict=True):
            prepare(axes, spec, measure)
            axes.set_xlim(first if spec.log_steps else 0, last)
            axes.set_title(f"{row.title}: {NAMES[measure]}")
            draw_panel(axes, row, measure, curves)
    for axes in grid[-1]:
        axes.set_xlabel(f"gradient steps{', logarithmic' if spec.log_steps else ''}")
    return figure


def prepare(axes: Axes, spec: CurveFigure, measure: str) -> None:
    """Set scales, ticks, and the limits of `measure`."""
    if spec.log_steps:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    low, high = spec.loss if measure == "loss" else spec.accuracy
    room = 0.015 * (high - low)  # so that a line along a limit is seen whole
    axes.set_ylim(low - room, high + room)
    axes.yaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    if measure == "accuracy":
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))


def draw_panel(axes: Axes, row: Row, measure: str, curves: Mapping[str, Curve]) -> None:
    """Draw and label the lines of one measure; a variant alone is labelled by its sets."""
    ends = []
    for variant, label in row.lines.items():
        for one in row.sets:
            shown = label if len(row.lines) > 1 else SETS[one]
            ends.append(draw_line(axes, variant, f"{one}_{measure}", curves[variant], shown))
    label_ends(axes, ends, PANEL_HEIGHT - 0.7)


def draw_line(axes: Axes, variant: str, quantity: str, curve: Curve, label: str) -> LineEnd:
    """Draw mean and band, pale from where the first seed has stopped; training data are dashed."""
    color, dashes = COLORS[variant], (0, (3, 1.5)) if quantity.startswith("train") else "-"
    shown = curve.columns["step"] >= axes.get_xlim()[0]  # step 0 has no place on a logarithmic axis
    step, mean, low, high = (
        curve.columns[name][shown]
        for name in ("step", quantity, f"{quantity}_lo", f"{quantity}_hi")
    )
    draw_band(axes, step, low, high, color)
    style: dict[str, Any] = {"color": color, "linestyle": dashes}
    all_seeds, fewer = step <= curve.complete, step >= curve.complete
    (line,) = axes.plot(step[all_seeds], mean[all_seeds], **style)
    line.set_gid(f"{quantity}.{variant}")
    axes.plot(step[fewer], mean[fewer], alpha=0.4, **style)
    return LineEnd(step[-1], mean[-1], label, color)


def draw_band(axes: Axes, step: Column, low: Column, high: Column, color: str) -> None:
    """Fill between the lowest and highest seed, of all checks that fall on the same two points of
    the paper: more could hardly be seen, and would make the file much larger."""
    at = axes.transData.transform(np.column_stack([step, low]))[:, 0] * 72 / axes.figure.dpi
    starts = np.flatnonzero(np.diff(np.floor(at / 2), prepend=-np.inf))
    low, high = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
    axes.fill_between(step[starts], low, high, color=color, alpha=0.15, linewidth=0)
