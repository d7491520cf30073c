"""The real MNIST files, for tests that need them."""

import tempfile
from functools import cache
from pathlib import Path

from projects import HERE, copy_of, must

NAMES = [f"{s}-{kind}-ubyte" for s in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]


@cache
def contents() -> dict[str, bytes]:
    """The four files by name: the project's own where they are there, else downloaded."""
    raw = HERE / "data/raw"
    if not all((raw / name).is_file() for name in NAMES):
        folder = copy_of(Path(tempfile.mkdtemp()), "src")
        must(folder, "python", "src/download.py")
        raw = folder / "data/raw"
    return {name: (raw / name).read_bytes() for name in NAMES}
