"""The normalized images on disk, as a background and ink: plain .npy files that workers map.

Most pixels of a digit are paper, all of one value: the background. `ink` keeps the others alone,
in compressed rows. The four files of a data set are published by their hashes.
"""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from workflow import files
from workflow.command import UserError
from workflow.settings import CLASSES, INPUTS, STRICT, validate

if TYPE_CHECKING:  # whoever asks for statistics need not load the compiler
    from mlp.kernels import Images

NORMALIZED = Path("data/normalized")
STATISTICS = Path("metrics/normalization.json")
NAMES = ("training", "test")
ANEW = "`dvc repro --force normalize` writes it anew"
PARTS = {"starts": np.int64, "places": np.uint16, "values": np.float32, "labels": np.int64}


class Statistics(BaseModel):
    """What the images are normalized by and hold where there is no ink, and their files' hashes."""

    model_config = STRICT
    mean: float = Field(ge=0, le=255, description="a number from 0 to 255")
    standard_deviation: float = Field(ge=1, le=128, description="a number from 1 to 128")
    background: float = Field(ge=-256, le=256, description="a number from -256 to 256")
    sha256: dict[str, str] = Field(description="the SHA-256 of each file of normalized data")


def ink(
    dense: NDArray[np.float32], labels: NDArray[np.integer], background: float | None = None
) -> "Images":
    """Return images (n, inputs), at most 65,536 inputs, as ink on a background.

    The background is by default the value that more than half of all inputs have; where there is
    none it is 0, so that all that is not 0 is ink. background + value gives an input back exactly
    on a background of 0, and else to within one rounding of the larger of the two.
    """
    from mlp.kernels import Images

    if background is None:
        middle = np.partition(dense, dense.size // 2, axis=None)[dense.size // 2]
        background = middle if 2 * np.count_nonzero(dense == middle) > dense.size else 0
    paper = np.float32(background)
    there = dense != paper
    starts = np.concatenate(([0], there.sum(axis=1).cumsum())).astype(np.int64)
    places = np.nonzero(there)[1].astype(np.uint16)
    values, labels = dense[there] - paper, labels.astype(np.int64)
    return Images(paper, starts, places, values, labels, dense.shape[1])


def save(sets: dict[str, "Images"], mean: float, deviation: float) -> None:
    """Write "training" and "test", which share a background, and publish what they consist of."""
    for name, images in sets.items():
        for part in PARTS:
            array = getattr(images, part)
            files.write(_path(name, part), lambda file, array=array: np.save(file, array))
    # A float32 as the shortest number that gives it back; the six digits of a metric would not.
    background = float(str(sets["training"].background))
    published = {"background": background, "mean": mean, "standard_deviation": deviation}
    text = json.dumps(published | {"sha256": hashes()}, indent=2, sort_keys=True)
    files.write(STATISTICS, text + "\n")


def load(name: str, count: int | None = None) -> "Images":
    """Return the first `count` images of "training" or "test", mapped read-only; by default all.

    Refused is what would lead compiled loops out of an array; `check` reads every bit.
    """
    from mlp.kernels import Images

    starts, places, values, labels = (_open(_path(name, part), PARTS[part]) for part in PARTS)
    total = len(starts) - 1
    if not (count or 1) <= total == len(labels):
        found = f"{total} images and {len(labels)} labels"
        raise UserError(f"{NORMALIZED}: {found} in {name}, expected {count or 'one label each'}")
    starts, labels = starts[: (count or total) + 1], labels[:count]
    end = int(starts[-1])
    places, values = places[:end], values[:end]
    sound = starts[0] == 0 and (np.diff(starts) >= 0).all() and len(places) == len(values) == end
    if not sound or not (places < INPUTS).all() or not ((labels >= 0) & (labels < CLASSES)).all():
        raise UserError(f"{NORMALIZED}: the files of {name} do not fit together; {ANEW}")
    background = np.float32(statistics().background)
    return Images(background, starts, places, values, labels, INPUTS)


def hashes() -> dict[str, str]:
    """Return the SHA-256 of each file, by name."""
    paths = [_path(name, part) for name in NAMES for part in PARTS]
    return {path.name: hashlib.sha256(files.read(path)).hexdigest() for path in paths}


def check() -> None:
    """Raise UserError unless every file is, bit by bit, what `normalize` wrote.

    DVC takes a file whose time and size are as before for unchanged, whatever became of its bits.
    """
    published = statistics().sha256
    for name, found in hashes().items():
        if found != published.get(name):
            raise UserError(
                f"{NORMALIZED / name}: its SHA-256 is {found}, {STATISTICS} says "
                f"{published.get(name)}; {ANEW}"
            )


def statistics() -> Statistics:
    """Return what `normalize` published."""
    return validate(Statistics, files.read_json(STATISTICS), str(STATISTICS))


def _path(name: str, part: str) -> Path:
    return NORMALIZED / f"{name}_{part}.npy"


def _open(path: Path, dtype: type[np.generic]) -> NDArray[np.generic]:
    """Return the array in a .npy file, which has one axis and that type."""
    if not path.is_file():
        raise UserError(f"{path}: no such file; `dvc repro normalize` writes it")
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # of an odd header NumPy's reader raises nearly any kind
        reason = f"{' '.join(str(error).split()):.100}"
        raise UserError(f"{path}: not a usable .npy file ({reason})") from None
    if array.dtype != dtype or array.ndim != 1:
        expected = f"{np.dtype(dtype)} in one row"
        raise UserError(f"{path}: holds {array.dtype}, {array.shape}; expected {expected}")
    return np.asarray(array)  # a plain view of the map, which NumPy indexes faster
