"""Forward and backward pass of fully connected networks, several side by side.

weights: one array a layer, (networks, fan_in, fan_out); images: (networks, rows, 785) or, shared by
all networks, (rows, 785); the bias is the constant 1 in the last input. Derivation, with the shapes
of every product: docs/backpropagation.md.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from mlp.activations import ACTIVATIONS, Array
from mlp.initializers import INITIALIZERS
from mlp.losses import Labels, softmax

CLASSES = 10
Weights = list[Array]


def shapes_of(inputs: int, hidden: Sequence[int]) -> list[tuple[int, int]]:
    """(fan_in, fan_out) of every layer, input layer first."""
    sizes = [inputs, *hidden, CLASSES]
    return list(pairwise(sizes))


def layers_of(flat: Array, shapes: Sequence[tuple[int, int]]) -> Weights:
    """`flat`, (networks, parameters), seen layer by layer; what changes in one changes in both."""
    ends = np.cumsum([fan_in * fan_out for fan_in, fan_out in shapes])
    parts = np.split(flat, ends[:-1], axis=1)
    return [part.reshape(-1, *shape) for part, shape in zip(parts, shapes, strict=True)]


def initial_weights(
    inputs: int, hidden: Sequence[int], init: str, generators: Sequence[np.random.Generator]
) -> Array:
    """One network a generator: float32, (networks, parameters); see `layers_of`.

    Each generator draws its network's layers in order, so a network does not depend on its company.
    """
    draw, shapes = INITIALIZERS[init], shapes_of(inputs, hidden)
    drawn = [[draw(generator, *shape).reshape(-1) for shape in shapes] for generator in generators]
    return np.stack([np.concatenate(layers) for layers in drawn]).astype(np.float32)


class Network:
    """Weights, an activation, and buffers for batches of `rows` images.

    Everything a pass computes is written into buffers made once: at this size, making arrays would
    cost as much as the arithmetic. Attributes a caller reads: `weights`, `logits` (networks, rows,
    10), `gradients` (of the shapes of `weights`), and the same as `flat_gradients`.
    """

    def __init__(self, weights: Weights, activation: str, rows: int) -> None:
        self.weights = weights
        self.activation = ACTIVATIONS[activation]
        shape, dtype = (len(weights[0]), rows), weights[0].dtype
        self.outputs = [np.empty((*shape, layer.shape[-1]), dtype) for layer in weights]
        self.errors = [np.empty_like(output) for output in self.outputs]
        shapes = [layer.shape[1:] for layer in weights]
        size = sum(fan_in * fan_out for fan_in, fan_out in shapes)
        self.flat_gradients = np.empty((len(weights[0]), size), dtype)
        self.gradients = layers_of(self.flat_gradients, shapes)
        self.logits = self.outputs[-1]

    def forward(self, images: Array) -> Array:
        """Logits of `images`, (networks, rows, 10): the buffer `logits` itself."""
        layer_input = images
        for weights, output in zip(self.weights[:-1], self.outputs[:-1], strict=True):
            np.matmul(layer_input, weights, out=output)
            self.activation.function(output, output)
            layer_input = output
        return np.matmul(layer_input, self.weights[-1], out=self.logits)

    def backward(self, images: Array, targets: Array, scale: float) -> None:
        """Write `scale` times the gradient of the batch's summed loss into `gradients`.

        Call after `forward` with the same images, once; it overwrites the hidden outputs with
        derivatives. targets: one-hot, (networks, rows, 10). `scale` is 1/rows for the gradient of
        the mean loss, learning_rate/rows for a step: scaling the 10 output errors of an image is
        far cheaper than scaling every gradient.
        """
        error = self.backward_to_first(targets, scale)
        np.matmul(images.swapaxes(-1, -2), error, out=self.gradients[0])

    def backward_to_first(self, targets: Array, scale: float) -> Array:
        """All of `backward` but the first layer's gradient, which is images^T times what this
        returns: the errors of the first layer's outputs, (networks, rows, units)."""
        error = self.errors[-1]
        softmax(self.logits, out=error)
        error -= targets
        error *= scale
        for layer in reversed(range(1, len(self.weights))):
            output = self.outputs[layer - 1]
            np.matmul(output.swapaxes(1, 2), error, out=self.gradients[layer])
            below = np.matmul(error, self.weights[layer].swapaxes(1, 2), out=self.errors[layer - 1])
            self.activation.derivative(output, output)
            below *= output
            error = below
        return error


def one_hot(labels: Labels) -> Array:
    """Targets of `labels` (...): float32, (..., 10)."""
    return np.eye(CLASSES, dtype=np.float32)[labels]
