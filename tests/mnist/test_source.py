"""MNIST as bytes: the IDX format, the known files, and the wheel, which is never run."""

import gzip
import os
import pickle

import pytest
import real_mnist
from hypothesis import given
from hypothesis import strategies as st
from refusals import outcome, refusal

from mnist.source import (
    FILES,
    PARTS,
    WHEEL,
    files_from_pickle,
    files_from_wheel,
    images_from_idx,
    labels_from_idx,
)


@pytest.mark.fuzz
@given(st.integers(0, 10_007), st.integers(1, 255))
def test_one_changed_byte_and_another_length_are_noticed(position, change):
    file = FILES[3]
    content = bytearray(real_mnist.contents()[file.name])
    content[position] ^= change
    line = refusal(file.check, bytes(content))
    assert line.startswith(f"{file.name}: SHA-256 is ")
    assert line.endswith(f", expected {file.sha256}")
    expected = f"{file.name}: {position} bytes, expected 10008"
    assert refusal(file.check, bytes(content[:position])) == expected


@pytest.mark.fuzz
@given(st.binary(max_size=500), st.integers(0, 500))
def test_any_other_bytes_are_refused_packed_or_not(content, cut):
    packed = gzip.compress(content)
    for other in (content, packed, packed[:cut], packed[:cut] + content, b"PK" + content):
        assert outcome(FILES[3].expand, other)
        assert outcome(files_from_wheel, other)


def test_the_arrays_of_the_pickle_are_the_four_files_bit_by_bit():
    images, labels, test_images, test_labels = real_mnist.contents().values()
    pixels, digits = images_from_idx(images), labels_from_idx(labels)
    sets = [(pixels[:50_000], digits[:50_000]), (pixels[50_000:], digits[50_000:])]
    sets.append((images_from_idx(test_images), labels_from_idx(test_labels)))
    content = bytearray(220_080_342)
    for (images_at, labels_at, _), (pixel, digit) in zip(PARTS, sets, strict=True):
        for at, array in (
            (images_at, (pixel / 256).astype("<f4")),
            (labels_at, digit.astype("<i8")),
        ):
            content[at : at + array.nbytes] = array.tobytes()
    assert files_from_pickle(bytes(content)) == real_mnist.contents()


class Evil:
    """Makes a folder when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("was run",)


def test_a_replaced_wheel_is_refused_before_anything_in_it_is_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evil = pickle.dumps(Evil())
    assert "bytes, expected 20279490" in refusal(files_from_wheel, evil)
    assert "whl: SHA-256 is" in refusal(files_from_wheel, evil.ljust(WHEEL.size, b"\x00"))
    with pytest.raises(ValueError, match="buffer"):
        files_from_pickle(evil)
    assert list(tmp_path.iterdir()) == []
