"""Stage: the four MNIST files in data/raw, from whatever source has them.

Set MNIST_MIRROR to a folder or an https address to have it tried first.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from mnist.mirrors import Source, all_sources, obtain
from mnist.source import FILES, KnownFile
from workflow import files
from workflow.command import UserError, run

FOLDER = Path("data/raw")


def download(folder: Path, sources: Mapping[str, Source]) -> None:
    """Have the four files in `folder`: sound ones stay, others come from the first able source."""
    missing = [file for file in FILES if not _is_sound(folder / file.name, file)]
    for file in FILES:
        if file not in missing:
            print(f"{file.name}: already there", flush=True)
    for file, content, source in obtain(missing, sources):
        files.write(folder / file.name, content)
        print(f"{file.name}: from {source}", flush=True)


def _is_sound(path: Path, file: KnownFile) -> bool:
    try:
        return bool(file.check(files.read(path, file.size + 1)))
    except UserError:
        return False


def main() -> None:
    """Fill data/raw."""
    download(FOLDER, all_sources(os.environ.get("MNIST_MIRROR")))


if __name__ == "__main__":
    run(main, stage=True)
