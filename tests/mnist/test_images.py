"""The normalized images: ink gives every image back, and damaged files are refused in one line."""

import os

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from refusals import refusal

from mlp.network import dense
from mnist import images as datasets
from workflow import files

SHEETS = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, max_side=30),
    elements=st.one_of(st.sampled_from([0.0, -0.5, 2.5]), st.floats(-1e6, 1e6, width=32)),
)
PAPER = np.float32(-0.4254)
NOISE = np.random.default_rng(1).normal(size=(4, datasets.INPUTS)).astype(np.float32)
DIGITS = np.where(NOISE > 1, NOISE, PAPER)


@given(SHEETS, st.sampled_from([0.0, -0.5, -0.4254]))
@example(DIGITS, PAPER)
def test_ink_gives_any_images_back_to_within_one_rounding(sheet, background):
    images = datasets.ink(sheet, np.zeros(len(sheet), np.uint8), background)
    larger = np.maximum(np.abs(sheet), np.abs(np.float32(background)))
    assert (np.abs(dense(images)[:, :-1] - sheet) <= np.spacing(larger)).all()
    if background == 0:
        np.testing.assert_array_equal(dense(images)[:, :-1], sheet)
    assert np.count_nonzero(images.values) == len(images.values) == images.starts[-1]


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """Sound images that were saved as "training" and as "test"."""
    monkeypatch.chdir(tmp_path)
    images = datasets.ink(DIGITS, np.array([0, 9, 5, 5]), PAPER)
    assert len(images.places) < 0.2 * DIGITS.size
    datasets.save({"training": images, "test": images}, 33.5, 78.9)
    return images


def test_what_was_saved_is_what_is_loaded_mapped_and_read_only(saved):
    for name, count in (("training", None), ("test", 3)):
        loaded = datasets.load(name, count)
        assert (loaded.background, loaded.inputs) == (PAPER, 784)
        np.testing.assert_array_equal(dense(loaded), dense(saved)[:count])
        np.testing.assert_array_equal(loaded.labels, saved.labels[:count])
        for array in (getattr(loaded, part) for part in datasets.PARTS):
            assert isinstance(array, np.memmap)
            assert not array.flags.writeable
    assert datasets.statistics().standard_deviation == 78.9
    assert refusal(datasets.load, "test", 5) == "data/normalized: 4 images in test, expected 5"


@pytest.mark.parametrize("part", datasets.PARTS)
def test_a_flipped_bit_is_noticed_and_so_are_a_pipe_and_no_file(saved, part):
    path = datasets.NORMALIZED / f"test_{part}.npy"
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.write_bytes(content)
    message = refusal(datasets.load, "test")
    assert message.startswith(f"{path}: its SHA-256 is ")
    assert message.endswith("`dvc repro --force normalize` writes it anew")
    path.unlink()
    assert refusal(datasets.load, "test").startswith(f"{path}: cannot be read (No such file")
    os.mkfifo(path)
    assert refusal(datasets.load, "test") == f"{path}: is no regular file"


def test_statistics_that_are_none_are_refused(saved):
    published = files.read_json(datasets.STATISTICS)
    for key, value in {"mean": "33", "standard_deviation": 5e-324, "sha256": {"a": 0}}.items():
        files.write_json(datasets.STATISTICS, published | {key: value})
        message = refusal(datasets.load, "test")
        assert message.startswith(f"metrics/normalization.json: {key} = ")
