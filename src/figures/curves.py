"""Figures of loss and accuracy against gradient steps, and of where every run ended.

A line is the mean over all seeds, with a band from the lowest to the highest. It ends where the
first seed stops. Dots show where each run ended, and a label gives the mean of these ends.
figures.yaml says which networks a figure shows, for these figures as for DVC's plots.
"""

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Literal, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from pydantic import BaseModel, Field

from figures.style import NEUTRAL, TEXT, colors_of, new_figure
from runs import tables
from workflow import files
from workflow.settings import STRICT, validate, words

SHOWN = Path("figures.yaml")
MEASURES = {"loss": "loss (nats)", "accuracy": "accuracy"}
SETS = {"validation": "Test images", "train": "Training images"}
ROWS = {
    "both": "",
    "report-a": ", report A, without momentum",
    "report-b": ", report B, with momentum",
}
PANEL_HEIGHT = 2.1  # inches
NOTE = (
    "line: mean over all seeds, until the first one stops · band: lowest to highest seed · dots: "
    "where each run ended, often after the line · labels: means of where the runs ended"
)
FAILED = 50  # % of accuracy
ROW_HEIGHT = 0.38  # inches
RUNS_NOTE = "dot: a run, that is one seed · line: their mean"


class CurveFigure(BaseModel):
    """A figure of figures.yaml: its title, and the networks of each row by their curves' files."""

    model_config = STRICT
    title: str
    rows: dict[Literal[*ROWS], dict[str, Literal["validation_loss"]]]
    log_steps: bool = False

    def networks(self, row: str) -> list[str]:
        """Return the networks of a row."""
        return [Path(file).stem for file in self.rows[row]]


class _Shown(BaseModel):
    model_config = STRICT
    figures: dict[str, CurveFigure] = Field(description="figures: title, rows, ...")


class Curve(NamedTuple):
    """What is published of a network: its mean curve and band, and where each run ended."""

    mean: files.Table
    ends: files.Table


Curves = Mapping[str, Curve]  # by network


def read_figures() -> dict[str, CurveFigure]:
    """Return the figures of figures.yaml, by name."""
    return validate(_Shown, files.read_yaml(SHOWN), str(SHOWN)).figures


def load_curve(network: str) -> Curve:
    """Return the published curve and ends of a network."""
    names = [f"{column}{end}" for column in tables.QUANTITIES for end in ("", "_lo", "_hi")]
    return Curve(
        files.read_csv(tables.path("curves", network), ["step", *names]),
        files.read_csv(tables.path("seeds", network), ["steps", *tables.QUANTITIES]),
    )


def draw_curves(spec: CurveFigure, curves: Curves) -> Figure:
    """Draw a panel for each row of networks, set of images and measure, one below the other."""
    panels = [*product(spec.rows, SETS, MEASURES)]
    height = PANEL_HEIGHT * (1.2 if spec.log_steps else 1)  # its lines leave the corners late
    figure = new_figure(spec.title, 1.2 + height * len(panels), NOTE)
    column = figure.subplots(len(panels))
    shown = {row: {name: curves[name] for name in spec.networks(row)} for row in spec.rows}
    last = {row: max(max(one.ends["steps"]) for one in of.values()) for row, of in shown.items()}
    for (row, images, measure), axes in zip(panels, column, strict=True):
        axes.set_title(f"{SETS[images]}{ROWS[row]}: {MEASURES[measure]}")
        first = prepare_steps(axes, last[row], spec.log_steps)
        draw_panel(axes, f"{images}_{measure}", shown[row], first)
    column[-1].set_xlabel("gradient steps, logarithmic" if spec.log_steps else "gradient steps")
    return figure


def prepare_steps(axes: Axes, last: float, logarithmic: bool) -> float:
    """Set the axis of steps, up to the step `last`, and return the first step whose means have to
    be seen."""
    first = last / (150 if logarithmic else 15)  # before it most of a loss goes at once
    axes.set_xscale("log" if logarithmic else "linear")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 3)) if logarithmic else MaxNLocator(4))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlim(first if logarithmic else 0, 1.01 * last)
    return first


def draw_panel(axes: Axes, column: str, curves: Curves, first: float) -> None:
    """Draw the lines of one measure, the highest at the end first, and label each with its network
    and its final mean. The axis shows all means from the step `first` on, and all ends."""
    colors, falls = colors_of(curves), column.endswith("loss")
    finals = {name: tables.mean(curve.ends[column]) for name, curve in curves.items()}
    for name in sorted(finals, key=lambda name: -finals[name]):
        number = f"{finals[name]:.3f}" if falls else f"{100 * finals[name]:.2f} %"
        line = {"gid": f"{column}.{name}", "label": f"{words(name)}: {number}"}
        draw_line(axes, column, curves[name], colors[name], **line)
    seen = [mean for one, _ in curves.values() for mean in one[column][one["step"] >= first]]
    seen += [end for _, ends in curves.values() for end in ends[column]]
    below, above = (0.04, 0.2) if falls else (0.2, 0.04)  # room for the labels
    low, room = min(seen), max(seen) - min(seen)
    axes.set_ylim(low - below * room, low + (1 + above) * room)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    if not falls:
        axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g} %")
    axes.legend(loc="upper right" if falls else "lower right")


def draw_line(axes: Axes, column: str, curve: Curve, color: str, **line: str) -> None:
    """Draw the mean, the band and the ends of all runs. What was measured in training is dashed.

    line: gid and label of the mean.
    """
    shown = curve.mean["step"] > 0  # a logarithmic axis has no place for 0
    step, mean, low, high = (
        curve.mean[name][shown] for name in ("step", column, f"{column}_lo", f"{column}_hi")
    )
    axes.fill_between(step, low, high, color=color, alpha=0.15, linewidth=0)
    style = (0, (3, 1.5)) if column.startswith("train") else "-"
    axes.plot(step, mean, color=color, linestyle=style, **line)
    dots = {"color": color, "markersize": 2.5, "alpha": 0.4, "markeredgewidth": 0}
    axes.plot(curve.ends["steps"], curve.ends[column], "o", **dots)


def draw_runs(curves: Curves) -> Figure:
    """Draw where every run of every network ended: a row a network, the best on top.

    Networks that learned nothing would take most of the axis, so words say where they lie.
    """
    ends = {name: 100 * curve.ends["validation_accuracy"] for name, curve in curves.items()}
    names = sorted(ends, key=lambda name: -tables.mean(ends[name]))
    title = f"Every run of {len(names)} networks: accuracy on the test images after the last step"
    figure = new_figure(title, 1.0 + ROW_HEIGHT * len(names), RUNS_NOTE)
    axes = figure.subplots()
    across = {"transform": axes.get_yaxis_transform(), "va": "center"}
    for y, name in enumerate(names):
        mean, runs = tables.mean(ends[name]), ends[name]
        if mean < FAILED:
            left = f"{words(name)}: ◀ all further left, at {mean:.1f} % on average"
            axes.text(0, y, left, **across)
            continue
        axes.text(0, y - 0.28, words(name), **across)
        dots = {"color": NEUTRAL, "alpha": 0.5, "markeredgewidth": 0, "markersize": 5}
        axes.plot(runs, [y + 0.15] * len(runs), "o", gid=f"runs.{name}", **dots)
        axes.plot(mean, y + 0.15, "|", color=TEXT, markersize=9, markeredgewidth=1.5)
    axes.xaxis.set_major_formatter("{x:.0f} %")
    axes.set_yticks([])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    return figure
