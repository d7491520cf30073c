import numpy as np
import pytest

import check_gradients
from check_gradients import BAR, central_differences, largest_differences
from mlp.evaluation import Dataset
from mlp.network import initial_weights, layers_of, shapes_of

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


def test_only_sampled_weights_are_perturbed_but_all_of_a_small_layer(monkeypatch):
    sizes = []

    def count(layer_input, labels, upper, activation, sample):
        sizes.append((upper[0].size, len(sample), len(set(sample.tolist()))))
        return np.zeros(len(sample))

    monkeypatch.setattr(check_gradients, "central_differences", count)
    largest_differences((100,), "sigmoid", DATA)
    assert sizes == [(1200, 500, 500), (1000, 500, 500)]
    sizes.clear()
    largest_differences((5,), "sigmoid", DATA)
    assert sizes == [(60, 60, 60), (50, 50, 50)]
