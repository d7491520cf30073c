"""The specification: the assignment's network and its gradients, in plain NumPy.

Everything fast in this package must agree with it. weights: a matrix (fan_in, fan_out) a layer;
images: (images, inputs + 1), whose last column is 1, so that the last row of the first matrix are
the biases; targets: one-hot rows. Use float64. The derivation is in docs/backpropagation.md.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# f(z), and its derivative as a function of the output a = f(z).
FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "improved_sigmoid": lambda z: 1.7159 * np.tanh(2 * z / 3),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
}
SLOPES: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda a: a - a**2,
    "improved_sigmoid": lambda a: 2 / 3 * (1.7159 - a**2 / 1.7159),
    "tanh": lambda a: 1 - a**2,
    "relu": lambda a: (a > 0).astype(a.dtype),
}


def forward(weights: list[Array], activation: str, images: Array) -> list[Array]:
    """Return what each layer receives, the images first, and last the probabilities."""
    outputs = [images]
    for w in weights[:-1]:
        outputs.append(FUNCTIONS[activation](outputs[-1] @ w))
    logits = outputs[-1] @ weights[-1]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return [*outputs, powers / powers.sum(axis=1, keepdims=True)]


def loss(weights: list[Array], activation: str, images: Array, targets: Array) -> float:
    """Return the mean cross-entropy in nats."""
    probabilities = forward(weights, activation, images)[-1]
    return float(-np.log(probabilities[targets == 1]).mean())


def gradients(weights: list[Array], activation: str, images: Array, targets: Array) -> list[Array]:
    """Return the derivatives of `loss` by every weight, an array a layer."""
    *outputs, probabilities = forward(weights, activation, images)
    error = (probabilities - targets) / len(images)
    found = [outputs[-1].T @ error]
    for w, output, received in zip(weights[:0:-1], outputs[:0:-1], outputs[-2::-1], strict=True):
        error = SLOPES[activation](output) * (error @ w.T)
        found.insert(0, received.T @ error)
    return found
