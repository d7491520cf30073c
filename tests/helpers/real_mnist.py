"""The real MNIST, for tests that need it; where it cannot be had, `tools.need` decides."""

import os
from functools import cache, partial
from pathlib import Path

import numpy as np
from tools import need

from mlp.kernels import Images
from mnist import images as datasets
from mnist.source import FILES, all_sources, from_idx, from_mirror, obtain
from normalize import normalize
from workflow.command import UserError

RAW = Path(__file__).parents[2] / "data/raw"
MEAN, DEVIATION = 33.5527, 78.8755


@cache
def contents() -> dict[str, bytes]:
    """The four files by name: the project's own where they are sound, else from any source."""
    sources = {"data/raw": partial(from_mirror, str(RAW))}
    sources |= all_sources(os.environ.get("MNIST_MIRROR"))
    try:
        found = {name: content for name, content, _ in obtain(FILES, sources)}
    except UserError as error:
        need(None, f"MNIST, neither in data/raw nor in reach: {error}")
    return {name: found[name] for name in FILES}


@cache
def pixels(name: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The first `size` images (size, 28, 28) and labels of "train" or "t10k"."""
    images = from_idx(contents()[f"{name}-images-idx3-ubyte"])
    labels = from_idx(contents()[f"{name}-labels-idx1-ubyte"])
    return images[:size], labels[:size].astype(np.int64)


def images(name: str, size: int) -> Images:
    """The same, normalized."""
    some, labels = pixels(name, size)
    return normalize(some, labels, MEAN, DEVIATION)


def save(training: int, test: int) -> dict[str, Images]:
    """Put the first so many of both sets where the stages of this folder look for them."""
    sets = {"training": images("train", training), "test": images("t10k", test)}
    datasets.save(sets, MEAN, DEVIATION)
    return sets
