"""Stage: draw the network of `train`: its first weights, what it confuses, its surest mistakes.

Writes report/figures/train-*.svg.
"""

from command import run

from functools import partial
from pathlib import Path

import datasets
import files
import models
import results
import settings
from figures.digits import draw_confusion, draw_mistakes, draw_weights, find_mistakes
from figures.style import Drawing, save_figures
from mlp.network import CLASSES
from own import line

OUT = Path("report/figures")


def drawings() -> dict[str, Drawing]:
    """What draws each figure, by its name; all data are read."""
    model = models.load()
    images = settings.resolved("train").validation_images
    mistakes = find_mistakes(model, datasets.load("validation", images))
    counts = files.read_csv(results.path("confusion", "train"), ["images"])["images"]
    return {
        "train-weights": partial(draw_weights, model.weights[0][0]),
        "train-confusion": partial(draw_confusion, counts.reshape(CLASSES, CLASSES)),
        "train-mistakes": partial(draw_mistakes, mistakes),
    }


def main() -> None:
    """Write every figure."""
    figures = drawings()
    save_figures(OUT, figures)
    print(f"draw_train: wrote {', '.join(figures)} to {OUT}")
    print(f"{line()}; `make ask` judges it")  # last, as no later stage runs in an experiment


if __name__ == "__main__":
    run(main, stage=True)
