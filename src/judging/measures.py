"""Quantities of one run that take more than reading a number of its last step.

Cost is counted, never timed: a multiply-accumulate is one product of the matrix products, the same
on every machine.
"""

import numpy as np
from numpy.typing import NDArray

from datasets import CLASSES, INPUTS
from judging import curve_measures
from judging.curve_measures import Measured, Unmeasurable
from judging.evidence import Run


def layer_weights(run: Run, layer: str) -> int:
    """Weights of the `first` or `last` layer."""
    sizes = (INPUTS, *run.network.hidden, CLASSES)
    return sizes[0] * sizes[1] if layer == "first" else sizes[-2] * sizes[-1]


def two_layer_width(run: Run) -> float:
    """Width x of two equal hidden layers with as many weights as the run's network has (task 4d).

    The positive root of x^2 + (inputs + outputs) x = parameters.
    """
    ends = INPUTS + CLASSES
    return float((np.sqrt(ends**2 + 4 * run.final["parameters"]) - ends) / 2)


def multiply_accumulates(run: Run) -> float:
    """Multiply-accumulates of one training image: one a weight to go forward, one a weight for its
    gradient, and one a weight to go back through every layer but the first."""
    return 3 * run.final["parameters"] - layer_weights(run, "first")


def training_multiply_accumulates(run: Run) -> float:
    """Multiply-accumulates of the whole training, until it stopped."""
    return multiply_accumulates(run) * run.network.batch_size * run.final["steps"]


def trainer_numbers(run: Run) -> float:
    """Numbers kept from step to step: the weights and, with momentum, a velocity for each."""
    return run.final["parameters"] * (2 if run.network.momentum else 1)


def epochs_until_stop(run: Run) -> Measured:
    """Epochs until early stopping; a run that used all its epochs was not stopped: `at_least`."""
    return Measured(run.final["epochs"], at_least=run.final["epochs"] >= run.network.epochs)


def steps_to_validation_loss(run: Run, threshold: float) -> Measured:
    """Steps until the validation loss is at `threshold` or below."""
    loss = run.curve["validation_loss"]
    return curve_measures.first_step_at(run.curve["step"], -loss, -threshold)


def steps_to_validation_accuracy(run: Run, threshold: float) -> Measured:
    """Steps until the validation accuracy is at `threshold` or above."""
    accuracy = run.curve["validation_accuracy"]
    return curve_measures.first_step_at(run.curve["step"], accuracy, threshold)


def accuracy_parting_step(run: Run, gap: float, checks: int) -> Measured:
    """Step from which on training accuracy is `gap` or more above validation accuracy, for `checks`
    checks at least.

    An upper bound. The recorded training accuracy is a mean over the steps before a check, and in
    the first epoch over images not seen before; that of the whole training set is ahead of it.
    """
    gaps = run.curve["train_accuracy"] - run.curve["validation_accuracy"]
    parted = curve_measures.parting_step(run.curve["step"], gaps, gap, checks)
    return parted._replace(at_most=True)


def curve_noise(run: Run, column: str, window: int, from_step: int) -> float:
    """Spread of a curve, from `from_step` on, around its running mean over `window` checks."""
    return curve_measures.noise(run.curve[column][run.curve["step"] >= from_step], window)


def gradient_shares(run: Run, layer: str, start: bool) -> NDArray[np.float64]:
    """Gradient's norm over weights' norm in the `first` or `last` layer, one an epoch's start: the
    initialization (`start`), or all later ones. Raises Unmeasurable where there is none."""
    table = run.gradients
    number = table["layer"].min() if layer == "first" else table["layer"].max()
    rows = (table["layer"] == number) & ((table["step"] == 0) == start)
    if not rows.any():
        raise Unmeasurable("no gradients were recorded after the first epoch")
    shares: NDArray[np.float64] = table["gradient_norm"][rows] / table["weight_norm"][rows]
    return shares


def initial_gradient_norm(run: Run, layer: str) -> float:
    """Norm of the gradient in the `first` or `last` layer at initialization."""
    norms = run.gradients["gradient_norm"][run.gradients["step"] == 0]
    return float(norms[0] if layer == "first" else norms[-1])


def first_to_last(run: Run, start: bool) -> float:
    """The first layer's gradient share over the last's; the median where there are several."""
    ratios = gradient_shares(run, "first", start) / gradient_shares(run, "last", start)
    return float(np.median(ratios))
