"""Stochastic gradient descent: how a gradient becomes a step."""

from copy import copy

import numpy as np

from mlp.activations import Array


class SGD:
    """Gradient descent with momentum, Nesterov's look-ahead and weight decay, each off at 0.

    The assignment's momentum: v := g + momentum v, w := w - learning_rate v, with v = 0 at first.
    Nesterov (Sutskever et al., 2013) steps by g + momentum v instead of v. Weight decay adds
    decay w to g. Shapes: (networks, parameters) throughout.
    """

    def __init__(
        self, parameters: Array, learning_rate: float, momentum: float, nesterov: bool, decay: float
    ) -> None:
        self.shrink = learning_rate * decay
        self.momentum = momentum
        self.nesterov = nesterov
        self.velocities = np.zeros_like(parameters) if momentum else np.empty((len(parameters), 0))

    def apply(self, parameters: Array, steps: Array) -> None:
        """Change `parameters` in place; `steps` is learning_rate times the gradient, and used up.

        Velocities are kept as learning_rate v: the same weights with one pass over memory less. One
        network after the other, so that its three arrays stay in the processor's cache.
        """
        for w, step, velocity in zip(parameters, steps, self.velocities, strict=True):
            if self.shrink:
                step += self.shrink * w
            if self.momentum:
                velocity *= self.momentum
                velocity += step
                step = step + self.momentum * velocity if self.nesterov else velocity
            w -= step

    def of_parameters_from(self, start: int) -> "SGD":
        """This optimizer for parameters[:, start:] alone, with the same velocities."""
        part = copy(self)
        part.velocities = self.velocities[:, start:]
        return part
