"""Steps of gradient descent, worked by hand and recomputed from the published rules."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mlp.optimizers import SGD


def descend(start, gradients, learning_rate=0.1, momentum=0.0, nesterov=False, decay=0.0):
    """Where one network's parameters are after each step; `gradients`: one array a step."""
    parameters = np.array([start], dtype=np.float64)
    optimizer = SGD(parameters, learning_rate, momentum, nesterov, decay)
    places = []
    for gradient in gradients:
        optimizer.step(parameters, np.array([gradient], dtype=np.float64))
        places.append(parameters[0].copy())
    return places


def test_two_steps_with_momentum_worked_by_hand():
    """v = 0.5,                     w = 1    - 0.1 * 0.5 = 0.95
    v = 0.25 + 0.9 * 0.5 = 0.7,  w = 0.95 - 0.1 * 0.7 = 0.88"""
    first, second = descend([1.0], [[0.5], [0.25]], momentum=0.9)
    np.testing.assert_allclose([first, second], [[0.95], [0.88]], rtol=1e-14)


def test_two_steps_with_nesterov_momentum_worked_by_hand():
    """v = 0.5,  w = 1     - 0.1 * (0.5  + 0.9 * 0.5) = 0.905
    v = 0.7,  w = 0.905 - 0.1 * (0.25 + 0.9 * 0.7) = 0.817"""
    first, second = descend([1.0], [[0.5], [0.25]], momentum=0.9, nesterov=True)
    np.testing.assert_allclose([first, second], [[0.905], [0.817]], rtol=1e-14)


def test_two_steps_with_weight_decay_worked_by_hand():
    """g = 0.5  + 0.2 * 1    = 0.7,   w = 1    - 0.1 * 0.7   = 0.93
    g = 0.25 + 0.2 * 0.93 = 0.436, w = 0.93 - 0.1 * 0.436 = 0.8864"""
    first, second = descend([1.0], [[0.5], [0.25]], decay=0.2)
    np.testing.assert_allclose([first, second], [[0.93], [0.8864]], rtol=1e-14)


@given(
    seed=st.integers(0, 999),
    learning_rate=st.floats(1e-3, 1),
    momentum=st.one_of(st.just(0.0), st.floats(0.01, 0.99)),
    nesterov=st.booleans(),
    decay=st.one_of(st.just(0.0), st.floats(1e-4, 0.5)),
)
def test_any_setting_follows_the_rule_as_it_is_published(
    seed, learning_rate, momentum, nesterov, decay
):
    """v := momentum v + g + decay w, then w := w - lr v; Nesterov's look-ahead steps by
    g + decay w + momentum v in place of v."""
    generator = np.random.default_rng(seed)
    w, gradients = generator.normal(size=6), generator.normal(size=(8, 6))
    places = descend(w, gradients, learning_rate, momentum, nesterov, decay)
    v = np.zeros(6)
    for place, gradient in zip(places, gradients, strict=True):
        g = gradient + decay * w
        v = momentum * v + g
        w = w - learning_rate * (g + momentum * v if nesterov else v)
        np.testing.assert_allclose(place, w, rtol=1e-9, atol=1e-9)


def test_nesterov_takes_the_gradient_at_the_point_looked_ahead_to():
    """Sutskever et al. (2013), equations 3 and 4, on f(w) = c w^2 / 2, whose gradient is c w:
    u := momentum u - lr f'(p + momentum u), p := p + u. The weights here are p + momentum u."""
    learning_rate, momentum, c = 0.1, 0.9, np.array([0.5, 2.0])
    p, u = np.ones(2), np.zeros(2)
    parameters = np.ones((1, 2))
    optimizer = SGD(parameters, learning_rate, momentum, nesterov=True, decay=0.0)
    for _ in range(20):
        u = momentum * u - learning_rate * c * (p + momentum * u)
        p = p + u
        optimizer.step(parameters, c * parameters)
        np.testing.assert_allclose(parameters[0], p + momentum * u, rtol=1e-12)


@given(seed=st.integers(0, 999), nesterov=st.booleans())
def test_networks_side_by_side_do_not_touch_each_other(seed, nesterov):
    generator = np.random.default_rng(seed)
    together, gradients = generator.normal(size=(3, 5)), generator.normal(size=(4, 3, 5))
    alone = [
        descend(start, gradients[:, i], momentum=0.9, nesterov=nesterov, decay=0.1)[-1]
        for i, start in enumerate(together)
    ]
    optimizer = SGD(together, 0.1, 0.9, nesterov, decay=0.1)
    for gradient in gradients:
        optimizer.step(together, gradient.copy())
    np.testing.assert_array_equal(together, alone)


def test_the_networks_that_are_kept_go_on_with_their_velocities():
    places = []
    for kept in ([0, 1, 2], [2, 0]):
        parameters = np.zeros((3, 2))
        optimizer = SGD(parameters, 0.1, 0.9, nesterov=False, decay=0.0)
        optimizer.step(parameters, np.arange(6.0).reshape(3, 2))
        optimizer.keep(np.array(kept))
        parameters = parameters[kept]
        optimizer.step(parameters, np.zeros_like(parameters))
        places.append(parameters)
    np.testing.assert_array_equal(places[0][[2, 0]], places[1])


def test_parameters_stay_in_single_precision():
    parameters = np.ones((1, 3), np.float32)
    optimizer = SGD(parameters, 0.1, 0.9, nesterov=True, decay=0.01)
    optimizer.step(parameters, np.ones((1, 3), np.float32))
    assert parameters.dtype == np.float32
