"""The textbook loop for scikit-learn's network: tanh z, and biases in every layer. Never timed.

A bias is the weight of an input that is always 1, so each layer's outputs get such a column.
"""

import cases
import numpy as np

from peers import textbook
from peers.textbook import Array


class Peer(textbook.Peer):
    """Weights have one row more than the case's; it starts at 0."""

    plain_tanh = True

    def __init__(self, case: cases.Case) -> None:
        super().__init__(case)
        self.weights = [np.vstack([layer, np.zeros(layer.shape[1])]) for layer in self.weights]
        self.velocities = [np.zeros_like(layer) for layer in self.weights]

    def forward(self, images: Array) -> Array:
        """Do as the textbook, on images with a column of ones."""
        return super().forward(np.column_stack([images, np.ones(len(images))]))

    def activation(self, z: Array) -> Array:
        """Return tanh z, and the column of ones."""
        return np.column_stack([np.tanh(z), np.ones(len(z))])

    def derivative(self, z: Array) -> Array:
        """Return 1 - tanh^2 z."""
        return 1 - np.tanh(z) ** 2

    def backward(self, probabilities: Array, targets: Array) -> list[Array]:
        """Do as the textbook; no error goes back to a column of ones."""
        delta = probabilities - targets
        gradients = [self.outputs[-1].T @ delta / len(targets)]
        for layer in reversed(range(len(self.sums))):
            delta = self.derivative(self.sums[layer]) * (delta @ self.weights[layer + 1][:-1].T)
            gradients.insert(0, self.outputs[layer].T @ delta / len(targets))
        return gradients

    def layers(self) -> list[cases.Layer]:
        """Return weights and biases."""
        return [(layer[:-1], layer[-1]) for layer in self.weights]
