"""Steps worked by hand and by the textbook; early stopping, checks, seeds and known bits."""

from dataclasses import replace

import bits
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


CHANGES = {
    "hidden": st.sampled_from([(1,), (2,), (33,), (5, 4), (6,) * 10]),
    "activation": st.sampled_from(["sigmoid", "improved_sigmoid", "tanh"]),
    "momentum": st.sampled_from([0.0, 0.5, 0.9]),
    "nesterov": st.booleans(),
    "weight_decay": st.sampled_from([0.0, 0.01]),
    "batch_size": st.sampled_from([1, 7, 31, 32, 33]),
}


@given(st.fixed_dictionaries(CHANGES), st.sampled_from([None, 9.0]))
def test_training_follows_the_published_rule_with_the_textbooks_gradients(changes, background):
    """v := momentum v + g + decay w, w := w - rate v; or, by Nesterov, in place of this v
    g + decay w + momentum v. On a background of 9 all is ink."""
    settings = replace(SETTINGS, **changes)
    images = ink(dense(TRAINING)[:, :-1].astype(np.float32), TRAINING.labels, background)
    going = Training(settings, images, TEST, seed=0)
    layers = layers_of(going.network, going.network.weights)
    weights = [w.astype(np.float64) for w in layers]
    velocities = [np.zeros_like(w) for w in weights]
    order = np.random.default_rng(0).permutation(205)[: 4 * settings.batch_size]
    inputs, targets = dense(images), np.eye(10)[images.labels]
    for batch in order.reshape(4, -1):
        given = settings.activation, inputs[batch], targets[batch]
        for w, v, gradient in zip(
            weights, velocities, textbook.gradients(weights, *given), strict=True
        ):
            g = gradient + settings.weight_decay * w
            v[:] = settings.momentum * v + g
            w -= 0.1 * (g + settings.momentum * v if settings.nesterov else v)
    take_steps(going.network, going.rule, going.training, order)
    for found, expected in zip(layers, weights, strict=True):
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


def test_a_seed_gives_the_same_bits_again_and_shares_its_batches_with_other_networks():
    run, again, other = (train(SETTINGS, TRAINING, TEST, seed) for seed in (3, 3, 4))
    assert all(getattr(run, trace) == getattr(again, trace) for trace in TRACES)
    assert all(map(np.array_equal, run.weights, again.weights))
    assert other.train_loss[1:] != run.train_loss[1:]
    weights, order = map(np.random.default_rng, np.random.SeedSequence(3).spawn(2))
    batches = order.permutation(205)
    for hidden in ((8,), (3, 4)):
        going = Training(replace(SETTINGS, hidden=hidden), TRAINING, TEST, seed=3)
        going.start_epoch(0)
        assert np.array_equal(going.order, batches)
    still = train(replace(SETTINGS, learning_rate=1e-30), TRAINING, TEST, seed=3)
    drawn = weights.normal(0, 31**-0.5, (31, 8)).astype(np.float32)
    assert np.array_equal(still.weights[0], drawn)


def test_without_shuffling_every_epoch_is_in_the_images_own_order():
    going = Training(replace(SETTINGS, shuffle=False), TRAINING, TEST, seed=0)
    for _ in range(2):
        going.start_epoch(0)
        assert np.array_equal(going.order, np.arange(205))


@pytest.mark.parametrize(("rate", "patience"), [(3.0, 2), (3.0, 4), (1e-30, 1), (1e-30, 30)])
def test_training_stops_when_patience_is_out_and_nothing_changes_before_that(rate, patience):
    """A rate of 3 soon does harm; one too small to change a weight brings no lower loss."""
    settings = replace(SETTINGS, learning_rate=rate, epochs=8)
    patient = train(settings, TRAINING, TEST, seed=0)
    run = train(replace(settings, patience=patience), TRAINING, TEST, seed=0)
    best, in_vain, checks = float("inf"), 0, 0
    while in_vain < patience:
        loss = patient.validation_loss[checks]
        best, in_vain = (loss, 0) if loss < best else (best, in_vain + 1)
        checks += 1
    assert checks < len(patient.steps), "a training that never gets worse proves nothing"
    assert all(getattr(run, trace) == getattr(patient, trace)[:checks] for trace in TRACES)


def test_a_run_records_scores_of_the_test_set_and_once_an_epoch_norms():
    run = train(SETTINGS, TRAINING, TEST, seed=0)
    last = scores(make(run.weights, "tanh", CHUNK), readable(TEST))
    assert last == (run.validation_loss[-1], run.validation_accuracy[-1])
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


@pytest.mark.parametrize(("steps", "checks"), [(1, 1), (4, 4), (5, 5), (7, 5), (20, 5)])
def test_an_epoch_of_any_length_has_five_checks_at_the_most_and_announces_each(steps, checks):
    """Images that fill no batch are dropped; the check before the first step is not announced."""
    settings, images, announced = replace(SETTINGS, epochs=1), first(TRAINING, 10 * steps + 5), []
    run = train(settings, images, TEST, 3, announced.append)
    assert (len(announced), announced[-1]) == (checks, steps)
    assert run.steps == [0, *announced]


def test_trainings_leave_here_what_they_left_everywhere():
    assert bits.others() == []
