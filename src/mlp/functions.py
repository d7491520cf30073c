"""Activations of hidden units, softmax with its loss, and initial weights.

An activation's slope takes its OUTPUT a = f(z). All activations are within 4e-7 of their formulas,
and NaN stays NaN, so that a training that diverges is noticed.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlp.kernels import Array, Batch, compiled, exp, f4, f8, inlined, log

Draw = Callable[[np.random.Generator, int, int], NDArray[np.float64]]


@inlined
def sigmoid(z: np.float32) -> Any:
    """f(z) = 1 / (1 + e^-z)."""
    return f4(1) / (f4(1) + exp(-z))


@inlined
def sigmoid_slope(a: np.float32) -> np.float32:
    """f' = a - a^2."""
    return a - a * a


@inlined
def improved_sigmoid(z: np.float32) -> Any:
    """f(z) = 1.7159 tanh(2z/3), Efficient BackProp, section 4.4; tanh y = 1 - 2 / (1 + e^2y)."""
    return f4(1.7159) - f4(2 * 1.7159) / (f4(1) + exp(f4(4 / 3) * z))


@inlined
def improved_sigmoid_slope(a: np.float32) -> np.float32:
    """f' = 2/3 (1.7159 - a^2 / 1.7159)."""
    return f4(2 / 3 * 1.7159) - f4(2 / 3 / 1.7159) * a * a


@inlined
def tanh(z: np.float32) -> Any:
    """f(z) = tanh z, the symmetric sigmoid of Efficient BackProp, section 4.4."""
    return f4(1) - f4(2) / (f4(1) + exp(f4(2) * z))


@inlined
def tanh_slope(a: np.float32) -> np.float32:
    """f' = 1 - a^2."""
    return f4(1) - a * a


@inlined
def relu(z: np.float32) -> np.float32:
    """f(z) = max(0, z), Nair and Hinton, 2010."""
    return f4(0) if z < f4(0) else z


@inlined
def relu_slope(a: np.float32) -> np.float32:
    """f' = 1 where a > 0, else 0."""
    return f4(1) if a > f4(0) else f4(0)


# Compiled code knows an activation by its place here.
ACTIVATIONS = ("sigmoid", "improved_sigmoid", "tanh", "relu")
SIGMOID, IMPROVED_SIGMOID, TANH, RELU = range(len(ACTIVATIONS))


@compiled
def activate(activation: int, Z: Array) -> None:
    """A = f(Z), in place of Z."""
    z = Z.reshape(-1)
    if activation == SIGMOID:
        for n in range(len(z)):
            z[n] = sigmoid(z[n])
    elif activation == IMPROVED_SIGMOID:
        for n in range(len(z)):
            z[n] = improved_sigmoid(z[n])
    elif activation == TANH:
        for n in range(len(z)):
            z[n] = tanh(z[n])
    else:
        for n in range(len(z)):
            z[n] = relu(z[n])


@compiled
def multiply_by_slope(activation: int, A: Array, D: Array) -> None:
    """D = f'(Z) * D, entry by entry, given A = f(Z)."""
    a, d = A.reshape(-1), D.reshape(-1)
    if activation == SIGMOID:
        for n in range(len(a)):
            d[n] *= sigmoid_slope(a[n])
    elif activation == IMPROVED_SIGMOID:
        for n in range(len(a)):
            d[n] *= improved_sigmoid_slope(a[n])
    elif activation == TANH:
        for n in range(len(a)):
            d[n] *= tanh_slope(a[n])
    else:
        for n in range(len(a)):
            d[n] *= relu_slope(a[n])


@compiled
def softmax(Z: Array, labels: Batch, batch: Batch, P: Array) -> tuple[float, int]:
    """P = e^Z / (sum of e^Z over the classes); return the sum of losses, and how many are right.

    Z, P: (classes, room). A loss is log(sum of e^Z) - Z of the label, in nats and float64; the
    largest Z is subtracted from all first, so that nothing overflows. Sums add the first class and
    the first image first. An image is right if the largest Z, of equal ones the first, is its
    label's.
    """
    classes, images = len(Z), len(batch)
    top, total = Z[0].copy(), np.zeros(images, np.float32)
    digit, losses = np.zeros(images, np.int32), np.empty(images)
    for n in range(1, classes):
        for b in range(images):
            digit[b] = n if Z[n, b] > top[b] else digit[b]
            top[b] = Z[n, b] if Z[n, b] > top[b] else top[b]
    for n in range(classes):
        for b in range(images):
            P[n, b] = exp(Z[n, b] - top[b])
            total[b] += P[n, b]
    for b in range(images):
        losses[b] = log(f8(total[b]))
        total[b] = f4(1) / total[b]
    for n in range(classes):
        for b in range(images):
            P[n, b] *= total[b]
    loss, right = 0.0, 0
    for b in range(images):
        label = labels[batch[b]]
        loss += losses[b] - f8(Z[label, b] - top[b])
        right += digit[b] == label
    return loss, right


def uniform(generator: np.random.Generator, fan_in: int, fan_out: int) -> NDArray[np.float64]:
    """U(-1, 1): the assignment's start, blind to the size of the layer."""
    return generator.uniform(-1, 1, (fan_in, fan_out))


def fan_in(generator: np.random.Generator, fan_in: int, fan_out: int) -> NDArray[np.float64]:
    """N(0, 1/fan_in), so that sums keep unit variance: Efficient BackProp, section 4.6."""
    return generator.normal(0, 1 / np.sqrt(fan_in), (fan_in, fan_out))


def he(generator: np.random.Generator, fan_in: int, fan_out: int) -> NDArray[np.float64]:
    """N(0, 2/fan_in), for rectifiers, which silence half of their inputs: He et al., 2015."""
    return generator.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))


# Each draws a float64 array of shape (fan_in, fan_out).
INITIALIZERS: dict[str, Draw] = {"uniform": uniform, "fan_in": fan_in, "he": he}
