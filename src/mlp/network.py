"""Forward and backward pass of fully connected networks, several side by side.

weights: one array a layer, (networks, fan_in, fan_out); images: (networks, rows, 785) or, shared by
all networks, (rows, 785); the bias is the constant 1 in the last input. The derivation, with the
shapes of every product, is in docs/backpropagation.md.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlp.activations import ACTIVATIONS, Array
from mlp.initializers import INITIALIZERS
from mlp.losses import Labels, softmax

CLASSES = 10
# 785 inputs are five times as many. BLAS multiplies a few dozen rows by long columns slowly, and
# five short products up to twice as fast as one long one (docs/speed.md).
PART = 157
Weights = list[Array]
TARGETS = np.eye(CLASSES, dtype=np.float32)


class Images(NamedTuple):
    """Images as a background and compressed rows of ink: an input is background + value.

    starts: int64, (images + 1,), where each image's ink begins in places (uint16, (ink,)) and
    values (float32, (ink,)); labels: int64, (images,); inputs: how many pixels an image has.
    """

    background: np.float32
    starts: NDArray[np.int64]
    places: NDArray[np.uint16]
    values: NDArray[np.float32]
    labels: NDArray[np.int64]
    inputs: int


def shapes_of(inputs: int, hidden: Sequence[int]) -> list[tuple[int, int]]:
    """Return (fan_in, fan_out) of every layer, input layer first."""
    return list(pairwise([inputs, *hidden, CLASSES]))


def layers_of(parameters: Array, shapes: Sequence[tuple[int, int]]) -> Weights:
    """Return `parameters`, (networks, weights), as views layer by layer."""
    ends = np.cumsum([fan_in * fan_out for fan_in, fan_out in shapes])
    parts = np.split(parameters, ends[:-1], axis=1)
    return [part.reshape(-1, *shape) for part, shape in zip(parts, shapes, strict=True)]


def initial_weights(
    inputs: int, hidden: Sequence[int], init: str, generators: Sequence[np.random.Generator]
) -> Array:
    """Draw one network a generator: float32, (networks, weights), to be seen by `layers_of`.

    Each generator draws its network's layers in order, so a network does not depend on its company.
    """
    draw, shapes = INITIALIZERS[init], shapes_of(inputs, hidden)
    drawn = [[draw(generator, *shape).reshape(-1) for shape in shapes] for generator in generators]
    return np.stack([np.concatenate(layers) for layers in drawn]).astype(np.float32)


def one_hot(labels: Labels) -> Array:
    """Return the targets of `labels` (...): float32, (..., 10)."""
    return TARGETS[labels]


def product(inputs: Array, weights: Array, out: Array) -> Array:
    """Write inputs @ weights, (..., rows, fan_out), into `out` and return it.

    The sum over fan_in is taken in parts of PART.
    """
    np.matmul(inputs[..., :PART], weights[..., :PART, :], out=out)
    for start in range(PART, weights.shape[-2], PART):
        part = slice(start, start + PART)
        out += np.matmul(inputs[..., part], weights[..., part, :])
    return out


class Network:
    """Weights, an activation, and buffers for batches of `rows` images.

    A pass writes into buffers that are allocated once: at this size, allocating arrays would cost
    as much as the arithmetic. Attributes for callers: `weights`, `outputs` of every layer
    (networks, rows, units), whose last are the `logits`, `gradients` (of the shapes of `weights`),
    and the same as `flat_gradients` (networks, parameters).
    """

    def __init__(self, weights: Weights, activation: str, rows: int) -> None:
        self.weights = weights
        self.activation = ACTIVATIONS[activation]
        networks, dtype = len(weights[0]), weights[0].dtype
        self.outputs = [np.empty((networks, rows, w.shape[-1]), dtype) for w in weights]
        self.errors = [np.empty_like(output) for output in self.outputs]
        self.logits = self.outputs[-1]
        shapes = [w.shape[1:] for w in weights]
        size = sum(fan_in * fan_out for fan_in, fan_out in shapes)
        self.flat_gradients = np.empty((networks, size), dtype)
        self.gradients = layers_of(self.flat_gradients, shapes)

    def forward(self, images: Array) -> Array:
        """Return the logits of `images`, (networks, rows, 10): the buffer `logits` itself.

        Z = A W, then A = f(Z) in every layer but the last.
        """
        return forward(self.weights, self.activation.function, images, self.outputs)

    def backward(self, images: Array, targets: Array) -> None:
        """Write the gradient of the batch's mean loss into `gradients`.

        Call it once after `forward` with the same images: it overwrites the hidden outputs with
        derivatives. targets: one-hot, (networks, rows, 10). At the output Delta = (Y_hat - Y) / B;
        in each layer dC/dW = A^T Delta, and below it Delta = f'(Z) * (Delta W^T).
        """
        delta = self.errors[-1]
        softmax(self.logits, out=delta)
        delta -= targets
        delta /= delta.shape[1]
        for layer in reversed(range(1, len(self.weights))):
            output = self.outputs[layer - 1]
            np.matmul(output.swapaxes(1, 2), delta, out=self.gradients[layer])
            below = np.matmul(delta, self.weights[layer].swapaxes(1, 2), out=self.errors[layer - 1])
            self.activation.derivative(output, output)
            below *= output
            delta = below
        np.matmul(images.swapaxes(-1, -2), delta, out=self.gradients[0])


def forward(
    weights: Weights,
    function: Callable[[Array, Array], None],
    images: Array,
    outputs: Sequence[Array],
) -> Array:
    """Write the output of every layer into `outputs` and return the last, the logits."""
    layer_input = images
    for w, output in zip(weights[:-1], outputs[:-1], strict=True):
        product(layer_input, w, out=output)
        function(output, output)
        layer_input = output
    return product(layer_input, weights[-1], out=outputs[-1])
