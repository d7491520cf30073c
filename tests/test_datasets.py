"""The normalized data on disk: what was saved is what is opened, and anything else is refused."""

import io
import os
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets import InvalidData, load, save
from mlp.evaluation import Dataset

IMAGES = np.linspace(-1, 3, 4 * 785, dtype=np.float32).reshape(4, 785)
LABELS = np.array([0, 9, 5, 5])
HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 785), }"


@pytest.fixture
def folder(tmp_path):
    """A folder with a sound data set `training`."""
    save(Dataset(IMAGES, LABELS), "training", tmp_path)
    return tmp_path


def npy(array, **options):
    """The bytes of a .npy file of `array`."""
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def npy_with(header, version=1):
    """The bytes of a .npy file with a header of one's own, and data enough for IMAGES."""
    text = header.encode("latin-1")
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + IMAGES.tobytes()


def refusal(folder):
    """The one line with which the data set in `folder` is refused."""
    with pytest.raises(InvalidData) as caught:
        load("training", folder)
    message = str(caught.value)
    assert message.startswith(f"{folder}/training_")
    assert "\n" not in message
    assert len(message) < len(str(folder)) + 200
    return message


def changed(array, at, value):
    """A copy of `array` with one value changed."""
    copy = array.copy()
    copy[at] = value
    return copy


def test_what_was_saved_is_what_is_opened(folder):
    images, labels = load("training", folder)
    assert images.dtype == np.float32
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(labels, LABELS)


def test_images_are_mapped_and_cannot_be_changed(folder):
    images, _ = load("training", folder)
    assert isinstance(images, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        images[0, 0] = 1


class Evil:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


IMAGE_FAULTS = {
    "empty": (b"", "not a usable .npy file (No data left in file)"),
    "text": (b"<html>Sign in</html>", "not a usable .npy file ("),
    "cut in the header": (npy(IMAGES)[:50], "not a usable .npy file ("),
    "cut in the data": (npy(IMAGES)[:-1], "not a usable .npy file (mmap length is greater than"),
    "float64": (npy(IMAGES.astype(float)), "holds float64, expected float32"),
    "big-endian": (npy(IMAGES.astype(">f4")), "holds >f4, expected float32"),
    "integers": (npy(IMAGES.astype(np.int32)), "holds int32, expected float32"),
    "no bias column": (npy(IMAGES[:, 1:].copy()), "shape (4, 784), expected (examples, 785)"),
    "no examples": (npy(IMAGES[:0]), "shape (0, 785), expected (examples, 785)"),
    "three dimensions": (npy(IMAGES[None]), "shape (1, 4, 785), expected (examples, 785)"),
    "other order": (npy(np.asfortranarray(IMAGES)), "in Fortran order, expected C order"),
    "not a number": (npy(changed(IMAGES, (3, 784), np.nan)), "holds values that are not finite"),
    "infinity": (npy(changed(IMAGES, (0, 0), -np.inf)), "holds values that are not finite"),
    "objects": (npy(np.array([{}]), allow_pickle=True), "not a usable .npy file (Array can't be"),
    "huge shape": (npy_with(HEADER.replace("4,", "10000000000,")), "not a usable .npy file (mmap"),
    "huge number": (npy_with(HEADER.replace("4,", "9" * 30 + ",")), "not a usable .npy file ("),
    "negative shape": (npy_with(HEADER.replace("4,", "-4,")), "not a usable .npy file ("),
    "truth as shape": (npy_with(HEADER.replace("4,", "True,")), "not a usable .npy file ("),
    "huge header": (npy_with("[" * 60000), "not a usable .npy file ("),
    "deep header": (npy_with("-" * 3000 + "1"), "not a usable .npy file ("),
    "open bracket": (npy_with("("), "not a usable .npy file ("),
    "list as a key": (npy_with("{[]: 1}"), "not a usable .npy file ("),
    "call": (npy_with(HEADER.replace("4,", "__import__('os'),")), "not a usable .npy file ("),
    "version 9": (npy_with(HEADER, version=9), "not a usable .npy file ("),
}


@pytest.mark.parametrize(("content", "reason"), IMAGE_FAULTS.values(), ids=IMAGE_FAULTS)
def test_faulty_images_are_refused_with_their_fault(folder, content, reason):
    path = folder / "training_images.npy"
    path.write_bytes(content)
    assert refusal(folder).startswith(f"{path}: {reason}")


LABEL_FAULTS = {
    "fewer": (npy(LABELS[1:]), "shape (3,), expected (4,)"),
    "one-hot": (npy(np.eye(10, dtype=int)[LABELS]), "shape (4, 10), expected (4,)"),
    "ten": (npy(changed(LABELS, 2, 10)), "labels from 0 to 10, expected 0 to 9"),
    "negative": (npy(changed(LABELS, 0, -1)), "labels from -1 to 9, expected 0 to 9"),
    "bytes": (npy(LABELS.astype(np.uint8)), "holds uint8, expected int64"),
    "numbers": (npy(LABELS.astype(float)), "holds float64, expected int64"),
}


@pytest.mark.parametrize(("content", "reason"), LABEL_FAULTS.values(), ids=LABEL_FAULTS)
def test_faulty_labels_are_refused_with_their_fault(folder, content, reason):
    path = folder / "training_labels.npy"
    path.write_bytes(content)
    assert refusal(folder) == f"{path}: {reason}"


@pytest.mark.parametrize("name", ["training_images.npy", "training_labels.npy"])
def test_a_pickle_is_refused_and_not_run(folder, tmp_path, name):
    made = tmp_path / "made"
    evil = np.array([Evil(made)], dtype=object)
    for content in (pickle.dumps(Evil(made)), npy(evil, allow_pickle=True)):
        (folder / name).write_bytes(content)
        assert "not a usable .npy file" in refusal(folder)
    assert not made.exists()


def test_an_archive_of_arrays_is_refused(folder):
    path = folder / "training_images.npy"
    with open(path, "wb") as file:
        np.savez(file, images=IMAGES)
    assert refusal(folder) == f"{path}: holds NpzFile, expected float32"


def test_a_missing_file_is_named(folder):
    (folder / "training_labels.npy").unlink()
    with pytest.raises(FileNotFoundError, match=r"training_labels\.npy"):
        load("training", folder)


@pytest.mark.fuzz
@given(
    st.lists(st.tuples(st.integers(0, 140), st.integers(0, 255)), min_size=1, max_size=4),
    st.integers(0, 12_688),
)
def test_any_change_of_the_header_is_refused_or_gives_usable_images(tmp_path_factory, edits, size):
    folder = tmp_path_factory.getbasetemp()
    content = bytearray(npy(IMAGES))
    for place, value in edits:
        content[place] = value
    (folder / "training_images.npy").write_bytes(content[:size])
    (folder / "training_labels.npy").write_bytes(npy(LABELS))
    try:
        images, _ = load("training", folder)
    except InvalidData as error:
        message = str(error)
    else:
        message = ""
        assert (images.shape, images.dtype) == ((4, 785), np.float32)
    assert "\n" not in message


@pytest.mark.fuzz
@given(
    st.binary(max_size=300)
    | st.text(max_size=80).map(
        lambda text: b"\x93NUMPY\x01\x00" + bytes([len(text) % 256, 0]) + text.encode()
    )
)
def test_any_bytes_are_refused(tmp_path_factory, content):
    folder = tmp_path_factory.getbasetemp()
    (folder / "training_images.npy").write_bytes(content)
    assert "not a usable .npy file" in refusal(folder)
