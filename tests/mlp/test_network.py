"""Forward and backward pass, against central differences and the formulas written out anew."""

import numpy as np
import plain_network
import pytest

from mlp.activations import ACTIVATIONS
from mlp.network import (
    PART,
    Network,
    initial_weights,
    layers_of,
    one_hot,
    product,
    shapes_of,
)

TOPOLOGIES = [(6,), (5, 4), (4, 3, 5), (4,) * 10]
INPUTS, ROWS = 7, 6


def a_network(hidden, seed=0, activation="tanh", inputs=INPUTS):
    """Weights (fan_in, fan_out) by layer, images and labels, in float64.

    Weights are wide enough that a gradient gets through ten layers: sigmoid's slope is 1/4 at most.
    """
    generator = np.random.default_rng(seed)
    spread = {"sigmoid": 4, "relu": 2**0.5}.get(activation, 1.2)
    weights = [
        generator.normal(0, spread / shape[0] ** 0.5, shape) for shape in shapes_of(inputs, hidden)
    ]
    images = generator.normal(0, 1, (ROWS, inputs))
    return weights, images, generator.integers(0, 10, ROWS)


def stacked(weights):
    return [layer[None] for layer in weights]


def gradients_of(weights, activation, images, labels):
    """By Network: one array (fan_in, fan_out) a layer, of the mean loss."""
    network = Network(stacked(weights), activation, len(images))
    network.forward(images)
    network.backward(images, one_hot(labels)[None])
    return [layer[0] for layer in network.gradients]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", TOPOLOGIES)
def test_the_forward_pass_is_the_formula(hidden, activation):
    weights, images, _ = a_network(hidden, activation=activation)
    logits = Network(stacked(weights), activation, ROWS).forward(images)[0]
    np.testing.assert_allclose(logits, plain_network.sums(weights, activation, images)[-1])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", TOPOLOGIES)
def test_every_gradient_is_the_central_difference_of_the_loss(hidden, activation):
    epsilon = 1e-5
    for seed in range(50):
        weights, images, labels = a_network(hidden, seed, activation)
        sums = plain_network.sums(weights, activation, images)[:-1]
        # A difference across relu's kink is no slope; no other activation has one.
        if activation != "relu" or min(np.abs(z).min() for z in sums) > 100 * epsilon:
            break
    else:
        pytest.fail("no draw keeps away from the kink")

    def loss(layers):
        return plain_network.loss(layers, activation, images, labels)

    differences = plain_network.central_differences(loss, weights, epsilon)
    found = gradients_of(weights, activation, images, labels)
    for gradient, difference in zip(found, differences, strict=True):
        assert np.abs(difference).max() > 1e-5, "a gradient of nothing proves nothing"
        np.testing.assert_allclose(gradient, difference, atol=1e-9)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(64,), (59, 59), (64,) * 10])
def test_gradients_in_single_precision_are_those_of_the_formulas(hidden, activation):
    weights, images, labels = a_network(hidden, activation=activation, inputs=785)
    single = [layer.astype(np.float32) for layer in weights]
    found = gradients_of(single, activation, images.astype(np.float32), labels)
    expected = plain_network.gradients(weights, activation, images, labels)
    for gradient, formula in zip(found, expected, strict=True):
        assert gradient.dtype == np.float32
        np.testing.assert_allclose(gradient, formula, atol=1e-4 * np.abs(formula).max())


@pytest.mark.parametrize("hidden", TOPOLOGIES)
def test_a_network_does_not_depend_on_its_company(hidden):
    networks = [a_network(hidden, seed) for seed in range(3)]
    weights = [np.stack(layer) for layer in zip(*(w for w, _, _ in networks), strict=True)]
    images = np.stack([x for _, x, _ in networks])
    labels = np.stack([y for _, _, y in networks])
    together = Network(weights, "improved_sigmoid", ROWS)
    together.forward(images)
    together.backward(images, one_hot(labels))
    for i, network in enumerate(networks):
        alone = gradients_of(network[0], "improved_sigmoid", *network[1:])
        for layer, gradient in enumerate(alone):
            assert np.array_equal(together.gradients[layer][i], gradient)


def test_images_may_be_shared_by_all_networks():
    weights = [np.stack([layer, 2 * layer]) for layer in a_network((5,))[0]]
    images = a_network((5,))[1]
    shared = Network(weights, "tanh", ROWS).forward(images)
    own = Network(weights, "tanh", ROWS).forward(np.stack([images, images]))
    assert np.array_equal(shared, own)


@pytest.mark.parametrize("inputs", [1, PART - 1, PART, PART + 1, 785])
def test_a_product_in_parts_is_the_product(inputs):
    generator = np.random.default_rng(inputs)
    a, b = generator.normal(size=(2, 6, inputs)), generator.normal(size=(2, inputs, 5))
    np.testing.assert_allclose(product(a, b, np.empty((2, 6, 5))), a @ b, atol=1e-12)


@pytest.mark.parametrize(
    ("hidden", "count"),
    [((64,), 50880), ((59, 59), 50386), ((60, 60), 51300), ((64,) * 10, 87744)],
)
def test_the_parameters_are_as_many_as_the_reports_count(hidden, count):
    """785 * 64 + 64 * 10; 785 * 59 + 59^2 + 59 * 10; 51,300; 785 * 64 + 9 * 64^2 + 64 * 10."""
    assert sum(fan_in * fan_out for fan_in, fan_out in shapes_of(785, hidden)) == count
    assert initial_weights(785, hidden, "fan_in", [np.random.default_rng(0)]).shape == (1, count)


def test_initial_weights_depend_on_the_own_generator_alone():
    def draw(*seeds):
        return initial_weights(20, (6, 5), "he", [np.random.default_rng(seed) for seed in seeds])

    together = draw(3, 1, 2)
    assert together.dtype == np.float32
    for i, seed in enumerate((3, 1, 2)):
        assert np.array_equal(together[i], draw(seed)[0])
    assert not np.array_equal(together[0], together[1])


def test_layers_are_views_of_the_flat_parameters():
    flat = np.zeros((2, 4 * 3 + 3 * 10))
    first, second = layers_of(flat, shapes_of(4, (3,)))
    assert (first.shape, second.shape) == ((2, 4, 3), (2, 3, 10))
    first[1, 0, 2] = 5
    second[0, 2, 9] = 7
    assert (flat[1, 2], flat[0, -1]) == (5, 7)
    flat[1, 2] = 6
    assert first[1, 0, 2] == 6


def test_a_target_is_one_at_the_label_and_zero_elsewhere():
    targets = one_hot(np.array([[3, 0]]))
    assert targets.shape == (1, 2, 10)
    assert targets.sum() == 2
    assert targets[0, 0, 3] == targets[0, 1, 0] == 1
