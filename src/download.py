"""Stage: the four MNIST files in data/raw, from whatever source has them.

Set MNIST_MIRROR to a folder or an https address to have it tried first.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from mnist.source import FILES, MOST, Source, all_sources, check, obtain
from workflow import files
from workflow.command import UserError, run

FOLDER = Path("data/raw")


def download(folder: Path, sources: Mapping[str, Source]) -> None:
    """Fill `folder` with the four files: sound ones stay, the others come from the sources."""
    missing = []
    for name in FILES:
        try:
            check(name, files.read(folder / name, MOST))
            print(f"{name}: already there", flush=True)
        except UserError:
            missing.append(name)
    for name, content, source in obtain(missing, sources):
        files.write(folder / name, content)
        print(f"{name}: from {source}", flush=True)


def main() -> None:
    """Fill data/raw."""
    download(FOLDER, all_sources(os.environ.get("MNIST_MIRROR")))


if __name__ == "__main__":
    run(main, stage=True)
