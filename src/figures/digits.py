"""Figures of one trained network: what its hidden units look for, and which digits it confuses."""

from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from figures.style import FAINT, NEUTRAL, TEXT, new_figure
from mlp.evaluation import Dataset
from mlp.network import CLASSES
from mnist.source import IMAGE_SHAPE
from runs.model import Model, probabilities

SIDE = IMAGE_SHAPE[0]
# Tiles of a row, the pixels between them, and how many units are shown at the most.
UNIT_COLUMNS, UNIT_GAP, MOST_UNITS = 16, 2, 64
MISTAKE_COLUMNS, MISTAKE_GAP, CAPTION, MOST_MISTAKES = 8, 6, 17, 24
# Shades of either sign; the share of the weights that are within the strongest shade.
SHADES, WITHIN = 20, 0.998
PAPER = 242  # brightness of a digit's background, that shows its frame


class Mistakes(NamedTuple):
    """Images taken for another digit, the surest mistake first.

    images: uint8, (mistakes, 28, 28); actual, taken_for: integer; probability: of the latter.
    """

    images: NDArray[np.uint8]
    actual: NDArray[np.integer]
    taken_for: NDArray[np.int64]
    probability: NDArray[np.float64]


def find_mistakes(model: Model, data: Dataset) -> Mistakes:
    """What the seeds together take for another digit: probabilities are means over seeds."""
    by_digit = probabilities(model, data.images)
    taken_for = by_digit.argmax(axis=-1)
    wrong = np.flatnonzero(taken_for != data.labels)
    probability = by_digit[wrong, taken_for[wrong]]
    surest = np.argsort(-probability, kind="stable")
    wrong, probability = wrong[surest], probability[surest]
    pixels = data.images[wrong, :-1] * model.deviation + model.mean
    images = np.clip(np.round(pixels), 0, 255).astype(np.uint8).reshape(-1, *IMAGE_SHAPE)
    return Mistakes(images, data.labels[wrong], taken_for[wrong], probability)


def sheet_of(
    tiles: NDArray[np.floating], columns: int, right: int, below: int
) -> NDArray[np.float64]:
    """Lay tiles (n, 28, 28) in rows of `columns`, with gaps of NaN, which is drawn as nothing."""
    rows, height, width = max(1, -(-len(tiles) // columns)), SIDE + below, SIDE + right
    sheet = np.full((rows * columns, height, width), np.nan)
    sheet[: len(tiles), :SIDE, :SIDE] = tiles
    sheet = sheet.reshape(rows, columns, height, width).swapaxes(1, 2)
    return sheet.reshape(rows * height, columns * width)


def show(
    axes: Axes, tiles: NDArray[np.float64], columns: int, right: int, below: int, **colors: Any
) -> None:
    """Show tiles (n, 28, 28) in rows of `columns`, with gaps; colors: as imshow takes them.

    Pixel by pixel: every number of the picture is in the file, none is blurred.
    """
    sheet = sheet_of(tiles, columns, right, below)
    extent = (0, sheet.shape[1], sheet.shape[0], 0)
    axes.imshow(sheet, interpolation="none", extent=extent, **colors)
    axes.set_axis_off()


def draw_weights(weights: NDArray[np.float32]) -> Figure:
    """The weights to the pixels of each hidden unit; weights: (785, units), bias last."""
    count = min(weights.shape[1], MOST_UNITS)
    pixels = weights[:-1, :count].T.reshape(count, *IMAGE_SHAPE)
    scale = float(np.quantile(np.abs(pixels), WITHIN)) or 1.0
    figure = new_figure(
        f"The network of params.yaml: first-layer weights, {count} of {weights.shape[1]} units",
        0.9 + 0.55 * -(-count // UNIT_COLUMNS),
        "one square a unit: its weights to the 28 × 28 pixels, seed 0 · "
        f"blue: −{scale:.2g} and below · white: 0 · red: {scale:.2g} and above",
    )
    shades = np.round(SHADES * pixels / scale) / SHADES
    colors = {"cmap": "RdBu_r", "vmin": -1, "vmax": 1}
    show(figure.subplots(), shades, UNIT_COLUMNS, UNIT_GAP, UNIT_GAP, **colors)
    return figure


def draw_confusion(images: NDArray[np.float64]) -> Figure:
    """Which digits are taken for which; the colours are of mistakes alone. images: (10, 10)."""
    note = "number of validation images, mean over seeds · at the right: correct of the row"
    figure = new_figure("The network of params.yaml: which digit is taken for which", 4.6, note)
    axes = figure.subplots()
    wrong = np.where(np.eye(CLASSES, dtype=bool), np.nan, images)
    highest = float(np.nanmax(wrong)) or 1.0
    axes.set_facecolor(FAINT)
    axes.pcolormesh(wrong, cmap="Blues", vmin=0, vmax=highest, edgecolors="white", linewidth=1.5)
    for (i, j), number in np.ndenumerate(images):
        on_dark = i != j and number > 0.6 * highest
        color = "white" if on_dark else TEXT if number else NEUTRAL
        words = f"{number:.1f}".removesuffix(".0")
        axes.text(j + 0.5, i + 0.5, words, fontsize=8, color=color, ha="center", va="center")
    totals = images.sum(axis=1)
    for i in np.flatnonzero(totals):
        share = f"{100 * images[i, i] / totals[i]:.1f} %"
        axes.text(CLASSES + 0.1, i + 0.5, share, va="center", fontsize=8)
    dress_matrix(axes)
    return figure


def dress_matrix(axes: Axes) -> None:
    """Digits along both sides of the confusion matrix, the first at the top."""
    middles, digits = np.arange(CLASSES) + 0.5, range(CLASSES)
    axes.set(xticks=middles, xticklabels=digits, xlabel="taken for")
    axes.set(yticks=middles, yticklabels=digits, ylabel="actual digit")
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def draw_mistakes(mistakes: Mistakes) -> Figure:
    """The surest mistakes, each with its digit, what it is taken for, and how surely."""
    count = min(len(mistakes.images), MOST_MISTAKES)
    figure = new_figure(
        "The network of params.yaml: its surest mistakes on the validation set",
        0.9 + 1.25 * max(1, -(-count // MISTAKE_COLUMNS)),
        f"actual digit → what it is taken for, and the probability of that, mean over seeds · "
        f"{len(mistakes.images)} mistakes in all",
    )
    axes = figure.subplots()
    width, height = SIDE + MISTAKE_GAP, SIDE + CAPTION
    tiles = PAPER * (1 - mistakes.images[:count] / 255)
    colors = {"cmap": "gray", "vmin": 0, "vmax": 255}
    show(axes, tiles, MISTAKE_COLUMNS, MISTAKE_GAP, CAPTION, **colors)
    for i in range(count):
        x, y = i % MISTAKE_COLUMNS * width, (i // MISTAKE_COLUMNS + 1) * height - CAPTION
        words = f"{mistakes.actual[i]} → {mistakes.taken_for[i]}"
        words = f"{words}\n{100 * mistakes.probability[i]:.2f} %"
        axes.text(x + SIDE / 2, y + 1, words, fontsize=8, ha="center", va="top")
    return figure
