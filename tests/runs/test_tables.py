"""The tables that are published of a network's runs, on runs worked by hand."""

import numpy as np
import pytest

from mlp.training import Run
from runs import tables as results
from workflow import files
from workflow.command import UserError


def a_run(seed, losses, accuracies):
    """A run of a 3-2-10 network with a check every second step, five steps an epoch."""
    run = Run(seed, steps_per_epoch=5, steps=[2 * i for i in range(len(losses))])
    run.validation_loss, run.validation_accuracy = list(losses), list(accuracies)
    run.train_loss = [loss / 2 for loss in losses]
    run.train_accuracy = [a / 2 for a in accuracies]
    run.early_train_accuracy = [0.25, 0.5]
    run.norm_steps = [0, 5]
    run.gradient_norms = [np.array([1.0, 2.0]) * (seed + 1), np.array([3.0, 4.0])]
    run.weight_norms = [np.array([5.0, 6.0]), np.array([7.0, 8.0])]
    run.final_train_loss, run.final_train_accuracy = 0.125, 0.75
    run.weights = [np.zeros((3, 2)), np.zeros((2, 10))]
    run.correct = np.arange(11) % (seed + 2) == 0
    return run


RUNS = [a_run(0, [4.0, 1.0, 2.0], [0.1, 0.5, 0.4]), a_run(1, [6.0, 3.0], [0.2, 0.3])]


def test_a_seeds_row_says_how_long_it_trained_and_where_it_ended():
    rows = results.seeds_table(RUNS)
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


def test_means_and_sample_deviations_are_over_seeds():
    flat = results.means(results.seeds_table(RUNS))
    assert set(flat) == {
        *("parameters", "seeds", "epochs", "steps", "train_loss", "train_accuracy"),
        *("validation_loss", "validation_accuracy", "validation_loss_std"),
        *("validation_accuracy_std", "best_validation_accuracy", "best_validation_loss"),
    }
    assert (flat["seeds"], flat["parameters"], flat["steps"]) == (2, 26, 3)
    assert flat["validation_loss"] == 2.5
    assert flat["validation_loss_std"] == pytest.approx(np.sqrt(0.5))
    one = results.means(results.seeds_table(RUNS[:1]))
    assert one["validation_loss_std"] is one["validation_accuracy_std"] is None


def test_curves_end_where_the_first_seed_stops():
    curves = results.curves_table(RUNS)
    assert curves["step"] == [0, 2]
    assert curves["validation_loss"] == [5.0, 2.0]
    assert curves["validation_loss_lo"] == [4.0, 1.0]
    assert curves["validation_loss_hi"] == [6.0, 3.0]
    assert curves["train_accuracy"] == pytest.approx([0.075, 0.2])


def test_runs_have_one_row_a_seed_and_check_and_early_ones_the_first_checks_alone():
    rows = results.runs_table(RUNS)
    assert rows["seed"] == [0, 0, 0, 1, 1]
    assert rows["step"] == [0, 2, 4, 0, 2]
    assert rows["validation_accuracy"] == [0.1, 0.5, 0.4, 0.2, 0.3]
    early = results.early_table(RUNS)
    assert (early["seed"], early["step"]) == ([0, 0, 1, 1], [0, 2, 0, 2])
    assert early["train_accuracy"] == [0.25, 0.5, 0.25, 0.5]


def test_gradients_have_one_row_a_seed_epoch_and_layer():
    rows = results.gradients_table(RUNS)
    assert rows["seed"] == [0] * 4 + [1] * 4
    assert rows["step"] == [0, 0, 5, 5] * 2
    assert rows["layer"] == [1, 2] * 4
    assert rows["gradient_norm"] == [1, 2, 3, 4, 2, 4, 3, 4]
    assert rows["weight_norm"] == [5, 6, 7, 8] * 2


def test_a_variant_is_published_with_the_images_that_each_seed_got_right(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results.publish("plain", RUNS)
    packed = np.load(results.path("correct", "plain"))
    right = np.unpackbits(packed, axis=1, count=11).astype(bool)
    assert np.array_equal(right, [run.correct for run in RUNS])
    assert all(results.path(kind, "plain").exists() for kind in results.TABLES)
    assert files.read_json(results.metrics_path("plain"))["seeds"] == 2


def test_a_result_that_is_not_finite_is_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    broken = a_run(0, [4.0, float("inf")], [0.1, 0.5])
    with pytest.raises(UserError, match=r"^plain: a result is inf; only finite"):
        results.publish("plain", [broken])
