"""Loss, accuracy and gradient norms over many images, in chunks of fixed size.

The size of a chunk is part of the arithmetic: another one may round sums differently.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlp.activations import ACTIVATIONS, Array
from mlp.losses import Labels, correct, cross_entropy
from mlp.network import Network, Weights, forward, one_hot

CHUNK = 500
# How many images the norms of gradients are taken over.
NORM_IMAGES = 1000


class Dataset(NamedTuple):
    """images: float32, (examples, 785), bias column included; labels: integer, (examples,)."""

    images: Array
    labels: Labels


class Scores(NamedTuple):
    """Mean loss (nats) and accuracy (fraction) of each network: float64, (networks,)."""

    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]


def score(logits: Array, labels: Labels) -> Scores:
    """Return means over the axes between networks and classes; logits (networks, ..., 10)."""
    axes = tuple(range(1, logits.ndim - 1))
    loss = cross_entropy(logits, labels).mean(axis=axes, dtype=np.float64)
    return Scores(loss, correct(logits, labels).mean(axis=axes, dtype=np.float64))


def predict(weights: Weights, activation: str, images: Array) -> Array:
    """Return the logits of `images` (examples, 785) by every network: (networks, examples, 10)."""
    logits = np.empty((len(weights[0]), len(images), weights[-1].shape[-1]), weights[0].dtype)
    buffers = _buffers(weights)
    for start in range(0, len(images), CHUNK):
        chunk = images[start : start + CHUNK]
        outputs = [buffer[:, : len(chunk)] for buffer in buffers]
        function = ACTIVATIONS[activation].function
        logits[:, start : start + CHUNK] = forward(weights, function, chunk, outputs)
    return logits


def evaluate(weights: Weights, activation: str, dataset: Dataset) -> Scores:
    """Return the scores of every network over a whole data set."""
    logits = predict(weights, activation, dataset.images)
    return score(logits, np.broadcast_to(dataset.labels, logits.shape[:-1]))


class SortedDataset:
    """A data set in an order that halves the work of evaluating it often.

    Most of an MNIST image is background: an input at its lowest value. Less that value, the input
    is 0 and adds nothing to a product. The inputs are sorted by the number of images that have ink
    there, and the images by the last input at which they have ink; each chunk of images then needs
    only the inputs up to there. What the background itself adds to every sum is one more bias.
    A copy of the images is kept. Attributes: `labels` in the new order, and `examples`, the number
    that each image has in the data set.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.background = dataset.images.min(axis=0)
        ink = dataset.images != self.background
        self.inputs = np.argsort(-ink.sum(axis=0), kind="stable")
        ink = ink[:, self.inputs]
        needed = np.where(ink.any(axis=1), ink.shape[1] - ink[:, ::-1].argmax(axis=1), 0)
        self.examples = np.argsort(needed, kind="stable")
        self.labels = dataset.labels[self.examples]
        self.chunks = []
        for start in range(0, len(self.examples), CHUNK):
            rows = self.examples[start : start + CHUNK]
            inputs = self.inputs[: needed[rows].max()]
            images = np.ones((len(rows), 1 + len(inputs)), np.float32)  # the first is the bias
            images[:, 1:] = (dataset.images[rows] - self.background)[:, inputs]
            self.chunks.append(images)

    def logits(self, weights: Weights, activation: str) -> Array:
        """Return what `predict` returns, but for rounding, in the order of `examples`."""
        first, *upper = weights
        bias = np.matmul(self.background, first)[:, None]
        first = np.concatenate([bias, first.take(self.inputs, axis=1)], axis=1)
        logits = np.empty((len(first), len(self.labels), weights[-1].shape[-1]), first.dtype)
        buffers, function = _buffers(weights), ACTIVATIONS[activation].function
        for number, images in enumerate(self.chunks):
            layers = [first[:, : images.shape[1]], *upper]
            outputs = [buffer[:, : len(images)] for buffer in buffers]
            start = number * CHUNK
            logits[:, start : start + CHUNK] = forward(layers, function, images, outputs)
        return logits


def _buffers(weights: Weights) -> Weights:
    """Return arrays for the outputs of every layer over CHUNK images."""
    return [np.empty((len(w), CHUNK, w.shape[-1]), w.dtype) for w in weights]


class LayerNorms(NamedTuple):
    """Frobenius norms by layer, input layer first: float64, (networks, layers)."""

    gradient: NDArray[np.float64]
    weights: NDArray[np.float64]


def layer_norms(weights: Weights, activation: str, dataset: Dataset) -> LayerNorms:
    """Return norms of the weights, and of the mean loss's gradient over the first NORM_IMAGES."""
    images, targets = dataset.images[:NORM_IMAGES], one_hot(dataset.labels[:NORM_IMAGES])
    network = Network(weights, activation, len(images))
    network.forward(images)
    network.backward(images, targets)
    return LayerNorms(_norms(network.gradients), _norms(weights))


def _norms(layers: Weights) -> NDArray[np.float64]:
    """Return Frobenius norms; float64 holds the squares of whatever float32 holds."""
    squares = [np.square(layer, dtype=np.float64).sum(axis=(1, 2)) for layer in layers]
    norms: NDArray[np.float64] = np.sqrt(np.stack(squares, axis=1))
    return norms
