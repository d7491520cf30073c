"""The normalized data on disk: what was saved is what is opened, and anything else is refused."""

import io
import mmap
import os
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from projects import flip_a_bit
from refusals import outcome, refusal

from mlp.evaluation import Dataset
from mnist import images as datasets
from workflow import files

IMAGES = np.linspace(-1, 3, 4 * 785, dtype=np.float32).reshape(4, 785)
LABELS = np.array([0, 9, 5, 5])
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


def test_what_was_saved_is_what_is_opened_mapped_and_read_only(folder):
    for name, count in (("training", None), ("validation", 3)):
        images, labels = datasets.load(name, count)
        assert (images.dtype, labels.dtype) == (np.float32, np.int64)
        np.testing.assert_array_equal(images, IMAGES[:count])
        np.testing.assert_array_equal(labels, LABELS[:count])
        assert not images.flags.writeable
        while isinstance(images, np.ndarray):
            images = images.base
        assert isinstance(images, mmap.mmap)
    datasets.check()
    assert datasets.statistics().standard_deviation == 78.9


class Evil:
    """Makes a folder when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("made",)


UNUSABLE = {
    "empty": b"",
    "text": b"<html>Sign in</html>",
    "cut in the header": npy(IMAGES)[:50],
    "cut in the data": npy(IMAGES)[:-1],
    "objects": npy(np.array([Evil()]), allow_pickle=True),
    "pickle": pickle.dumps(Evil()),
    "huge shape": npy(IMAGES).replace(b"(4, 785), }          ", b"(10000000000, 785), }"),
    "a call": npy(IMAGES).replace(b"(4, 785), }                 ", b"(__import__('os'), 785), }  "),
}
OTHER_FORM = {
    "float64": (npy(IMAGES.astype(float)), "float64, (4, 785)"),
    "big-endian": (npy(IMAGES.astype(">f4")), ">f4, (4, 785)"),
    "no bias column": (npy(IMAGES[:, 1:].copy()), "float32, (4, 784)"),
    "one number": (npy(IMAGES[0, 0]), "float32, ()"),
}
FAULTS = {name: (content, "not a usable .npy file (") for name, content in UNUSABLE.items()}
FAULTS |= {n: (c, f"holds {what}; expected float32, (") for n, (c, what) in OTHER_FORM.items()}


@pytest.mark.parametrize(("content", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_file_is_refused_with_its_fault_and_no_code_is_run(folder, content, reason):
    path = folder / "training_images.npy"
    path.write_bytes(content)
    assert refusal(datasets.load, "training").startswith(f"{path}: {reason}")
    assert not os.path.exists("made")


def test_too_few_examples_and_labels_of_another_number_or_kind_are_refused(folder):
    expected = "data/normalized: 4 images and 4 labels in training, expected 5"
    assert refusal(datasets.load, "training", 5) == expected
    path = folder / "training_labels.npy"
    for content, reason in (
        (npy(LABELS[1:]), "data/normalized: 4 images and 3 labels in training, expected one label"),
        (npy(np.eye(10, dtype=int)[LABELS]), f"{path}: holds int64, (4, 10); expected int64, ("),
    ):
        path.write_bytes(content)
        assert refusal(datasets.load, "training").startswith(reason)


def test_a_pipe_and_no_file_are_refused(folder):
    path = folder / "training_images.npy"
    path.unlink()
    expected = f"{path}: no such file; `dvc repro normalize` writes it"
    assert refusal(datasets.load, "training") == expected
    os.mkfifo(path)
    assert refusal(datasets.load, "training") == expected
    assert refusal(datasets.check) == f"{path}: is no regular file"


@pytest.mark.parametrize("name", datasets.Dataset._fields)
def test_a_flipped_bit_is_noticed_though_the_file_keeps_its_time_and_size(folder, name):
    path = folder / f"validation_{name}.npy"
    flip_a_bit(path, -5)
    datasets.load("validation")
    message = refusal(datasets.check)
    assert message.startswith(f"{path}: its SHA-256 is ")
    assert message.endswith("`dvc repro --force normalize` writes it anew")


def test_statistics_that_are_none_are_refused(folder):
    for change in ({"mean": "33"}, {"standard_deviation": 5e-324}, {"sha256": {"a": 0}}):
        files.write_json(datasets.STATISTICS, STATISTICS | {"sha256": {}} | change)
        message = refusal(datasets.check)
        assert message.startswith(f"metrics/normalization.json: {next(iter(change))} = ")


@pytest.mark.fuzz
@given(st.lists(st.tuples(st.integers(0, 140), st.integers(0, 255)), max_size=4))
def test_any_change_of_the_header_is_read_or_refused_in_one_line(tmp_path_factory, edits):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.getbasetemp())
        datasets.save(Dataset(IMAGES, LABELS), "training")
        content = bytearray(npy(IMAGES))
        for place, value in edits:
            content[place] = value
        (datasets.NORMALIZED / "training_images.npy").write_bytes(content)
        outcome(datasets.load, "training")
