"""The network that `train` trained, as models/train.npz holds it, checked as it is opened."""

from command import UserError

import io
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import files
from datasets import INPUTS, statistics
from mlp.activations import ACTIVATIONS, Array
from mlp.evaluation import predict
from mlp.losses import softmax
from mlp.network import CLASSES, Weights

PATH = Path("models/train.npz")
SCALARS = ("activation", "mean", "standard_deviation")


class Model(NamedTuple):
    """weights: float32, one array a layer, (seeds, fan_in, fan_out); mean and deviation: those of
    pixels 0..255 by which its training images were normalized."""

    weights: Weights
    activation: str
    mean: float
    deviation: float


def save(weights: Weights, activation: str) -> None:
    """Write a model of `weights`, (seeds, fan_in, fan_out) each, and what images need for it."""
    mean, deviation = statistics()
    content = {f"layer_{i}": layer for i, layer in enumerate(weights, 1)}
    content |= {"activation": activation, "mean": mean, "standard_deviation": deviation}
    files.write(PATH, lambda file: np.savez(file, allow_pickle=False, **content))


def load() -> Model:
    """The model that `train` saved."""
    if not PATH.exists():
        raise UserError(f"{PATH} is missing; run `dvc repro train`")
    packed = io.BytesIO(files.read(PATH))
    try:
        with np.load(packed, allow_pickle=False) as file:
            content = dict(file)
    except Exception as error:  # the readers of zip and npy raise whatever a broken file provokes
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{PATH}: not a usable .npz file ({reason:.100})") from None
    if fault := _fault(content):
        raise UserError(f"{PATH}: {fault}")
    *weights, activation, mean, deviation = (content[name] for name in _names(content))
    return Model(weights, str(activation), float(mean), float(deviation))


def probabilities(model: Model, images: Array) -> NDArray[np.float64]:
    """Probability of each digit, mean over seeds: (examples, 10), for images (examples, 785)."""
    with np.errstate(over="ignore", invalid="ignore"):
        by_seed = predict(model.weights, model.activation, images)
        softmax(by_seed, out=by_seed)
        mean = np.mean(by_seed, axis=0, dtype=np.float64)
    if not np.isfinite(mean).all():
        raise UserError(f"{PATH}: its weights are too large, no probability comes out")
    return mean


def _names(content: dict[str, Any]) -> list[str]:
    """What a model holds, layers first."""
    layers = [f"layer_{i}" for i in range(1, len(content) - len(SCALARS) + 1)]
    return [*layers, *SCALARS]


def _fault(content: dict[str, Any]) -> str:
    """What is wrong with the arrays of a model file; nothing if they are a model."""
    names = _names(content)
    if set(content) != set(names) or len(names) == len(SCALARS):
        expected = f"layer_1 and so on, {', '.join(SCALARS)}"
        return f"holds {', '.join(sorted(content))}; expected {expected}"
    if not all(isinstance(array, np.ndarray) for array in content.values()):
        return "holds something else than arrays"
    *weights, activation, mean, deviation = (content[name] for name in names)
    shapes = [layer.shape for layer in weights]
    if any(layer.ndim != 3 or layer.dtype != np.float32 or not layer.size for layer in weights):
        return f"layers of shape {shapes}; expected float32, (seeds, in, out)"
    seeds, fan_ins, fan_outs = zip(*shapes, strict=True)
    if [INPUTS, *fan_outs] != [*fan_ins, CLASSES] or len(set(seeds)) != 1:
        return f"layers {shapes} do not lead from {INPUTS} to {CLASSES}"
    if not all(np.isfinite(layer).all() for layer in weights):
        return "holds weights that are not finite"
    if str(activation) not in ACTIVATIONS:
        return f"activation {activation!s:.60}; allowed: {', '.join(ACTIVATIONS)}"
    if not all(number.shape == () and number.dtype.kind == "f" for number in (mean, deviation)):
        return "mean and standard_deviation; expected one number each"
    if not (0 <= mean <= 255 and 1 <= deviation <= 128):
        return f"mean {mean:.6g}, standard_deviation {deviation:.6g}; expected 0..255, 1..128"
    return ""
