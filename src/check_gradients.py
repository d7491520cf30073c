"""Stage: backpropagation against central differences, before anything is trained.

In float64, on the mean loss over 100 training images: (C(w + e) - C(w - e)) / 2e must equal the
gradient within e^2, the assignment's own bar, for a seeded sample of every layer's weights.
"""

from itertools import product
from pathlib import Path

import joblib
import numpy as np
from numpy.typing import NDArray

from mlp.activations import Array
from mlp.evaluation import Dataset
from mlp.losses import Labels, cross_entropy
from mlp.network import Network, Weights, initial_weights, layers_of, one_hot, shapes_of
from mnist import images as datasets
from runs.executor import end_with_parent
from workflow import files
from workflow.command import UserError, run

EPSILON = 1e-3
BAR = EPSILON**2
# What is published: the system's exp and log, in float64, may differ in digits beyond these.
DECIMALS = 9
IMAGES = 100
SAMPLE = 500
TOPOLOGIES = {"one layer": (64,), "two layers": (59, 59), "ten layers": (64,) * 10}
ACTIVATIONS = ("sigmoid", "improved_sigmoid")
OUT = Path("metrics/gradient_check.json")


def central_differences(
    layer_input: Array, labels: Labels, upper: Weights, activation: str, sample: NDArray[np.intp]
) -> NDArray[np.float64]:
    """(C(w + e) - C(w - e)) / 2e for the weights numbered `sample` in the first layer of `upper`.

    upper: the layers from the perturbed one on, (1, fan_in, fan_out) each; it is left as it was.
    layer_input: what they receive, (images, fan_in): what lies below does not depend on them.
    """
    network = Network(upper, activation, len(layer_input))
    flat = upper[0].reshape(-1)

    def loss(i: int, value: float) -> float:
        flat[i] = value
        return float(cross_entropy(network.forward(layer_input)[0], labels).mean())

    differences = np.empty(len(sample))
    for row, i in enumerate(sample):
        weight = flat[i]
        differences[row] = loss(i, weight + EPSILON) - loss(i, weight - EPSILON)
        flat[i] = weight
    return differences / (2 * EPSILON)


def largest_differences(hidden: tuple[int, ...], activation: str, data: Dataset) -> list[float]:
    """For each layer the largest |central difference - backpropagation| of the sampled weights."""
    determinism.check()  # a worker process gets this function, and not this module's imports
    generator = np.random.default_rng(0)
    images = data.images.astype(np.float64)
    drawn = initial_weights(images.shape[1], hidden, "fan_in", [generator])
    weights = layers_of(drawn.astype(np.float64), shapes_of(images.shape[1], hidden))
    network = Network(weights, activation, len(images))
    network.forward(images)
    inputs = [images, *(output[0].copy() for output in network.outputs[:-1])]
    network.backward(images, one_hot(data.labels))
    differences = []
    for layer, gradient in enumerate(network.gradients):
        sample = generator.permutation(gradient.size)[:SAMPLE]
        upper = weights[layer:]
        central = central_differences(inputs[layer], data.labels, upper, activation, sample)
        largest = float(np.abs(central - gradient.reshape(-1)[sample]).max())
        differences.append(round(largest, DECIMALS))
    return differences


def check_all(data: Dataset) -> dict[str, list[float]]:
    """The largest differences by layer of every case, side by side, one process a core."""
    cases = list(product(TOPOLOGIES, ACTIVATIONS))
    parallel = joblib.Parallel(n_jobs=joblib.cpu_count(), initializer=end_with_parent)
    results = parallel(
        joblib.delayed(largest_differences)(TOPOLOGIES[topology], activation, data)
        for topology, activation in cases
    )
    return {", ".join(case): layers for case, layers in zip(cases, results, strict=True)}


def main() -> None:
    """Write the largest difference of every layer, or fail if one is too large."""
    datasets.check()
    by_layer = check_all(datasets.load("training", IMAGES))
    worst, case = max((max(layers), case) for case, layers in by_layer.items())
    if not worst <= BAR:
        raise UserError(f"{case}: off by {worst:.3g}, allowed: {BAR:.3g}")
    content = {"bar": BAR, "largest_difference": worst, "largest_difference_by_layer": by_layer}
    files.write_json(OUT, {**content, "weights_per_layer": SAMPLE, "images": IMAGES})
    print(f"check_gradients: largest difference {worst:.2g}, allowed {BAR:.2g}; wrote {OUT}")


if __name__ == "__main__":
    run(main, stage=True)
