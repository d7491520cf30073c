"""Stage: draw the network of `train`: its first weights, what it confuses, its surest mistakes.

Writes report/figures/train-*.svg.
"""

import determinism  # noqa: F401

import sys
from functools import partial
from pathlib import Path

import datasets
import models
from figures.digit_sheets import draw_confusion, draw_mistakes, draw_weights, read_confusion
from figures.style import Drawing, save_figures
from figures.trained import find_mistakes
from interruption import one_line

CONFUSION = Path("plots/confusion/train.csv")
OUT = Path("report/figures")


def drawings() -> dict[str, Drawing]:
    """What draws each figure, by its name; all data are read. Raises ValueError, OSError."""
    model = models.load()
    mistakes = find_mistakes(model, datasets.load("validation"))
    return {
        "train-weights": partial(draw_weights, model.weights[0][0]),
        "train-confusion": partial(draw_confusion, read_confusion(CONFUSION)),
        "train-mistakes": partial(draw_mistakes, mistakes),
    }


@one_line("draw_train")
def main() -> None:
    """Write every figure, or exit with one line."""
    try:
        figures = drawings()
        save_figures(OUT, figures)
    except (ValueError, OSError) as error:
        sys.exit(f"draw_train: {error}")
    print(f"draw_train: wrote {', '.join(figures)} to {OUT}")


if __name__ == "__main__":
    main()
