"""The house style of every figure, one colour a variant, and figures as byte-stable SVG.

Nothing of the user's reaches a picture: settings start from Matplotlib's own defaults, and only the
fonts in its package are used, drawn as paths. The file holds no date and no version, and its ids
depend on its content alone.
"""

import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import font_manager
from matplotlib.figure import Figure

import records

# Okabe and Ito's palette (Color Universal Design, 2008), grey for black: colour-blind readers tell
# them apart.
GREY, ORANGE, SKY, GREEN = "#555555", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILLION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
FAINT, NEUTRAL, TEXT = "#d9d9d9", "#777777", "#222222"

# A variant has one colour in all figures. Two share one only where no figure shows both: the two
# reports' versions of one topology, and a trick and a topology.
COLORS = {
    "plain": GREY,
    "unshuffled": ORANGE,
    "improved-init": SKY,
    "improved-sigmoid": GREEN,
    "init-sigmoid": BLUE,
    "momentum": VERMILLION,
    "momentum-lr-0.03": PURPLE,
    "hidden-32": GREEN,
    "momentum-hidden-32": GREEN,
    "hidden-128": PURPLE,
    "momentum-hidden-128": PURPLE,
    "two-layers-59": GREEN,
    "momentum-two-layers-60": GREEN,
    "ten-layers": GREY,
    "momentum-ten-layers": GREY,
}

# In SVG: the points of paths and where things are moved; numbers there of more than two decimals.
COORDINATES = re.compile(r'(?<= d=")[^"]+|(?<=translate\()[^)]+|(?<= [xy]=")[^"]+')
LONG = re.compile(r"-?\d+\.\d{3,}")
# The place of a letter, which SVG can say in fewer words; the indentation of a line.
PLACED = re.compile(r'(<use [^>]*)transform="translate\(([^ )]+) 0\)"')
INDENT = re.compile(r"\n +")

WIDTH = 9.0  # inches; 864 pixels, the text width of a page on GitHub
HOUSE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": TEXT,
    "axes.labelcolor": TEXT,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.edgecolor": "#999999",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "path.simplify_threshold": 0.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "efficient backprop",
}


Drawing = Callable[[], Figure]


def use_house_style() -> None:
    """Forget the user's Matplotlib settings and fonts, and set ours. Called before any drawing."""
    matplotlib.rcdefaults()  # of the package; rc_file_defaults would be those of the user's file
    matplotlib.rcParams.update(HOUSE)
    # A DejaVu of the system may be another version, with other outlines.
    manager = font_manager.fontManager
    manager.ttflist.clear()
    for font in sorted(Path(matplotlib.get_data_path(), "fonts/ttf").glob("*.ttf")):
        manager.addfont(font)


def new_figure(title: str, height: float, note: str) -> Figure:
    """An empty figure of the page's width, `height` in inches, that says what it shows (`title`)
    and how to read it (`note`)."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    figure.suptitle(title, x=0.008, ha="left", fontsize=11, fontweight="bold")
    figure.supxlabel(note, x=0.008, ha="left", fontsize=8, color="#666666")
    return figure


def to_svg(figure: Figure) -> str:
    """The figure as SVG, coordinates in hundredths of a point.

    That halves the file, and leaves no digit that a processor's last bit could turn.
    """
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    svg = COORDINATES.sub(lambda found: LONG.sub(_shortened, found[0]), file.getvalue())
    svg = INDENT.sub("\n", PLACED.sub(r'\1x="\2"', svg))
    return svg.replace("DejaVuSans-", "d")  # in the id of every letter


def _shortened(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def save_figures(folder: Path, drawings: Mapping[str, Drawing]) -> None:
    """Draw in the house style; write each as SVG under its name, whole or not at all.

    Raises OSError.
    """
    use_house_style()
    for name, draw in drawings.items():
        records.write_text(folder / f"{name}.svg", to_svg(draw()))
