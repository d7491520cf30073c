"""Stage: the gradients, before anything is trained, on MNIST's first training images.

Those of the textbook, in float64, must equal central differences of the mean loss,
(C(w + e) - C(w - e)) / 2e, within e^2, the assignment's own bar, for a sample of every layer's
weights. Those that training computes, in float32, must equal the textbook's in every layer within
float32's rounding, as a share of the layer's largest.
"""

from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlp import network, textbook
from mlp.functions import ACTIVATIONS
from mlp.kernels import Images
from mnist import images as datasets
from runs.executor import prepare
from workflow import files
from workflow.command import UserError, run

EPSILON = 1e-3
BARS = {"central_differences": EPSILON**2, "rounding": 1e-5}
# What is published: exp and log of the system, in float64, may differ in digits beyond these.
DECIMALS = 8
IMAGES = 100
SAMPLE = 20
TOPOLOGIES = {"one layer": (64,), "two layers": (59, 59), "ten layers": (64,) * 10}
OUT = Path("metrics/gradient_check.json")
Array = NDArray[np.float64]


def central_differences(
    upper: list[Array], activation: str, received: Array, targets: Array, sample: NDArray[np.intp]
) -> Array:
    """Return (C(w + e) - C(w - e)) / 2e for weights number `sample` in the first layer of `upper`.

    upper: the layers from there on, which are left as they were; received: what they get, (images,
    fan_in). NaN is where a hidden output changes its sign in between: relu has no slope there.
    """
    flat = upper[0].reshape(-1)
    found = np.empty(len(sample))
    for row, place in enumerate(sample):
        weight, sides = flat[place], []
        for flat[place] in (weight + EPSILON, weight - EPSILON):
            _, *hidden, probabilities = textbook.forward(upper, activation, received)
            signs = np.concatenate([output > 0 for output in [*hidden, probabilities]], axis=1)
            sides.append((-np.log(probabilities[targets == 1]).mean(), signs))
        flat[place] = weight
        (above, signs), (below, others) = sides
        smooth = activation != "relu" or np.array_equal(signs, others)
        found[row] = (above - below) / (2 * EPSILON) if smooth else np.nan
    return found


def largest_differences(
    hidden: tuple[int, ...], activation: str, images: Images
) -> dict[str, float]:
    """Return the largest difference of any layer in each of the two comparisons."""
    generator = np.random.default_rng(0)
    single = network.initial_weights(images.inputs + 1, hidden, "fan_in", generator)
    weights = [w.astype(np.float64) for w in single]
    dense, targets = network.dense(images), np.eye(network.CLASSES)[images.labels]
    gradients = textbook.gradients(weights, activation, dense, targets)
    compiled = network.gradients(single, activation, images)
    received = textbook.forward(weights, activation, dense)
    central, rounding = [], []
    for layer, gradient in enumerate(gradients):
        sample = generator.permutation(gradient.size)[:SAMPLE]
        found = central_differences(weights[layer:], activation, received[layer], targets, sample)
        central.append(np.nanmax(np.abs(found - gradient.reshape(-1)[sample])))
        rounding.append(np.abs(compiled[layer] - gradient).max() / np.abs(gradient).max())
    found = {"central_differences": max(central), "rounding": max(rounding)}
    return {name: round(float(difference), DECIMALS) for name, difference in found.items()}


def main() -> None:
    """Write the largest differences of every network, or fail if one is too large."""
    prepare()
    images = datasets.load("training", IMAGES)
    found = {
        f"{topology}, {activation}": largest_differences(TOPOLOGIES[topology], activation, images)
        for topology, activation in product(TOPOLOGIES, ACTIVATIONS)
    }
    for case, differences in found.items():
        for name, difference in differences.items():
            if not difference <= BARS[name]:
                raise UserError(f"{case}: {name} {difference:.3g}, allowed: {BARS[name]:.3g}")
    content = {"bars": BARS, "largest": found, "weights_per_layer": SAMPLE, "images": IMAGES}
    files.write_json(OUT, content)
    worst = max(differences["central_differences"] for differences in found.values())
    print(f"check_gradients: largest difference {worst:.2g}, allowed {EPSILON**2:.2g}; wrote {OUT}")


if __name__ == "__main__":
    run(main, stage=True)
