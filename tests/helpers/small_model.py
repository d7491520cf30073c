"""A small network trained on MNIST and saved as `train` saves its own."""

import contextlib
from functools import cache
from tempfile import TemporaryDirectory

import numpy as np
from real_mnist import DEVIATION, MEAN, images
from training import altered

from mlp.training import Hyperparameters, train
from runs import model as models

NETWORK = altered(hidden=(32,), activation="improved_sigmoid", learning_rate=0.02, epochs=6)


def packed(weights: list[list[np.ndarray]]) -> bytes:
    """models/train.npz of the weights of each seed, by layer."""
    with TemporaryDirectory() as folder, contextlib.chdir(folder):
        models.save(weights, NETWORK.activation, MEAN, DEVIATION)
        return models.PATH.read_bytes()


@cache
def saved() -> bytes:
    """models/train.npz of two seeds, trained on 5,000 images."""
    settings = Hyperparameters(**NETWORK.hyperparameters)
    data = images("train", 5000), images("t10k", 500)
    return packed([train(settings, *data, seed).weights for seed in (0, 1)])
