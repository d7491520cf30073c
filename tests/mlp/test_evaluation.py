"""Losses, accuracies and norms over many images, on real MNIST."""

import numpy as np
import plain_network
import pytest
import small_model

from mlp.evaluation import CHUNK, SortedDataset, evaluate, layer_norms, predict, score
from mlp.network import initial_weights, layers_of, shapes_of

HIDDEN = (12, 9)
NETWORKS = 3


@pytest.fixture(scope="module")
def weights():
    """Three untrained networks, in single precision."""
    generators = [np.random.default_rng(seed) for seed in range(NETWORKS)]
    return layers_of(initial_weights(785, HIDDEN, "fan_in", generators), shapes_of(785, HIDDEN))


def one(weights, i):
    """Network number i, in double precision."""
    return [layer[i].astype(np.float64) for layer in weights]


# One image, a chunk with the last image missing, a whole one, one more, some chunks and a rest.
@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 345])
def test_every_image_is_scored_once_whatever_the_chunks(weights, size):
    data = small_model.dataset("t10k", size)
    scores = evaluate(weights, "tanh", data)
    for i in range(NETWORKS):
        own = one(weights, i), "tanh", data.images.astype(np.float64), data.labels
        assert scores.loss[i] == pytest.approx(plain_network.loss(*own), rel=1e-5)
        assert scores.accuracy[i] == pytest.approx(plain_network.accuracy(*own), abs=1e-3)


def test_logits_are_in_the_order_of_the_images(weights):
    data = small_model.dataset("t10k", CHUNK + 50)
    logits = predict(weights, "sigmoid", data.images)
    assert logits.shape == (NETWORKS, CHUNK + 50, 10)
    for i in range(NETWORKS):
        expected = plain_network.sums(one(weights, i), "sigmoid", data.images.astype(np.float64))[
            -1
        ]
        np.testing.assert_allclose(logits[i], expected, atol=1e-4)


@pytest.mark.parametrize("size", [1, CHUNK - 1, 2 * CHUNK + 345])
def test_a_sorted_data_set_gives_the_same_logits_in_its_own_order(weights, size):
    data = small_model.dataset("t10k", size)
    in_order = SortedDataset(data)
    expected = predict(weights, "tanh", data.images)[:, in_order.examples]
    np.testing.assert_allclose(in_order.logits(weights, "tanh"), expected, atol=1e-5)
    assert sorted(in_order.examples) == list(range(size))
    assert np.array_equal(in_order.labels, data.labels[in_order.examples])


def test_a_sorted_data_set_needs_little_more_than_half_of_the_inputs():
    in_order = SortedDataset(small_model.dataset("t10k", 10_000))
    assert sum(chunk.size for chunk in in_order.chunks) < 0.6 * 10_000 * 785


# BLAS has kernels of its own for very narrow matrices.
@pytest.mark.parametrize("hidden", [(1,), (2,), (3,), (4,), (64,), (59, 59)])
def test_sorted_logits_do_not_depend_on_the_company(hidden):
    data = SortedDataset(small_model.dataset("t10k", CHUNK + 50))
    drawn = initial_weights(785, hidden, "fan_in", [np.random.default_rng(s) for s in range(3)])
    networks = layers_of(drawn, shapes_of(785, hidden))
    together = data.logits(networks, "improved_sigmoid")
    for i in range(3):
        alone = data.logits([layer[i : i + 1] for layer in networks], "improved_sigmoid")
        assert np.array_equal(alone[0], together[i])


def test_scores_are_means_over_all_but_the_networks():
    logits = np.zeros((2, 3, 4, 10))
    logits[0, :, :, 7] = 100  # the first network is sure of 7, the second knows nothing
    labels = np.full((2, 3, 4), 7)
    labels[:, 0, 0] = 1  # which of twelve examples is not so
    scores = score(logits, labels)
    np.testing.assert_allclose(scores.loss, [100 / 12, np.log(10)])
    assert scores.accuracy[0] == pytest.approx(11 / 12)


def test_norms_are_of_the_gradient_over_the_first_thousand_images(weights):
    data = small_model.dataset("train", 1500)
    norms = layer_norms(weights, "improved_sigmoid", data)
    first = data.images[:1000].astype(np.float64), data.labels[:1000]
    for i in range(NETWORKS):
        own = one(weights, i)
        gradients = plain_network.gradients(own, "improved_sigmoid", *first)
        for layer in range(len(weights)):
            expected = np.linalg.norm(gradients[layer])
            assert norms.gradient[i, layer] == pytest.approx(expected, rel=1e-4)
            assert norms.weights[i, layer] == pytest.approx(np.linalg.norm(own[layer]), rel=1e-6)
