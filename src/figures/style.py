"""The house style of every figure, the networks' colours, and figures as byte-stable SVG.

No setting or font of the user's reaches a picture: settings start from Matplotlib's own defaults,
and letters are paths, from the fonts in its package. The file holds no date and no version, and its
ids depend on its content alone.
"""

import io
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path

import matplotlib
from matplotlib import font_manager
from matplotlib.figure import Figure

from workflow import files

# DVC's template of the curves, which has to hold the table of the networks' colours.
TEMPLATE = Path(".dvc/plots/band.json")
HOUSE = Path(__file__).with_name("house.mplstyle")

FAINT, NEUTRAL, TEXT = "#d9d9d9", "#777777", "#222222"
WIDTH = (
    4.8  # inches; 461 pixels, so that on a phone's page of 358 letters of 9 points have 9 pixels
)
LETTERS = 66  # of a line of 9 points

# In SVG: a number with more than two decimals, which says where something stands if it is no scale;
# the id of a mark or of a clipped area, which is a hash of its numbers.
LONG = re.compile(r"(?<!scale\()-?\b\d+\.\d{3,}")
HASHED = re.compile(r"\b[mp][0-9a-f]{10}\b")
ASIDE = 0.00037  # points; tidy numbers such as 0.125 lie halfway between two hundredths
# On a dark page light and dark change places, and hues stay.
TURNED = "svg {filter: invert(0.93) hue-rotate(180deg) brightness(1.15)}"
DARK = f"@media (prefers-color-scheme: dark) {{{TURNED}}}"


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
    """Return the colours of one plot's networks; the palette serves those that the table lacks."""
    template = files.read_json(TEMPLATE)
    (table,) = (step["from"]["data"]["values"] for step in template["transform"] if "from" in step)
    (palette,) = (param["value"] for param in template["params"])
    colors = {row["network"]: row["color"] for row in table}
    return {
        name: colors.get(name, palette[place % len(palette)]) for place, name in enumerate(networks)
    }


def new_figure(title: str, height: float, note: str) -> Figure:
    """Return an empty figure of the page's width, `height` in inches, that says what it shows
    (`title`) and how to read it (`note`)."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    title, note = textwrap.fill(title, 0.8 * LETTERS), textwrap.fill(note, LETTERS)
    figure.suptitle(title, x=0.012, ha="left", fontsize=10, fontweight="bold")
    figure.supxlabel(note, x=0.012, ha="left", fontsize=9, color="#666666")
    return figure


def to_svg(figure: Figure, *, themed: bool = True) -> str:
    """Return a figure as SVG, with coordinates in hundredths of a point; dark on a dark page if
    `themed`.

    They are the same whichever way a processor rounds the last bits of a layout.
    """
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    svg = LONG.sub(lambda number: f"{round(float(number[0]) + ASIDE, 2):g}", file.getvalue())
    names: dict[str, str] = {}  # an id that is a hash becomes a number
    svg = HASHED.sub(lambda name: names.setdefault(name[0], f"{name[0][0]}{len(names)}"), svg)
    svg = svg.replace("</style>", f"{DARK}</style>" if themed else "</style>", 1)
    return re.sub(r"\n +", "\n", svg).replace("DejaVuSans-", "d")  # in the id of every letter
