import json

import numpy as np
import pytest

import check_gradients
from check_gradients import BAR, central_differences, largest_differences
from mlp.evaluation import Dataset
from mlp.network import initial_weights, layers_of, shapes_of
from mnist import images as datasets
from workflow import files
from workflow.command import UserError

GENERATOR = np.random.default_rng(1)
DATA = Dataset(GENERATOR.normal(size=(20, 12)), GENERATOR.integers(0, 10, 20))


@pytest.mark.parametrize("hidden", [(5,), (5, 4), (6,) * 10])
@pytest.mark.parametrize("activation", check_gradients.ACTIVATIONS)
def test_backpropagation_is_within_the_bar_in_every_layer(hidden, activation):
    differences = largest_differences(hidden, activation, DATA)
    assert len(differences) == len(hidden) + 1
    assert max(differences) <= BAR


def test_a_wrong_derivative_is_caught(monkeypatch):
    from mlp.activations import ACTIVATIONS, Activation, sigmoid, tanh_derivative

    monkeypatch.setitem(ACTIVATIONS, "sigmoid", Activation(sigmoid, tanh_derivative))
    assert max(largest_differences((5,), "sigmoid", DATA)) > BAR


def test_differences_of_one_softmax_layer_are_those_of_its_known_gradient():
    flat = initial_weights(12, [], "fan_in", [np.random.default_rng(0)]).astype(np.float64)
    weights = layers_of(flat, shapes_of(12, []))
    before = flat.copy()
    logits = DATA.images @ weights[0][0]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    known = DATA.images.T @ (probabilities - np.eye(10)[DATA.labels]) / 20
    sample = np.arange(120)
    found = central_differences(DATA.images, DATA.labels, weights, "sigmoid", sample)
    np.testing.assert_allclose(found, known.reshape(-1), atol=BAR)
    np.testing.assert_array_equal(flat, before)


@pytest.fixture
def data(tmp_path, monkeypatch, own_workers):
    """Normalized data, in a folder of its own; the check is of few weights and one topology."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(check_gradients, "TOPOLOGIES", {"one layer": (5,)})
    images = GENERATOR.normal(size=(100, 785)).astype(np.float32)
    for name in ("training", "validation"):
        datasets.save(Dataset(images, GENERATOR.integers(0, 10, 100)), name)
    statistics = {"mean": 33.5, "standard_deviation": 78.9, "sha256": datasets.hashes()}
    files.write_json(datasets.STATISTICS, statistics)


def test_the_largest_difference_of_every_layer_is_published(data):
    check_gradients.main()
    content = json.loads(check_gradients.OUT.read_text())
    by_layer = content["largest_difference_by_layer"]
    assert set(by_layer) == {"one layer, sigmoid", "one layer, improved_sigmoid"}
    assert all(len(layers) == 2 for layers in by_layer.values())
    assert content["largest_difference"] == max(map(max, by_layer.values())) <= BAR


def test_a_difference_beyond_the_bar_and_other_data_stop_the_pipeline(data, monkeypatch):
    monkeypatch.setattr(check_gradients, "BAR", 1e-12)
    with pytest.raises(UserError, match=r"one layer, \w+: off by .*, allowed: 1e-12"):
        check_gradients.main()
    np.save(datasets.NORMALIZED / "training_labels.npy", np.zeros(100, int))
    with pytest.raises(UserError, match="its SHA-256 is"):
        check_gradients.main()
    assert not check_gradients.OUT.exists()
