"""Initial weights: their distributions, and where their randomness comes from."""

import numpy as np
import pytest
from scipy import stats

from mlp.initializers import INITIALIZERS

SHAPES = [(785, 64), (64, 10), (59, 59)]


def draw(name, shape, seed=1):
    return INITIALIZERS[name](np.random.default_rng(seed), *shape)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("name", "distribution"),
    [
        ("uniform", lambda fan_in: stats.uniform(-1, 2)),
        ("fan_in", lambda fan_in: stats.norm(0, fan_in**-0.5)),
        ("he", lambda fan_in: stats.norm(0, (2 / fan_in) ** 0.5)),
    ],
)
def test_weights_are_drawn_from_the_stated_distribution(name, distribution, shape):
    weights = draw(name, shape)
    assert weights.shape == shape
    assert weights.dtype == np.float64
    assert stats.kstest(weights.reshape(-1), distribution(shape[0]).cdf).pvalue > 0.01


def test_he_keeps_the_mean_square_of_rectified_sums_at_one():
    inputs = np.random.default_rng(2).standard_normal((2000, 300))
    rectified = np.maximum(inputs @ draw("he", (300, 50)), 0)
    np.testing.assert_allclose(np.square(rectified).mean(), 1, rtol=0.05)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_the_generator_given_is_the_only_source(name):
    np.random.seed(0)  # the global state, which must play no part
    first = draw(name, (30, 20))
    np.random.seed(1)
    assert np.array_equal(draw(name, (30, 20)), first)
    assert not np.array_equal(draw(name, (30, 20), seed=2), first)
