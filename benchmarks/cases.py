"""What every peer trains: one network, its first weights, its batches, and the loss it must reach.

They are what this project's trainer draws for seed 0: `ours` runs untouched, the peers copy it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
BATCH = 32
STEPS = 625
HIDDEN = {"64": (64,), "128": (128,), "59-59": (59, 59), "ten-64": (64,) * 10}
# A layer's weights (fan_in, fan_out) and its biases (fan_out,), or 0 where it has none.
Layer = tuple[NDArray[np.floating], NDArray[np.floating] | float]


@dataclass(frozen=True)
class Case:
    """A network to train with the improved sigmoid and `fan_in` weights.

    images: float32, (20000, 785), bias column included; labels: int64, (20000,); weights: float32,
    one (fan_in, fan_out) array a layer; batches: image numbers, (steps, 32).
    """

    hidden: tuple[int, ...]
    momentum: float
    images: NDArray[np.float32]
    labels: NDArray[np.int64]
    weights: list[NDArray[np.float32]]
    batches: NDArray[np.intp]

    @property
    def learning_rate(self) -> float:
        """The protocol's: 0.1 without momentum, 0.02 with."""
        return 0.02 if self.momentum else 0.1


def load(name: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Images and labels of "training" or "validation", made by the stage `normalize`."""
    folder = ROOT / "data/normalized"
    return np.load(folder / f"{name}_images.npy"), np.load(folder / f"{name}_labels.npy")


def make(hidden: Sequence[int], momentum: float, steps: int = STEPS) -> Case:
    """The first `steps` steps of the first epoch of seed 0, as mlp.training draws them."""
    images, labels = load("training")
    for_weights, for_order = np.random.SeedSequence(0).spawn(2)
    order = np.random.default_rng(for_order).permutation(len(labels))
    weights = fan_in_weights((785, *hidden, 10), np.random.default_rng(for_weights))
    batches = order[: steps * BATCH].reshape(steps, BATCH)
    return Case(tuple(hidden), momentum, images, labels, weights, batches)


def fan_in_weights(
    sizes: Sequence[int], generator: np.random.Generator
) -> list[NDArray[np.float32]]:
    """N(0, 1/fan_in) for each layer in turn."""
    return [
        generator.normal(0, 1 / np.sqrt(fan_in), (fan_in, fan_out)).astype(np.float32)
        for fan_in, fan_out in pairwise(sizes)
    ]


def improved_sigmoid(z: NDArray[np.floating]) -> NDArray[np.floating]:
    """1.7159 tanh(2z/3)."""
    return 1.7159 * np.tanh(2 * z / 3)


def mean_loss(case: Case, layers: Sequence[Layer], plain_tanh: bool) -> float:
    """Cross-entropy over all training images, nats per example, computed in float64."""
    outputs = case.images.astype(np.float64)
    for weights, bias in layers[:-1]:
        z = outputs @ weights + bias
        outputs = np.tanh(z) if plain_tanh else improved_sigmoid(z)
    logits = outputs @ layers[-1][0] + layers[-1][1]
    logits -= logits.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(logits).sum(axis=1))
    return float(np.mean(log_sums - logits[np.arange(len(logits)), case.labels]))
