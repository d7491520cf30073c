"""What the pages show of networks at work: the published weights, and those that they came from."""

import contextlib
import shutil

import numpy as np
import pytest
from projects import flip_a_bit
from refusals import refusal

import learned as module
import models
from datasets import INPUTS
from learned import learned
from mlp.initializers import fan_in
from settings import load_network


@pytest.fixture
def project(published, tmp_path, own_workers):
    """A project that has trained its network, and its folder to work in."""
    folder = shutil.copytree(published, tmp_path / "project", symlinks=True)
    with contextlib.chdir(folder):
        yield folder


def test_the_weights_are_those_that_train_saves_and_begin_as_they_are_drawn(project):
    network = load_network()
    found = learned("train", network)
    saved = models.load().weights
    assert all(map(np.array_equal, found.weights, saved))
    assert len(found.weights) == len(saved)
    stream, _ = np.random.SeedSequence(0).spawn(2)
    drawn = fan_in(np.random.default_rng(stream), INPUTS, *network.hidden)
    before, after_one_epoch, after = found.first_layer
    assert np.array_equal(before, drawn.astype(np.float32))
    assert np.array_equal(after, saved[0][0])
    longer = learned("train", network.model_copy(update={"epochs": 2}))
    assert np.array_equal(longer.first_layer[1], after_one_epoch)
    assert np.array_equal(after_one_epoch, after)  # as this project trains for one
    assert not np.array_equal(longer.first_layer[2], after)


def test_a_network_is_trained_again_only_where_something_changed(project, monkeypatch):
    network = load_network()
    first = learned("train", network)
    monkeypatch.setattr(module, "MOST_SEEDS", 1)
    few = learned("train", network)
    assert few.network.seeds == len(few.weights[0]) == 1
    monkeypatch.undo()

    def train_seeds(network, name):
        raise AssertionError(f"{name} is trained")

    monkeypatch.setattr(module, "train_seeds", train_seeds)
    assert np.array_equal(learned("another name", network).weights[0], first.weights[0])
    with pytest.raises(AssertionError, match="wider is trained"):
        learned("wider", network.model_copy(update={"hidden": (70,)}))
    for kept in (project / module.KEPT).iterdir():
        flip_a_bit(kept, 5000)
    with pytest.raises(AssertionError, match="damaged is trained"):
        learned("damaged", network)
    flip_a_bit(project / "data/normalized/training_images.npy", 5000)
    assert "training_images.npy: its SHA-256 is " in refusal(learned, "train", network)
