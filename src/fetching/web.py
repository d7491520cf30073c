"""Fetch one file from the web with pooch, from a server that may be slow, broken or hostile."""

import threading
import time
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

import pooch
import requests
from tqdm import tqdm

SILENCE = 20.0  # seconds without a byte, after which a server is given up
CHUNK = 16_384  # bytes
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def is_allowed(address: str) -> bool:
    """Whether `address` is https, or http to this very machine. ValueError: no address at all."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def get(address: str, limit: int, deadline: float) -> bytes:
    """The body at `address`, of `limit` bytes at most, within `deadline` seconds in all.

    Raises FileNotFoundError for an HTTP error status, ConnectionError for any other failure.
    """
    body = _Body(limit, time.monotonic() + deadline)
    name = address.rpartition("/")[2]
    # disable=None: no bar where stderr is no terminal.
    with tqdm(desc=name, total=limit, unit="B", unit_scale=True, leave=False, disable=None) as bar:
        fetch = pooch.HTTPDownloader(
            progressbar=bar,
            chunk_size=CHUNK,
            timeout=SILENCE,
            headers={"Accept-Encoding": "identity"},
            hooks={"response": _refuse_unsafe_redirect},
        )
        try:
            _within(deadline, lambda: fetch(address, body, None))
        except requests.HTTPError as error:
            raise FileNotFoundError(str(error)) from None
        except Exception as error:  # a hostile answer gets nearly any error out of HTTP libraries
            raise ConnectionError(_cause(error)) from None
    return bytes(body.content)


class _Body:
    """Takes `limit` bytes at most, and none after `end` (seconds of time.monotonic)."""

    def __init__(self, limit: int, end: float) -> None:
        self.content = bytearray()
        self.limit = limit
        self.end = end

    def write(self, chunk: bytes) -> None:
        if len(self.content) + len(chunk) > self.limit:
            raise ConnectionError(f"the server sends more than {self.limit} bytes")
        if time.monotonic() > self.end:  # nobody waits any more: let the thread end
            raise TimeoutError
        self.content += chunk

    def flush(self) -> None:  # pooch calls it
        pass


def _refuse_unsafe_redirect(answer: requests.Response, **_: object) -> None:
    if not answer.is_redirect:
        return
    target = urljoin(answer.url, answer.headers["location"])
    downgrade = urlsplit(answer.url).scheme == "https" and urlsplit(target).scheme != "https"
    if downgrade or not is_allowed(target):
        raise ConnectionError(f"redirect to {target!r} refused: not https")


def _within(seconds: float, action: Callable[[], None]) -> None:
    """Do `action`, or raise TimeoutError after `seconds`.

    A thread, left behind when it is late: the timeout of a read says nothing about the whole (one
    byte a second never meets it), and a name lookup cannot be interrupted.
    """
    failures: list[Exception] = []

    def run() -> None:
        try:
            action()
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError(f"not complete within {seconds:g} s")
    if failures:
        raise failures[0]


def _cause(error: BaseException) -> str:
    """The first error of a chain: the later ones wrap it in longer and longer texts."""
    while error.__context__:
        error = error.__context__
    return str(error) or type(error).__name__
