"""The house style of every figure, the networks' colours, and figures as byte-stable SVG.

Nothing of the user's reaches a picture: settings start from Matplotlib's own defaults, and only the
fonts in its package are used, drawn as paths. The file holds no date and no version, and its ids
depend on its content alone.
"""

import io
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import matplotlib
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from workflow import files

# DVC's template of the curves, which has to hold the table of the networks' colours.
TEMPLATE = Path(".dvc/plots/band.json")
HOUSE = Path(__file__).with_name("house.mplstyle")

FAINT, NEUTRAL, TEXT = "#d9d9d9", "#777777", "#222222"
WIDTH = 9.0  # inches; 864 pixels, the text width of a page on GitHub

# In SVG: a scale, or a number of more than two decimals, which says where something stands; what is
# called by a hash of its numbers, a mark or a clipped area; the place of a letter, to be shortened.
LONG = re.compile(r"scale\([^)]*\)|-?\d+\.\d{3,}")
HASHED = re.compile(r"\b[mp][0-9a-f]{10}\b")
PLACED = re.compile(r'(<use [^>]*)transform="translate\(([^ )]+) 0\)"')
ASIDE = 0.00037  # points: tidy numbers such as 0.125 lie halfway between two hundredths

Drawing = Callable[[], Figure]


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


def colors_of(networks: Iterable[str]) -> dict[str, str]:
    """Colours of the networks of one plot; what the table lacks takes its turn of the palette."""
    template = files.read_json(TEMPLATE)
    (table,) = (step["from"]["data"]["values"] for step in template["transform"] if "from" in step)
    (palette,) = (param["value"] for param in template["params"])
    colors = {row["network"]: row["color"] for row in table}
    return {
        name: colors.get(name, palette[place % len(palette)]) for place, name in enumerate(networks)
    }


def new_figure(title: str, height: float, note: str) -> Figure:
    """An empty figure of the page's width, `height` in inches, that says what it shows (`title`)
    and how to read it (`note`)."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    figure.suptitle(title, x=0.008, ha="left", fontsize=11, fontweight="bold")
    figure.supxlabel(note, x=0.008, ha="left", fontsize=8, color="#666666")
    return figure


def label_lines(axes: Axes, corner: str) -> None:
    """Write the labels of lines into a corner of their panel, in the order of drawing."""
    colors = [to_rgb(line.get_color()) for line in axes.get_legend_handles_labels()[0]]
    darker = [[0.75 * part for part in color] for color in colors]  # thin letters need more
    axes.legend(labelcolor=darker, prop={"size": 7.5, "weight": "bold"}, loc=corner)


def shortened(number: re.Match[str]) -> str:
    """A coordinate in hundredths of a point, whichever way a processor rounds its last bit; a scale
    as it is."""
    text = number[0]
    return text if text.startswith("scale") else f"{round(float(text) + ASIDE, 2):g}"


def to_svg(figure: Figure) -> str:
    """The figure as SVG, coordinates in hundredths of a point, which also halves the file."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    svg = LONG.sub(shortened, file.getvalue())
    names: dict[str, str] = {}  # counted, as the last bits of a layout differ
    svg = HASHED.sub(lambda name: names.setdefault(name[0], f"{name[0][0]}{len(names)}"), svg)
    svg = re.sub(r"\n +", "\n", PLACED.sub(r'\1x="\2"', svg))
    return svg.replace("DejaVuSans-", "d")  # in the id of every letter


def save_figures(folder: Path, drawings: Mapping[str, Drawing]) -> None:
    """Draw in the house style; write each as SVG under its name, whole or not at all."""
    use_house_style()
    for name, draw in drawings.items():
        files.write(folder / f"{name}.svg", to_svg(draw()))
