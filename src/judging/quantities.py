"""The quantities that a claim can name, each measured on one run.

"Final" is the last step of the training, on the whole training or validation set. Losses are in
nats per example, accuracies fractions.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from judging import curve_measures, measures
from judging.curve_measures import Measured, Unmeasurable
from judging.evidence import Run


class Quantity(NamedTuple):
    """`measure(run, **parameters)`; exact: it follows from the settings, whatever the seed."""

    unit: str
    measure: Callable[..., Measured | float]
    parameters: tuple[str, ...] = ()
    exact: bool = False


def measure(quantity: str, run: Run, parameters: Mapping[str, Any]) -> Measured:
    """The quantity of that name on a run. Raises Unmeasurable."""
    found = QUANTITIES[quantity].measure(run, **parameters)
    measured = found if isinstance(found, Measured) else Measured(float(found))
    if not np.isfinite(measured.value):
        raise Unmeasurable(f"{quantity} is {measured.value} in one of the runs")
    return measured


def _final(name: str, unit: str) -> Quantity:
    return Quantity(unit, lambda run: run.final[name])


def _difference(of: str, less: str, unit: str) -> Quantity:
    return Quantity(unit, lambda run: run.final[of] - run.final[less])


def _noise(column: str, unit: str) -> Quantity:
    def measured(run: Run, window: int, from_step: int) -> float:
        return measures.curve_noise(run, column, window, from_step)

    return Quantity(unit, measured, ("window", "from_step"))


def _counted(unit: str, measured: Callable[..., float], *parameters: str) -> Quantity:
    return Quantity(unit, measured, parameters, exact=True)


QUANTITIES = {
    "final_validation_loss": _final("validation_loss", "nats"),
    "final_validation_accuracy": _final("validation_accuracy", "fraction"),
    "final_training_loss": _final("train_loss", "nats"),
    "best_validation_accuracy": _final("best_validation_accuracy", "fraction"),
    "final_loss_gap": _difference("validation_loss", "train_loss", "nats"),
    "final_accuracy_gap": _difference("train_accuracy", "validation_accuracy", "fraction"),
    "validation_loss_rise": _difference("validation_loss", "best_validation_loss", "nats"),
    "epochs_until_stop": Quantity("epochs", measures.epochs_until_stop),
    "steps_to_validation_loss": Quantity(
        "steps", measures.steps_to_validation_loss, ("threshold",)
    ),
    "steps_to_validation_accuracy": Quantity(
        "steps", measures.steps_to_validation_accuracy, ("threshold",)
    ),
    "accuracy_parting_step": Quantity("steps", measures.accuracy_parting_step, ("gap", "checks")),
    "validation_loss_noise": _noise("validation_loss", "nats"),
    "validation_accuracy_noise": _noise("validation_accuracy", "fraction"),
    "validation_loss_drift": Quantity(
        "nats",
        lambda run, window: curve_measures.drift(run.curve["validation_loss"], window),
        ("window",),
    ),
    "initial_gradient_norm": Quantity(
        "nats per unit of weight", measures.initial_gradient_norm, ("layer",)
    ),
    "initial_first_to_last": Quantity("ratio", lambda run: measures.first_to_last(run, start=True)),
    "training_first_to_last": Quantity(
        "ratio", lambda run: measures.first_to_last(run, start=False)
    ),
    "training_gradient_share": Quantity(
        "ratio",
        lambda run, layer: float(np.median(measures.gradient_shares(run, layer, start=False))),
        ("layer",),
    ),
    "parameters": _counted("weights", lambda run: run.final["parameters"]),
    "layer_weights": _counted("weights", measures.layer_weights, "layer"),
    "two_layer_width": _counted("units", measures.two_layer_width),
    "hidden_outputs": _counted("numbers", lambda run: sum(run.network.hidden)),
    "trainer_numbers": _counted("numbers", measures.trainer_numbers),
    "multiply_accumulates": _counted("multiply-accumulates", measures.multiply_accumulates),
    "training_multiply_accumulates": Quantity(
        "multiply-accumulates", measures.training_multiply_accumulates
    ),
    "gradient_check_error": _counted("nats per unit of weight", lambda run: run.gradient_check),
}
