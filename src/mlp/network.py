# ruff: noqa
"""A fully connected softmax network: forward, backward and one step of descent, as derived in
docs/backpropagation.md, and what is asked of finished weights.

Inside, a matrix of sums Z, outputs A or errors D has a unit a row and an image a column. Weights W
are (fan_in, fan_out). An image is a constant background plus ink, so that the first layer's X W is
(ink W) + background (sums of W's columns) + biases, and products visit ink alone.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlp.functions import ACTIVATIONS, INITIALIZERS, activate, multiply_by_slope, softmax
from mlp.kernels import (
    column_sums,
    compiled,
    f4,
    fma,
    ink_gradient,
    ink_product,
    multiply_add,
    transpose,
)

CLASSES = 10
CHUNK = 64  # images that are evaluated together; it changes no bit
Array = NDArray[np.float32]
Weights = list[Array]


class Images(NamedTuple):
    """Images as ink on a background, with their labels.

    Input `places[q]` of image i is background + values[q], for q from starts[i] to starts[i + 1];
    all other inputs are background. starts: int64, (images + 1,); places: uint16, (ink,); values:
    float32, (ink,); labels: int64, (images,); inputs: how many, without the bias.
    """

    background: np.float32
    starts: NDArray[np.int64]
    places: NDArray[np.uint16]
    values: Array
    labels: NDArray[np.int64]
    inputs: int


class Scores(NamedTuple):
    """Mean loss (nats) and accuracy (fraction) over a data set."""

    loss: float
    accuracy: float


class Rule(NamedTuple):
    """How a gradient becomes a step; see `descend`. stride: how far a step goes along V."""

    rate: np.float32
    stride: np.float32
    momentum: np.float32
    decay: np.float32
    nesterov: bool
    plain: bool


class Network(NamedTuple):
    """Weights of one network, and room for a batch. All arrays are flat, a layer after the other.

    fans: inputs with the bias, then the units of each layer; weights_before, units_before: how many
    weights and units the layers before a layer have; velocities: `weights` itself under a plain
    rule; sums: those of the first layer's columns, without the biases; outputs, errors: units times
    images; rows: the same of one layer, but an image a row.
    """

    activation: int
    fans: NDArray[np.int64]
    weights_before: NDArray[np.int64]
    units_before: NDArray[np.int64]
    weights: Array
    velocities: Array
    sums: Array
    outputs: Array
    errors: Array
    rows: Array


@compiled
def layer(flat, network, l):
    """Layer l of flat weights or velocities, (fan_in, fan_out)."""
    part = flat[network.weights_before[l] : network.weights_before[l + 1]]
    return part.reshape(network.fans[l], network.fans[l + 1])


@compiled
def units(flat, network, l, images):
    """Layer l of flat outputs or errors, (units, images)."""
    part = flat[network.units_before[l] * images : network.units_before[l + 1] * images]
    return part.reshape(network.fans[l + 1], images)


@compiled
def rows(network, l, images):
    """Room for layer l, an image a row: (images, units)."""
    return network.rows[: images * network.fans[l + 1]].reshape(images, network.fans[l + 1])


@compiled
def forward(network, images, batch):
    """Z = X W, then A = f(Z), layer by layer; the last layer's Z, the logits, stay as they are."""
    last = len(network.fans) - 2
    A = units(network.outputs, network, 0, len(batch))
    first_sums(network, images, batch, A)
    for l in range(1, last + 1):
        activate(network.activation, A.reshape(-1))
        Z = units(network.outputs, network, l, len(batch))
        Z[:] = 0
        multiply_add(layer(network.weights, network, l).T, A, Z)
        A = Z


@compiled
def first_sums(network, images, batch, Z):
    """Z = X W of the first layer: ink W + background (sums of columns) + biases."""
    W = layer(network.weights, network, 0)
    R = rows(network, 0, len(batch))
    biases = W[-1]
    for b in range(len(batch)):
        i = batch[b]
        out = R[b]
        for n in range(len(out)):
            out[n] = fma(images.background, network.sums[n], biases[n])
        ink_product(images.places, images.values, images.starts[i], images.starts[i + 1], W, out)
    transpose(R, Z)


@compiled
def output_errors(network, images, batch):
    """D = (softmax(Z) - Y) / B; return the batch's sum of losses, and how many are right."""
    last, B = len(network.fans) - 2, len(batch)
    D = units(network.errors, network, last, B)
    loss, right = softmax(units(network.outputs, network, last, B), images.labels, batch, D)
    share = f4(1) / f4(B)
    for b in range(B):
        D[images.labels[batch[b]], b] -= f4(1)
    for n in range(D.shape[0]):
        for b in range(B):
            D[n, b] *= share
    return loss, right


@compiled
def backward(network, batch):
    """D = f'(Z) * (D W'), from the layer before the last down to the first."""
    B = len(batch)
    for l in range(len(network.fans) - 2, 0, -1):
        D = units(network.errors, network, l - 1, B)
        D[:] = 0
        multiply_add(layer(network.weights, network, l), units(network.errors, network, l, B), D)
        A = units(network.outputs, network, l - 1, B)
        multiply_by_slope(network.activation, A.reshape(-1), D.reshape(-1))


@compiled
def descend(network, images, batch, rule):
    """V = m V + X' D + decay W, then W = W - rate V; by a plain rule W = W - rate X' D at once.

    Between steps V is already m V + decay W: what the next gradient is added to. Nesterov's
    W - rate (G + m V) is done as W + rate m V before V gets the gradient G, less rate (1 + m) V after.
    """
    B = len(batch)
    for l in range(len(network.fans) - 2, -1, -1):
        W, V = layer(network.weights, network, l), layer(network.velocities, network, l)
        D = rows(network, l, B)
        transpose(units(network.errors, network, l, B), D)
        if rule.nesterov:
            look_back(W.reshape(-1), V.reshape(-1), rule)
        if rule.plain:
            scale(-rule.rate, D.reshape(-1))
        if l > 0:
            multiply_add(units(network.outputs, network, l - 1, B), D, V)
            if not rule.plain:
                step(W.reshape(-1), V.reshape(-1), rule)
        else:
            descend_first(network, images, batch, rule, W, V, D)


@compiled
def descend_first(network, images, batch, rule, W, V, D):
    """The same for the first layer, whose X' D is ink' D + background (sums of D's columns)."""
    for b in range(len(batch)):
        i = batch[b]
        ink_gradient(images.places, images.values, images.starts[i], images.starts[i + 1], D[b], V)
    sums = network.sums
    column_sums(D, sums)
    shift = sums.copy()
    last = len(W) - 1
    if rule.plain:
        for n in range(len(sums)):
            W[last, n] += shift[n]
            shift[n] *= images.background
            sums[n] = 0
        for k in range(last):
            for n in range(len(sums)):
                W[k, n] += shift[n]
                sums[n] += W[k, n]
    else:
        for n in range(len(sums)):
            V[last, n] += shift[n]
            shift[n] *= images.background
            sums[n] = 0
        step(W[last], V[last], rule)
        for k in range(last):
            for n in range(len(sums)):
                v = V[k, n] + shift[n]
                W[k, n] = fma(-rule.stride, v, W[k, n])
                V[k, n] = fma(rule.decay, W[k, n], rule.momentum * v)
                sums[n] += W[k, n]


@compiled
def step(w, v, rule):
    """w = w - stride v, then v = m v + decay w; flat."""
    for q in range(len(w)):
        w[q] = fma(-rule.stride, v[q], w[q])
        v[q] = fma(rule.decay, w[q], rule.momentum * v[q])


@compiled
def look_back(w, v, rule):
    """w = w + rate (v - decay w), where v is m v + decay w; flat."""
    for q in range(len(w)):
        w[q] = fma(rule.rate, fma(-rule.decay, w[q], v[q]), w[q])


@compiled
def scale(factor, values):
    """values = factor values; flat."""
    for q in range(len(values)):
        values[q] *= factor


@compiled
def take_steps(network, rule, images, order, size):
    """Take a step on each whole batch of `size` images of `order`.

    Returns the sum of the losses that the steps saw before they changed the weights, and how many
    images were right then.
    """
    column_sums(layer(network.weights, network, 0)[:-1], network.sums)
    total, hits = 0.0, 0
    for start in range(0, len(order) - size + 1, size):
        batch = order[start : start + size]
        forward(network, images, batch)
        loss, right = output_errors(network, images, batch)
        backward(network, batch)
        descend(network, images, batch, rule)
        total += loss
        hits += right
    return total, hits


@compiled
def infer(network, images, order, size, logits, probabilities):
    """Return the sum of losses over `order` and how many are right; write the rest, if there is room.

    logits, probabilities: float32, (images, classes), or (0, classes).
    """
    column_sums(layer(network.weights, network, 0)[:-1], network.sums)
    last = len(network.fans) - 2
    total, hits = 0.0, 0
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        forward(network, images, batch)
        Z = units(network.outputs, network, last, len(batch))
        P = units(network.errors, network, last, len(batch))
        loss, right = softmax(Z, images.labels, batch, P)
        total += loss
        hits += right
        if len(logits):
            transpose(Z, logits[start : start + size])
            transpose(P, probabilities[start : start + size])
    return total, hits


def shapes_of(inputs: int, hidden: Sequence[int]) -> list[tuple[int, int]]:
    """Return (fan_in, fan_out) of every layer; inputs: with the bias."""
    return list(pairwise([inputs, *hidden, CLASSES]))


def initial_weights(
    inputs: int, hidden: Sequence[int], init: str, generator: np.random.Generator
) -> Weights:
    """Draw every layer in order: float32, (fan_in, fan_out). inputs: with the bias."""
    draw = INITIALIZERS[init]
    return [draw(generator, *shape).astype(np.float32) for shape in shapes_of(inputs, hidden)]


def first(images: Images, count: int) -> Images:
    """Return the first `count` images."""
    ink = images.starts[count]
    return images._replace(
        starts=images.starts[: count + 1],
        places=images.places[:ink],
        values=images.values[:ink],
        labels=images.labels[:count],
    )


def readable(images: Images) -> Images:
    """Return the same images, whose arrays cannot be written: compiled code knows one type alone."""
    arrays = [np.ascontiguousarray(array)[:] for array in images[1:5]]
    for array in arrays:
        array.flags.writeable = False
    return Images(np.float32(images.background), *arrays, int(images.inputs))


def make(weights: Weights, activation: str, size: int, velocities: bool = False) -> Network:
    """Return a network with a copy of these weights, room for `size` images, and velocities of 0."""
    fans = np.array([len(weights[0]), *(w.shape[1] for w in weights)])
    flat = np.concatenate([np.ravel(w) for w in weights]).astype(np.float32)
    before = np.concatenate([[0], np.cumsum(fans[1:])])
    room = [np.empty(count * size, np.float32) for count in (before[-1], before[-1], max(fans[1:]))]
    return Network(
        list(ACTIVATIONS).index(activation),
        fans,
        np.concatenate([[0], np.cumsum(fans[:-1] * fans[1:])]),
        before,
        flat,
        np.zeros_like(flat) if velocities else flat,
        np.empty(fans[1], np.float32),
        *room,
    )


def layers_of(network: Network, flat: Array) -> Weights:
    """Return flat weights or velocities as layers, which are views."""
    parts = np.split(flat, network.weights_before[1:-1])
    return [part.reshape(shape) for part, shape in zip(parts, pairwise(network.fans), strict=True)]


def scores(network: Network, images: Images, size: int) -> Scores:
    """Return the scores of a network with room for `size` images."""
    count = len(images.labels)
    empty = np.empty((0, CLASSES), np.float32)
    loss, right = infer(network, images, np.arange(count), size, empty, empty)
    return Scores(loss / count, right / count)


def evaluate(weights: Weights, activation: str, images: Images) -> Scores:
    """Return the scores of these weights over a whole data set."""
    return scores(make(weights, activation, CHUNK), readable(images), CHUNK)


def _outputs(weights: Weights, activation: str, images: Images) -> tuple[Array, Array]:
    logits, chances = (np.empty((len(images.labels), CLASSES), np.float32) for _ in range(2))
    network, order = make(weights, activation, CHUNK), np.arange(len(logits))
    infer(network, readable(images), order, CHUNK, logits, chances)
    return logits, chances


def logits(weights: Weights, activation: str, images: Images) -> Array:
    """Return what the last layer adds up: float32, (images, classes)."""
    return _outputs(weights, activation, images)[0]


def probabilities(weights: Weights, activation: str, images: Images) -> Array:
    """Return the softmax of the logits: float32, (images, classes)."""
    return _outputs(weights, activation, images)[1]


def gradients(weights: Weights, activation: str, images: Images) -> Weights:
    """Return the gradient of the mean loss over all images: float32, an array a layer.

    It is what a step with rate 0 and momentum 1 leaves in velocities that were 0.
    """
    count = len(images.labels)
    network = make(weights, activation, count, velocities=True)
    one, zero = np.float32(1), np.float32(0)
    rule = Rule(zero, zero, one, zero, nesterov=False, plain=False)
    take_steps(network, rule, readable(images), np.arange(count), count)
    return layers_of(network, network.velocities)


def norm(values: Array) -> float:
    """Return the Frobenius norm; squares in float64, added one after another, the first first."""
    return float(np.sqrt(np.cumsum(np.square(values, dtype=np.float64))[-1]))
