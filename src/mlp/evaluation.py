"""Loss, accuracy and gradient norms over many images, in chunks of fixed size.

The size of a chunk is part of the arithmetic: another one may round sums differently.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlp.activations import Array
from mlp.losses import Labels, correct, cross_entropy
from mlp.network import Network, Weights, one_hot

CHUNK = 1000


class Dataset(NamedTuple):
    """images: float32, (examples, 785), bias column included; labels: integer, (examples,)."""

    images: Array
    labels: Labels


class Scores(NamedTuple):
    """Mean loss (nats) and accuracy (fraction) of each network: float64, (networks,)."""

    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]


def score(logits: Array, labels: Labels) -> Scores:
    """Means over the axes between networks and classes; logits (networks, ..., 10)."""
    axes = tuple(range(1, logits.ndim - 1))
    loss = cross_entropy(logits, labels).mean(axis=axes, dtype=np.float64)
    return Scores(loss, correct(logits, labels).mean(axis=axes, dtype=np.float64))


def predict(weights: Weights, activation: str, images: Array) -> Array:
    """Logits of `images` (examples, 785) under every network: (networks, examples, 10)."""
    logits = np.empty((len(weights[0]), len(images), weights[-1].shape[-1]), weights[0].dtype)
    network: Network | None = None
    for start in range(0, len(images), CHUNK):
        chunk = images[start : start + CHUNK]
        if network is None or len(chunk) != CHUNK:
            network = Network(weights, activation, len(chunk))
        logits[:, start : start + CHUNK] = network.forward(chunk)
    return logits


def evaluate(weights: Weights, activation: str, dataset: Dataset) -> Scores:
    """Scores of every network over a whole data set."""
    logits = predict(weights, activation, dataset.images)
    return score(logits, np.broadcast_to(dataset.labels, logits.shape[:-1]))


class Condensed(NamedTuple):
    """A data set without the inputs that never vary in it: to a network they are one bias.

    dataset: of the inputs numbered `varying`, and a last one that is 1; values: those of the inputs
    numbered `constant`. In MNIST's validation images a seventh of the pixels is always 0.
    """

    dataset: Dataset
    varying: NDArray[np.intp]
    constant: NDArray[np.intp]
    values: Array

    def weights(self, weights: Weights) -> Weights:
        """Those that give `dataset` the logits that `weights` give the whole, but for rounding."""
        first, *upper = weights
        bias = self.values @ first[:, self.constant]
        return [np.concatenate([first[:, self.varying], bias[:, None]], axis=1), *upper]


def condense(dataset: Dataset) -> Condensed:
    """Worth its while where a data set is evaluated often; it holds a copy of the images."""
    images = dataset.images
    constant = (images == images[0]).all(axis=0)
    varying = np.flatnonzero(~constant)
    ones = np.ones((len(images), 1), images.dtype)
    kept = Dataset(np.concatenate([images[:, varying], ones], axis=1), dataset.labels)
    return Condensed(kept, varying, np.flatnonzero(constant), np.array(images[0, constant]))


class LayerNorms(NamedTuple):
    """Frobenius norms by layer, input layer first: float64, (networks, layers)."""

    gradient: NDArray[np.float64]
    weights: NDArray[np.float64]


def layer_norms(weights: Weights, activation: str, dataset: Dataset) -> LayerNorms:
    """Norms of the weights, and of the mean loss's gradient over the first CHUNK examples."""
    images, targets = dataset.images[:CHUNK], one_hot(dataset.labels[:CHUNK])
    network = Network(weights, activation, len(images))
    network.forward(images)
    network.backward(images, targets, 1 / len(images))
    return LayerNorms(_norms(network.gradients), _norms(weights))


def _norms(layers: Weights) -> NDArray[np.float64]:
    squares = [np.square(layer).sum(axis=(1, 2), dtype=np.float64) for layer in layers]
    norms: NDArray[np.float64] = np.sqrt(np.stack(squares, axis=1))
    return norms
