"""The normalized images on disk, as a background and ink: plain .npy files that workers map.

Most pixels of a digit are paper, all of one value: the background. `ink` keeps the others alone,
in compressed rows. The four files of each set are published by their hashes.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from mlp.kernels import Images
from mlp.network import first
from workflow import files
from workflow.command import UserError
from workflow.settings import INPUTS, STRICT, validate

NORMALIZED = Path("data/normalized")
STATISTICS = Path("metrics/normalization.json")
PARTS = ("starts", "places", "values", "labels")


class Statistics(BaseModel):
    """What the images are normalized by and hold where there is no ink, and their files' hashes."""

    model_config = STRICT
    mean: float = Field(ge=0, le=255, description="a number from 0 to 255")
    standard_deviation: float = Field(ge=1, le=128, description="a number from 1 to 128")
    background: float = Field(ge=-256, le=256, description="a number from -256 to 256")
    sha256: dict[str, str] = Field(description="the SHA-256 of each file of normalized data")


def ink(dense: NDArray[np.float32], labels: NDArray[np.integer], background: float = 0) -> Images:
    """Return images (n, inputs), at most 65,536 inputs, as ink on a background.

    background + value gives an input back exactly on a background of 0, and else to within one
    rounding of the larger of the two.
    """
    paper = np.float32(background)
    there = dense != paper
    starts = np.concatenate(([0], there.sum(axis=1).cumsum())).astype(np.int64)
    places = np.nonzero(there)[1].astype(np.uint16)
    values, labels = dense[there] - paper, labels.astype(np.int64)
    return Images(paper, starts, places, values, labels, dense.shape[1])


def save(sets: dict[str, Images], mean: float, deviation: float) -> None:
    """Write "training" and "test", which share a background; publish numbers and hashes."""
    hashes = {}
    for name, images in sets.items():
        for part in PARTS:
            path, array = NORMALIZED / f"{name}_{part}.npy", getattr(images, part)
            files.write(path, lambda file, array=array: np.save(file, array))
            hashes[path.name] = _sha256(path)
    # A float32 as the shortest number that gives it back; the six digits of a metric would not.
    background = float(str(sets["training"].background))
    published = {"background": background, "mean": mean, "standard_deviation": deviation}
    text = json.dumps(published | {"sha256": hashes}, indent=2, sort_keys=True)
    files.write(STATISTICS, text + "\n")


def load(name: str, count: int | None = None) -> Images:
    """Return the first `count` images of "training" or "test", mapped read-only; by default all.

    Every file is, bit by bit, what `normalize` wrote, or a UserError says which one is not: DVC
    takes a file whose time and size are as before for unchanged, whatever became of its bits.
    """
    published, arrays = statistics(), []
    for path in (NORMALIZED / f"{name}_{part}.npy" for part in PARTS):
        expected, found = published.sha256.get(path.name), _sha256(path)
        if found != expected:
            fault = f"its SHA-256 is {found}, {STATISTICS} says {expected}"
            raise UserError(f"{path}: {fault}; `dvc repro --force normalize` writes it anew")
        arrays.append(np.load(path, mmap_mode="r"))
    images = Images(np.float32(published.background), *arrays, INPUTS)
    if (total := len(images.labels)) < (count or 0):
        raise UserError(f"{NORMALIZED}: {total} images in {name}, expected {count}")
    return first(images, count or total)


def statistics() -> Statistics:
    """Return what `normalize` published."""
    return validate(Statistics, files.read_json(STATISTICS), str(STATISTICS))


def _sha256(path: Path) -> str:
    return hashlib.sha256(files.read(path)).hexdigest()
