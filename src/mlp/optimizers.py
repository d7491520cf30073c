"""Stochastic gradient descent: how a gradient becomes a step."""

import numpy as np

from mlp.network import Weights


class SGD:
    """Gradient descent with momentum, Nesterov's look-ahead and weight decay, each off at 0.

    The assignment's momentum: v := g + momentum v, w := w - learning_rate v, with v = 0 at first.
    Nesterov (Sutskever et al., 2013) steps by g + momentum v instead of v. Weight decay adds
    decay w to g. `steps` given to `apply` are learning_rate g already, so velocities are
    learning_rate v: the same weights, one pass over the arrays less.
    """

    def __init__(
        self, weights: Weights, learning_rate: float, momentum: float, nesterov: bool, decay: float
    ) -> None:
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.nesterov = nesterov
        self.decay = decay
        self.velocities = [np.zeros_like(w) for w in weights] if momentum else []

    def apply(self, weights: Weights, steps: Weights) -> None:
        """Change `weights` in place by `steps`, learning_rate times the gradients; uses `steps` up."""
        if self.decay:
            for w, step in zip(weights, steps, strict=True):
                step += w * np.asarray(self.learning_rate * self.decay, w.dtype)
        if not self.momentum:
            for w, step in zip(weights, steps, strict=True):
                w -= step
            return
        for w, step, velocity in zip(weights, steps, self.velocities, strict=True):
            velocity *= self.momentum
            velocity += step
            w -= step + self.momentum * velocity if self.nesterov else velocity
