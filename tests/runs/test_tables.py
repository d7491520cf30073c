"""The tables that are published of a network's runs, on runs worked by hand."""

import numpy as np
import pytest
from hand_made import write_lock
from projects import HERE

from mlp.training import Run
from runs import tables
from workflow import files
from workflow.command import UserError
from workflow.settings import PARAMS, load_network


def a_run(seed, losses, accuracies):
    """A run of a 3-2-10 network with a check every second step, five steps an epoch."""
    run = Run(seed, steps_per_epoch=5, steps=[2 * i for i in range(len(losses))])
    run.validation_loss, run.validation_accuracy = list(losses), list(accuracies)
    run.train_loss = [loss / 2 for loss in losses]
    run.train_accuracy = [a / 2 for a in accuracies]
    run.norm_steps = [0, 5]
    run.gradient_norms = [[1.0 * (seed + 1), 2.0 * (seed + 1)], [3.0, 4.0]]
    run.weight_norms = [[5.0, 6.0], [7.0, 8.0]]
    run.final_train_loss, run.final_train_accuracy = 0.125, 0.75
    run.weights = [np.zeros((3, 2)), np.zeros((2, 10))]
    return run


RUNS = [a_run(0, [4.0, 1.0, 2.0], [0.1, 0.5, 0.4]), a_run(1, [6.0, 3.0], [0.2, 0.3])]


def test_a_seeds_row_says_how_long_it_trained_and_where_it_ended():
    rows = tables.seeds_table(RUNS)
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
    rows = tables.seeds_table(RUNS)
    flat = tables.means(rows)
    stds = {"validation_loss_std", "validation_accuracy_std"}
    assert set(flat) == rows.keys() - {"seed"} | stds | {"seeds"}
    assert (flat["seeds"], flat["parameters"], flat["steps"]) == (2, 26, 3)
    assert (flat["validation_loss"], flat["validation_loss_std"]) == (2.5, pytest.approx(0.5**0.5))
    one = tables.means(tables.seeds_table(RUNS[:1]))
    assert one["validation_loss_std"] is one["validation_accuracy_std"] is None


def test_curves_end_where_the_first_seed_stops():
    curves = tables.curves_table(RUNS)
    assert curves["step"] == [0, 2]
    assert curves["validation_loss"] == [5.0, 2.0]
    assert curves["validation_loss_lo"] == [4.0, 1.0]
    assert curves["validation_loss_hi"] == [6.0, 3.0]
    assert curves["train_accuracy"] == pytest.approx([0.075, 0.2])


def test_after_the_first_epochs_a_curve_has_one_row_an_epoch_and_its_last_check():
    run = a_run(0, [1.0] * 28, [0.5] * 28)
    run.steps, run.steps_per_epoch = list(range(28)), 5
    checks = tables.curves_table([run])["step"]
    dense = 5 * tables.DENSE_EPOCHS
    assert checks == [*range(dense + 1), *range(dense + 5, 26, 5), 27]


def test_runs_and_gradients_have_one_row_a_seed_and_check_or_layer():
    rows = tables.runs_table(RUNS)
    assert rows["seed"] == [0, 0, 0, 1, 1]
    assert rows["step"] == [0, 2, 4, 0, 2]
    assert rows["validation_accuracy"] == [0.1, 0.5, 0.4, 0.2, 0.3]
    rows = tables.gradients_table(RUNS)
    assert rows["seed"] == [0] * 4 + [1] * 4
    assert rows["step"] == [0, 0, 5, 5] * 2
    assert rows["layer"] == [1, 2] * 4
    assert rows["gradient_norm"] == [1, 2, 3, 4, 2, 4, 3, 4]
    assert rows["weight_norm"] == [5, 6, 7, 8] * 2


def test_your_networks_tables_lie_apart_and_a_line_says_what_came_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("plain", "train"):
        tables.publish(name, RUNS)
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")}
    assert found == {
        *("metrics/plain.json", "metrics/train.json"),
        *(f"plots/{kind}/plain.csv" for kind in tables.KINDS),
        *(f"plots/train/{kind}.csv" for kind in tables.KINDS),
    }
    assert tables.in_words("plain") == "accuracy 0.3500 ± 0.0707, loss 2.5000 ± 0.7071 (seeds: 2)"
    tables.publish("plain", RUNS[:1])
    assert tables.in_words("plain") == "accuracy 0.4000, loss 2.0000 (seeds: 1)"


def test_results_are_those_of_the_settings_that_dvc_saw_them_made_of(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files.write(PARAMS, (HERE / PARAMS).read_bytes())
    network = load_network()
    tables.publish("train", RUNS)
    write_lock("train", network)
    tables.check_results("train", network)
    tables.check_results("train", network, tmp_path)
    other = network.model_copy(update={"momentum": 0.5})
    with pytest.raises(UserError, match=r"^params.yaml: the results of train are of other"):
        tables.check_results("train", other)
    tables.publish("train", RUNS[:1])  # by hand, or by a run that was interrupted
    with pytest.raises(UserError, match=r"^metrics/train.json: is not what dvc.lock has of train"):
        tables.check_results("train", network)
    with pytest.raises(UserError, match=r"variant@plain was not trained yet; `dvc repro variant@p"):
        tables.check_results("plain", network)
