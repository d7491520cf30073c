"""Networks of drawn shapes on drawn images, against the textbook."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from mlp import textbook
from mlp.functions import ACTIVATIONS, INITIALIZERS
from mlp.network import (
    CHUNK,
    dense,
    first,
    gradients,
    initial_weights,
    logits,
    make,
    readable,
    scores,
    shapes_of,
)
from mnist.images import ink

SHAPES = st.lists(st.integers(1, 70), min_size=1, max_size=4) | st.just([6] * 10)


@st.composite
def networks(draw):
    """Weights, activation, and images with paper between the ink, or all ink, or all paper."""
    generator = np.random.default_rng(draw(st.integers(0, 999)))
    count, inputs = draw(st.integers(1, 70)), draw(st.integers(1, 60))
    pixels = generator.normal(0, 1, (count, inputs))
    pixels[generator.random(pixels.shape) > draw(st.sampled_from([0, 0.2, 1]))] = -0.4
    images = ink(pixels.astype(np.float32), generator.integers(0, 10, count))
    activation = draw(st.sampled_from(sorted(ACTIVATIONS)))
    inits = ["fan_in", "he"] if activation == "relu" else sorted(INITIALIZERS)  # or sums explode
    weights = initial_weights(inputs + 1, draw(SHAPES), draw(st.sampled_from(inits)), generator)
    return weights, activation, images


@given(networks())
def test_probabilities_losses_and_gradients_are_the_textbooks(network):
    weights, activation, images = network
    given = [w.astype(np.float64) for w in weights], activation, dense(images)
    targets = np.eye(10)[images.labels]
    sums = logits(weights, activation, images)
    np.testing.assert_allclose(softmax(sums, 1), textbook.forward(*given)[-1], atol=2e-4)
    found = scores(make(weights, activation, CHUNK), readable(images))
    assert found.loss == pytest.approx(textbook.loss(*given, targets), abs=1e-3, rel=1e-4)
    assert found.accuracy == (sums.argmax(axis=1) == images.labels).mean()
    for own, expected in zip(gradients(*network), textbook.gradients(*given, targets), strict=True):
        assert own.dtype == np.float32
        np.testing.assert_allclose(own, expected, atol=1e-2 * np.abs(expected).max() + 1e-30)


@given(networks())
def test_an_image_gets_the_same_bits_in_any_company(network):
    weights, activation, images = network
    count = 1 + len(images.labels) // 2
    some = logits(weights, activation, first(images, count))
    assert np.array_equal(logits(*network)[:count], some)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(6,), (5, 4), (4,) * 10])
def test_the_textbooks_gradients_are_central_differences_of_its_loss(hidden, activation):
    generator, epsilon = np.random.default_rng(5), 1e-5
    spread = {"sigmoid": 4, "relu": 2**0.5}.get(activation, 1.2)  # or ten layers let nothing pass
    weights = [
        generator.normal(0, spread / shape[0] ** 0.5, shape) for shape in shapes_of(7, hidden)
    ]
    images, targets = generator.normal(0, 1, (6, 7)), np.eye(10)[generator.integers(0, 10, 6)]
    found = textbook.gradients(weights, activation, images, targets)
    for layer, gradient in zip(weights, found, strict=True):
        assert np.abs(gradient).max() > 1e-5, "a gradient of nothing proves nothing"
        for place in np.ndindex(layer.shape):
            kept, sides = layer[place], []
            for layer[place] in (kept + epsilon, kept - epsilon):
                sides.append(textbook.loss(weights, activation, images, targets))
            layer[place] = kept
            difference = (sides[0] - sides[1]) / (2 * epsilon)
            assert gradient[place] == pytest.approx(difference, abs=1e-9)


@pytest.mark.parametrize(
    ("hidden", "count"),
    [((64,), 50880), ((59, 59), 50386), ((60, 60), 51300), ((64,) * 10, 87744)],
)
def test_the_parameters_are_as_many_as_the_reports_count(hidden, count):
    """785 * 64 + 64 * 10; 785 * 59 + 59^2 + 59 * 10; 51,300; 785 * 64 + 9 * 64^2 + 64 * 10."""
    assert sum(fan_in * fan_out for fan_in, fan_out in shapes_of(785, hidden)) == count
    weights = initial_weights(785, hidden, "fan_in", np.random.default_rng(0))
    assert [w.shape for w in weights] == shapes_of(785, hidden)
    assert {w.dtype for w in weights} == {np.dtype(np.float32)}
