"""The normalized images: ink gives every image back, and damaged files are refused in one line."""

import io
import mmap
import os
import pickle

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from refusals import refusal

from mnist import images as datasets
from workflow import files

SHEETS = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, max_side=30),
    elements=st.one_of(st.sampled_from([0.0, -0.5, 2.5]), st.floats(-1e6, 1e6, width=32)),
)


def dense(images):
    """Images as rows of all their inputs, written out one by one."""
    rows = np.full((len(images.labels), images.inputs), images.background)
    for i, row in enumerate(rows):
        ink = slice(images.starts[i], images.starts[i + 1])
        for place, value in zip(images.places[ink], images.values[ink], strict=True):
            row[place] += value
    return rows


def random_images(background=True, count=4):
    """Inputs of MNIST's number and range: paper with some ink, or noise."""
    noise = np.random.default_rng(1).normal(size=(count, datasets.INPUTS)).astype(np.float32)
    return np.where(noise > 1, noise, np.float32(-0.4254)) if background else noise


@given(SHEETS)
@example(random_images())
@example(random_images(background=False))
def test_ink_gives_any_images_back_to_within_one_rounding(sheet):
    images = datasets.ink(sheet, np.zeros(len(sheet), np.uint8))
    larger = np.maximum(np.abs(sheet), np.abs(images.background))
    assert (np.abs(dense(images) - sheet) <= np.spacing(larger)).all()
    if images.background == 0:
        np.testing.assert_array_equal(dense(images), sheet)
    kinds = {part: getattr(images, part).dtype for part in datasets.PARTS}
    assert kinds == datasets.PARTS
    assert np.count_nonzero(images.values) == len(images.values) == images.starts[-1]


def test_the_background_is_what_most_inputs_hold_and_0_where_no_value_is_so_frequent():
    labels = np.arange(4)
    paper = datasets.ink(random_images(), labels)
    assert paper.background == np.float32(-0.4254)
    assert len(paper.places) < 0.2 * 4 * datasets.INPUTS
    noise = datasets.ink(random_images(background=False), labels)
    assert noise.background == 0
    assert len(noise.places) == 4 * datasets.INPUTS


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """Sound images that were saved as "training" and as "test"."""
    monkeypatch.chdir(tmp_path)
    images = datasets.ink(random_images(), np.array([0, 9, 5, 5]))
    datasets.save({"training": images, "test": images}, 33.5, 78.9)
    return images


def test_what_was_saved_is_what_is_loaded_mapped_and_read_only(saved):
    for name, count in (("training", 4), ("test", 3)):
        loaded = datasets.load(name, count)
        assert (loaded.background, loaded.inputs) == (saved.background, saved.inputs)
        np.testing.assert_array_equal(dense(loaded), dense(saved)[:count])
        np.testing.assert_array_equal(loaded.labels, saved.labels[:count])
        for array in (getattr(loaded, part) for part in datasets.PARTS):
            assert not array.flags.writeable
            while isinstance(array, np.ndarray):
                array = array.base
            assert isinstance(array, mmap.mmap)
    assert len(datasets.load("training").labels) == 4
    datasets.check()
    assert datasets.statistics().standard_deviation == 78.9


def npy(array, **options):
    """The bytes of a .npy file of `array`."""
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


class Evil:
    """Makes a folder when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("made",)


VALUES = np.ones(700, np.float32)
FAULTS = {
    "empty": (b"", "not a usable .npy file ("),
    "text": (b"<html>Sign in</html>", "not a usable .npy file ("),
    "cut": (npy(VALUES)[:-1], "not a usable .npy file ("),
    "objects": (npy(np.array([Evil()]), allow_pickle=True), "not a usable .npy file ("),
    "pickle": (pickle.dumps(Evil()), "not a usable .npy file ("),
    "huge": (npy(VALUES).replace(b"(700,), }        ", b"(10000000000,), }"), "not a usable .npy"),
    "a call": (npy(VALUES).replace(b"(700,), }      ", b"(id(0),), }    "), "not a usable .npy"),
    "float64": (npy(VALUES.astype(float)), "holds float64, (700,); expected float32 in one row"),
    "two axes": (npy(VALUES.reshape(7, 100)), "holds float32, (7, 100); expected float32 in one"),
}


@pytest.mark.parametrize(("content", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_file_is_refused_with_its_fault_and_no_code_is_run(saved, content, reason):
    path = datasets.NORMALIZED / "training_values.npy"
    path.write_bytes(content)
    assert refusal(datasets.load, "training").startswith(f"{path}: {reason}")
    assert not os.path.exists("made")


WRONG = {
    "falling": ("starts", lambda starts: starts[[0, 2, 1, 3, 4]]),
    "negative": ("starts", lambda starts: starts - 1),
    "too far": ("starts", lambda starts: starts * 9),
    "outside of the image": ("places", lambda places: places + np.uint16(datasets.INPUTS)),
    "too few": ("values", lambda values: values[1:]),
    "no digit": ("labels", lambda labels: labels + 1),
}


@pytest.mark.parametrize(("part", "change"), WRONG.values(), ids=WRONG)
def test_what_would_lead_out_of_an_array_is_refused(saved, part, change):
    path = datasets.NORMALIZED / f"test_{part}.npy"
    path.write_bytes(npy(change(getattr(saved, part))))
    assert "the files of test do not fit together" in refusal(datasets.load, "test")


def test_too_few_images_and_labels_of_another_number_are_refused(saved):
    expected = "data/normalized: 4 images and 4 labels in training, expected 5"
    assert refusal(datasets.load, "training", 5) == expected
    (datasets.NORMALIZED / "training_labels.npy").write_bytes(npy(saved.labels[1:]))
    assert "4 images and 3 labels in training, expected one" in refusal(datasets.load, "training")


def test_a_pipe_and_no_file_are_refused(saved):
    path = datasets.NORMALIZED / "training_starts.npy"
    path.unlink()
    expected = f"{path}: no such file; `dvc repro normalize` writes it"
    assert refusal(datasets.load, "training") == expected
    os.mkfifo(path)
    assert refusal(datasets.load, "training") == expected
    assert refusal(datasets.check) == f"{path}: is no regular file"


@pytest.mark.parametrize("part", datasets.PARTS)
def test_a_flipped_bit_is_noticed(saved, part):
    path = datasets.NORMALIZED / f"test_{part}.npy"
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.write_bytes(content)
    message = refusal(datasets.check)
    assert message.startswith(f"{path}: its SHA-256 is ")
    assert message.endswith("`dvc repro --force normalize` writes it anew")


def test_statistics_that_are_none_are_refused(saved):
    published = files.read_json(datasets.STATISTICS)
    for key, value in {"mean": "33", "standard_deviation": 5e-324, "sha256": {"a": 0}}.items():
        files.write_json(datasets.STATISTICS, published | {key: value})
        assert refusal(datasets.check).startswith(f"metrics/normalization.json: {key} = ")
