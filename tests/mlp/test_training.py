"""Steps worked by hand and by the textbook; early stopping, checks and seeds."""

from dataclasses import replace

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tools import need_module

from mlp import textbook
from mlp.network import (
    CHUNK,
    dense,
    first,
    layers_of,
    look_back,
    make,
    readable,
    scores,
    step,
    take_steps,
)
from mlp.training import Diverged, Hyperparameters, Training, train
from mnist.images import ink

SETTINGS = Hyperparameters(
    hidden=(8,),
    activation="tanh",
    init="fan_in",
    learning_rate=0.1,
    momentum=0.0,
    nesterov=False,
    weight_decay=0.0,
    batch_size=10,
    epochs=2,
    patience=1000,
    shuffle=True,
)
TRACES = ("steps", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy")


def digits(count, seed=0):
    """Images in ten kinds that can be told apart: a kind's pattern, some noise, much paper."""
    patterns = np.random.default_rng(99).normal(0, 1, (10, 30))
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 10, count)
    pixels = patterns[labels] + generator.normal(0, 0.7, (count, 30))
    pixels[np.abs(pixels) < 0.6] = -0.4
    return ink(pixels.astype(np.float32), labels)


TRAINING, TEST = digits(205), digits(50, seed=1)  # 20 batches, and five images that are left over


def assert_same(run, other):
    for name in (*TRACES, "norm_steps", "gradient_norms", "weight_norms", "final_train_loss"):
        assert getattr(run, name) == getattr(other, name), name
    for own, others in zip(run.weights, other.weights, strict=True):
        assert np.array_equal(own, others)


@numba.njit
def steps_of(gradients, w, v, rule):
    for gradient in gradients:
        if rule.nesterov:
            look_back(w, v, rule)
        v += gradient
        step(w, v, rule)
    return w[0]


@pytest.mark.parametrize(
    ("first", "second", "settings"),
    [
        # v = 0.5, w = 1 - 0.1 * 0.5; v = 0.25 + 0.9 * 0.5 = 0.7, w = 0.95 - 0.1 * 0.7
        (0.95, 0.88, {"momentum": 0.9}),
        # w = 1 - 0.1 (0.5 + 0.9 * 0.5); v as above, w = 0.905 - 0.1 (0.25 + 0.9 * 0.7)
        (0.905, 0.817, {"momentum": 0.9, "nesterov": True}),
        # g = 0.5 + 0.2 * 1, w = 1 - 0.1 * 0.7; g = 0.25 + 0.2 * 0.93 = 0.436, w = 0.93 - 0.0436
        (0.93, 0.8864, {"weight_decay": 0.2}),
    ],
)
def test_two_steps_worked_by_hand(first, second, settings):
    """On a weight of 1, with gradients 0.5 and 0.25 and learning rate 0.1."""
    rule = replace(SETTINGS, **settings).rule()
    for gradients, expected in ([0.5], first), ([0.5, 0.25], second):
        w, v = np.ones(1, np.float32), np.full(1, rule.decay)  # between steps v is m v + decay w
        assert steps_of(np.float32(gradients), w, v, rule) == pytest.approx(expected, rel=1e-6)


@given(
    hidden=st.sampled_from([(1,), (2,), (33,), (5, 4), (6,) * 10]),
    activation=st.sampled_from(["sigmoid", "improved_sigmoid", "tanh"]),
    momentum=st.sampled_from([0.0, 0.5, 0.9]),
    nesterov=st.booleans(),
    decay=st.sampled_from([0.0, 0.01]),
    size=st.sampled_from([1, 7, 31, 32, 33]),
    all_ink=st.booleans(),
)
def test_training_follows_the_published_rule_with_the_textbooks_gradients(
    hidden, activation, momentum, nesterov, decay, size, all_ink
):
    """v := momentum v + g + decay w, w := w - rate v; or, by Nesterov, in place of this v
    g + decay w + momentum v."""
    settings = replace(
        SETTINGS, hidden=hidden, activation=activation, momentum=momentum, nesterov=nesterov,
        weight_decay=decay, batch_size=size,
    )  # fmt: skip
    images = ink(
        dense(TRAINING)[:, :-1].astype(np.float32), TRAINING.labels, 9.0 if all_ink else None
    )
    going = Training(settings, images, TEST, seed=0)
    weights = [w.astype(np.float64) for w in layers_of(going.network, going.network.weights)]
    velocities = [np.zeros_like(w) for w in weights]
    order = np.random.default_rng(0).permutation(205)[: 4 * size]
    inputs, targets = dense(images), np.eye(10)[images.labels]
    for batch in order[: len(order) // size * size].reshape(-1, size):
        gradients = textbook.gradients(weights, activation, inputs[batch], targets[batch])
        for w, v, gradient in zip(weights, velocities, gradients, strict=True):
            g = gradient + decay * w
            v[:] = momentum * v + g
            w -= 0.1 * (g + momentum * v if nesterov else v)
    take_steps(going.network, going.rule, going.training, order)
    for found, expected in zip(
        layers_of(going.network, going.network.weights), weights, strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=2e-5)


@pytest.mark.proof
def test_momentum_is_scikit_learns():
    need_module("sklearn")
    from sklearn.neural_network import MLPClassifier

    inputs = dense(TRAINING)[:200, :-1]
    peer = MLPClassifier(
        (8, 7), activation="tanh", solver="sgd", alpha=0, batch_size=20, shuffle=False,
        learning_rate_init=1e-30, momentum=0.9, nesterovs_momentum=False, random_state=0,
    )  # fmt: skip
    peer.partial_fit(inputs, TRAINING.labels[:200], classes=range(10))  # draws weights
    del peer._optimizer
    peer.learning_rate_init = 0.1
    # Our upper layers have no biases: those of the peer are set to 0 after each step.
    weights = [np.vstack([peer.coefs_[0], peer.intercepts_[0]]), *peer.coefs_[1:]]
    network = make(weights, "tanh", 200, velocities=True)
    rule = replace(SETTINGS, momentum=0.9).rule()
    peer.batch_size = 200
    for _ in range(5):
        for biases in peer.intercepts_[1:]:
            biases[:] = 0
        peer.partial_fit(inputs, TRAINING.labels[:200])
        take_steps(network, rule, readable(TRAINING), np.arange(200))
    for found, expected in zip(layers_of(network, network.weights), peer.coefs_, strict=True):
        np.testing.assert_allclose(found[: len(expected)], expected, atol=1e-5)


def test_no_momentum_is_plain_descent_whatever_nesterov():
    for settings in ({"nesterov": True}, {"weight_decay": 1e-30}):
        found = train(replace(SETTINGS, **settings), TRAINING, TEST, seed=0)
        plain = train(SETTINGS, TRAINING, TEST, seed=0)
        np.testing.assert_allclose(found.train_loss, plain.train_loss, rtol=1e-4)
        np.testing.assert_allclose(found.weights[0], plain.weights[0], atol=1e-5)


def test_training_lowers_the_losses_and_tells_most_kinds_apart():
    run = train(replace(SETTINGS, epochs=8), TRAINING, TEST, seed=0)
    assert run.final_train_loss < run.train_loss[0] / 4
    assert run.validation_loss[-1] < run.validation_loss[0] / 2
    assert run.validation_accuracy[-1] > 0.8
    assert run.weights[0].shape == (31, 8)
    last = make(run.weights, "tanh", CHUNK)
    assert scores(last, readable(TEST)).loss == run.validation_loss[-1]


def test_a_seed_gives_the_same_bits_again_and_shares_its_batches_with_other_networks():
    run = train(SETTINGS, TRAINING, TEST, seed=3)
    assert_same(run, train(SETTINGS, TRAINING, TEST, seed=3))
    other = train(SETTINGS, TRAINING, TEST, seed=4)
    assert other.train_loss[1:] != run.train_loss[1:]
    orders = []
    for hidden in ((8,), (3, 4)):
        going = Training(replace(SETTINGS, hidden=hidden), TRAINING, TEST, seed=3)
        going.start_epoch(0)
        orders.append(going.order)
    assert np.array_equal(*orders)
    assert sorted(orders[0]) == list(range(205))
    weights, order = (np.random.default_rng(s) for s in np.random.SeedSequence(3).spawn(2))
    assert np.array_equal(orders[0], order.permutation(205))
    drawn = weights.normal(0, 31**-0.5, (31, 8)).astype(np.float32)
    still = train(replace(SETTINGS, learning_rate=1e-30), TRAINING, TEST, seed=3)
    assert np.array_equal(still.weights[0], drawn)


def test_without_shuffling_every_epoch_is_in_the_images_own_order():
    going = Training(replace(SETTINGS, shuffle=False), TRAINING, TEST, seed=0)
    for _ in range(2):
        going.start_epoch(0)
        assert np.array_equal(going.order, np.arange(205))


def test_the_last_images_of_an_epoch_that_fill_no_batch_are_dropped():
    whole = train(replace(SETTINGS, shuffle=False), first(TRAINING, 200), TEST, seed=0)
    run = train(replace(SETTINGS, shuffle=False), TRAINING, TEST, seed=0)
    assert run.steps == whole.steps
    assert run.train_loss[1:] == whole.train_loss[1:]


@pytest.mark.parametrize("patience", [1, 3, 50])
def test_training_stops_at_exactly_the_check_at_which_patience_is_out(patience):
    """With a rate too small to change a weight, no loss is lower than the first."""
    settings = replace(SETTINGS, patience=patience, epochs=40, learning_rate=1e-30)
    run = train(settings, TRAINING, TEST, seed=0)
    assert run.steps == list(range(0, patience * 4 + 1, 4))
    assert len(set(run.validation_loss)) == 1


def test_stopping_early_changes_nothing_before_the_stop():
    settings = replace(SETTINGS, learning_rate=3.0, epochs=8)
    patient = train(settings, TRAINING, TEST, seed=0)
    for patience in (2, 4):
        run = train(replace(settings, patience=patience), TRAINING, TEST, seed=0)
        best, in_vain, checks = float("inf"), 0, 0
        while in_vain < patience and checks < len(patient.steps):
            loss = patient.validation_loss[checks]
            best, in_vain = (loss, 0) if loss < best else (best, in_vain + 1)
            checks += 1
        assert checks < len(patient.steps), "a training that never gets worse proves nothing"
        for trace in TRACES:
            assert getattr(run, trace) == getattr(patient, trace)[:checks]


def test_at_step_0_the_whole_training_set_is_scored_and_norms_once_an_epoch():
    run = train(SETTINGS, TRAINING, TEST, seed=0)
    untrained = train(replace(SETTINGS, learning_rate=1e-30), TRAINING, TEST, seed=0)
    assert run.train_loss[0] == untrained.final_train_loss
    assert run.norm_steps == [0, 20]
    expected = [np.linalg.norm(layer) for layer in untrained.weights]
    np.testing.assert_allclose(run.weight_norms[0], expected, rtol=1e-6)
    weights = [w.astype(np.float64) for w in untrained.weights]
    gradients = textbook.gradients(weights, "tanh", dense(TRAINING), np.eye(10)[TRAINING.labels])
    norms = [np.linalg.norm(gradient) for gradient in gradients]
    np.testing.assert_allclose(run.gradient_norms[0], norms, rtol=1e-5)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_network_that_diverges_is_named_with_the_check_that_showed_it(activation):
    settings = replace(SETTINGS, activation=activation, learning_rate=1e30, weight_decay=1.0)
    with pytest.raises(Diverged, match=r"^seed 4: the loss is not finite at step 4$"):
        train(settings, TRAINING, TEST, seed=4)


def test_every_check_but_the_one_before_the_first_step_is_announced():
    announced = []
    run = train(SETTINGS, TRAINING, TEST, 3, announced.append)
    assert announced == run.steps[1:]


@pytest.mark.parametrize(("steps", "checks"), [(1, 1), (4, 4), (5, 5), (7, 5), (20, 5)])
def test_an_epoch_of_any_length_has_five_checks_at_the_most(steps, checks):
    settings = replace(SETTINGS, epochs=1)
    run = train(settings, first(TRAINING, 10 * steps), TEST, seed=0)
    assert len(run.steps) == 1 + checks
    assert run.steps[-1] == steps
