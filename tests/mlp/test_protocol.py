"""The whole protocol once more, as one plain loop, and with the course's own choices.

They are three (docs/protocol.md). The loop has a switch for each, and shares no code with src/mlp;
it computes in float64, so that results agree up to the rounding of float32, which WILD amplifies.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import plain_network
import pytest
import small_model

from mlp.evaluation import Dataset, SortedDataset
from mlp.training import CHECKS_PER_EPOCH, Trainer, train
from normalize import normalize, pixel_statistics

SETTINGS = replace(small_model.SETTINGS, hidden=(16,), epochs=4)
NEW = replace(SETTINGS, hidden=(8, 7), nesterov=True, weight_decay=0.001, shuffle=False)
# A rate at which the loss of validation rises from the start, so that the first is the lowest.
WILD = replace(SETTINGS, learning_rate=1.0, patience=3)
TRAINING = small_model.dataset("train", 650)  # 20 batches, and 10 images that are left over
EVERY = 20 // CHECKS_PER_EPOCH


def validation(own_mean):
    """300 images, normalized with the training images' mean and deviation, or with their own."""
    pixels, labels = small_model.pixels("t10k", 300)
    whose = pixels if own_mean else small_model.pixels("train", 5000)[0]
    return Dataset(normalize(pixels, *pixel_statistics(whose)), labels)


def assert_close(found, expected, settings):
    np.testing.assert_allclose(found, expected, rtol=1e-2 if settings is WILD else 1e-3, atol=1e-4)


def loop(settings, checked, late_checks, hasty):
    """Steps and losses of validation at every check, the steps' losses, and the last weights."""
    of_weights, of_order = map(np.random.default_rng, np.random.SeedSequence(0).spawn(2))
    shapes = pairwise([785, *settings.hidden, 10])
    weights = [of_weights.normal(0, fan_in**-0.5, (fan_in, out)) for fan_in, out in shapes]
    velocity = [np.zeros_like(layer) for layer in weights]
    steps, losses, seen = [], [], []

    def stops(step):
        steps.append(step)
        losses.append(plain_network.loss(weights, settings.activation, *checked))
        best = int(np.argmin(losses))
        return len(losses) - 1 - best >= settings.patience - (hasty and best == 0)

    if not late_checks:
        stops(0)
    for _ in range(settings.epochs):
        order = of_order.permutation(650) if settings.shuffle else np.arange(650)
        for rows in order[:640].reshape(-1, 32):
            batch = TRAINING.images[rows].astype(np.float64), TRAINING.labels[rows]
            seen.append(plain_network.loss(weights, settings.activation, *batch))
            gradients = plain_network.gradients(weights, settings.activation, *batch)
            for i, gradient in enumerate(gradients):
                g = gradient + settings.weight_decay * weights[i]
                velocity[i] = g + settings.momentum * velocity[i]
                step = g + settings.momentum * velocity[i] if settings.nesterov else velocity[i]
                weights[i] = weights[i] - settings.learning_rate * step
            if len(seen) % EVERY == late_checks and stops(len(seen)):
                return steps, losses, seen, weights
    return steps, losses, seen, weights


def trainer_of_the_course(settings, checked):
    """This project's trainer, checked after 1, 1 + EVERY, ... steps and stopped hastily."""
    trainer = Trainer(settings, TRAINING, SortedDataset(checked), [0])
    [run] = trainer.runs
    for _ in range(settings.epochs):
        trainer.start_epoch()
        # The steps after an epoch's last check are followed by the first of the next epoch.
        for positions in np.split(np.arange(20), range(1, 20, EVERY)):
            trainer.take_steps(positions)
            if positions[-1] == 19:
                run.steps.pop(), run.validation_loss.pop()
            elif run.out_of_patience(settings.patience - (np.argmin(run.validation_loss) == 0)):
                return run
    return run


@pytest.mark.parametrize("settings", [SETTINGS, NEW, WILD])
def test_the_protocol_is_that_of_a_plain_loop(settings):
    checked = validation(own_mean=False)
    [run] = train(settings, TRAINING, SortedDataset(checked), [0])
    steps, losses, seen, weights = loop(settings, checked, late_checks=False, hasty=False)
    assert run.steps == steps
    assert (len(steps) < 21) == (settings is WILD)
    assert_close(run.validation_loss, losses, settings)
    # Of training, means over the steps since the check before.
    means = np.reshape(seen, (-1, EVERY)).mean(axis=1)
    assert_close(run.train_loss[1:], means, settings)
    final = plain_network.loss(weights, settings.activation, *TRAINING)
    assert_close(run.final_train_loss, final, settings)
    if settings is not WILD:
        for own, expected in zip(run.weights, weights, strict=True):
            assert_close(own, expected, settings)


@pytest.mark.parametrize("settings", [SETTINGS, NEW, WILD])
def test_with_the_courses_three_choices_it_is_that_of_the_loop_with_these(settings):
    checked = validation(own_mean=True)
    run = trainer_of_the_course(settings, checked)
    steps, losses, *_ = loop(settings, checked, late_checks=True, hasty=True)
    assert run.steps == steps
    assert steps[:3] == [1, 1 + EVERY, 1 + 2 * EVERY]
    assert_close(run.validation_loss, losses, settings)
    patient, *_ = loop(settings, checked, late_checks=True, hasty=False)
    assert (len(steps) == len(patient) - 1) == (settings is WILD)
