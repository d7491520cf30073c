"""Activations and their derivatives."""

import numpy as np
import plain_network
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mlp.activations import ACTIVATIONS

NUMBERS = arrays.arrays(
    np.float64, arrays.array_shapes(max_dims=3), elements=st.floats(-1e4, 1e4, width=32)
)
every_activation = pytest.mark.parametrize("name", ACTIVATIONS)


def value(name, z):
    out = np.empty_like(z)
    ACTIVATIONS[name].function(z, out)
    return out


def slope(name, a):
    out = np.empty_like(a)
    ACTIVATIONS[name].derivative(a, out)
    return out


@every_activation
def test_an_activation_is_its_formula(name):
    z = np.linspace(-6, 6, 101)
    np.testing.assert_allclose(value(name, z), plain_network.FUNCTIONS[name](z), atol=1e-14)


@every_activation
def test_a_derivative_taken_from_the_output_is_the_slope_of_the_function(name):
    z = np.linspace(-6, 6, 121) + 0.01  # relu has no slope at 0
    epsilon = 1e-6
    slopes = (value(name, z + epsilon) - value(name, z - epsilon)) / (2 * epsilon)
    np.testing.assert_allclose(slope(name, value(name, z)), slopes, atol=1e-8)


def test_the_slope_of_relu_at_its_kink_is_0():
    assert slope("relu", value("relu", np.array([-1.0, 0.0, 1.0]))).tolist() == [0, 0, 1]


def test_the_improved_sigmoid_maps_1_to_1_and_is_steepest_where_the_paper_says():
    """Efficient BackProp, section 4.4: f(1) = 1, f(-1) = -1, effective gain 1 near 0 to 1."""
    ends = value("improved_sigmoid", np.array([-1.0, 0.0, 1.0]))
    np.testing.assert_allclose(ends, [-1, 0, 1], atol=1e-4)
    np.testing.assert_allclose(slope("improved_sigmoid", np.zeros(1)), 1.7159 * 2 / 3)


@every_activation
@given(z=NUMBERS, precision=st.sampled_from([np.float32, np.float64]))
def test_any_input_gives_finite_values_and_slopes_in_its_own_precision(name, z, precision):
    a = value(name, z.astype(precision))
    assert np.isfinite(a).all()
    assert np.isfinite(slope(name, a)).all()
    assert a.dtype == precision
    assert (slope(name, a) >= 0).all()


@every_activation
@given(z=NUMBERS)
def test_the_output_may_be_the_input_itself(name, z):
    expected = value(name, z)
    in_place = z.copy()
    ACTIVATIONS[name].function(in_place, in_place)
    assert np.array_equal(in_place, expected)
    expected = slope(name, expected)
    ACTIVATIONS[name].derivative(in_place, in_place)
    assert np.array_equal(in_place, expected)
