"""Initial weights: each function draws a float64 array of shape (fan_in, fan_out)."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Initializer = Callable[[np.random.Generator, int, int], NDArray[np.float64]]


def uniform(generator: np.random.Generator, fan_in: int, fan_out: int) -> NDArray[np.float64]:
    """U(-1, 1): the assignment's start, blind to the size of the layer."""
    return generator.uniform(-1, 1, (fan_in, fan_out))


def fan_in(generator: np.random.Generator, fan_in: int, fan_out: int) -> NDArray[np.float64]:
    """N(0, 1/fan_in), so that sums keep unit variance: Efficient BackProp, section 4.6."""
    return generator.normal(0, 1 / np.sqrt(fan_in), (fan_in, fan_out))


def he(generator: np.random.Generator, fan_in: int, fan_out: int) -> NDArray[np.float64]:
    """N(0, 2/fan_in), for rectifiers, which silence half of their inputs: He et al., 2015."""
    return generator.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))


INITIALIZERS: dict[str, Initializer] = {"uniform": uniform, "fan_in": fan_in, "he": he}
