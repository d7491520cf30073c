from command import UserError

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hand_made import NETWORK, finals, one_run, write_results

import files
from judging.quantities import (
    QUANTITIES,
    Measured,
    Results,
    Unmeasurable,
    drift,
    first_step_at,
    measure,
    noise,
    parting_step,
)

STEPS = np.array([0.0, 125.0, 250.0, 375.0])


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
    assert first_step_at(STEPS, np.array(values), threshold) == step


def test_noise_of_a_line_and_of_a_zigzag_worked_by_hand() -> None:
    assert noise(np.linspace(0.9, 0.1, 40), window=9) == pytest.approx(0, abs=1e-12)
    # With a window of 3 the running mean at +1 is (-1 + 1 - 1) / 3 = -1/3: a distance of 4/3.
    assert noise(np.array([1.0, -1.0] * 6), window=3) == pytest.approx(4 / 3)


def test_drift_compares_the_last_window_with_the_one_before() -> None:
    assert drift(np.array([9.0, 1.0, 2.0, 3.0, 5.0, 6.0, 7.0]), window=3) == 4.0


def test_curves_part_where_the_gap_begins_to_last() -> None:
    gaps, steps = np.array([0.0, 0.02, 0.0, 0.02, 0.03, 0.02]), np.arange(6) * 125.0
    assert parting_step(steps, gaps, gap=0.02, checks=3) == Measured(375.0)
    assert parting_step(steps, gaps, gap=0.02, checks=1) == Measured(125.0)


def test_curves_that_have_not_parted_may_do_so_from_the_first_step_that_cannot_tell() -> None:
    # Two checks in a row: steps 0 to 250 could have begun a pair and did not, 375 cannot tell.
    assert parting_step(STEPS, np.zeros(4), gap=0.01, checks=2) == Measured(375.0, at_least=True)
    assert parting_step(STEPS, np.zeros(4), gap=0.01, checks=3) == Measured(250.0, at_least=True)


@pytest.mark.parametrize(
    "too_short",
    [
        lambda: noise(np.ones(9), window=9),
        lambda: drift(np.ones(5), window=3),
        lambda: parting_step(STEPS, np.ones(4), gap=0.01, checks=5),
    ],
)
def test_too_short_a_curve_cannot_be_measured(too_short: Any) -> None:
    with pytest.raises(Unmeasurable, match="checks are too few"):
        too_short()


def test_accuracies_part_by_the_training_accuracy_of_the_same_check() -> None:
    early = {"step": [0, 125, 250], "train_accuracy": [0.1, 0.91, 0.93]}
    curve = {"step": [0, 125, 250, 375], "validation_accuracy": [0.1, 0.90, 0.90, 0.5]}
    run = one_run(early=early, runs=curve | {"train_accuracy": [0.0] * 4})
    assert measure("accuracy_parting_step", run, {"gap": 0.02, "checks": 1}) == Measured(250.0)


def test_a_run_that_used_all_its_epochs_was_not_stopped() -> None:
    assert measure("epochs_until_stop", one_run(), {}) == Measured(20)
    unstopped = one_run(seeds={"epochs": [50]})
    assert measure("epochs_until_stop", unstopped, {}) == Measured(50, at_least=True)


def test_the_smallest_ratio_of_first_to_last_gradient_counts_whatever_the_layers_between() -> None:
    table = {"step": [0, 0, 0, 9, 9, 9], "layer": [1, 2, 3] * 2}
    norms = {"gradient_norm": [4.0, 0.0, 2.0, 0.3, 9.0, 3.0], "weight_norm": [1.0] * 6}
    assert measure(
        "first_to_last_norm", one_run(gradients=table | norms), {}
    ).value == pytest.approx(0.1)
    with pytest.raises(Unmeasurable):
        measure("first_to_last_norm", one_run(gradients=table | {"gradient_norm": [0.0] * 6}), {})


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


def test_noise_and_speed_are_read_off_the_curve_of_the_run() -> None:
    curve = {"step": list(range(8)), "validation_loss": [9.0, 9.0, *[1.0, -1.0] * 3]}
    run = one_run(runs=curve | {"validation_accuracy": [0.0, 0.8] + [0.9] * 6})
    noisy = measure("validation_loss_noise", run, {"window": 3, "from_step": 2})
    assert noisy.value == pytest.approx(4 / 3)
    assert measure("steps_to_validation_accuracy", run, {"threshold": 0.4}) == Measured(0.5)


def test_only_the_tables_that_a_quantity_needs_are_read() -> None:
    results = finals("validation_loss", [0.1, 0.3])
    assert [
        measure("final_validation_loss", run, {}).value for run in results.runs(7).values()
    ] == [0.3]
    assert QUANTITIES["final_validation_loss"].unit == "nats"


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Results:
    monkeypatch.chdir(tmp_path)
    write_results("plain", [0.5, 0.8, 0.9], validation_images=1000)
    return Results("plain", NETWORK)


def test_results_are_read_by_seed_with_the_images_that_each_got_right(published: Results) -> None:
    assert list(published.runs()) == [0, 1, 2]
    assert published.runs(1)[2].final("validation_accuracy") == 0.9
    assert published.correct(1).mean(axis=1).tolist() == [0.8, 0.9]


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("correct/plain.npy", b"no array", "correct/plain.npy: holds no bits"),
        ("correct/plain.npy", None, "correct/plain.npy: cannot be read"),
        (
            "seeds/plain.csv",
            b"seed,epochs\n0,1\n",
            "seeds/plain.csv: the column parameters is missing",
        ),
        ("seeds/plain.csv", None, "seeds/plain.csv: cannot be read"),
    ],
)
def test_results_that_are_missing_or_bad_are_named(
    published: Results, file: str, content: bytes | None, message: str
) -> None:
    Path("plots", file).unlink()
    if content is not None:
        files.write(f"plots/{file}", content)
    with pytest.raises(UserError, match=message):
        published.correct()


def test_seeds_that_one_table_lacks_are_named(published: Results) -> None:
    write_results("plain", [0.5, 0.8], validation_images=1000)
    seeds = dict(files.read_csv("plots/seeds/plain.csv", ["seed", *published.by_seed("seeds")[0]]))
    files.write_csv("plots/seeds/plain.csv", seeds | {"seed": [0, 5]})
    with pytest.raises(UserError, match=r"plots/runs/plain\.csv: no row is of seed 5"):
        Results("plain", NETWORK).runs()[5].rows("runs")
    np.save("plots/correct/plain.npy", np.zeros((3, 125), np.uint8))
    with pytest.raises(UserError, match="expected 2 seeds of 1000 images"):
        Results("plain", NETWORK).correct()
