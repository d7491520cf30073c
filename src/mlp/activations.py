"""Activations of hidden units. Each derivative takes the activation's OUTPUT a = f(z).

Both functions of a pair work elementwise on float arrays of any shape and write into `out`, which
may be their argument itself.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


class Activation(NamedTuple):
    """`function(z, out)` writes f(z); `derivative(a, out)` writes f'(z), given a = f(z)."""

    function: Callable[[Array, Array], None]
    derivative: Callable[[Array, Array], None]


def sigmoid(z: Array, out: Array) -> None:
    """f(z) = 1 / (1 + e^-z); where e^-z overflows, f is rightly 0."""
    np.negative(z, out=out)
    with np.errstate(over="ignore"):
        np.exp(out, out=out)
    out += 1
    np.reciprocal(out, out=out)


def sigmoid_derivative(a: Array, out: Array) -> None:
    """f' = a - a^2."""
    np.subtract(a, a * a, out=out)


def improved_sigmoid(z: Array, out: Array) -> None:
    """f(z) = 1.7159 tanh(2z/3), Efficient BackProp, section 4.4."""
    np.multiply(z, 2 / 3, out=out)
    np.tanh(out, out=out)
    out *= 1.7159


def improved_sigmoid_derivative(a: Array, out: Array) -> None:
    """f' = 2/3 (1.7159 - a^2 / 1.7159)."""
    np.multiply(a, a, out=out)
    out *= -2 / 3 / 1.7159
    out += 2 / 3 * 1.7159


def tanh(z: Array, out: Array) -> None:
    """f(z) = tanh z, the symmetric sigmoid of Efficient BackProp, section 4.4."""
    np.tanh(z, out=out)


def tanh_derivative(a: Array, out: Array) -> None:
    """f' = 1 - a^2."""
    np.multiply(a, a, out=out)
    np.subtract(1, out, out=out)


def relu(z: Array, out: Array) -> None:
    """f(z) = max(0, z), Nair and Hinton, 2010."""
    np.maximum(z, 0, out=out)


def relu_derivative(a: Array, out: Array) -> None:
    """f' = 1 where a > 0, else 0."""
    np.greater(a, 0, out=out)


ACTIVATIONS = {
    "sigmoid": Activation(sigmoid, sigmoid_derivative),
    "improved_sigmoid": Activation(improved_sigmoid, improved_sigmoid_derivative),
    "tanh": Activation(tanh, tanh_derivative),
    "relu": Activation(relu, relu_derivative),
}
