"""Fetching from servers that are slow, broken or hostile; each a real one on this machine."""

import gzip
import os
import pty
import re
import ssl
import subprocess
import sys
import termios
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from loopback import (
    drip,
    drip_headers,
    flood,
    gzip_bomb,
    hang,
    redirect,
    send,
    send_raw,
    serving,
    unused_address,
)

from fetching import web

SRC = Path(web.__file__).parent


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch):
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))


def tls_for(authority: trustme.CA, *hosts: str, **kwargs: datetime) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*hosts, **kwargs).configure_cert(context)
    return context


def fetch(address: str, limit: int = 1000, deadline: float = 30) -> bytes:
    return web.get(address, limit, deadline)


def test_a_body_comes_as_it_was_sent():
    with serving(send(bytes(range(256)))) as site:
        assert fetch(f"{site.address}/a/b") == bytes(range(256))
        assert site.asked == ["/a/b"]


def test_a_body_of_just_the_limit_is_taken():
    with serving(send(bytes(1000))) as site:
        assert len(fetch(site.address)) == 1000


def test_a_gzip_file_stays_compressed():
    packed = gzip.compress(b"digits")
    with serving(send(packed, Content_Type="application/gzip")) as site:
        assert fetch(site.address) == packed


def test_https_with_a_trusted_certificate_works(authority, trusted):
    with serving(send(b"digits"), tls_for(authority, "127.0.0.1")) as site:
        assert fetch(site.address) == b"digits"


@pytest.mark.parametrize("status", [403, 404, 410, 500, 503])
def test_an_error_status_is_named(status):
    with (
        serving(send(b"<html>sorry</html>", status)) as site,
        pytest.raises(FileNotFoundError, match=str(status)),
    ):
        fetch(site.address)


def test_a_truncated_body_is_noticed():
    with (
        serving(send(b"only this", Content_Length="500")) as site,
        pytest.raises(ConnectionError, match=r"9 bytes read, 491 more expected"),
    ):
        fetch(site.address)


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x00\xff\xfe not HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\njunk",
        b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: https://\xff\xfe..\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
    ],
)
def test_an_answer_that_is_not_proper_http_is_a_failed_connection(garbage):
    with serving(send_raw(garbage)) as site, pytest.raises(ConnectionError) as caught:
        fetch(site.address)
    assert str(caught.value)


def test_a_refused_connection_is_named():
    with pytest.raises(ConnectionError, match="refused"):
        fetch(unused_address())


def test_a_name_that_does_not_exist_fails():
    with pytest.raises(ConnectionError):
        fetch("https://no-such-host.invalid/file")


@pytest.mark.parametrize("answer", [hang, drip, drip_headers])
def test_the_deadline_covers_the_whole_answer(answer):
    begin = time.monotonic()
    with (
        serving(answer) as site,
        pytest.raises(ConnectionError, match=r"not complete within 0\.5 s"),
    ):
        fetch(site.address, deadline=0.5)
    assert time.monotonic() - begin < 2


def test_an_endless_body_is_cut_at_the_limit():
    with (
        serving(flood) as site,
        pytest.raises(ConnectionError, match="more than 1000 bytes"),
    ):
        fetch(site.address)


def test_a_bomb_in_the_content_encoding_is_cut_at_the_limit():
    bomb = gzip_bomb(50_000_000)
    with (
        serving(send(bomb, Content_Encoding="gzip")) as site,
        pytest.raises(ConnectionError, match="more than 1000 bytes"),
    ):
        fetch(site.address)


def test_a_redirect_to_another_host_of_this_machine_is_followed():
    with serving(send(b"digits")) as goal:
        other = goal.address.replace("127.0.0.1", "localhost")
        with serving(redirect(f"{other}/there")) as site:
            assert fetch(site.address) == b"digits"
        assert goal.asked == ["/there"]


def test_a_redirect_from_https_to_another_https_host_is_followed(authority, trusted):
    tls = tls_for(authority, "127.0.0.1", "localhost")
    with serving(send(b"digits"), tls) as goal:
        other = goal.address.replace("127.0.0.1", "localhost")
        with serving(redirect(other), tls) as site:
            assert fetch(site.address) == b"digits"


def test_a_redirect_from_https_to_http_is_refused_before_it_is_followed(authority, trusted):
    with (
        serving(send(b"digits")) as goal,
        serving(redirect(goal.address), tls_for(authority, "127.0.0.1")) as site,
    ):
        with pytest.raises(ConnectionError, match=f"redirect to '{re.escape(goal.address)}'"):
            fetch(site.address)
        assert goal.asked == []


@pytest.mark.parametrize(
    "target", ["http://mirror.invalid/file", "//mirror.invalid/file", "file:///etc/hostname"]
)
def test_a_redirect_to_anything_but_https_is_refused(target):
    with (
        serving(redirect(target)) as site,
        pytest.raises(ConnectionError, match="refused: not https"),
    ):
        fetch(site.address)


def test_a_redirect_in_a_circle_ends():
    with serving(redirect("/again")) as site, pytest.raises(ConnectionError, match="redirects"):
        fetch(site.address)


def test_a_certificate_nobody_vouches_for_is_refused(trusted):
    with serving(send(b"x"), tls_for(trustme.CA(), "127.0.0.1")) as site:
        with pytest.raises(ConnectionError, match="certificate verify failed"):
            fetch(site.address)
        assert site.asked == []


def test_a_certificate_of_another_host_is_refused(authority, trusted):
    with (
        serving(send(b"x"), tls_for(authority, "elsewhere.invalid")) as site,
        pytest.raises(ConnectionError, match="certificate verify failed: IP address mismatch"),
    ):
        fetch(site.address)


def test_an_expired_certificate_is_refused(authority, trusted):
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with (
        serving(send(b"x"), tls_for(authority, "127.0.0.1", not_after=yesterday)) as site,
        pytest.raises(ConnectionError, match="certificate has expired"),
    ):
        fetch(site.address)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://mirror.invalid/mnist", True),
        ("http://localhost:8000/mnist", True),
        ("http://127.0.0.1/mnist", True),
        ("http://[::1]:80/mnist", True),
        ("http://mirror.invalid/mnist", False),
        ("http://localhost.mirror.invalid/mnist", False),
        ("http://localhost@mirror.invalid/mnist", False),
        ("ftp://localhost/mnist", False),
        ("file:///mnist", False),
    ],
)
def test_plain_http_is_for_this_machine_only(address, allowed):
    assert web.is_allowed(address) is allowed


def test_no_bar_is_drawn_where_stderr_is_no_terminal(capfd):
    with serving(send(b"digits")) as site:
        fetch(site.address)
    assert capfd.readouterr() == ("", "")


def test_a_terminal_shows_a_progress_bar():
    code = "import sys, web; web.get(sys.argv[1], 1000, 30)"
    reader, terminal = pty.openpty()
    os.set_blocking(reader, False)  # nothing to read is an error, not a wait
    termios.tcsetwinsize(terminal, (24, 80))
    with serving(send(bytes(800))) as site:
        command = [sys.executable, "-c", code, f"{site.address}/digits.gz"]
        subprocess.run(command, cwd=SRC, stderr=terminal, check=True)
    shown = os.read(reader, 10_000).decode()
    os.close(terminal)
    os.close(reader)
    assert "digits.gz:   0%|" in shown
