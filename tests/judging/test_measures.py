from dataclasses import replace

import pytest
from hand_made import NETWORK, run

from judging import measures
from judging.curve_measures import Measured, Unmeasurable

TEN = replace(NETWORK, hidden=(64,) * 10, momentum=0.9)


def test_layers_have_inputs_times_outputs_weights() -> None:
    assert measures.layer_weights(run(), "first") == 785 * 64
    assert measures.layer_weights(run(), "last") == 64 * 10


def test_two_equal_layers_of_the_width_found_have_the_same_number_of_weights() -> None:
    x = measures.two_layer_width(run())
    assert 785 * x + x * x + x * 10 == pytest.approx(50880, abs=1e-6)


def test_multiply_accumulates_of_one_image_worked_by_hand() -> None:
    # Forward 785*64 + 64*10, gradients the same again, back through the output layer 64*10.
    assert measures.multiply_accumulates(run()) == 2 * 50880 + 640


def test_multiply_accumulates_of_a_training_count_every_image_of_every_batch() -> None:
    found = run(final={"steps": 1000.0})
    assert measures.training_multiply_accumulates(found) == 1000 * 32 * (2 * 50880 + 640)


def test_momentum_doubles_what_the_trainer_keeps() -> None:
    assert measures.trainer_numbers(run()) == 50880
    assert measures.trainer_numbers(run(TEN)) == 2 * 50880


def test_a_run_that_used_all_its_epochs_was_not_stopped_early() -> None:
    assert measures.epochs_until_stop(run(final={"epochs": 21.4})) == Measured(21.4, False)
    assert measures.epochs_until_stop(run(final={"epochs": 50.0})) == Measured(50.0, True)


def test_steps_to_a_loss_fall_and_steps_to_an_accuracy_rise() -> None:
    curve = {
        "step": [0, 100, 200],
        "validation_loss": [2.0, 1.0, 0.0],
        "validation_accuracy": [0.0, 0.5, 1.0],
    }
    assert measures.steps_to_validation_loss(run(curve=curve), 0.5) == Measured(150.0)
    assert measures.steps_to_validation_accuracy(run(curve=curve), 0.25) == Measured(50.0)


def test_training_accuracy_lags_so_that_the_curves_part_at_most_where_it_is_above() -> None:
    curve = {
        "step": [0, 100, 200, 300],
        "train_accuracy": [0.1, 0.8, 0.95, 0.99],
        "validation_accuracy": [0.2, 0.9, 0.92, 0.93],
    }
    found = measures.accuracy_parting_step(run(curve=curve), gap=0.02, checks=2)
    assert found == Measured(200.0, at_most=True)


def test_noise_leaves_out_what_lies_before_the_first_step_wanted() -> None:
    curve = {"step": [0, 100, 200, 300, 400], "validation_loss": [99.0, 1.0, 1.0, 1.0, 1.0]}
    assert measures.curve_noise(run(curve=curve), "validation_loss", 3, from_step=100) == 0


GRADIENTS = {
    "step": [0, 0, 0, 625, 625, 625, 1250, 1250, 1250],
    "layer": [1, 2, 3] * 3,
    "gradient_norm": [1.0, 9.0, 2.0, 6.0, 9.0, 2.0, 1.0, 9.0, 1.0],
    "weight_norm": [10.0, 9.0, 4.0, 10.0, 9.0, 4.0, 10.0, 9.0, 4.0],
}


def test_gradients_at_initialization_are_those_of_step_zero() -> None:
    found = run(gradients=GRADIENTS)
    assert measures.initial_gradient_norm(found, "first") == 1.0
    assert measures.initial_gradient_norm(found, "last") == 2.0
    assert measures.first_to_last(found, start=True) == pytest.approx((1 / 10) / (2 / 4))


def test_gradients_during_training_are_the_median_over_later_epochs() -> None:
    found = run(gradients=GRADIENTS)
    # Epoch 1: (6/10)/(2/4) = 1.2; epoch 2: (1/10)/(1/4) = 0.4.
    assert measures.first_to_last(found, start=False) == pytest.approx(0.8)


def test_gradients_of_a_single_epoch_have_no_later_ones() -> None:
    first = {name: column[:3] for name, column in GRADIENTS.items()}
    with pytest.raises(Unmeasurable, match="after the first epoch"):
        measures.gradient_shares(run(gradients=first), "first", start=False)
