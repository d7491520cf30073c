import numpy as np
import pytest

import results
from mlp.runs import Run


def a_run(seed, losses, accuracies):
    """A run of a 3-2-10 network with a check every second step, five steps an epoch."""
    run = Run(seed, steps_per_epoch=5, steps=[2 * i for i in range(len(losses))])
    run.validation_loss, run.validation_accuracy = list(losses), list(accuracies)
    run.train_loss = [loss / 2 for loss in losses]
    run.train_accuracy = [a / 2 for a in accuracies]
    run.norm_steps = [0, 5]
    run.gradient_norms = [np.array([1.0, 2.0]) * (seed + 1), np.array([3.0, 4.0])]
    run.weight_norms = [np.array([5.0, 6.0]), np.array([7.0, 8.0])]
    run.final_train_loss, run.final_train_accuracy = 0.125, 0.75
    run.weights = [np.zeros((3, 2)), np.zeros((2, 10))]
    return run


RUNS = [a_run(0, [4.0, 1.0, 2.0], [0.1, 0.5, 0.4]), a_run(1, [6.0, 3.0], [0.2, 0.3])]


def test_a_seeds_row_says_how_long_it_trained_and_where_it_ended():
    rows = results.seed_columns(RUNS)
    assert {name: values[0] for name, values in rows.items()} == {
        "seed": 0,
        "parameters": 3 * 2 + 2 * 10,
        "epochs": 0.8,
        "steps": 4,
        "train_loss": 0.125,
        "train_accuracy": 0.75,
        "validation_loss": 2.0,
        "validation_accuracy": 0.4,
        "best_validation_loss": 1.0,
        "best_validation_accuracy": 0.5,
    }


def test_metrics_are_means_and_sample_deviations_over_seeds():
    flat = results.metrics(results.seed_columns(RUNS))
    assert set(flat) == {
        *("parameters", "seeds", "epochs", "steps", "train_loss", "train_accuracy"),
        *("validation_loss", "validation_accuracy", "validation_loss_std"),
        *("validation_accuracy_std", "best_validation_accuracy", "best_validation_loss"),
    }
    assert flat["seeds"] == 2
    assert flat["parameters"] == 26
    assert flat["steps"] == 3
    assert flat["validation_loss"] == 2.5
    assert flat["validation_loss_std"] == pytest.approx(np.sqrt(0.5))


def test_one_seed_has_no_deviation():
    flat = results.metrics(results.seed_columns(RUNS[:1]))
    assert flat["validation_loss_std"] is None
    assert flat["validation_accuracy_std"] is None


def test_curves_are_over_the_seeds_still_training():
    curves = results.curve_columns(RUNS)
    assert curves["step"] == [0, 2, 4]
    assert curves["validation_loss"] == [5.0, 2.0, 2.0]
    assert curves["validation_loss_lo"] == [4.0, 1.0, 2.0]
    assert curves["validation_loss_hi"] == [6.0, 3.0, 2.0]
    assert curves["train_accuracy"] == pytest.approx([0.075, 0.2, 0.2])


def test_runs_have_one_row_a_seed_and_check():
    rows = results.run_columns(RUNS)
    assert rows["seed"] == [0, 0, 0, 1, 1]
    assert rows["step"] == [0, 2, 4, 0, 2]
    assert rows["validation_accuracy"] == [0.1, 0.5, 0.4, 0.2, 0.3]


def test_gradients_have_one_row_a_seed_epoch_and_layer():
    rows = results.gradient_columns(RUNS)
    assert rows["seed"] == [0] * 4 + [1] * 4
    assert rows["step"] == [0, 0, 5, 5] * 2
    assert rows["layer"] == [1, 2] * 4
    assert rows["gradient_norm"] == [1, 2, 3, 4, 2, 4, 3, 4]
    assert rows["weight_norm"] == [5, 6, 7, 8] * 2
