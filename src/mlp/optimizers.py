"""Stochastic gradient descent: how a gradient becomes a step."""

import numpy as np
from numpy.typing import NDArray

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
        self.learning_rate, self.momentum = learning_rate, momentum
        self.nesterov, self.decay = nesterov, decay
        self.velocities = np.zeros_like(parameters) if momentum else None

    def step(self, parameters: Array, gradients: Array) -> None:
        """Change `parameters` in place; `gradients` are used up.

        The networks follow one another, so that the arrays of one stay in the processor's cache.
        """
        for network, (w, g) in enumerate(zip(parameters, gradients, strict=True)):
            if self.decay:
                g += self.decay * w
            change = g
            if self.velocities is not None:
                v = self.velocities[network]
                v *= self.momentum
                v += g
                change = g + self.momentum * v if self.nesterov else v
            w -= np.multiply(change, self.learning_rate, out=g)

    def keep(self, networks: NDArray[np.intp]) -> None:
        """Go on with the networks of these numbers alone."""
        if self.velocities is not None:
            self.velocities = self.velocities[networks]
