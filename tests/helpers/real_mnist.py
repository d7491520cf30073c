"""The real MNIST files, for tests that need them."""

import os
from functools import cache, partial
from pathlib import Path

from mnist.mirrors import all_sources, from_folder, obtain
from mnist.source import FILES

RAW = Path(__file__).parents[2] / "data/raw"


@cache
def contents() -> dict[str, bytes]:
    """The four files by name: the project's own where they are sound, else from the network."""
    sources = {"data/raw": partial(from_folder, RAW)} | all_sources(os.environ.get("MNIST_MIRROR"))
    found = {file.name: content for file, content, _ in obtain(FILES, sources)}
    return {file.name: found[file.name] for file in FILES}
