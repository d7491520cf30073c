"""Stage: the four MNIST files in data/raw, from whatever source has them.

Set MNIST_MIRROR to a folder or an https address to have it tried first.
"""

from command import UserError, run

import os
from collections.abc import Mapping
from pathlib import Path

import files
from mnist import FILES, KnownFile
from sources import Source, all_sources, obtain

FOLDER = Path("data/raw")


def download(folder: Path, sources: Mapping[str, Source]) -> None:
    """Have the four files in `folder`: sound ones stay, others come from the first able source.

    Prints a line a file. Raises UserError when a file is to be had nowhere, or not to be written.
    """
    missing = []
    for file in FILES:
        for left in folder.glob(f".{file.name}.*"):  # by a killed run; DVC takes the whole folder
            left.unlink(missing_ok=True)
        if _is_sound(folder / file.name, file):
            print(f"{file.name}: already there", flush=True)
        else:
            missing.append(file)
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
