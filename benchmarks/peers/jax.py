"""JAX: automatic differentiation, a whole epoch compiled as one `lax.scan`."""

import cases
import jax
import jax.numpy as jnp
import numpy as np

from peers import BasePeer

Weights = list[jax.Array]


def loss(weights: Weights, images: jax.Array, targets: jax.Array) -> jax.Array:
    """Mean cross-entropy of a batch."""
    outputs = images
    for layer in weights[:-1]:
        outputs = 1.7159 * jnp.tanh(2 / 3 * (outputs @ layer))
    return -(targets * jax.nn.log_softmax(outputs @ weights[-1])).sum(axis=1).mean()


class Peer(BasePeer):
    """Compiled at its first epoch."""

    def __init__(self, case: cases.Case) -> None:
        images = jnp.asarray(case.images)
        targets = jnp.asarray(np.eye(10, dtype=np.float32)[case.labels])
        rate, momentum = case.learning_rate, case.momentum

        def step(
            state: tuple[Weights, Weights], rows: jax.Array
        ) -> tuple[tuple[Weights, Weights], jax.Array]:
            weights, velocities = state
            value, gradients = jax.value_and_grad(loss)(weights, images[rows], targets[rows])
            if momentum:
                gradients = velocities = [
                    g + momentum * v for g, v in zip(gradients, velocities, strict=True)
                ]
            weights = [w - rate * g for w, g in zip(weights, gradients, strict=True)]
            return (weights, velocities), value

        self.compiled = jax.jit(lambda state, rows: jax.lax.scan(step, state, rows))
        self.batches = jnp.asarray(case.batches)
        weights = [jnp.asarray(layer) for layer in case.weights]
        velocities = [jnp.zeros_like(layer) for layer in weights] if momentum else []
        self.state = (weights, velocities)

    def epoch(self) -> None:
        """Run the compiled epoch to its end."""
        self.state, losses = self.compiled(self.state, self.batches)
        losses.block_until_ready()

    def layers(self) -> list[cases.Layer]:
        """The weights as NumPy arrays."""
        return [(np.asarray(layer), 0.0) for layer in self.state[0]]
