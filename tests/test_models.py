"""The model file: what is saved is read back; anything else is refused in one line."""

import contextlib
import io
import os
import zipfile

import numpy as np
import pytest
import small_model
from hypothesis import given
from hypothesis import strategies as st
from refusals import outcome, refusal

import models
from mlp.evaluation import predict


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return small_model.write(tmp_path)


def rewrite(path, **changes):
    """Save the model again with other or further arrays; None leaves one out."""
    with np.load(path) as file:
        content = dict(file) | changes
    np.savez(path, **{name: array for name, array in content.items() if array is not None})


def test_what_is_saved_is_read_back(path):
    model = models.load()
    assert [layer.shape for layer in model.weights] == [(2, 785, 32), (2, 32, 10)]
    assert model.activation == "improved_sigmoid"
    assert 30 < model.mean < 37
    assert 76 < model.deviation < 82


def test_probabilities_are_the_mean_over_seeds(path):
    model = models.load()
    images = small_model.dataset("t10k", 50).images
    logits = predict(model.weights, model.activation, images).astype(np.float64)
    by_hand = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    chances = models.probabilities(model, images)
    np.testing.assert_allclose(chances, by_hand.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-6)


ONE = np.float32


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"layer_2": None}, "do not lead from 785 to 10"),
        ({"layer_1": None}, "expected layer_1 and so on"),
        ({"mean": None}, "expected layer_1 and so on"),
        ({"extra": np.ones(3)}, "expected layer_1 and so on"),
        ({"activation": np.array("softplus")}, "activation softplus; allowed: "),
        ({"standard_deviation": np.array(5e-324)}, "expected 0..255, 1..128"),
        ({"mean": np.array(np.nan)}, "expected 0..255, 1..128"),
        ({"mean": np.ones(2)}, "one number each"),
        ({"mean": np.array("33")}, "one number each"),
        ({"layer_1": np.ones((2, 784, 32), ONE)}, "do not lead from 785 to 10"),
        ({"layer_2": np.ones((2, 32, 9), ONE)}, "do not lead from 785 to 10"),
        ({"layer_2": np.ones((2, 31, 10), ONE)}, "do not lead from 785 to 10"),
        ({"layer_2": np.ones((3, 32, 10), ONE)}, "do not lead from 785 to 10"),
        ({"layer_2": np.ones((2, 32, 10))}, "expected float32"),
        ({"layer_2": np.ones((32, 10), ONE)}, "expected float32"),
        ({"layer_2": np.ones((2, 0, 10), ONE)}, "expected float32"),
        ({"layer_2": np.full((2, 32, 10), np.inf, ONE)}, "not finite"),
    ],
)
def test_a_model_that_cannot_work_is_refused(path, changes, complaint):
    rewrite(path, **changes)
    line = refusal(models.load)
    assert line.startswith("models/train.npz: ")
    assert complaint in line


@pytest.mark.filterwarnings("error")
def test_weights_too_large_for_any_probability_are_refused(path):
    rewrite(path, layer_2=np.full((2, 32, 10), 3e38, ONE))
    images = small_model.dataset("t10k", 5).images
    assert "its weights are too large" in refusal(models.probabilities, models.load(), images)


def test_a_missing_model_says_how_to_get_one_and_a_pipe_is_not_read(path):
    path.unlink()
    assert refusal(models.load) == "models/train.npz is missing; run `dvc repro train`"
    os.mkfifo(path)
    assert refusal(models.load) == "models/train.npz: is no regular file"


def test_nothing_is_unpickled(path):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("was unpickled",))

    trap = np.empty((), dtype=object)
    trap[()] = Trap()
    rewrite(path, activation=trap)
    assert "not a usable .npz file" in refusal(models.load)


def test_members_that_are_no_arrays_or_ask_for_all_memory_are_refused(path):
    content = path.read_bytes()
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w") as file:
        for name, member in members.items():
            file.writestr(name, b"text" if name == "layer_1.npy" else member)
    assert refusal(models.load) == "models/train.npz: holds something else than arrays"
    header = io.BytesIO()
    shape = {"descr": "<f4", "fortran_order": False, "shape": (2, 785, 2**40)}
    np.lib.format.write_array_header_1_0(header, shape)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("layer_1.npy", header.getvalue())
    for damaged in (path.read_bytes(), content[:-1], b"", b"PK"):
        path.write_bytes(damaged)
        assert "not a usable .npz file" in refusal(models.load)


@pytest.mark.fuzz
@given(
    length=st.floats(0, 1),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8),
    at_the_end=st.booleans(),
)
def test_a_damaged_file_is_read_or_refused(tmp_path_factory, length, changes, at_the_end):
    content = bytearray(small_model.saved())
    content = content[: int(length * len(content))] if length < 0.9 else content
    for place, value in changes:  # the directory of a zip file is at its end
        where = int(place * min(len(content), 800 if at_the_end else len(content)))
        if content:
            content[-1 - where if at_the_end else where] = value
    folder = tmp_path_factory.getbasetemp()
    (folder / models.PATH).parent.mkdir(exist_ok=True)
    (folder / models.PATH).write_bytes(content)
    with contextlib.chdir(folder):
        outcome(models.load)
