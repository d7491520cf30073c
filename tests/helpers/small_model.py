"""MNIST's pixels, and a small network trained on them and saved as `train` saves its own."""

import contextlib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import real_mnist

from mlp.kernels import Images
from mlp.training import Hyperparameters, train
from mnist import images as datasets
from mnist.source import from_idx
from normalize import normalize
from runs import model as models
from workflow import files

MEAN, DEVIATION = 33.5527, 78.8755
SETTINGS = Hyperparameters(
    hidden=(32,),
    activation="improved_sigmoid",
    init="fan_in",
    learning_rate=0.02,
    momentum=0.9,
    nesterov=False,
    weight_decay=0.0,
    batch_size=32,
    epochs=6,
    patience=100,
    shuffle=True,
)


@cache
def pixels(name: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The first `size` images (size, 28, 28) and labels of "train" or "t10k"."""
    contents = real_mnist.contents()
    images = from_idx(contents[f"{name}-images-idx3-ubyte"])
    labels = from_idx(contents[f"{name}-labels-idx1-ubyte"])
    return images[:size], labels[:size].astype(np.int64)


def images(name: str, size: int) -> Images:
    """The same, normalized."""
    some, labels = pixels(name, size)
    return datasets.ink(normalize(some, MEAN, DEVIATION), labels)


def packed(weights: list[list[np.ndarray]]) -> bytes:
    """models/train.npz of the weights of each seed, by layer."""
    numbers = {"mean": MEAN, "standard_deviation": DEVIATION, "background": MEAN / -DEVIATION}
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        files.write_json(datasets.STATISTICS, numbers | {"sha256": {}})
        models.save(weights, SETTINGS.activation)
        return models.PATH.read_bytes()


@cache
def saved() -> bytes:
    """models/train.npz of two seeds, trained on 5,000 images."""
    data = images("train", 5000), images("t10k", 500)
    return packed([train(SETTINGS, *data, seed).weights for seed in (0, 1)])


def write(folder: Path) -> Path:
    """models/train.npz in `folder`."""
    path = folder / models.PATH
    files.write(path, saved())
    return path
