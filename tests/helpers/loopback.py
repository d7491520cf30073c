"""A real web server on this machine, by https, whose answers a test chooses."""

import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from unittest import mock

import trustme

Answer = Callable[[BaseHTTPRequestHandler], None]
AUTHORITY = trustme.CA()


class Site(NamedTuple):
    """A running server: its address, and the paths asked for so far."""

    address: str
    asked: list[str]


def certificate(
    *hosts: str, authority: trustme.CA = AUTHORITY, **options: object
) -> ssl.SSLContext:
    """What a server shows to be these hosts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*hosts, **options).configure_cert(context)
    return context


@contextmanager
def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """A server that lets `answer` speak to each request, until the block is left.

    Until then its authority is trusted, here and in processes that are started from here.
    """
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            with suppress(OSError):  # the client may hang up when it has had enough
                answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tls = tls or certificate("127.0.0.1", "localhost")
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    with server, AUTHORITY.cert_pem.tempfile() as bundle:
        trust = {"REQUESTS_CA_BUNDLE": bundle, "no_proxy": "127.0.0.1,localhost"}
        try:
            with mock.patch.dict(os.environ, trust):
                yield Site(f"https://127.0.0.1:{server.server_port}", asked)
        finally:
            server.shutdown()


def send(body: bytes, status: int = 200, **headers: str) -> Answer:
    """Answer with `body`; headers are written with underscores, and replace the usual one."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in ({"Content_Length": str(len(body))} | headers).items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def send_files(contents: Mapping[str, bytes]) -> Answer:
    """Answer with the content named by the last part of the path, or with 404."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        content = contents.get(request.path.rpartition("/")[2])
        send(content or b"no such file", 200 if content else 404)(request)

    return answer


def redirect(target: str) -> Answer:
    """Send the client on to `target`."""
    return send(b"", 302, Location=target)


def send_raw(data: bytes) -> Answer:
    """Answer with `data` in place of a status line, headers and body."""
    return lambda request: request.wfile.write(data) and None


def hang(request: BaseHTTPRequestHandler) -> None:
    """Accept the request and say nothing for as long as the client waits."""
    request.connection.recv(1)


def drip(request: BaseHTTPRequestHandler, start: bytes = b"\r\n") -> None:
    """Send a body, or a header that starts so, of one byte every tenth of a second."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\n" + start)
    while request.wfile.write(b"x"):
        time.sleep(0.1)


def flood(request: BaseHTTPRequestHandler) -> None:
    """Send a body without end, as fast as the client takes it."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while request.wfile.write(bytes(100_000)):
        pass
