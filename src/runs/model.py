"""The network that `train` trained, as models/train.npz holds it, checked as it is opened."""

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlp.activations import Array
from mlp.evaluation import predict
from mlp.losses import softmax
from mlp.network import CLASSES, Weights
from mnist.images import INPUTS, statistics
from workflow import files
from workflow.command import UserError

PATH = Path("models/train.npz")
SCALARS = ("activation", "mean", "standard_deviation")


class Model(NamedTuple):
    """weights: by layer, (seeds, fan_in, fan_out); mean and deviation: those of pixels 0..255."""

    weights: Weights
    activation: str
    mean: float
    deviation: float


def save(weights: Weights, activation: str) -> None:
    """Write a model of `weights`, (seeds, fan_in, fan_out) each, and what images need for it."""
    pixels = statistics()
    content = {f"layer_{i}": layer for i, layer in enumerate(weights, 1)}
    content |= zip(SCALARS, (activation, pixels.mean, pixels.standard_deviation), strict=True)
    files.write(PATH, lambda file: np.savez(file, allow_pickle=False, **content))


def load() -> Model:
    """The model that `train` saved, tried on one image."""
    if not PATH.exists():
        raise UserError(f"{PATH} is missing; run `dvc repro train`")
    packed = io.BytesIO(files.read(PATH))
    try:
        with np.load(packed, allow_pickle=False) as file:
            content = dict(file)
        activation, mean, deviation = (content.pop(name) for name in SCALARS)
        weights = [content[f"layer_{i}"] for i in range(1, len(content) + 1)]
        model = Model(weights, str(activation), float(mean), float(deviation))
        if not (0 <= model.mean <= 255 and 1 <= model.deviation <= 128):
            raise ValueError(f"mean {mean:.6g}, standard_deviation {deviation:.6g}")
        probabilities(model, np.ones((1, INPUTS), np.float32))
    except Exception as error:  # the readers of zip and npy raise whatever a broken file provokes
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{PATH}: not a usable model ({reason:.100})") from None
    return model


def probabilities(model: Model, images: Array) -> NDArray[np.float64]:
    """Probability of each digit, mean over seeds: (examples, 10), for images (examples, 785)."""
    with np.errstate(over="ignore", invalid="ignore"):
        by_seed = predict(model.weights, model.activation, images)
        softmax(by_seed, out=by_seed)
        mean = np.mean(by_seed, axis=0, dtype=np.float64)
    if mean.shape != (len(images), CLASSES) or not np.isfinite(mean).all():
        raise UserError(f"{PATH}: its weights give no probabilities of ten digits")
    return mean
