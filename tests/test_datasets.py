"""The normalized data on disk: what was saved is what is opened, and anything else is refused."""

import io
import os
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import outcome, refusal

import datasets
import files
from mlp.evaluation import Dataset

IMAGES = np.linspace(-1, 3, 4 * 785, dtype=np.float32).reshape(4, 785)
LABELS = np.array([0, 9, 5, 5])
HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 785), }"
STATISTICS = {"mean": 33.5, "standard_deviation": 78.9}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """data/normalized with sound data sets, whose hashes are published."""
    monkeypatch.chdir(tmp_path)
    for name in ("training", "validation"):
        datasets.save(Dataset(IMAGES, LABELS), name)
    files.write_json(datasets.STATISTICS, STATISTICS | {"sha256": datasets.hashes()})
    return datasets.NORMALIZED


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


def test_what_was_saved_is_what_is_opened(folder):
    images, labels = datasets.load("training")
    assert (images.dtype, labels.dtype) == (np.float32, np.int64)
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(labels, LABELS)
    images, labels = datasets.load("validation", 3)
    np.testing.assert_array_equal(images, IMAGES[:3])
    np.testing.assert_array_equal(labels, LABELS[:3])
    datasets.check()
    assert datasets.statistics() == (33.5, 78.9)


def test_images_are_mapped_and_cannot_be_changed(folder):
    images, _ = datasets.load("training", 2)
    assert isinstance(images, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        images[0, 0] = 1


def test_more_examples_than_there_are_are_refused(folder):
    expected = "data/normalized: 4 images and 4 labels in training, expected 5"
    assert refusal(datasets.load, "training", 5) == expected


UNUSABLE = {
    "empty": b"",
    "text": b"<html>Sign in</html>",
    "cut in the header": npy(IMAGES)[:50],
    "cut in the data": npy(IMAGES)[:-1],
    "objects": npy(np.array([{}]), allow_pickle=True),
    "huge shape": npy_with(HEADER.replace("4,", "10000000000,")),
    "huge header": npy_with("[" * 60000),
    "deep header": npy_with("-" * 3000 + "1"),
    "call": npy_with(HEADER.replace("4,", "__import__('os'),")),
    "version 9": npy_with(HEADER, version=9),
}
OTHER_FORM = {
    "float64": (npy(IMAGES.astype(float)), "holds float64, (4, 785); expected float32, ("),
    "big-endian": (npy(IMAGES.astype(">f4")), "holds >f4, (4, 785); expected float32, ("),
    "no bias column": (npy(IMAGES[:, 1:].copy()), "holds float32, (4, 784); expected float32, ("),
    "three dimensions": (npy(IMAGES[None]), "holds float32, (1, 4, 785); expected float32, ("),
    "one number": (npy(IMAGES[0, 0]), "holds float32, (); expected float32, ("),
    "other order": (npy(np.asfortranarray(IMAGES)), "in Fortran order, expected C order"),
}
FAULTS = {name: (content, "not a usable .npy file (") for name, content in UNUSABLE.items()}
FAULTS |= OTHER_FORM


@pytest.mark.parametrize(("content", "reason"), FAULTS.values(), ids=FAULTS)
def test_faulty_files_are_refused_with_their_fault(folder, content, reason):
    path = folder / "training_images.npy"
    path.write_bytes(content)
    assert refusal(datasets.load, "training").startswith(f"{path}: {reason}")


def test_labels_of_another_number_or_kind_are_refused(folder):
    path = folder / "training_labels.npy"
    for content, reason in (
        (npy(LABELS[1:]), "data/normalized: 4 images and 3 labels in training, expected one label"),
        (npy(np.eye(10, dtype=int)[LABELS]), f"{path}: holds int64, (4, 10); expected int64, ("),
        (npy(LABELS.astype(np.uint8)), f"{path}: holds uint8, (4,); expected int64, ("),
    ):
        path.write_bytes(content)
        assert refusal(datasets.load, "training").startswith(reason)


class Evil:
    """Makes a folder when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("made",)


def test_a_pickle_is_refused_and_not_run(folder):
    evil = np.array([Evil()], dtype=object)
    for content in (pickle.dumps(Evil()), npy(evil, allow_pickle=True)):
        (folder / "training_images.npy").write_bytes(content)
        assert "not a usable .npy file" in refusal(datasets.load, "training")
    assert not os.path.exists("made")


def test_an_archive_a_pipe_and_no_file_are_refused(folder):
    path = folder / "training_images.npy"
    with open(path, "wb") as file:
        np.savez(file, images=IMAGES)
    assert refusal(datasets.load, "training").startswith(f"{path}: holds NpzFile, (); expected")
    path.unlink()
    expected = f"{path}: no such file; `dvc repro normalize` writes it"
    assert refusal(datasets.load, "training") == expected
    os.mkfifo(path)
    assert refusal(datasets.load, "training") == expected
    assert refusal(datasets.check) == f"{path}: is no regular file"


@pytest.mark.parametrize("name", datasets.Dataset._fields)
def test_a_flipped_bit_is_noticed_though_the_file_keeps_its_time_and_size(folder, name):
    path = folder / f"validation_{name}.npy"
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    datasets.load("validation")
    message = refusal(datasets.check)
    assert message.startswith(f"{path}: its SHA-256 is ")
    assert message.endswith("`dvc repro --force normalize` writes it anew")


BAD_STATISTICS = (
    *({"mean": "33"}, {"mean": None}, {"mean": 256.0}, {"standard_deviation": 5e-324}),
    *({"standard_deviation": -1.0}, {"sha256": 1}, {"sha256": {"training_images.npy": 0}}),
)


@pytest.mark.parametrize("change", BAD_STATISTICS)
def test_statistics_that_are_none_are_refused(folder, change):
    files.write_json(datasets.STATISTICS, STATISTICS | {"sha256": {}} | change)
    for read in (datasets.statistics, datasets.check):
        assert refusal(read).startswith(f"metrics/normalization.json: {next(iter(change))} = ")


@pytest.mark.fuzz
@given(
    st.lists(st.tuples(st.integers(0, 140), st.integers(0, 255)), max_size=4),
    st.integers(0, 12_688),
    st.binary(max_size=300),
)
def test_any_change_of_the_header_is_read_or_refused_in_one_line(
    tmp_path_factory, edits, size, more
):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.getbasetemp())
        datasets.save(Dataset(IMAGES, LABELS), "training")
        content = bytearray(npy(IMAGES))
        for place, value in edits:
            content[place] = value
        (datasets.NORMALIZED / "training_images.npy").write_bytes(content[:size] + more)
        outcome(datasets.load, "training")
