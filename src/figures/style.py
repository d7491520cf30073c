"""The house style of every figure, colours and labels of networks, and figures as byte-stable SVG.

Nothing of the user's reaches a picture: settings start from Matplotlib's own defaults, and only the
fonts in its package are used, drawn as paths. The file holds no date and no version, and its ids
depend on its content alone.
"""

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from workflow import files

# DVC's template of the curves, which holds the one table of networks' colours and plain words.
TEMPLATE = Path(".dvc/plots/band.json")

FAINT, NEUTRAL, TEXT = "#d9d9d9", "#777777", "#222222"

# In SVG: the points of paths and where things are moved; numbers there of more than two decimals;
# a clipped area, called by a hash of its edges; the place of a letter, said in fewer words.
COORDINATES = re.compile(r'(?<= d=")[^"]+|(?<=translate\()[^)]+')
LONG = re.compile(r"-?\d+\.\d{3,}")
CLIP = re.compile(r"\bp[0-9a-f]{10}\b")
PLACED = re.compile(r'(<use [^>]*)transform="translate\(([^ )]+) 0\)"')

WIDTH = 9.0  # inches; 864 pixels, the text width of a page on GitHub
HOUSE = Path(__file__).with_name("house.mplstyle")

LABEL_SIZE = 7.5  # points
SPACING = 1.35  # between the middles of two labels, in their size

Drawing = Callable[[], Figure]


class LineEnd(NamedTuple):
    """At which height a line ends, in data coordinates, and what to call it there."""

    y: float
    label: str
    color: str


def use_house_style() -> None:
    """Forget the user's Matplotlib settings and fonts, and set ours. Called before any drawing."""
    matplotlib.rcdefaults()  # of the package; rc_file_defaults would be those of the user's file
    house = matplotlib.rc_params_from_file(HOUSE, use_default_template=False)
    matplotlib.rcParams.update(house)
    # A DejaVu of the system may be another version, with other outlines.
    manager = font_manager.fontManager
    manager.ttflist.clear()
    for font in sorted(Path(matplotlib.get_data_path(), "fonts/ttf").glob("*.ttf")):
        manager.addfont(font)


def read_looks() -> tuple[list[dict[str, str]], list[str]]:
    """The table of networks with their colours and words, and the palette for all others."""
    template = files.read_json(TEMPLATE)
    (table,) = (step["from"]["data"]["values"] for step in template["transform"] if "from" in step)
    (palette,) = (param["value"] for param in template["params"])
    return table, palette


def colors_of(networks: Iterable[str]) -> dict[str, str]:
    """Colours of the networks of one plot; what the table lacks takes its turn of the palette."""
    table, palette = read_looks()
    colors = {row["network"]: row["color"] for row in table}
    return {
        name: colors.get(name, palette[place % len(palette)]) for place, name in enumerate(networks)
    }


def words_of(network: str) -> str:
    """A network in plain words; what has none in the table is called by its name."""
    return {row["network"]: row.get("words", network) for row in read_looks()[0]}.get(
        network, network
    )


def new_figure(title: str, height: float, note: str) -> Figure:
    """An empty figure of the page's width, `height` in inches, that says what it shows (`title`)
    and how to read it (`note`)."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    figure.suptitle(title, x=0.008, ha="left", fontsize=11, fontweight="bold")
    figure.supxlabel(note, x=0.008, ha="left", fontsize=8, color="#666666")
    return figure


def spread(wanted: Sequence[float], gap: float) -> NDArray[np.float64]:
    """Positions `gap` apart or more within [0, 1], as near to `wanted` as least squares allow.

    In the order of `wanted`; more labels than fit get an equal, smaller gap.
    """
    order = np.argsort(wanted, kind="stable")
    steps = np.arange(len(wanted)) * min(gap, 1 / max(1, len(wanted) - 1))
    middles = isotonic_regression(np.asarray(wanted)[order] - steps).x
    positions = np.empty(len(wanted))
    positions[order] = np.clip(middles, 0, 1 - steps[-1]) + steps
    return positions


def label_ends(axes: Axes, ends: Sequence[LineEnd], height: float) -> None:
    """Write labels right of the panel, as near to the height of their line's end as they fit;
    height: of the panel, in inches."""
    heights = np.clip([end.y for end in ends], *sorted(axes.get_ylim()))
    points = axes.transData.transform([(axes.get_xlim()[1], y) for y in heights])
    wanted = axes.transAxes.inverted().transform(points)[:, 1]
    positions = spread(wanted, SPACING * LABEL_SIZE / (72 * height))
    for end, position in zip(ends, positions, strict=True):
        axes.text(
            1.02,
            position,
            end.label,
            transform=axes.transAxes,
            color=[0.75 * part for part in to_rgb(end.color)],  # thin letters need more contrast
            fontsize=LABEL_SIZE,
            fontweight="bold",
            verticalalignment="center",
        )


def to_svg(figure: Figure) -> str:
    """The figure as SVG, coordinates in hundredths of a point.

    That halves the file, and leaves no digit that a processor's last bit could turn.
    """
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    svg = COORDINATES.sub(
        lambda part: LONG.sub(lambda number: f"{round(float(number[0]), 2):g}", part[0]),
        file.getvalue(),
    )
    areas: dict[str, str] = {}  # counted: the layout's last bits differ from run to run
    svg = CLIP.sub(lambda area: areas.setdefault(area[0], f"clip{len(areas)}"), svg)
    svg = re.sub(r"\n +", "\n", PLACED.sub(r'\1x="\2"', svg))
    return svg.replace("DejaVuSans-", "d")  # in the id of every letter


def save_figures(folder: Path, drawings: Mapping[str, Drawing]) -> None:
    """Draw in the house style; write each as SVG under its name, whole or not at all."""
    use_house_style()
    for name, draw in drawings.items():
        files.write(folder / f"{name}.svg", to_svg(draw()))
