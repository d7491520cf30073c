"""Figures of loss and accuracy against gradient steps, and of where every run ended.

A line is the mean over all seeds, with a band from the lowest to the highest; it ends where the
first seed stops. Dots show where each run ended, and a label gives the mean of these ends. Which
networks a figure shows is said in figures.yaml, for these figures as for DVC's plots.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from pydantic import BaseModel, Field

from figures.style import TEXT, colors_of, label_lines, new_figure
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
# Of the longest training, what the axes do not show: the first part, of which most goes at once.
FIRST, FIRST_OF_LOGARITHMIC = 1 / 15, 1 / 150
NOTE = (
    "line: mean over all seeds, until the first one stops · band: lowest to highest seed · dots: "
    "where each run ended\nlabels: mean of these ends"
)
FAILED = 50  # % of accuracy
ROW_HEIGHT = 0.21  # inches
RUNS_NOTE = "dot: a run, that is one seed · line: their mean · colours: those of the curves"


class CurveFigure(BaseModel):
    """A figure of figures.yaml: its title, the sets of images whose panels a row has, and of every
    row the networks, by the files of their curves."""

    model_config = STRICT
    title: str
    sets: list[Literal[*SETS]]
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
    rows = [(row, images) for row in spec.rows for images in spec.sets]
    height = PANEL_HEIGHT * (1.3 if spec.log_steps else 1)  # its lines leave the corners late
    figure = new_figure(spec.title, 0.9 + (height + 0.25) * len(rows), NOTE)
    grid = figure.subplots(len(rows), 2, squeeze=False)
    last = max(curves[name].ends["steps"].max() for name in spec.networks())
    for (row, images), pair in zip(rows, grid, strict=True):
        for (measure, unit), axes in zip(MEASURES.items(), pair, strict=True):
            title = ROWS[row] + SETS[images]
            axes.set_title(f"{title[0].upper()}{title[1:]}: {unit}")
            first = prepare_steps(axes, last, spec.log_steps)
            shown = {name: curves[name] for name in spec.networks(row)}
            draw_panel(axes, f"{images}_{measure}", shown, first)
    for axes in grid[-1]:
        axes.set_xlabel("gradient steps, logarithmic" if spec.log_steps else "gradient steps")
    return figure


def prepare_steps(axes: Axes, last: float, logarithmic: bool) -> float:
    """Set the axis of steps, up to the step `last`; the first step whose means have to be seen."""
    first = last * (FIRST_OF_LOGARITHMIC if logarithmic else FIRST)
    if logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlim(first if logarithmic else 0, 1.01 * last)
    return first


def draw_panel(axes: Axes, column: str, curves: Curves, first: float) -> None:
    """Draw the lines of one measure, the highest at the end first, and label each with its network
    and its final mean. The axis shows all means from the step `first` on, and all ends."""
    colors, finals, seen = colors_of(curves), {}, []
    for name, (table, ends) in curves.items():
        finals[name] = tables.mean(ends[column])
        seen += [*table[column][table["step"] >= first], *ends[column]]
    falls = column.endswith("loss")  # and leaves the upper corner free for labels
    for name in sorted(finals, key=lambda name: -finals[name]):
        number = f"{finals[name]:.3f}" if falls else f"{100 * finals[name]:.2f} %"
        line = {"gid": f"{column}.{name}", "label": f"{words(name)}: {number}"}
        draw_line(axes, column, curves[name], colors[name], **line)
    below, above = (0.04, 0.2) if falls else (0.2, 0.04)
    low, room = min(seen), max(seen) - min(seen)
    axes.set_ylim(low - below * room, low + (1 + above) * room)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    if not falls:
        axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g} %")
    label_lines(axes, "upper right" if falls else "lower right")


def draw_line(axes: Axes, column: str, curve: Curve, color: str, **line: str) -> None:
    """Draw mean, band, and the ends of all runs; what was measured in training is dashed. line:
    gid and label of the mean."""
    shown = curve.mean["step"] > 0  # which has no place on a logarithmic axis
    step, mean, low, high = (
        curve.mean[name][shown] for name in ("step", column, f"{column}_lo", f"{column}_hi")
    )
    axes.fill_between(step, low, high, color=color, alpha=0.15, linewidth=0)
    style = (0, (3, 1.5)) if column.startswith("train") else "-"
    axes.plot(step, mean, color=color, linestyle=style, **line)
    dots = {"color": color, "markersize": 2.5, "alpha": 0.4, "markeredgewidth": 0}
    axes.plot(curve.ends["steps"], curve.ends[column], "o", **dots)


def draw_runs(curves: Curves) -> Figure:
    """Where every run of every network ended, a row a network, the best on top.

    Of networks that learned nothing, which would take most of the axis, words say where they lie.
    """
    ends = {name: 100 * curve.ends["validation_accuracy"] for name, curve in curves.items()}
    names = sorted(ends, key=lambda name: -tables.mean(ends[name]))
    title = f"Every run of {len(names)} networks: accuracy on the test images after the last step"
    figure = new_figure(title, 1.0 + ROW_HEIGHT * len(names), RUNS_NOTE)
    axes = figure.subplots()
    colors, across = colors_of(names), axes.get_yaxis_transform()
    for y, name in enumerate(names):
        mean, runs = tables.mean(ends[name]), ends[name]
        if mean < FAILED:
            left = f"◀ all its runs lie further left, at {mean:.1f} % on average"
            axes.text(0.005, y, left, transform=across, va="center", fontsize=7.5)
            continue
        dots = {"color": colors[name], "alpha": 0.5, "markeredgewidth": 0, "markersize": 5}
        axes.plot(runs, [y] * len(runs), "o", gid=f"runs.{name}", **dots)
        axes.plot(mean, y, "|", color=TEXT, markersize=9, markeredgewidth=1.5)
    axes.xaxis.set_major_formatter("{x:.0f} %")
    axes.set_yticks(range(len(names)), [words(name) for name in names], fontsize=7.5)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(axis="y", linewidth=0.4)
    return figure
