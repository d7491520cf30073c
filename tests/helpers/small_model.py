"""A small network trained on MNIST and saved as `train` saves its own."""

import contextlib
from functools import cache
from tempfile import TemporaryDirectory

import numpy as np
from real_mnist import DEVIATION, MEAN, images
from training import altered

from mlp.training import Hyperparameters, train
from mnist import images as datasets
from runs import model as models
from workflow import files

NETWORK = altered(hidden=(32,), activation="improved_sigmoid", learning_rate=0.02, epochs=6)


def packed(weights: list[list[np.ndarray]]) -> bytes:
    """models/train.npz of the weights of each seed, by layer."""
    numbers = {"mean": MEAN, "standard_deviation": DEVIATION, "background": MEAN / -DEVIATION}
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        files.write_json(datasets.STATISTICS, numbers | {"sha256": {}})
        models.save(weights, NETWORK.activation)
        return models.PATH.read_bytes()


@cache
def saved() -> bytes:
    """models/train.npz of two seeds, trained on 5,000 images."""
    settings = Hyperparameters(**NETWORK.hyperparameters)
    data = images("train", 5000), images("t10k", 500)
    return packed([train(settings, *data, seed).weights for seed in (0, 1)])
