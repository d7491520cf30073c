"""Stage `download`: the four MNIST files in data/raw, whatever source has them.

Set MNIST_MIRROR to a folder or an https address to have it tried first.
"""

import determinism  # noqa: F401

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import records
from fetching.sources import Source, all_sources
from interruption import one_line
from mnist import FILES, InvalidMnist, KnownFile

FOLDER = Path("data/raw")
BY_HAND = """\
Get these files by other means, as they are or with .gz, put them into one folder, and run again
with MNIST_MIRROR=/path/of/that/folder (or place them, expanded, in data/raw yourself)."""


class DownloadFailed(Exception):
    """The files are not all there; the message says why and what to do."""


def download(folder: Path, sources: Mapping[str, Source]) -> None:
    """Have the four files in `folder`: sound ones stay, others come from the first able source.

    Prints a line a file, and one to stderr for a source that fails. Raises DownloadFailed.
    """
    _clear_leftovers(folder)
    missing = [file for file in FILES if not _is_sound(folder / file.name, file)]
    for file in FILES:
        if file not in missing:
            print(f"{file.name}: already there", flush=True)
    failures = []
    for name, source in sources.items():
        if not missing:
            break
        try:
            for file, content in source(tuple(missing)):
                _store(folder / file.name, content)
                missing.remove(file)
                print(f"{file.name}: from {name}", flush=True)
        except (OSError, ValueError) as error:
            failures.append(f"{name}: {error}")
            print(f"download: {failures[-1]}", file=sys.stderr, flush=True)
    if missing:
        wanted = " ".join(file.name for file in missing)
        tried = "".join(f"\n  {failure}" for failure in failures)
        raise DownloadFailed(f"no source gave {wanted}{tried}\n{BY_HAND}")


def _clear_leftovers(folder: Path) -> None:
    """Remove what a killed run left under temporary names: DVC takes the folder as a whole."""
    for file in FILES:
        for path in folder.glob(f".{file.name}.*"):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise DownloadFailed(f"cannot remove {path}: {error.strerror}") from None


def _is_sound(path: Path, file: KnownFile) -> bool:
    try:  # the size first: a device or a pipe could be read for ever
        return path.stat().st_size == file.size and bool(file.check(path.read_bytes()))
    except (OSError, InvalidMnist):
        return False


def _store(path: Path, content: bytes) -> None:
    try:
        records.write_bytes(path, content)
    except OSError as error:
        raise DownloadFailed(f"cannot write {path}: {error.strerror}") from None


@one_line("download")
def main() -> None:
    """Fill data/raw, or exit with one message."""
    try:
        download(FOLDER, all_sources(os.environ.get("MNIST_MIRROR")))
    except DownloadFailed as error:
        sys.exit(f"download: {error}")


if __name__ == "__main__":
    main()
