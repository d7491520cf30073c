"""What makes the trainer quick, each beside what it takes the place of.

Both of a pair are called in turn, so that a slow moment of the machine hits both.
"""

from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Any

import cases
import numpy as np

from mlp.evaluation import SortedDataset, predict
from mlp.network import product

CASE = cases.TRAININGS["plain"]
NETWORKS = 3
TURNS = 9


def seconds(*calls: Callable[[], object], repeat: int = 1) -> list[float]:
    """Return the median seconds of each call, for one network."""
    turns = [[_seconds(call, repeat) for call in calls] for _ in range(TURNS)]
    return [median(each) / NETWORKS for each in zip(*turns, strict=True)]


def _seconds(call: Callable[[], object], repeat: int) -> float:
    started = process_time()
    for _ in range(repeat):
        call()
    return (process_time() - started) / repeat


def product_parts() -> dict[str, Any]:
    """Time the first layer's product for a batch, as one product and in parts."""
    weights = np.stack([CASE.weights()[0]] * NETWORKS)
    images = np.stack([cases.load("training").images[: cases.BATCH]] * NETWORKS)
    out = np.empty((NETWORKS, cases.BATCH, weights.shape[-1]), np.float32)
    whole, parts = seconds(
        lambda: np.matmul(images, weights, out=out),
        lambda: product(images, weights, out=out),
        repeat=100,
    )
    return {
        "rows": cases.BATCH,
        "inputs": weights.shape[1],
        "units": weights.shape[2],
        "whole_microseconds": round(whole * 1e6, 1),
        "parts_microseconds": round(parts * 1e6, 1),
    }


def sorted_evaluation() -> dict[str, Any]:
    """Time the logits of the validation images, in the data set's own order and sorted."""
    weights = [np.stack([layer] * NETWORKS) for layer in CASE.weights()]
    validation = cases.load("validation")
    ordered = SortedDataset(validation)
    unsorted, in_order = seconds(
        lambda: predict(weights, CASE.activation, validation.images),
        lambda: ordered.logits(weights, CASE.activation),
    )
    return {
        "images": len(validation.images),
        "units": weights[0].shape[2],
        "predict_milliseconds": round(unsorted * 1e3, 2),
        "sorted_milliseconds": round(in_order * 1e3, 2),
    }
