from pathlib import Path

import numpy as np
import pytest
from hand_made import NETWORK, one_run, write_results
from refusals import refusal

from judging.quantities import Measured, measure, read_runs
from workflow import files


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
    assert (
        measure("steps_to_accuracy", curve("validation_accuracy", values), {"level": level}) == step
    )


def test_noise_is_the_size_of_the_steps_in_the_second_half():
    run = curve("validation_loss", [9.0, 5.0, 1.0, 1.0, 3.0, 0.0, 0.0, 0.0])
    # From the fourth check on: +2, -3, 0, 0.
    assert measure("validation_loss_noise", run, {}).value == pytest.approx((13 / 4) ** 0.5)


def test_a_run_that_stopped_before_a_step_keeps_its_last_check():
    run = curve("validation_loss", [0.4, 0.3, 0.2])
    asked = [
        measure("validation_loss_at", run, {"step": step}).value for step in (0, 125, 130, 999)
    ]
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


def test_the_smallest_ratio_of_first_to_last_gradient_counts_whatever_the_layers_between():
    layers = {"step": [0, 0, 0, 9, 9, 9], "layer": [1, 2, 3] * 2}
    run = one_run(gradients=layers | {"gradient_norm": [4.0, 0.0, 2.0, 0.3, 9.0, 3.0]})
    assert measure("first_to_last_norm", run, {}).value == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("quantity", "parameters", "value"),
    [
        ("parameters", {}, 50880),
        ("layer_weights", {"layer": "first"}, 785 * 64),
        ("layer_weights", {"layer": "last"}, 640),
        ("extra_inputs", {}, 1),
        ("two_layer_width", {}, 59.540753),  # the positive root of x^2 + 795 x = 50,880
        ("hidden_outputs", {}, 64),
        ("trainer_numbers", {}, 50880),
        # Forward 50,880, gradients 50,880, back through the last layer 640 for each of 32 images,
        # and 50,880 to update; 12,500 steps.
        ("training_multiply_accumulates", {}, ((2 * 50880 + 640) * 32 + 50880) * 12500),
        ("overfitting", {}, 0.05),
        ("final_accuracy_gap", {}, 0.04),
        ("best_validation_accuracy", {}, 0.96),
    ],
)
def test_a_quantity_worked_by_hand(quantity, parameters, value):
    assert measure(quantity, one_run(), parameters).value == pytest.approx(value, rel=1e-6)


def test_momentum_keeps_a_second_number_for_every_weight_and_updates_it():
    fast = one_run(NETWORK.model_copy(update={"momentum": 0.9}))
    assert measure("trainer_numbers", fast, {}).value == 2 * 50880
    cost = [measure("training_multiply_accumulates", run, {}).value for run in (fast, one_run())]
    assert cost[0] - cost[1] == 50880 * 12500


@pytest.fixture
def plain(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_results("plain", [0.5, 0.8, 0.9])


@pytest.mark.usefixtures("plain")
def test_results_are_read_by_seed():
    runs = read_runs("plain", NETWORK)
    assert [run.final("validation_accuracy") for run in runs] == [0.5, 0.8, 0.9]


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("seeds/plain.csv", b"seed,epochs\n0,1\n", "the column parameters is missing"),
        ("runs/plain.csv", None, "cannot be read"),
        ("gradients/plain.csv", b"seed,step,layer,gradient_norm\n0,0,1,1\n", "expected rows of"),
    ],
)
def test_results_that_are_missing_or_bad_are_named(file, content, message):
    Path("plots", file).unlink()
    if content is not None:
        files.write(f"plots/{file}", content)
    assert refusal(read_runs, "plain", NETWORK).startswith(f"plots/{file}: {message}")


@pytest.mark.usefixtures("plain")
def test_results_of_other_seeds_than_the_settings_are_refused():
    fresh = NETWORK.model_copy(update={"first_seed": 1000})
    assert "expected rows of the seeds 1000 to 1002" in refusal(read_runs, "plain", fresh)
