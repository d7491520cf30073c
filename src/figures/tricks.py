"""The answer in one picture: what each trick brings in accuracy, tuned and as the reports tried it.

It is as narrow as a phone and has letters as large; README shows it in light or in dark.
"""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH, ROW_HEIGHT = 4.2, 0.52  # inches
TITLE = "What each trick brings, in points of accuracy"
NOTE = (
    "● on top of the others, each network at the\n"
    "     learning rate with its lowest loss\n"
    "◇ as the reports tried it · bars: intervals\n"
    "shaded: too small to matter"
)

# Colours of a page, of letters, of what is faint, and of verdicts.
LIGHT = {"page": "#ffffff", "text": "#1f2328", "faint": "#e6e6e6"}
LIGHT |= {"better": "#005F9E", "worse": "#B3002D", "undecided": "#6B6B6B"}
DARK = {"page": "#0d1117", "text": "#e6edf3", "faint": "#2d333b"}
DARK |= {"better": "#6CB6FF", "worse": "#FF8B85", "undecided": "#9AA4AF"}
Palette = Mapping[str, str]


def draw_tricks(tricks: Mapping[str, Mapping[str, Any]], margin: float, look: Palette) -> Figure:
    """Draw a row a trick, the one that helps most on top.

    tricks: as in metrics/tricks.json; margin: the difference of accuracies that matters.
    """
    names = sorted(tricks, key=lambda name: -tricks[name]["accuracy"]["difference"])
    figure = Figure(
        figsize=(WIDTH, ROW_HEIGHT * len(names) + 1.3), layout="constrained", facecolor=look["page"]
    )
    figure.suptitle(TITLE, x=0.02, ha="left", fontsize=10.5, fontweight="bold", color=look["text"])
    figure.supxlabel(NOTE, x=0.02, ha="left", fontsize=8.5, color=look["text"], linespacing=1.4)
    axes = figure.subplots(subplot_kw={"facecolor": look["page"]})
    for y, name in enumerate(names):
        draw_trick(axes, y, name, tricks[name], margin, look)
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.set_yticks([])
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(colors=look["text"], labelsize=9, length=0)
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:+.0f}".replace("-", "−") if x else "0")
    axes.grid(axis="x", color=look["faint"])
    axes.margins(x=0.04)
    return figure


def draw_trick(
    axes: Axes, y: float, name: str, trick: Mapping[str, Any], margin: float, look: Palette
) -> None:
    """Write the trick and its verdict, and below them draw it tuned and as it was reported."""
    height, tuned = [y - 0.12, y + 0.5], trick["accuracy"]
    axes.fill_betweenx(height, -100 * margin, 100 * margin, color=look["faint"], linewidth=0)
    axes.plot([0, 0], height, color=look["undecided"], linewidth=0.8)
    rows = [(y + 0.06, tuned, {"marker": "o", "markersize": 6.5})]
    if "as_reported" in trick:
        outline = {"marker": "D", "markersize": 5, "markerfacecolor": look["page"]}
        rows.append((y + 0.31, trick["as_reported"]["accuracy"], outline))
    for at, found, mark in rows:
        color = look.get(found["verdict"], look["text"])
        axes.plot([100 * end for end in found["interval"]], [at, at], color=color, linewidth=2)
        axes.plot(100 * found["difference"], at, color=color, zorder=3, **mark)
    small = ", too small to matter" if tuned["too_small"] else ""
    words = f"{tuned['verdict']}{small}, {100 * tuned['difference']:+z.2f}".replace("-", "−")
    across = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 9.5}
    axes.text(0, y - 0.29, name, color=look["text"], fontweight="bold", **across)
    color = look.get(tuned["verdict"], look["text"])
    axes.text(1, y - 0.29, words, color=color, ha="right", **across)
