"""The network that `train` trained, as models/train.npz holds it, checked as it is opened."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets import CLASSES, INPUTS
from mlp.activations import ACTIVATIONS, Array
from mlp.evaluation import predict
from mlp.losses import softmax
from mlp.network import Weights

PATH = Path("models/train.npz")
SCALARS = {"activation", "mean", "standard_deviation"}


class InvalidModel(ValueError):
    """A model file that is missing or cannot be used; the message is one line for the user."""


class Model(NamedTuple):
    """weights: float32, one array a layer, (seeds, fan_in, fan_out); mean and deviation: of the
    training set's pixels 0..255."""

    weights: Weights
    activation: str
    mean: float
    deviation: float


def load(path: Path = PATH) -> Model:
    """Open the model at `path`. Raises InvalidModel."""
    try:
        with np.load(path, allow_pickle=False) as file:
            content = dict(file)
    except FileNotFoundError:
        raise InvalidModel(f"{path} is missing; run `dvc repro train`") from None
    except Exception as error:  # the readers of zip and npy raise whatever a broken file provokes
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InvalidModel(f"{path}: not a usable .npz file ({reason})") from None
    return _checked(path, content)


def probabilities(model: Model, images: Array) -> NDArray[np.float64]:
    """Probability of each digit, mean over seeds: (examples, 10), for images (examples, 785)."""
    by_seed = predict(model.weights, model.activation, images)
    softmax(by_seed, out=by_seed)
    return np.mean(by_seed, axis=0, dtype=np.float64)


def _checked(path: Path, content: dict[str, Any]) -> Model:
    names = [f"layer_{i}" for i in range(1, len(content) - len(SCALARS) + 1)]
    if not names or set(content) != {*names, *SCALARS}:
        expected = f"layer_1 and so on, {', '.join(sorted(SCALARS))}"
        raise InvalidModel(f"{path}: holds {', '.join(sorted(content))}; expected {expected}")
    weights = [content[name] for name in names]
    _check_layers(path, weights)
    if str(content["activation"]) not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise InvalidModel(f"{path}: activation {content['activation']!s:.60}; allowed: {known}")
    mean, deviation = (content[name] for name in ("mean", "standard_deviation"))
    if not all(number.shape == () and number.dtype.kind == "f" for number in (mean, deviation)):
        raise InvalidModel(f"{path}: mean and standard_deviation; expected one number each")
    if not (np.isfinite(mean) and np.isfinite(deviation) and deviation > 0):
        found = f"mean {mean:.6g}, standard_deviation {deviation:.6g}"
        raise InvalidModel(f"{path}: {found}; expected finite numbers, the second above 0")
    return Model(weights, str(content["activation"]), float(mean), float(deviation))


def _check_layers(path: Path, weights: Weights) -> None:
    shapes = [layer.shape for layer in weights]
    if any(layer.ndim != 3 or layer.dtype != np.float32 or not layer.size for layer in weights):
        raise InvalidModel(f"{path}: layers of shape {shapes}; expected float32, (seeds, in, out)")
    seeds, fan_ins, fan_outs = ([shape[axis] for shape in shapes] for axis in range(3))
    if [INPUTS, *fan_outs] != [*fan_ins, CLASSES] or len(set(seeds)) != 1:
        raise InvalidModel(f"{path}: layers {shapes} do not lead from {INPUTS} to {CLASSES}")
    if not all(np.isfinite(layer).all() for layer in weights):
        raise InvalidModel(f"{path}: holds weights that are not finite")
