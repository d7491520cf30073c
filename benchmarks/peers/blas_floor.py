"""The matrix products of a step and nothing else: no activation, no gathering, no update.

They are called as a trainer in NumPy can at best call them: into arrays that exist already.
"""

import cases
import numpy as np

from peers import BasePeer


class Peer(BasePeer):
    """Fixed operands of the right sizes; the pins of `ours` apply."""

    def __init__(self, case: cases.Case) -> None:
        self.steps = len(case.batches)
        self.weights = case.weights
        self.gradients = [np.zeros_like(layer) for layer in case.weights]
        widths = [layer.shape[1] for layer in case.weights]
        self.inputs = [case.images[: cases.BATCH].copy()]
        self.inputs += [np.ones((cases.BATCH, width), np.float32) for width in widths]
        self.errors = [np.ones_like(outputs) for outputs in self.inputs]

    def epoch(self) -> None:
        """The products of `steps` steps."""
        last = len(self.weights)
        for _ in range(self.steps):
            for i in range(last):
                np.matmul(self.inputs[i], self.weights[i], out=self.inputs[i + 1])
            for i in reversed(range(last)):
                np.matmul(self.inputs[i].T, self.errors[i + 1], out=self.gradients[i])
                if i:
                    np.matmul(self.errors[i + 1], self.weights[i].T, out=self.errors[i])

    def layers(self) -> list[cases.Layer]:
        """Untrained."""
        return [(layer, 0.0) for layer in self.weights]
