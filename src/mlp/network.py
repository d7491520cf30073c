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
    PAD,
    Array,
    Batch,
    Images,
    column_sums,
    compiled,
    entry,
    f4,
    ink_gradient,
    ink_product,
    multiply_add,
    transpose,
)
from mlp.vectors import LANES, fma, load, spread, store

CLASSES = 10
CHUNK = 64  # images that are evaluated together; it changes no bit
Weights = list[Array]


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
    """Weights of one network, and room for a batch.

    Matrices have a multiple of PAD columns. weights: flat, the first layer's (inputs + 1, units),
    the last row the biases, then of each layer (units, units of the layer below); velocities: the
    same, or `weights` itself under a plain rule; size: images of a batch, and room: the same
    padded; outputs, errors: (units of all layers, room); rows: one layer's, an image a row, (room,
    units of the widest); sums: of the first layer's columns, without the biases, (1, units).
    """

    activation: int
    size: int
    fans: NDArray[np.int64]
    shapes: NDArray[np.int64]
    weights_before: NDArray[np.int64]
    units_before: NDArray[np.int64]
    weights: Array
    velocities: Array
    outputs: Array
    errors: Array
    rows: Array
    sums: Array


@compiled
def layer(network: Network, flat: Array, depth: int) -> Array:
    """Return the matrix of one layer in flat weights or velocities."""
    part = flat[network.weights_before[depth] : network.weights_before[depth + 1]]
    return part.reshape(network.shapes[depth, 0], network.shapes[depth, 1])


@compiled
def units(network: Network, values: Array, depth: int) -> Array:
    """Return one layer's outputs or errors, (units, room)."""
    return values[network.units_before[depth] : network.units_before[depth + 1]]


@compiled
def forward(network: Network, images: Images, batch: Batch) -> None:
    """Z = W A, then A = f(Z), layer by layer; the last layer's Z, the logits, stay as they are."""
    A = units(network, network.outputs, 0)
    first_sums(network, images, batch, A)
    for depth in range(1, len(network.shapes)):
        activate(network.activation, A)
        Z = units(network, network.outputs, depth)
        Z[:] = 0
        multiply_add(layer(network, network.weights, depth), A, Z)
        A = Z


@compiled
def first_sums(network: Network, images: Images, batch: Batch, Z: Array) -> None:
    """Z = (X W)' of the first layer, X W = ink W + background (sums of W's columns) + biases."""
    W, R, last = layer(network, network.weights, 0), network.rows, images.inputs
    for b in range(len(batch)):
        for n in range(W.shape[1]):
            R[b, n] = fma(images.background, network.sums[0, n], W[last, n])
    ink_product(images, batch, W, R)
    transpose(R, Z)


@compiled
def output_errors(network: Network, images: Images, batch: Batch) -> tuple[float, int]:
    """D = (softmax(Z) - Y) / B; return the batch's sum of losses, and how many are right."""
    last = len(network.shapes) - 1
    Z, D = units(network, network.outputs, last), units(network, network.errors, last)
    loss, right = softmax(Z, images.labels, batch, D)
    for b in range(len(batch)):
        D[images.labels[batch[b]], b] -= f4(1)
    scale(f4(1) / f4(len(batch)), D)
    return loss, right


@compiled
def backward(network: Network) -> None:
    """D = f'(Z) * (W' D), from the layer before the last down to the first."""
    for depth in range(len(network.shapes) - 1, 0, -1):
        W, above = layer(network, network.weights, depth), units(network, network.errors, depth)
        D = units(network, network.errors, depth - 1)
        D[:] = 0
        multiply_add(W.T, above, D)
        multiply_by_slope(network.activation, units(network, network.outputs, depth - 1), D)


@compiled
def descend(network: Network, images: Images, batch: Batch, rule: Rule) -> None:
    """V = m V + D A' + decay W, then W = W - rate V; by a plain rule W = W - rate D A' at once.

    Between steps V is already m V + decay W: what the next gradient is added to. Nesterov's
    W - rate (G + m V) is done as W + rate m V before V gets the gradient G, and less
    rate (1 + m) V after.
    """
    if rule.nesterov:
        look_back(network.weights, network.velocities, rule)
    if rule.plain:
        scale(-rule.rate, network.errors)
    for depth in range(1, len(network.shapes)):
        W, V = layer(network, network.weights, depth), layer(network, network.velocities, depth)
        transpose(units(network, network.outputs, depth - 1), network.rows)
        multiply_add(units(network, network.errors, depth), network.rows[: len(batch)], V)
        if not rule.plain:
            step(W, V, rule)
    descend_first(network, images, batch, rule)


@compiled
def descend_first(network: Network, images: Images, batch: Batch, rule: Rule) -> None:
    """The same for the first layer, whose (D X)' is ink' D' + background (sums of D' columns)."""
    W, V = layer(network, network.weights, 0), layer(network, network.velocities, 0)
    R, sums, last = network.rows, network.sums, images.inputs
    transpose(units(network, network.errors, 0), R)
    ink_gradient(images, batch, R, V)
    column_sums(R[: len(batch)], sums)
    for n in range(sums.shape[1]):
        V[last, n] += sums[0, n]
        sums[0, n] *= images.background
    if rule.plain:
        add_row(W[:last], sums)
    else:
        step(W[last:], V[last:], rule)
        step_with_row(W[:last], V[:last], sums, rule)


@compiled
def add_row(W: Array, row: Array) -> None:
    """W = W + row, for every row of W; and the columns' sums into `row`, the first row first."""
    one, zero = spread(f4(1)), spread(f4(0))
    for n in range(0, W.shape[1], 2 * LANES):
        m = n + LANES
        rn, rm, sn, sm = load(row, 0, n), load(row, 0, m), zero, zero
        for k in range(W.shape[0]):
            wn, wm = fma(one, rn, load(W, k, n)), fma(one, rm, load(W, k, m))
            sn, sm = fma(one, wn, sn), fma(one, wm, sm)
            store(W, k, n, wn), store(W, k, m, wm)
        store(row, 0, n, sn), store(row, 0, m, sm)


@compiled
def step_with_row(W: Array, V: Array, row: Array, rule: Rule) -> None:
    """V = V + row, for every row of V, then `step`; and the sums of W's columns into `row`."""
    one, zero, back = spread(f4(1)), spread(f4(0)), spread(-rule.stride)
    momentum, decay = spread(rule.momentum), spread(rule.decay)
    for n in range(0, W.shape[1], LANES):
        r, sums = load(row, 0, n), zero
        for k in range(W.shape[0]):
            v = fma(one, r, load(V, k, n))
            w = fma(back, v, load(W, k, n))
            sums = fma(one, w, sums)
            store(W, k, n, w), store(V, k, n, fma(decay, w, fma(momentum, v, zero)))
        store(row, 0, n, sums)


@compiled
def step(W: Array, V: Array, rule: Rule) -> None:
    """W = W - stride V, then V = m V + decay W."""
    w, v = W.reshape(-1), V.reshape(-1)
    for q in range(len(w)):
        w[q] = fma(-rule.stride, v[q], w[q])
        v[q] = fma(rule.decay, w[q], rule.momentum * v[q])


@compiled
def look_back(w: Array, v: Array, rule: Rule) -> None:
    """w = w + rate (v - decay w), where v is m v + decay w; flat."""
    for q in range(len(w)):
        w[q] = fma(rule.rate, fma(-rule.decay, w[q], v[q]), w[q])


@compiled
def scale(factor: np.float32, D: Array) -> None:
    """D = factor D."""
    d = D.reshape(-1)
    for q in range(len(d)):
        d[q] *= factor


@entry
def take_steps(network: Network, rule: Rule, images: Images, order: Batch) -> tuple[float, int]:
    """Take a step on each whole batch of `order`.

    Returns the sum of the losses that the steps saw before they changed the weights, and how many
    images were right then.
    """
    column_sums(layer(network, network.weights, 0)[: images.inputs], network.sums)
    total, hits = 0.0, 0
    for start in range(0, len(order) - network.size + 1, network.size):
        batch = order[start : start + network.size]
        forward(network, images, batch)
        loss, right = output_errors(network, images, batch)
        backward(network)
        descend(network, images, batch, rule)
        total += loss
        hits += right
    return total, hits


@entry
def infer(network: Network, images: Images, logits: Array) -> tuple[float, int]:
    """Return the sum of all losses, and how many are right; write the logits, if there is room.

    logits: float32, (images, classes), or (0, classes).
    """
    column_sums(layer(network, network.weights, 0)[: images.inputs], network.sums)
    last, order = len(network.shapes) - 1, np.arange(len(images.labels))
    Z, P = units(network, network.outputs, last), units(network, network.errors, last)
    total, hits = 0.0, 0
    for start in range(0, len(order), network.size):
        batch = order[start : start + network.size]
        forward(network, images, batch)
        loss, right = softmax(Z, images.labels, batch, P)
        total += loss
        hits += right
        if len(logits):
            transpose(Z, logits[start : start + network.size])
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


def dense(images: Images) -> NDArray[np.float64]:
    """Return all inputs and the bias, 1: (images, inputs + 1)."""
    count = len(images.labels)
    inputs = np.full((count, images.inputs + 1), images.background, np.float64)
    inputs[np.repeat(np.arange(count), np.diff(images.starts)), images.places] += images.values
    inputs[:, -1] = 1
    return inputs


def readable(images: Images) -> Images:
    """Return the images in arrays that cannot be written: compiled code knows this type alone."""
    names = ("starts", "places", "values", "labels")
    parts: dict[str, Any] = {name: np.asarray(getattr(images, name))[:] for name in names}
    for array in parts.values():
        array.flags.writeable = False
    return images._replace(background=np.float32(images.background), **parts)


def padded(count: int) -> int:
    """Return the next multiple of PAD."""
    return -(-count // PAD) * PAD


def zeros(count: int) -> Array:
    """Return float32 zeros that begin where a line of the processor's cache does."""
    room = np.zeros(count + 15, np.float32)
    begin = -room.ctypes.data % 64 // 4
    return room[begin : begin + count]


def make(weights: Weights, activation: str, size: int, velocities: bool = False) -> Network:
    """Return a network with a copy of these weights, for batches of `size`; velocities are 0."""
    fans = [len(weights[0]), *(w.shape[1] for w in weights)]
    shapes = [(fans[0], padded(fans[1])), *((n, padded(m)) for m, n in pairwise(fans[1:]))]
    weights_before = np.cumsum([0, *(m * n for m, n in shapes)])
    units_before = np.cumsum([0, *fans[1:]])
    flat, room = zeros(weights_before[-1]), padded(size)
    network = Network(
        activation=ACTIVATIONS.index(activation),
        size=size,
        fans=np.array(fans),
        shapes=np.array(shapes),
        weights_before=weights_before,
        units_before=units_before,
        weights=flat,
        velocities=zeros(len(flat)) if velocities else flat,
        outputs=zeros(units_before[-1] * room).reshape(-1, room),
        errors=zeros(units_before[-1] * room).reshape(-1, room),
        rows=zeros(padded(max(fans[1:])) * room).reshape(room, -1),
        sums=zeros(padded(fans[1])).reshape(1, -1),
    )
    for own, given in zip(layers_of(network, flat), weights, strict=True):
        own[:] = given
    return network


def layers_of(network: Network, flat: Array) -> Weights:
    """Return flat weights or velocities as layers (fan_in, fan_out), which are views."""
    fans, parts = network.fans, np.split(flat, network.weights_before[1:-1])
    first, *others = (
        part.reshape(shape) for part, shape in zip(parts, network.shapes, strict=True)
    )
    return [first[:, : fans[1]], *(w[:, :m].T for w, m in zip(others, fans[1:], strict=False))]


def scores(network: Network, images: Images) -> Scores:
    """Return the mean loss and the accuracy of a network over `readable` images."""
    count = len(images.labels)
    loss, right = infer(network, images, np.empty((0, CLASSES), np.float32))
    return Scores(loss / count, right / count)


def logits(weights: Weights, activation: str, images: Images) -> Array:
    """Return what the last layer adds up: float32, (images, classes)."""
    found = np.empty((len(images.labels), CLASSES), np.float32)
    infer(make(weights, activation, CHUNK), readable(images), found)
    return found


def gradients(weights: Weights, activation: str, images: Images) -> Weights:
    """Return the gradient of the mean loss over all images: float32, an array a layer.

    It is what a step with rate 0 and momentum 1 leaves in velocities that were 0.
    """
    count = len(images.labels)
    network = make(weights, activation, count, velocities=True)
    one, zero = np.float32(1), np.float32(0)
    rule = Rule(zero, zero, one, zero, nesterov=False, plain=False)
    take_steps(network, rule, readable(images), np.arange(count))
    return layers_of(network, network.velocities)


def norm(values: Array) -> float:
    """Return the Frobenius norm; squares in float64, added one after another, the first first."""
    return float(np.sqrt(np.cumsum(np.square(values, dtype=np.float64))[-1]))
