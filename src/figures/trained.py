"""The trained weights of `train`, as its figures show them: what it looks for, where it errs."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlp.evaluation import Dataset
from mnist import IMAGE_SHAPE
from models import Model, probabilities


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
