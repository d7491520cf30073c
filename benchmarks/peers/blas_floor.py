"""The matrix products of a step and nothing else: no activation, no gathering, no update.

They are called as a trainer in NumPy can at best call them: into arrays that exist already, and
the long ones in parts.
"""

import cases
import numpy as np

from mlp.network import product
from peers import BasePeer


class Peer(BasePeer):
    """Fixed operands of the right sizes; the pins of `ours` apply."""

    def __init__(self, case: cases.Case) -> None:
        self.weights = case.weights()
        self.gradients = [np.zeros_like(layer) for layer in self.weights]
        widths = [layer.shape[1] for layer in self.weights]
        self.inputs = [cases.load("training").images[: cases.BATCH].copy()]
        self.inputs += [np.ones((cases.BATCH, width), np.float32) for width in widths]
        self.errors = [np.ones_like(outputs) for outputs in self.inputs]

    def steps(self, batches: cases.Batches) -> None:
        """Multiply as often as there are batches."""
        last = len(self.weights)
        for _ in batches:
            for i in range(last):
                product(self.inputs[i], self.weights[i], out=self.inputs[i + 1])
            for i in reversed(range(last)):
                np.matmul(self.inputs[i].T, self.errors[i + 1], out=self.gradients[i])
                if i:
                    np.matmul(self.errors[i + 1], self.weights[i].T, out=self.errors[i])

    def layers(self) -> list[cases.Layer]:
        """Return the weights, which are never trained."""
        return [(layer, 0.0) for layer in self.weights]
