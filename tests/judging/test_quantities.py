import inspect

import pytest
from hand_made import run

from judging.claims import NUMBERS
from judging.curve_measures import Measured, Unmeasurable
from judging.quantities import QUANTITIES, measure


def test_gaps_are_positive_where_the_training_set_is_known_better() -> None:
    assert measure("final_loss_gap", run(), {}).value == pytest.approx(0.2 - 0.05)
    assert measure("final_accuracy_gap", run(), {}).value == pytest.approx(0.99 - 0.95)


def test_the_rise_is_what_the_loss_gained_since_its_best() -> None:
    assert measure("validation_loss_rise", run(), {}).value == pytest.approx(0.05)


def test_parameters_reach_the_measurement() -> None:
    curve = {"step": [0, 100], "validation_accuracy": [0.0, 1.0]}
    found = measure("steps_to_validation_accuracy", run(curve=curve), {"threshold": 0.5})
    assert found == Measured(50.0)


def test_a_quantity_that_is_not_finite_cannot_be_measured() -> None:
    with pytest.raises(Unmeasurable, match="final_training_loss is nan"):
        measure("final_training_loss", run(final={"train_loss": float("nan")}), {})


@pytest.mark.parametrize("name", QUANTITIES)
def test_the_parameters_of_every_quantity_are_those_its_measurement_takes(name: str) -> None:
    taken = list(inspect.signature(QUANTITIES[name].measure).parameters)
    assert taken == ["run", *QUANTITIES[name].parameters]
    assert set(QUANTITIES[name].parameters) <= set(NUMBERS)
