"""JAX: automatic differentiation; the steps between two checks compiled as one `lax.scan`."""

from functools import partial

import cases
import jax
import jax.numpy as jnp
import numpy as np

from peers import AVX2, AVX512, Kernel, WholePeer

Weights = list[jax.Array]
Scores = tuple[jax.Array, jax.Array]
ACTIVATIONS = {
    "sigmoid": jax.nn.sigmoid,
    "improved_sigmoid": lambda z: 1.7159 * jnp.tanh(2 / 3 * z),
}


def scores(weights: Weights, images: jax.Array, labels: jax.Array, activation: str) -> Scores:
    """Return mean cross-entropy and accuracy."""
    outputs = images
    for layer in weights[:-1]:
        outputs = ACTIVATIONS[activation](outputs @ layer)
    logits = outputs @ weights[-1]
    losses = -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1)
    return losses.mean(), (logits.argmax(axis=1) == labels).mean()


@partial(jax.jit, static_argnames=("case",))
def interval(
    state: tuple[Weights, Weights],
    images: jax.Array,
    labels: jax.Array,
    batches: jax.Array,
    case: cases.Case,
) -> tuple[tuple[Weights, Weights], Scores]:
    """Return the weights and velocities after a step on each batch, and the means of its scores."""

    def step(
        state: tuple[Weights, Weights], rows: jax.Array
    ) -> tuple[tuple[Weights, Weights], Scores]:
        weights, velocities = state
        (loss, accuracy), gradients = jax.value_and_grad(scores, has_aux=True)(
            weights, images[rows], labels[rows], case.activation
        )
        if case.momentum:
            gradients = velocities = [
                g + case.momentum * v for g, v in zip(gradients, velocities, strict=True)
            ]
        weights = [w - case.learning_rate * g for w, g in zip(weights, gradients, strict=True)]
        return (weights, velocities), (loss, accuracy)

    state, seen = jax.lax.scan(step, state, batches)
    return state, (seen[0].mean(), seen[1].mean())


evaluate = jax.jit(scores, static_argnames=("activation",))


class Peer(WholePeer):
    """Compiled at its first interval and evaluation of a size."""

    def __init__(self, case: cases.Case) -> None:
        self.case = case
        self.data = {name: tuple(map(jnp.asarray, cases.load(name))) for name in cases.IMAGES}
        weights = [jnp.asarray(layer) for layer in case.weights()]
        velocities = [jnp.zeros_like(layer) for layer in weights] if case.momentum else []
        self.state = (weights, velocities)

    def steps(self, batches: cases.Batches) -> tuple[float, float]:
        """Run a compiled interval to its end."""
        self.state, (loss, accuracy) = interval(
            self.state, *self.data["training"], batches, self.case
        )
        return float(loss), float(accuracy)

    def compile(self) -> None:
        """Compile by an interval and evaluations that are forgotten."""
        first = self.state
        self.steps(cases.intervals(next(cases.epochs()))[0])
        for name in cases.IMAGES:
            self.evaluate(name)
        self.state = first

    def evaluate(self, name: str) -> tuple[float, float]:
        """Return mean loss and accuracy, compiled too."""
        loss, accuracy = evaluate(self.state[0], *self.data[name], self.case.activation)
        return float(loss), float(accuracy)

    def layers(self) -> list[cases.Layer]:
        """Return the weights as NumPy arrays."""
        return [(np.asarray(layer), 0.0) for layer in self.state[0]]

    @staticmethod
    def kernel() -> Kernel:
        """Say what XLA compiles for: whatever the processor has."""
        wide = np._core._multiarray_umath.__cpu_features__.get("AVX512F")
        return Kernel(AVX512 if wide else AVX2, "XLA")
