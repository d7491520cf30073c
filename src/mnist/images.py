"""The normalized data sets on disk: four .npy files, whose hashes `normalize` publishes.

Images are memory-mapped, so that all worker processes share one copy.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from mlp.evaluation import Dataset
from workflow import files
from workflow.command import UserError
from workflow.settings import STRICT, validate

NORMALIZED = Path("data/normalized")
STATISTICS = Path("metrics/normalization.json")
INPUTS = 785


class Statistics(BaseModel):
    """Of the pixels 0..255 by which all images are normalized, and the hashes of the result."""

    model_config = STRICT
    mean: float = Field(ge=0, le=255, description="a number from 0 to 255")
    standard_deviation: float = Field(ge=1, le=128, description="a number from 1 to 128")
    sha256: dict[str, str] = Field(description="the SHA-256 of each file of normalized data")


def save(dataset: Dataset, name: str) -> None:
    """Write the data set `name`: `name`_images.npy and `name`_labels.npy."""
    for part, array in dataset._asdict().items():
        path = NORMALIZED / f"{name}_{part}.npy"
        files.write(path, lambda file, array=array: np.save(file, array, allow_pickle=False))


def load(name: str, count: int | None = None) -> Dataset:
    """The first `count` examples of the data set "training" or "validation"; by default all.

    images: float32, (count, 785), mapped read-only; labels: int64, (count,). What the files hold is
    taken on trust but for its form: `check` reads all of it.
    """
    images = _open(NORMALIZED / f"{name}_images.npy", np.float32, INPUTS)
    labels = _open(NORMALIZED / f"{name}_labels.npy", np.int64)
    if not (count or 1) <= len(images) == len(labels):
        found = f"{len(images)} images and {len(labels)} labels"
        raise UserError(f"{NORMALIZED}: {found} in {name}, expected {count or 'one label each'}")
    return Dataset(images[:count], labels[:count])


def hashes() -> dict[str, str]:
    """SHA-256 of each of the four files, by name."""
    files_of = (f"{n}_{part}.npy" for n in ("training", "validation") for part in Dataset._fields)
    return {name: files.sha256(NORMALIZED / name) for name in files_of}


def check() -> None:
    """Raise UserError unless every file is, bit by bit, what `normalize` wrote.

    DVC takes a file whose time and size are as before for unchanged, whatever became of its bits.
    """
    published = statistics().sha256
    for name, found in hashes().items():
        if found != published.get(name):
            raise UserError(
                f"{NORMALIZED / name}: its SHA-256 is {found}, {STATISTICS} says "
                f"{published.get(name)}; `dvc repro --force normalize` writes it anew"
            )


def statistics() -> Statistics:
    """What `normalize` published."""
    return validate(Statistics, files.read_json(STATISTICS), str(STATISTICS))


def _open(path: Path, dtype: type[np.generic], *shape: int) -> NDArray[np.generic]:
    """The array in a .npy file, of that type, and of that shape behind its first axis."""
    if not path.is_file():
        raise UserError(f"{path}: no such file; `dvc repro normalize` writes it")
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # of an odd header NumPy's reader raises nearly any kind
        reason = f"{' '.join(str(error).split()):.100}"
        raise UserError(f"{path}: not a usable .npy file ({reason})") from None
    if array.dtype != dtype or not array.ndim or array.shape[1:] != shape:
        wanted = f"{np.dtype(dtype)}, {('examples', *shape)}"
        raise UserError(f"{path}: holds {array.dtype}, {array.shape}; expected {wanted}")
    return np.asarray(array)  # a plain view of the map, which NumPy indexes faster
