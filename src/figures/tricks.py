"""The answer in one picture: what each trick brings in accuracy, tuned and as the reports tried it.

It is as narrow as a phone and has letters as large; README shows it in light or in dark.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH, ROW_HEIGHT = 4.2, 0.52  # inches
TITLE = "What each trick brings, in points of accuracy"
NOTE = (
    "● at its best learning rate, on top of the other tricks\n"
    "◇ as the reports tried it · bars: intervals\n"
    "shaded: too small to matter on another test set"
)


class Palette(NamedTuple):
    """Colours of a page: of verdicts, of letters, of what is behind them."""

    page: str
    text: str
    faint: str
    better: str
    worse: str
    open: str


LIGHT = Palette("#ffffff", "#1f2328", "#e6e6e6", "#005F9E", "#B3002D", "#6B6B6B")
DARK = Palette("#0d1117", "#e6edf3", "#2d333b", "#6CB6FF", "#FF8B85", "#9AA4AF")


def draw_tricks(tricks: Mapping[str, Mapping[str, Any]], margin: float, look: Palette) -> Figure:
    """A row a trick, what helps most on top; tricks: as in metrics/tricks.json; margin: the
    difference of accuracies that matters."""
    names = sorted(tricks, key=lambda name: -tricks[name]["accuracy"]["difference"])
    figure = Figure(
        figsize=(WIDTH, ROW_HEIGHT * len(names) + 1.3), layout="constrained", facecolor=look.page
    )
    figure.suptitle(TITLE, x=0.02, ha="left", fontsize=10.5, fontweight="bold", color=look.text)
    figure.supxlabel(NOTE, x=0.02, ha="left", fontsize=8.5, color=look.text, linespacing=1.4)
    axes = figure.subplots(subplot_kw={"facecolor": look.page})
    axes.axvspan(-100 * margin, 100 * margin, color=look.faint, linewidth=0)
    axes.axvline(0, color=look.open, linewidth=0.8)
    for y, name in enumerate(names):
        draw_trick(axes, y, name, tricks[name], look)
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.set_yticks([])
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(colors=look.text, labelsize=9, length=0)
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:+.0f}".replace("-", "−") if x else "0")
    axes.grid(axis="x", color=look.faint)
    axes.margins(x=0.04)
    return figure


def draw_trick(axes: Axes, y: float, name: str, trick: Mapping[str, Any], look: Palette) -> None:
    """Write the trick and its verdict, and below them draw it tuned and as it was reported."""
    tuned, reported = trick["accuracy"], trick.get("as_reported", {}).get("accuracy")
    if y:
        axes.axhline(y - 0.5, color=look.faint, linewidth=0.6)
    points = round(100 * tuned["difference"], 2) + 0.0  # no -0.0
    words = f"{tuned['verdict']}, {points:+.2f}".replace("-", "−")
    color = draw_answer(axes, y + 0.06, tuned, look, {"marker": "o", "markersize": 6.5})
    across = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 9.5}
    axes.text(0, y - 0.27, name, color=look.text, fontweight="bold", **across)
    axes.text(1, y - 0.27, words, color=color, ha="right", **across)
    if reported:
        outline = {"marker": "D", "markersize": 5, "markerfacecolor": look.page}
        draw_answer(axes, y + 0.29, reported, look, outline)


def draw_answer(
    axes: Axes, y: float, answer: Mapping[str, Any], look: Palette, mark: Mapping[str, Any]
) -> str:
    """Draw a difference, in points, over its interval; the colour that says its verdict."""
    colors = {"better": look.better, "worse": look.worse, "undecided": look.open}
    color = colors.get(answer["verdict"], look.text)
    axes.plot([100 * end for end in answer["interval"]], [y, y], color=color, linewidth=2)
    axes.plot(100 * answer["difference"], y, color=color, zorder=3, **mark)
    return color
