"""The network that `train` trained, as models/train.npz holds it, checked as it is opened."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlp.textbook import forward
from workflow import files
from workflow.command import UserError
from workflow.settings import CLASSES, INPUTS

PATH = Path("models/train.npz")
Weights = Sequence[NDArray[np.float32]]  # a matrix (fan_in, fan_out) a layer
SCALARS = ("activation", "mean", "standard_deviation")


class Model(NamedTuple):
    """weights: by layer, (seeds, fan_in, fan_out); mean and deviation: those of pixels 0..255."""

    weights: list[NDArray[np.float32]]
    activation: str
    mean: float
    deviation: float


def save(seeds: Sequence[Weights], activation: str, mean: float, deviation: float) -> None:
    """Write the weights of each seed, and the numbers by which pixels are normalized."""
    layers = zip(*seeds, strict=True)
    content = {f"layer_{i}": np.stack(layer) for i, layer in enumerate(layers, 1)}
    content |= zip(SCALARS, (activation, mean, deviation), strict=True)
    files.write(PATH, lambda file: np.savez(file, allow_pickle=False, **content))


def load() -> Model:
    """Return the model that `train` saved, tried on one image."""
    if not PATH.exists():
        raise UserError(f"{PATH} is missing; run `dvc repro train`")
    packed = io.BytesIO(files.read(PATH))
    try:
        with np.load(packed, allow_pickle=False) as file:
            content = dict(file)
        activation, mean, deviation = (content.pop(name) for name in SCALARS)
        weights = [content[f"layer_{i}"] for i in range(1, len(content) + 1)]
        model = Model(weights, str(activation), float(mean), float(deviation))
        if not (0 <= mean <= 255 and 1 <= deviation <= 128):
            raise ValueError(f"mean {mean:.6g}, standard_deviation {deviation:.6g}")
        probabilities(model, np.ones((1, INPUTS)))
    except Exception as error:  # the readers of zip and npy raise whatever a broken file provokes
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{PATH}: not a usable model ({reason:.100})") from None
    return model


def probabilities(model: Model, pixels: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return each seed's probabilities, (seeds, n, 10), for n images of pixels 0..255.

    By the textbook's network: a few images need nothing compiled.
    """
    images = np.ones((len(pixels), INPUTS + 1))
    images[:, :-1] = (pixels.reshape(len(pixels), INPUTS) - model.mean) / model.deviation
    with np.errstate(over="ignore", invalid="ignore"):
        by_seed = zip(*model.weights, strict=True)
        found = np.array([forward(list(w), model.activation, images)[-1] for w in by_seed])
    if found.shape[1:] != (len(images), CLASSES) or not np.isfinite(found).all():
        raise UserError("its weights give no probabilities of ten digits")
    return found
