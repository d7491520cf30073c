"""The real MNIST files, for tests that need them; where they cannot be had, these are skipped."""

import os
from functools import cache, partial
from pathlib import Path

from tools import need

from mnist.source import FILES, all_sources, from_mirror, obtain
from workflow.command import UserError

RAW = Path(__file__).parents[2] / "data/raw"


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
