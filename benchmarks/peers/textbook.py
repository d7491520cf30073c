"""The assignment's formulas in plain float64 NumPy, as a student writes them down.

delta_k = yhat_k - y_k; delta_j = f'(z_j) sum_k w_kj delta_k; W := W - lr (A^T Delta) / B.
"""

import cases
import numpy as np
from numpy.typing import NDArray

from peers import BasePeer

Array = NDArray[np.float64]


class Peer(BasePeer):
    """One-hot targets, an array for every intermediate result."""

    def __init__(self, case: cases.Case) -> None:
        self.batches = case.batches
        self.images = case.images.astype(np.float64)
        self.targets = np.eye(10)[case.labels]
        self.weights = [layer.astype(np.float64) for layer in case.weights]
        self.velocities = [np.zeros_like(layer) for layer in self.weights]
        self.rate, self.momentum = case.learning_rate, case.momentum

    def activation(self, z: Array) -> Array:
        """1.7159 tanh(2z/3)."""
        return 1.7159 * np.tanh(2 * z / 3)

    def derivative(self, z: Array) -> Array:
        """2/3 1.7159 (1 - tanh^2(2z/3))."""
        return 1.7159 * 2 / 3 * (1 - np.tanh(2 * z / 3) ** 2)

    def forward(self, images: Array) -> Array:
        """Probabilities of the classes; sums and outputs of the hidden layers are kept."""
        self.sums, self.outputs = [], [images]
        for weights in self.weights[:-1]:
            self.sums.append(self.outputs[-1] @ weights)
            self.outputs.append(self.activation(self.sums[-1]))
        logits = self.outputs[-1] @ self.weights[-1]
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def backward(self, probabilities: Array, targets: Array) -> list[Array]:
        """Gradients of the mean loss, one a layer."""
        delta = probabilities - targets
        gradients = [self.outputs[-1].T @ delta / len(targets)]
        for layer in reversed(range(len(self.sums))):
            delta = self.derivative(self.sums[layer]) * (delta @ self.weights[layer + 1].T)
            gradients.insert(0, self.outputs[layer].T @ delta / len(targets))
        return gradients

    def step(self, rows: NDArray[np.intp]) -> float:
        """The loss of the batch before the step."""
        images, targets = self.images[rows], self.targets[rows]
        probabilities = self.forward(images)
        loss = -(targets * np.log(probabilities)).sum(axis=1).mean()
        for layer, gradient in enumerate(self.backward(probabilities, targets)):
            if self.momentum:
                self.velocities[layer] = gradient + self.momentum * self.velocities[layer]
                gradient = self.velocities[layer]
            self.weights[layer] = self.weights[layer] - self.rate * gradient
        return float(loss)

    def epoch(self) -> None:
        """One step a batch."""
        for rows in self.batches:
            self.step(rows)

    def layers(self) -> list[cases.Layer]:
        """The weights."""
        return [(layer, 0.0) for layer in self.weights]
