"""The assignment's formulas in plain float64 NumPy, as a student writes them down.

delta_k = yhat_k - y_k; delta_j = f'(z_j) sum_k w_kj delta_k; W := W - lr (A^T Delta) / B.
"""

import cases
import numpy as np
from numpy.typing import NDArray

from peers import WholePeer

Array = NDArray[np.float64]


class Peer(WholePeer):
    """One-hot targets, an array for every intermediate result."""

    def __init__(self, case: cases.Case) -> None:
        self.case = case
        self.data = {name: self.floats(*cases.load(name)) for name in cases.IMAGES}
        self.weights = [layer.astype(np.float64) for layer in case.weights()]
        self.velocities = [np.zeros_like(layer) for layer in self.weights]

    def floats(self, images: NDArray[np.float32], labels: NDArray[np.int64]) -> tuple[Array, Array]:
        """Return images and one-hot targets in float64."""
        return images.astype(np.float64), np.eye(10)[labels]

    def activation(self, z: Array) -> Array:
        """Return the logistic function, or 1.7159 tanh(2z/3)."""
        if self.case.activation == "sigmoid":
            return 1 / (1 + np.exp(-z))
        return 1.7159 * np.tanh(2 * z / 3)

    def derivative(self, z: Array) -> Array:
        """Return f(z) (1 - f(z)), or 2/3 1.7159 (1 - tanh^2(2z/3))."""
        if self.case.activation == "sigmoid":
            return self.activation(z) * (1 - self.activation(z))
        return 1.7159 * 2 / 3 * (1 - np.tanh(2 * z / 3) ** 2)

    def forward(self, images: Array) -> Array:
        """Return probabilities of the classes; keep sums and outputs of the hidden layers."""
        self.sums, self.outputs = [], [images]
        for weights in self.weights[:-1]:
            self.sums.append(self.outputs[-1] @ weights)
            self.outputs.append(self.activation(self.sums[-1]))
        logits = self.outputs[-1] @ self.weights[-1]
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def backward(self, probabilities: Array, targets: Array) -> list[Array]:
        """Return gradients of the mean loss, one a layer."""
        delta = probabilities - targets
        gradients = [self.outputs[-1].T @ delta / len(targets)]
        for layer in reversed(range(len(self.sums))):
            delta = self.derivative(self.sums[layer]) * (delta @ self.weights[layer + 1].T)
            gradients.insert(0, self.outputs[layer].T @ delta / len(targets))
        return gradients

    def steps(self, batches: cases.Batches) -> float:
        """Return the mean loss of the batches, each before its step."""
        losses = []
        for rows in batches:
            images, targets = (part[rows] for part in self.data["training"])
            probabilities = self.forward(images)
            losses.append(-(targets * np.log(probabilities)).sum(axis=1).mean())
            for layer, gradient in enumerate(self.backward(probabilities, targets)):
                if self.case.momentum:
                    self.velocities[layer] = gradient + self.case.momentum * self.velocities[layer]
                    gradient = self.velocities[layer]
                self.weights[layer] = self.weights[layer] - self.case.learning_rate * gradient
        return float(np.mean(losses))

    def evaluate(self, name: str) -> tuple[float, float]:
        """Return mean loss and accuracy of all images at once."""
        images, targets = self.data[name]
        probabilities = self.forward(images)
        loss = -(targets * np.log(probabilities)).sum(axis=1).mean()
        right = probabilities.argmax(axis=1) == targets.argmax(axis=1)
        return float(loss), float(right.mean())

    def check(self) -> tuple[float, float]:
        """Take the accuracy of all training images too, as the course's code does."""
        images, targets = self.data["training"]
        (self.forward(images).argmax(axis=1) == targets.argmax(axis=1)).mean()
        return self.evaluate("validation")

    def layers(self) -> list[cases.Layer]:
        """Return the weights."""
        return [(layer, 0.0) for layer in self.weights]
