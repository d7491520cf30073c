from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hand_made import NETWORK, one_run, write_results

from judging.quantities import Measured, Run, Unmeasurable, measure, read_runs
from workflow import files
from workflow.command import UserError


def curve(column: str, values: Any, **tables: Any) -> Run:
    """A run with a check every 125 steps."""
    checks = {"step": np.arange(len(values)) * 125.0, column: values}
    return one_run(runs=checks, **tables)


@pytest.mark.parametrize(
    ("values", "threshold", "step"),
    [
        # From 0.5 at step 125 to 0.9 at 250: 0.8 is three quarters of the way.
        ([0.1, 0.5, 0.9, 0.95], 0.8, Measured(125 + 0.75 * 125)),
        ([0.0, 1.0, 0.0, 1.0], 0.5, Measured(62.5)),
        ([0.9, 0.5, 0.9, 0.9], 0.8, Measured(0.0)),
        ([0.1, 0.2, 0.3, 0.4], 0.8, Measured(375.0, at_least=True)),
    ],
)
def test_a_threshold_is_first_crossed_between_two_checks_or_later_than_the_last(
    values: list[float], threshold: float, step: Measured
) -> None:
    run = curve("validation_accuracy", values)
    assert measure("steps_to_validation_accuracy", run, {"threshold": threshold}) == step


@pytest.mark.parametrize(
    ("values", "window", "from_step", "noise"),
    [
        (np.linspace(0.9, 0.1, 40), 9, 0, 0.0),
        # With a window of 3 the running mean at +1 is (-1 + 1 - 1) / 3 = -1/3: a distance of 4/3.
        ([9.0, 9.0, *[1.0, -1.0] * 3], 3, 250, 4 / 3),
    ],
)
def test_noise_of_a_line_and_of_a_zigzag_worked_by_hand(
    values: Any, window: int, from_step: int, noise: float
) -> None:
    numbers = {"window": window, "from_step": from_step}
    measured = measure("validation_loss_noise", curve("validation_loss", values), numbers)
    assert measured.value == pytest.approx(noise, abs=1e-12)


def test_drift_compares_the_last_window_with_the_one_before() -> None:
    run = curve("validation_loss", [9.0, 1.0, 2.0, 3.0, 5.0, 6.0, 7.0])
    assert measure("validation_loss_drift", run, {"window": 3}).value == 4.0


@pytest.mark.parametrize(
    ("gaps", "checks", "step"),
    [
        ([0.0, 0.02, 0.0, 0.02, 0.03, 0.02], 3, Measured(375.0)),
        ([0.0, 0.02, 0.0, 0.02, 0.03, 0.02], 1, Measured(125.0)),
        # Two checks in a row: steps 0 to 250 could have begun a pair and did not, 375 cannot tell.
        ([0.0] * 4, 2, Measured(375.0, at_least=True)),
        ([0.0] * 4, 3, Measured(250.0, at_least=True)),
    ],
)
def test_accuracies_part_where_the_gap_at_the_same_check_begins_to_last(
    gaps: list[float], checks: int, step: Measured
) -> None:
    early = {"step": np.arange(len(gaps)) * 125.0, "train_accuracy": 0.8 + np.array(gaps)}
    run = curve("validation_accuracy", [0.8] * len(gaps) + [0.1], early=early)
    assert measure("accuracy_parting_step", run, {"gap": 0.015, "checks": checks}) == step


@pytest.mark.parametrize(
    ("quantity", "parameters"),
    [
        ("validation_loss_noise", {"window": 5, "from_step": 0}),
        ("validation_loss_drift", {"window": 3}),
        ("accuracy_parting_step", {"gap": 0.01, "checks": 6}),
    ],
)
def test_too_short_a_curve_cannot_be_measured(quantity: str, parameters: Any) -> None:
    checks = {"step": range(5), "validation_loss": [1] * 5, "validation_accuracy": [1] * 5}
    run = one_run(runs=checks, early={"step": range(5), "train_accuracy": [1] * 5})
    with pytest.raises(Unmeasurable, match="5 checks are too few"):
        measure(quantity, run, parameters)


def test_a_run_that_used_all_its_epochs_was_not_stopped() -> None:
    assert measure("epochs_until_stop", one_run(), {}) == Measured(20)
    unstopped = one_run(final={"epochs": 50})
    assert measure("epochs_until_stop", unstopped, {}) == Measured(50, at_least=True)


def test_the_smallest_ratio_of_first_to_last_gradient_counts_whatever_the_layers_between() -> None:
    layers = {"step": [0, 0, 0, 9, 9, 9], "layer": [1, 2, 3] * 2}
    run = one_run(gradients=layers | {"gradient_norm": [4.0, 0.0, 2.0, 0.3, 9.0, 3.0]})
    assert measure("first_to_last_norm", run, {}).value == pytest.approx(0.1)
    with pytest.raises(Unmeasurable):
        measure("first_to_last_norm", one_run(gradients=layers | {"gradient_norm": [0] * 6}), {})


@pytest.mark.parametrize(
    ("quantity", "parameters", "value"),
    [
        ("parameters", {}, 50880),
        ("layer_weights", {"layer": "first"}, 785 * 64),
        ("layer_weights", {"layer": "last"}, 640),
        ("two_layer_width", {}, 59.540753),  # the positive root of x^2 + 795 x = 50,880
        ("hidden_outputs", {}, 64),
        ("trainer_numbers", {}, 50880),
        # Forward 50,880, gradients 50,880, back through the last layer 640; 12,500 steps of 32.
        ("training_multiply_accumulates", {}, (2 * 50880 + 640) * 32 * 12500),
        ("final_loss_gap", {}, 0.15),
        ("final_accuracy_gap", {}, 0.04),
        ("best_validation_accuracy", {}, 0.96),
    ],
)
def test_a_quantity_worked_by_hand(quantity: str, parameters: Any, value: float) -> None:
    assert measure(quantity, one_run(), parameters).value == pytest.approx(value, rel=1e-6)


def test_momentum_keeps_a_second_number_for_every_weight() -> None:
    network = NETWORK.model_copy(update={"momentum": 0.9})
    assert measure("trainer_numbers", one_run(network), {}).value == 2 * 50880


@pytest.fixture
def _published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_results("plain", [0.5, 0.8, 0.9], validation_images=1000)


@pytest.mark.usefixtures("_published")
def test_results_are_read_by_seed_with_the_images_that_each_got_right() -> None:
    runs = read_runs("plain", NETWORK)
    assert list(runs) == [0, 1, 2]
    assert runs[2].final("validation_accuracy") == 0.9
    assert [run.correct.mean() for run in runs.values()] == [0.5, 0.8, 0.9]


@pytest.mark.usefixtures("_published")
@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("correct/plain.npy", b"no array", "expected bits of 3 seeds and 1000 images"),
        ("correct/plain.npy", None, "cannot be read"),
        ("seeds/plain.csv", b"seed,epochs\n0,1\n", "the column parameters is missing"),
        ("runs/plain.csv", None, "cannot be read"),
    ],
)
def test_results_that_are_missing_or_bad_are_named(
    file: str, content: bytes | None, message: str
) -> None:
    Path("plots", file).unlink()
    if content is not None:
        files.write(f"plots/{file}", content)
    with pytest.raises(UserError, match=f"^plots/{file}: {message}"):
        read_runs("plain", NETWORK)


@pytest.mark.usefixtures("_published")
def test_seeds_that_one_file_lacks_are_named() -> None:
    np.save("plots/correct/plain.npy", np.zeros((2, 125), np.uint8))
    with pytest.raises(UserError, match=r"plain\.npy: expected bits of 3 seeds and 1000 images"):
        read_runs("plain", NETWORK)
    files.write("plots/early/plain.csv", "seed,step,train_accuracy\n0,0,0.1\n2,0,0.1\n")
    with pytest.raises(UserError, match=r"early/plain\.csv: no row is of seed 1"):
        read_runs("plain", NETWORK)
