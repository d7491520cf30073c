"""Softmax and cross-entropy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mlp.losses import correct, cross_entropy, softmax

BATCHES = st.tuples(st.integers(1, 3), st.integers(1, 5), st.just(10))


def logits_within(limit):
    return arrays.arrays(np.float64, BATCHES, elements=st.floats(-limit, limit))


def probabilities(logits):
    out = np.empty_like(logits)
    softmax(logits, out)
    return out


def random_labels(logits, seed):
    return np.random.default_rng(seed).integers(0, 10, logits.shape[:-1])


def test_three_probabilities_worked_by_hand():
    """e^0 : e^ln2 : e^ln5 = 1 : 2 : 5, which are 1/8, 2/8, 5/8."""
    logits = np.log([[1.0, 2.0, 5.0]])
    np.testing.assert_allclose(probabilities(logits), [[0.125, 0.25, 0.625]])
    np.testing.assert_allclose(cross_entropy(logits, np.array([2])), [math.log(8 / 5)])


def test_knowing_nothing_costs_the_logarithm_of_ten():
    np.testing.assert_allclose(cross_entropy(np.zeros((4, 10)), np.arange(4)), math.log(10))


@given(logits_within(1e4))
def test_probabilities_lie_between_0_and_1_and_sum_to_one(logits):
    found = probabilities(logits)
    assert ((found >= 0) & (found <= 1)).all()
    np.testing.assert_allclose(found.sum(axis=-1), 1)


@given(logits_within(50), st.integers(0, 99))
def test_a_loss_is_minus_the_logarithm_of_the_labels_probability(logits, seed):
    labels = random_labels(logits, seed)
    found = cross_entropy(logits, labels)
    for place in np.ndindex(labels.shape):
        powers = [math.exp(z) for z in logits[place]]
        by_hand = -math.log(powers[labels[place]] / math.fsum(powers))
        assert found[place] == pytest.approx(by_hand, abs=1e-9)


@given(logits_within(50), st.floats(-1e3, 1e3), st.integers(0, 99))
def test_a_constant_added_to_all_logits_changes_nothing(logits, constant, seed):
    labels = random_labels(logits, seed)
    np.testing.assert_allclose(probabilities(logits + constant), probabilities(logits), atol=1e-9)
    shifted = cross_entropy(logits + constant, labels)
    np.testing.assert_allclose(shifted, cross_entropy(logits, labels), atol=1e-9)


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_huge_logits_neither_overflow_nor_lose_the_loss(precision):
    logits = np.zeros((2, 10), precision)
    logits[:, 3] = 1e30
    with np.errstate(all="raise", under="ignore"):
        assert probabilities(logits).tolist() == [[0, 0, 0, 1, 0, 0, 0, 0, 0, 0]] * 2
        losses = cross_entropy(logits, np.array([3, 4]))
    assert losses.dtype == precision
    assert losses[0] == 0
    assert losses[1] == pytest.approx(1e30)  # the logarithm of a probability would be infinite


def test_probabilities_minus_targets_is_the_gradient_of_the_loss():
    generator = np.random.default_rng(4)
    logits, labels = generator.normal(0, 3, (6, 10)), generator.integers(0, 10, 6)
    gradient = probabilities(logits) - np.eye(10)[labels]
    epsilon = 1e-6
    for k in range(10):
        change = epsilon * np.eye(10)[k]
        above, below = (
            cross_entropy(logits + change, labels),
            cross_entropy(logits - change, labels),
        )
        np.testing.assert_allclose(gradient[:, k], (above - below) / (2 * epsilon), atol=1e-8)


def test_the_output_may_be_the_logits_themselves():
    logits = np.random.default_rng(5).normal(0, 3, (6, 10))
    expected = probabilities(logits)
    softmax(logits, out=logits)
    assert np.array_equal(logits, expected)


def test_an_example_is_correct_where_the_largest_logit_is_the_labels():
    logits = np.array([[0.0, 2.0, 1.0], [5.0, 2.0, 1.0], [0.0, 2.0, 2.5]])
    assert correct(logits, np.array([1, 1, 2])).tolist() == [True, False, True]
