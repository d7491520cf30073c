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
    missing = [name for name in FILES if not _is_sound(folder / name)]
    for name in FILES:
        if name not in missing:
            print(f"{name}: already there", flush=True)
    for name, content, source in obtain(missing, sources):
        files.write(folder / name, content)
        print(f"{name}: from {source}", flush=True)


def _is_sound(path: Path) -> bool:
    try:
        return bool(check(path.name, files.read(path, MOST)))
    except UserError:
        return False


def main() -> None:
    """Fill data/raw."""
    download(FOLDER, all_sources(os.environ.get("MNIST_MIRROR")))


if __name__ == "__main__":
    run(main, stage=True)
