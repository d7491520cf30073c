import numpy as np
import pytest
from hand_made import NETWORK, one_run, write_results
from refusals import refusal

from judging.quantities import Measured, measure, read_runs


def curve(column, values, **more):
    """A run with a check every 125 steps."""
    return one_run(runs={"step": np.arange(len(values)) * 125.0, column: values} | more)


@pytest.mark.parametrize(
    ("values", "level", "step"),
    [
        # From 0.5 at step 125 to 0.9 at 250: 0.8 is three quarters of the way.
        ([0.1, 0.5, 0.9, 0.95], 0.8, Measured(125 + 0.75 * 125)),
        ([0.0, 1.0, 0.0, 1.0], 0.5, Measured(62.5)),
        ([0.1, 0.2, 0.3, 0.4], 0.8, Measured(12500.0, at_least=True)),
    ],
)
def test_a_level_is_first_reached_between_two_checks_or_later_than_the_last(values, level, step):
    run = curve("validation_accuracy", values)
    assert measure("steps_to_accuracy", run, {"level": level}) == step


def test_a_run_that_stopped_before_a_step_keeps_its_last_check():
    run = curve("validation_loss", [0.4, 0.3, 0.2])
    asked = [measure("validation_loss_at", run, {"step": at}).value for at in (0, 125, 130, 999)]
    assert asked == [0.4, 0.3, 0.3, 0.2]


def test_accuracies_part_at_the_first_check_with_the_gap():
    gaps = np.array([0.0, 0.005, 0.02, 0.0, 0.03])
    run = curve("validation_accuracy", [0.8] * 5, train_accuracy=0.8 + gaps)
    assert measure("parting_step", run, {"gap": 0.015}) == Measured(250.0)
    assert measure("parting_step", run, {"gap": 0.5}) == Measured(12500.0, at_least=True)


def test_a_run_that_used_all_its_epochs_was_not_stopped():
    assert measure("epochs_until_stop", one_run(), {}) == Measured(20)
    unstopped = one_run(final={"epochs": 50})
    assert measure("epochs_until_stop", unstopped, {}) == Measured(50, at_least=True)


def test_results_are_read_by_seed_and_those_of_other_seeds_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_results("plain", [0.5, 0.8, 0.9])
    runs = read_runs("plain", NETWORK)
    assert [run.final("validation_accuracy") for run in runs] == [0.5, 0.8, 0.9]
    fresh = NETWORK.model_copy(update={"first_seed": 1000})
    line = refusal(read_runs, "plain", fresh)
    assert line == "plots/seeds/plain.csv: expected rows of the seeds 1000 to 1002"
