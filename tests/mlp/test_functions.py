"""exp, log, activations and the loss against float64, over all that a float can be."""

import numba
import numpy as np
import pytest

from mlp import functions, textbook
from mlp.functions import ACTIVATIONS, INITIALIZERS, softmax
from mlp.kernels import exp, log


@numba.njit(error_model="numpy")
def each(function, values):
    out = np.empty_like(values)
    for n in range(len(values)):
        out[n] = function(values[n])
    return out


@pytest.fixture(scope="module")
def floats():
    """One float32 in 1,009, by their bits: both signs, subnormal, infinite, and some NaN."""
    bits = np.arange(0, 2**32, 1009, dtype=np.uint64).astype(np.uint32)
    special = np.array([0, -0.0, np.inf, -np.inf, np.nan, 88.7, -87.3, -103.9], np.float32)
    return np.concatenate([bits.view(np.float32), special])


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


def ulps(found, expected):
    """How many units in the last place lie between; infinities and NaN must be the same."""
    single = expected.astype(found.dtype)
    finite = np.isfinite(single) & np.isfinite(found)
    assert np.array_equal(found[~finite], single[~finite], equal_nan=True)
    return np.abs(found[finite] - expected[finite]) / np.spacing(np.abs(single[finite]))


def test_exp_is_within_two_units_in_the_last_place(floats):
    assert ulps(each(exp, floats), np.exp(floats.astype(np.float64))).max() <= 2


def test_log_is_within_two_units_in_the_last_place():
    generator = np.random.default_rng(0)
    near = 1 + generator.normal(size=100_000) * 2.0 ** -generator.integers(1, 52, 100_000)
    wide = generator.uniform(1, 2, 100_000) * 2.0 ** generator.integers(-1022, 1023, 100_000)
    values = np.concatenate([near, wide, [0, 1, np.inf, np.nan, -1, -np.inf]])
    assert ulps(each(log, values), np.log(values.astype(np.longdouble))).max() <= 2


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_are_within_4e_7_of_their_formulas_and_keep_nan(floats, activation):
    found = each(getattr(functions, activation), floats)
    expected = textbook.FUNCTIONS[activation](floats.astype(np.float64))
    assert np.array_equal(np.isnan(found), np.isnan(floats))
    infinite = np.isinf(expected)
    assert np.array_equal(found[infinite], expected[infinite])
    numbers = ~infinite & ~np.isnan(floats)
    assert np.abs(found[numbers] - expected[numbers]).max() <= 4e-7


@numba.njit
def softmax_of(Z, labels):
    P = np.empty_like(Z)
    return softmax(Z, labels, np.arange(len(labels)), P), P


def test_softmax_and_loss_are_those_of_the_formulas_for_logits_of_any_size():
    """Of equal logits, as the first images have them, the first is the answer."""
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 1, (10, 64)) * 10.0 ** generator.integers(-3, 4, 64)
    logits[:, :9] = 0
    labels = generator.integers(0, 10, 64)
    (loss, right), found = softmax_of(logits.astype(np.float32), labels)
    logits = logits.astype(np.float32).astype(np.float64)
    shifted = logits - logits.max(axis=0)
    expected = np.exp(shifted) / np.exp(shifted).sum(axis=0)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    losses = np.log(np.exp(shifted).sum(axis=0)) - shifted[labels, np.arange(64)]
    assert loss == pytest.approx(losses.sum(), rel=1e-6)
    assert right == (logits.argmax(axis=0) == labels).sum()


@pytest.mark.parametrize(
    ("name", "deviation"), [("uniform", 3**-0.5), ("fan_in", 0.05), ("he", 0.05 * 2**0.5)]
)
def test_initial_weights_have_mean_0_and_the_deviation_of_their_rule(name, deviation):
    drawn = INITIALIZERS[name](np.random.default_rng(0), 400, 500)
    assert drawn.shape == (400, 500)
    assert drawn.mean() == pytest.approx(0, abs=4 * deviation / 200_000**0.5)
    assert drawn.std() == pytest.approx(deviation, rel=0.01)
    if name == "uniform":
        assert np.abs(drawn).max() <= 1
