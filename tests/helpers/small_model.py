"""MNIST's pixels, and a small network trained on them and saved as `train` saves its own."""

import contextlib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import real_mnist

from mlp.evaluation import Dataset, SortedDataset
from mlp.training import Hyperparameters, train
from mnist import images as datasets
from mnist.source import images_from_idx, labels_from_idx
from normalize import normalize, pixel_statistics
from runs import model as models
from workflow import files

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
    images = images_from_idx(contents[f"{name}-images-idx3-ubyte"])
    labels = labels_from_idx(contents[f"{name}-labels-idx1-ubyte"])
    return images[:size], labels[:size].astype(np.int64)


@cache
def dataset(name: str, size: int) -> Dataset:
    """The same, normalized with the statistics of the first 5,000 training images."""
    mean, deviation = pixel_statistics(pixels("train", 5000)[0])
    images, labels = pixels(name, size)
    return Dataset(normalize(images, mean, deviation), labels)


def statistics(sha256: dict[str, str]) -> dict[str, Any]:
    """metrics/normalization.json for such data, whose files have these hashes."""
    mean, deviation = pixel_statistics(pixels("train", 5000)[0])
    return {"mean": mean, "standard_deviation": deviation, "sha256": sha256}


@cache
def saved() -> bytes:
    """models/train.npz of two seeds, trained on 5,000 images."""
    validation = SortedDataset(dataset("t10k", 500))
    runs = train(SETTINGS, dataset("train", 5000), validation, seeds=[0, 1])
    weights = [np.stack(layer) for layer in zip(*(run.weights for run in runs), strict=True)]
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        files.write_json(datasets.STATISTICS, statistics({}))
        models.save(weights, SETTINGS.activation)
        return models.PATH.read_bytes()


def write(folder: Path) -> Path:
    """models/train.npz in `folder`."""
    path = folder / models.PATH
    files.write(path, saved())
    return path
