"""What every peer trains: a network, its first weights, its images, and the order of these.

They are what this project's trainer draws for seed 0. `ours` draws them itself, the peers copy it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlp.evaluation import Dataset
from mlp.network import initial_weights, layers_of, shapes_of

ROOT = Path(__file__).parents[1]
IMAGES = {"training": 20_000, "validation": 10_000}
BATCH = 32
STEPS = IMAGES["training"] // BATCH  # an epoch
INTERVAL = STEPS // 5  # between two checks
PATIENCE = 50  # checks
# A layer's weights (fan_in, fan_out) and its biases (fan_out,), or 0 where it has none.
Layer = tuple[NDArray[np.floating], NDArray[np.floating] | float]
Batches = NDArray[np.intp]


@dataclass(frozen=True)
class Case:
    """A network and how it is trained: the fields of the project's `Hyperparameters`."""

    hidden: tuple[int, ...]
    learning_rate: float = 0.1
    momentum: float = 0.0
    activation: str = "improved_sigmoid"
    init: str = "fan_in"

    def weights(self) -> list[NDArray[np.float32]]:
        """Return the first weights of seed 0, one (fan_in, fan_out) array a layer."""
        generator = np.random.default_rng(np.random.SeedSequence(0).spawn(2)[0])
        parameters = initial_weights(785, self.hidden, self.init, [generator])
        return [layer[0] for layer in layers_of(parameters, shapes_of(785, self.hidden))]


# The two of variants.yaml whose whole trainings are timed.
TRAININGS = {
    "plain": Case((64,), activation="sigmoid", init="uniform"),
    "momentum-ten-layers": Case((64,) * 10, 0.02, 0.9),
}
HIDDEN = {"64": (64,), "128": (128,), "59-59": (59, 59), "ten-64": (64,) * 10}


def step_case(hidden: Sequence[int], momentum: float) -> Case:
    """Return a case with the protocol's learning rates, 0.1 without momentum and 0.02 with it."""
    return Case(tuple(hidden), 0.02 if momentum else 0.1, momentum)


def load(name: str) -> Dataset:
    """Return the first images of "training" or "validation", mapped as a stage maps them.

    images: float32, (images, 785), bias column included; labels: int64, (images,).
    """
    paths = [ROOT / f"data/normalized/{name}_{part}.npy" for part in Dataset._fields]
    return Dataset(*(np.asarray(np.load(path, mmap_mode="r"))[: IMAGES[name]] for path in paths))


def epochs() -> Iterator[Batches]:
    """Yield the batches of seed 0 epoch by epoch: image numbers, (steps, 32)."""
    generator = np.random.default_rng(np.random.SeedSequence(0).spawn(2)[1])
    while True:
        yield generator.permutation(IMAGES["training"]).reshape(-1, BATCH)


def intervals(batches: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Split batches, or their numbers, where a training would check its networks."""
    return np.split(batches, range(INTERVAL, len(batches), INTERVAL))


def mean_loss(layers: Sequence[Layer], plain_tanh: bool) -> float:
    """Return the cross-entropy over all training images, nats per example, in float64."""
    images, labels = load("training")
    outputs = images.astype(np.float64)
    for weights, bias in layers[:-1]:
        z = outputs @ weights + bias
        outputs = np.tanh(z) if plain_tanh else 1.7159 * np.tanh(2 * z / 3)
    logits = outputs @ layers[-1][0] + layers[-1][1]
    logits -= logits.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(logits).sum(axis=1))
    return float(np.mean(log_sums - logits[np.arange(len(logits)), labels]))
