"""Training: seeds side by side, early stopping, the order of examples; on real MNIST."""

from dataclasses import replace

import numpy as np
import pytest
import small_model

from mlp.evaluation import Dataset, SortedDataset, evaluate, predict
from mlp.training import EARLY_EPOCHS, Diverged, train

SETTINGS = replace(small_model.SETTINGS, hidden=(8,), epochs=2, patience=1000)
TRACES = ("steps", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy")


def mnist(training=640, validation=300):
    return (
        small_model.dataset("train", training),
        SortedDataset(small_model.dataset("t10k", validation)),
    )


def assert_same_bits(run, other):
    assert run.seed == other.seed
    for trace in (*TRACES, "norm_steps", "final_train_loss", "final_train_accuracy"):
        assert getattr(run, trace) == getattr(other, trace)
    for trace in ("gradient_norms", "weight_norms", "weights"):
        for own, others in zip(getattr(run, trace), getattr(other, trace), strict=True):
            assert np.array_equal(own, others)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("hidden", [(1,), (2,), (3,), (64,), (59, 59), (6, 5, 4), (16,) * 10])
def test_a_seed_alone_gives_the_same_bits_as_among_others(hidden, momentum):
    settings = replace(SETTINGS, hidden=hidden, momentum=momentum, epochs=1)
    together = train(settings, *mnist(), seeds=[0, 1, 2, 3])
    for run in together[1:3]:
        (alone,) = train(settings, *mnist(), seeds=[run.seed])
        assert_same_bits(run, alone)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_seed_that_stops_does_not_disturb_the_others(momentum):
    settings = replace(SETTINGS, momentum=momentum, learning_rate=0.15, patience=4, epochs=8)
    seeds = [0, 1, 2, 3, 4, 5]
    together = train(settings, *mnist(), seeds=seeds)
    assert len({run.steps[-1] for run in together}) > 2, "too few stop before the others"
    for run in together:
        (alone,) = train(settings, *mnist(), seeds=[run.seed])
        assert_same_bits(run, alone)


@pytest.mark.parametrize("patience", [1, 3, 50])
def test_training_stops_at_exactly_the_check_at_which_patience_is_out(patience):
    """With nothing but zeros to see, tanh units say 0: the loss is log 10 for ever, never lower."""
    training, _ = mnist(320)
    blind = Dataset(np.zeros((20, 785), np.float32), np.zeros(20, np.int64))
    settings = replace(SETTINGS, activation="tanh", patience=patience, epochs=40)
    (run,) = train(settings, training, SortedDataset(blind), seeds=[0])
    every = 320 // 32 // 5  # steps from one check to the next
    assert run.steps == list(range(0, patience * every + 1, every))
    np.testing.assert_allclose(run.validation_loss, np.log(10), rtol=1e-6)


def test_stopping_early_changes_nothing_before_the_stop():
    settings = replace(SETTINGS, learning_rate=0.15, epochs=8)
    for patient in train(settings, *mnist(), seeds=[0, 1, 2]):
        for patience in (2, 4):
            (run,) = train(replace(settings, patience=patience), *mnist(), seeds=[patient.seed])
            best, in_vain, checks = float("inf"), 0, 0
            while in_vain < patience and checks < len(patient.steps):
                loss = patient.validation_loss[checks]
                best, in_vain = (loss, 0) if loss < best else (best, in_vain + 1)
                checks += 1
            for trace in TRACES:
                assert getattr(run, trace) == getattr(patient, trace)[:checks]


def test_at_step_0_the_whole_training_set_is_scored_and_norms_once_an_epoch():
    training, validation = mnist()
    (run,) = train(SETTINGS, training, validation, seeds=[0])
    (untrained,) = train(replace(SETTINGS, learning_rate=1e-30), training, validation, seeds=[0])
    assert run.train_loss[0] == untrained.final_train_loss
    assert run.norm_steps == [0, 20]
    assert [norms.shape for norms in run.gradient_norms] == [(2,), (2,)]
    expected = [np.linalg.norm(layer) for layer in untrained.weights]
    np.testing.assert_allclose(run.weight_norms[0], expected, rtol=1e-6)


def test_training_on_mnist_lowers_the_losses_and_tells_most_digits():
    for run in train(replace(SETTINGS, hidden=(32,)), *mnist(3000, 1000), seeds=[0, 1]):
        assert run.final_train_loss < run.train_loss[0] / 4
        assert run.validation_loss[-1] < run.validation_loss[0] / 4
        assert run.validation_accuracy[-1] > 0.85
        assert run.validation_accuracy[0] < 0.3


def test_a_network_that_diverges_is_named_with_the_check_that_showed_it():
    settings = replace(SETTINGS, activation="relu", learning_rate=1e25)
    with pytest.raises(Diverged, match=r"^seed 4: the loss is not finite at step 4$"):
        train(settings, *mnist(), seeds=[4])


def test_every_check_of_every_seed_is_announced_but_the_one_before_the_first_step():
    announced = []
    runs = train(SETTINGS, *mnist(), [3, 1], lambda seed, step: announced.append((seed, step)))
    assert sorted(announced) == sorted((run.seed, step) for run in runs for step in run.steps[1:])


def test_the_images_that_the_last_weights_get_right_are_kept_in_their_own_order():
    training, _ = mnist()
    validation = small_model.dataset("t10k", 300)
    for run in train(SETTINGS, training, SortedDataset(validation), seeds=[0, 1]):
        weights = [layer[None] for layer in run.weights]
        digits = predict(weights, SETTINGS.activation, validation.images)[0].argmax(axis=1)
        assert np.array_equal(run.correct, digits == validation.labels)
        assert run.correct.mean() == pytest.approx(run.validation_accuracy[-1])


def test_early_checks_tell_the_accuracy_on_the_training_images_as_they_are_then():
    training, validation = mnist()
    (run,) = train(replace(SETTINGS, epochs=EARLY_EPOCHS + 1), training, validation, seeds=[0])
    assert len(run.early_train_accuracy) == 1 + 5 * EARLY_EPOCHS
    (short,) = train(replace(SETTINGS, epochs=EARLY_EPOCHS), training, validation, seeds=[0])
    scores = evaluate([layer[None] for layer in short.weights], SETTINGS.activation, training)
    assert run.early_train_accuracy[-1] == scores.accuracy[0] == short.final_train_accuracy


def test_an_epoch_of_any_length_has_five_checks_at_the_most():
    for steps, checks in ((1, 1), (4, 4), (5, 5), (7, 5), (23, 5)):
        (run,) = train(replace(SETTINGS, epochs=1), *mnist(32 * steps), seeds=[0])
        assert len(run.steps) == 1 + checks
        assert run.steps[-1] == steps
