"""The normalized data sets on disk: four .npy files, checked as they are opened.

Images are memory-mapped, so that all worker processes share one copy.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import records
from mlp.evaluation import Dataset

NORMALIZED = Path("data/normalized")
INPUTS = 785
CLASSES = 10


class InvalidData(ValueError):
    """A file of normalized data that cannot be used; the message is one line for the user."""


def save(dataset: Dataset, name: str, directory: Path = NORMALIZED) -> None:
    """Write `name`_images.npy and `name`_labels.npy. Raises OSError, with nothing half written."""
    for part, array in dataset._asdict().items():
        path = directory / f"{name}_{part}.npy"
        records.write_atomically(path, lambda file, a=array: np.save(file, a, allow_pickle=False))


def load(name: str, directory: Path = NORMALIZED) -> Dataset:
    """Open the data set `name` ("training" or "validation"). Raises InvalidData, OSError.

    images: float32, (examples, 785), mapped read-only; labels: int64, (examples,).
    """
    path = directory / f"{name}_images.npy"
    images = _open(path, np.dtype(np.float32))
    if images.ndim != 2 or images.shape[1] != INPUTS or not len(images):
        raise InvalidData(f"{path}: shape {images.shape}, expected (examples, {INPUTS})")
    if not np.isfinite(images).all():
        raise InvalidData(f"{path}: holds values that are not finite")
    path = directory / f"{name}_labels.npy"
    labels = _open(path, np.dtype(np.int64))
    if labels.shape != images.shape[:1]:
        raise InvalidData(f"{path}: shape {labels.shape}, expected ({len(images)},)")
    if labels.min() < 0 or labels.max() >= CLASSES:
        raise InvalidData(f"{path}: labels from {labels.min()} to {labels.max()}, expected 0 to 9")
    return Dataset(images, labels)


def _open(path: Path, dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError:
        raise
    except Exception as error:  # of an odd header NumPy's reader raises nearly any kind
        reason = f"{' '.join(str(error).split()):.100}"
        raise InvalidData(f"{path}: not a usable .npy file ({reason})") from None
    if not isinstance(array, np.ndarray) or array.dtype != dtype:
        found = getattr(array, "dtype", type(array).__name__)
        raise InvalidData(f"{path}: holds {found}, expected {dtype}")
    if not array.flags.c_contiguous:  # another order in memory could give other bits
        raise InvalidData(f"{path}: in Fortran order, expected C order")
    return array
