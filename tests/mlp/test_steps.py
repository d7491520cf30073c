"""The fused step and the product it is made of: bit for bit what the plain ones give.

But for some processors other than x86-64, whose BLAS has kernels that round small sums once less.
"""

import determinism

import sys

import numpy as np
import pytest
import small_model
from hypothesis import given
from hypothesis import strategies as st

from mlp.network import Network, layers_of, one_hot, shapes_of
from mlp.optimizers import SGD
from mlp.steps import FusedStep, PlainStep, adding_product, best_step, can_fuse, sgemm

INPUTS, ROWS, NETWORKS = 785, 32, 3
pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="NumPy's wheels for other systems may have another BLAS"
)


def assert_same(one, other):
    if determinism.IS_X86:
        assert np.array_equal(one, other)
    else:
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def normal(generator, *shape):
    return generator.standard_normal(shape).astype(np.float32)


@given(
    seed=st.integers(0, 999),
    rows=st.integers(2, 256),
    n=st.integers(2, 800),
    m=st.integers(2, 140),
    alpha=st.sampled_from([1.0, -1.0]),
    beta=st.sampled_from([0.5, 0.9, 0.99, 1.0]),
)
def test_a_product_is_added_as_if_it_had_been_written_first(seed, rows, n, m, alpha, beta):
    generator = np.random.default_rng(seed)
    a, b, out = (normal(generator, *shape) for shape in ((rows, n), (rows, m), (n, m)))
    expected = out.copy()
    expected *= beta
    expected += alpha * (a.T @ b)
    adding_product(a, b, alpha, beta, out)()
    assert_same(out, expected)


def test_a_product_is_of_what_the_arrays_hold_when_it_is_called():
    a, b, out = np.ones((2, 3), "f4"), np.ones((2, 4), "f4"), np.zeros((3, 4), "f4")
    add = adding_product(a, b, 1.0, 1.0, out)
    add()
    b *= 10
    add()
    assert (out == 2 + 20).all()


@pytest.mark.parametrize(
    ("a", "b", "out"),
    [
        (np.ones((2, 3)), np.ones((2, 4), "f4"), np.ones((3, 4), "f4")),
        (np.ones((2, 3), "f4"), np.ones((3, 4), "f4"), np.ones((3, 4), "f4")),
        (np.ones((2, 3), "f4"), np.ones((2, 4), "f4"), np.ones((4, 3), "f4")),
        (np.ones((2, 3), "f4"), np.ones((2, 4), "f4"), np.ones((4, 3), "f4").T),
        (np.ones((3, 2), "f4").T, np.ones((2, 4), "f4"), np.ones((3, 4), "f4")),
    ],
)
def test_arrays_that_blas_would_misread_are_refused(a, b, out):
    with pytest.raises(ValueError, match="allowed: contiguous float32 matrices"):
        adding_product(a, b, 1.0, 1.0, out)


def made(hidden=(64,), momentum=0.0, nesterov=False, decay=0.0, rows=ROWS):
    """Networks with their buffers, an optimizer in mid-course: the arguments of a step."""
    generator = np.random.default_rng(0)
    shapes = shapes_of(INPUTS, hidden)
    size = sum(fan_in * fan_out for fan_in, fan_out in shapes)
    parameters = normal(generator, NETWORKS, size) / 30
    optimizer = SGD(parameters, 0.02, momentum, nesterov, decay)
    optimizer.velocities += normal(generator, *optimizer.velocities.shape) / 1000
    network = Network(layers_of(parameters, shapes), "improved_sigmoid", rows)
    return network, np.empty((NETWORKS, rows, INPUTS), np.float32), parameters, optimizer


def after_steps(kind, **settings):
    """Parameters and velocities after two steps on real images."""
    network, images, parameters, optimizer = made(**settings)
    rows = images.shape[1]
    data = small_model.dataset("train", 2 * NETWORKS * rows)
    step = kind(network, images, parameters, optimizer)
    batches = data.images.reshape(2, *images.shape)
    targets = one_hot(data.labels).reshape(2, NETWORKS, rows, -1)
    for batch, target in zip(batches, targets, strict=True):
        images[:] = batch
        network.forward(images)
        step.take(target, 0.02 / rows)
    return parameters, optimizer.velocities


@pytest.mark.parametrize("rows", [2, 32, 256])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("hidden", [(2,), (64,), (128,), (59, 59), (64,) * 10])
def test_a_fused_step_has_the_bits_of_a_plain_one(hidden, momentum, rows):
    settings = {"hidden": hidden, "momentum": momentum, "rows": rows}
    assert can_fuse(*made(**settings)[::3])
    fused, plain = (after_steps(kind, **settings) for kind in (FusedStep, PlainStep))
    for one, other in zip(fused, plain, strict=True):
        assert_same(one, other)


def test_steps_are_fused_where_it_is_right_and_plain_elsewhere():
    assert sgemm() is not None
    assert type(best_step(*made())) is FusedStep
    assert type(best_step(*made(momentum=0.9))) is FusedStep
    for settings in (
        {"momentum": 0.9, "nesterov": True},
        {"decay": 0.01},
        {"hidden": (1,)},
        {"rows": 1},
        {"rows": 257},
    ):
        assert type(best_step(*made(**settings))) is PlainStep
