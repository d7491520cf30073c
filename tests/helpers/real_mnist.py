"""The real MNIST files, for tests that need them."""

import os
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from download import download
from fetching.sources import all_sources, from_folder
from mnist import FILES

RAW = Path(__file__).parents[2] / "data/raw"


@cache
def contents() -> dict[str, bytes]:
    """The four files by name: the project's own where they are sound, else downloaded once."""
    sources = {"data/raw": partial(from_folder, RAW)} | all_sources(os.environ.get("MNIST_MIRROR"))
    with TemporaryDirectory() as folder:
        download(Path(folder), sources)
        return {file.name: Path(folder, file.name).read_bytes() for file in FILES}
