"""The IDX format and the known files."""

import gzip
import struct

import numpy as np
import pytest
import real_mnist
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mnist import (
    FILES,
    InvalidMnist,
    KnownFile,
    gunzip,
    idx_from_array,
    images_from_idx,
    labels_from_idx,
)

THREE_LABELS = b"\x00\x00\x08\x01\x00\x00\x00\x03" + bytes([7, 0, 9])
ONE_IMAGE = struct.pack(">4I", 2051, 1, 28, 28) + bytes(range(28)) * 28


def test_labels_written_by_hand_are_read():
    labels = labels_from_idx(THREE_LABELS)
    assert labels.dtype == np.uint8
    assert labels.tolist() == [7, 0, 9]


def test_an_image_written_by_hand_is_read_row_by_row():
    images = images_from_idx(ONE_IMAGE)
    assert images.dtype == np.uint8
    assert images.shape == (1, 28, 28)
    assert images[0, 5].tolist() == list(range(28))


@pytest.mark.parametrize("read", [images_from_idx, labels_from_idx])
def test_what_is_read_cannot_be_changed(read):
    array = read(ONE_IMAGE if read is images_from_idx else THREE_LABELS)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


@given(arrays.arrays(np.uint8, st.tuples(st.integers(0, 4), st.just(28), st.just(28))))
def test_images_survive_writing_and_reading(images):
    assert np.array_equal(images_from_idx(idx_from_array(images)), images)


@given(arrays.arrays(np.uint8, st.integers(0, 50), elements=st.integers(0, 9)))
def test_labels_survive_writing_and_reading(labels):
    assert np.array_equal(labels_from_idx(idx_from_array(labels)), labels)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "0 bytes, too few for an IDX header of 8"),
        (THREE_LABELS[:7], "7 bytes, too few"),
        (b"\x00\x00\x08\x03" + THREE_LABELS[4:], "magic number 2051, expected 2049"),
        (b"\x01\x00\x08\x01" + THREE_LABELS[4:], "magic number 16779265, expected 2049"),
        (b"\x00\x00\x0d\x01" + THREE_LABELS[4:], "magic number 3329, expected 2049"),
        (THREE_LABELS[:-1], "10 bytes, but 3 items make 11"),
        (THREE_LABELS + b"\x00", "12 bytes, but 3 items make 11"),
        (THREE_LABELS[:4] + b"\xff\xff\xff\xff" + THREE_LABELS[8:], "but 4294967295 items make"),
        (THREE_LABELS[:-1] + b"\x0a", "label 10 at position 2, allowed are 0 to 9"),
    ],
)
def test_a_faulty_label_file_is_refused_with_its_fault(content, message):
    with pytest.raises(InvalidMnist, match=message):
        labels_from_idx(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (ONE_IMAGE[:15], "15 bytes, too few for an IDX header of 16"),
        (THREE_LABELS + bytes(8), "magic number 2049, expected 2051"),
        (ONE_IMAGE[:-1], "799 bytes, but 1 items make 800"),
        (ONE_IMAGE + ONE_IMAGE[16:], "1584 bytes, but 1 items make 800"),
        (struct.pack(">4I", 2051, 1, 14, 56) + bytes(784), "14 x 56 pixels, expected 28 x 28"),
    ],
)
def test_a_faulty_image_file_is_refused_with_its_fault(content, message):
    with pytest.raises(InvalidMnist, match=message):
        images_from_idx(content)


headers = st.builds(
    lambda magic, sizes: struct.pack(f">{1 + len(sizes)}I", magic, *sizes),
    st.sampled_from([2049, 2051]) | st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 40) | st.integers(0, 2**32 - 1), max_size=4),
)
anything_like_idx = st.binary() | st.builds(bytes.__add__, headers, st.binary(max_size=2000))


@pytest.mark.fuzz
@given(anything_like_idx)
def test_any_bytes_are_labels_or_refused(content):
    try:
        labels = labels_from_idx(content)
    except InvalidMnist:
        return
    assert idx_from_array(labels) == content
    assert (labels < 10).all()


@pytest.mark.fuzz
@given(anything_like_idx)
def test_any_bytes_are_images_or_refused(content):
    try:
        images = images_from_idx(content)
    except InvalidMnist:
        return
    assert idx_from_array(images) == content


def test_the_real_files_are_the_known_ones():
    contents = real_mnist.contents()
    for file in FILES:
        assert file.check(contents[file.name]) == contents[file.name]


def test_the_real_files_hold_mnist_in_its_original_order():
    images, labels, test_images, test_labels = real_mnist.contents().values()
    assert images_from_idx(images).shape == (60_000, 28, 28)
    assert images_from_idx(test_images).shape == (10_000, 28, 28)
    assert labels_from_idx(labels)[:5].tolist() == [5, 0, 4, 1, 9]
    assert labels_from_idx(test_labels)[:5].tolist() == [7, 2, 1, 0, 4]


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
    with pytest.raises(InvalidMnist, match=f"{file.name}: SHA-256 is .*, expected {file.sha256}"):
        file.check(bytes(content))


def test_a_file_of_another_length_is_refused_by_its_length():
    file = KnownFile("digits", size=5, sha256="")
    with pytest.raises(InvalidMnist, match="digits: 4 bytes, expected 5"):
        file.check(b"1234")


@given(st.binary(max_size=500))
def test_gzip_data_up_to_the_limit_expand(content):
    assert gunzip(gzip.compress(content), limit=len(content)) == content


def test_a_gzip_bomb_is_refused_at_the_limit():
    with pytest.raises(InvalidMnist, match="gzip data of more than 1000 bytes"):
        gunzip(gzip.compress(bytes(10_000_000)), limit=1000)


def test_gzip_data_cut_short_are_refused():
    with pytest.raises(InvalidMnist, match="cut short"):
        gunzip(gzip.compress(b"digits")[:-1], limit=1000)


def test_a_wrong_gzip_checksum_is_refused():
    packed = bytearray(gzip.compress(b"digits"))
    packed[-6] ^= 1
    with pytest.raises(InvalidMnist, match="not gzip data"):
        gunzip(bytes(packed), limit=1000)


@pytest.mark.fuzz
@given(st.binary() | st.binary().map(lambda rest: b"\x1f\x8b\x08\x00" + rest))
def test_any_bytes_expand_within_the_limit_or_are_refused(packed):
    try:
        content = gunzip(packed, limit=100)
    except InvalidMnist:
        return
    assert len(content) <= 100
