"""What is measured on a run, that is on one seed of one network: every quantity a claim can name.

"Final" is the last step of the training, on the whole training or validation set. Losses are in
nats per example, accuracies fractions, gradients Frobenius norms. A cost is counted, never timed: a
multiply-accumulate is one product of the matrix products, the same on every machine.
"""

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from judging.threshold import first_reached
from mlp.network import CLASSES, shapes_of
from mnist.images import INPUTS
from runs.tables import QUANTITIES as CHECKED
from runs.tables import path
from workflow.command import UserError
from workflow.files import Table, read, read_csv
from workflow.settings import Network

COLUMNS = {
    "seeds": (
        *("parameters", "epochs", "steps", *CHECKED),
        *("best_validation_loss", "best_validation_accuracy"),
    ),
    "runs": ("step", *CHECKED),
    "gradients": ("step", "layer", "gradient_norm", "weight_norm"),
    "early": ("step", "train_accuracy"),
}


class Unmeasurable(ValueError):
    """These runs are too short for the quantity, or its value has no meaning; one line says why."""


class Measured(NamedTuple):
    """A measurement; `at_least`: the run ended first, and the true value is this or more."""

    value: float
    at_least: bool = False


@dataclass(frozen=True)
class Run:
    """One seed of a network: its rows in each table of COLUMNS, and which validation images its
    last weights got right, bool, (images,).

    `runs` has a row a check, where train_* are means over the steps since the check before;
    `gradients` a row an epoch's start and layer; layer 1 is next to the input.
    """

    network: Network
    tables: Mapping[str, Table]
    correct: NDArray[np.bool_]

    def final(self, name: str) -> float:
        """A number of the last step, on the whole training or validation set."""
        return float(self.tables["seeds"][name][0])


def read_runs(name: str, network: Network) -> dict[int, Run]:
    """What is published of a network, by seed."""
    tables = {kind: read_csv(path(kind, name), ("seed", *COLUMNS[kind])) for kind in COLUMNS}
    seeds, images = tables["seeds"]["seed"].astype(int), network.validation_images
    for kind, table in tables.items():
        if lacking := set(seeds) - set(table["seed"]):
            raise UserError(f"{path(kind, name)}: no row is of seed {min(lacking)}")
    file = path("correct", name)
    try:
        packed = np.load(io.BytesIO(read(file)), allow_pickle=False)
        correct = np.unpackbits(packed, axis=1, count=images).astype(bool)
        rows = dict(zip(seeds, correct, strict=True))
    except (ValueError, TypeError, EOFError) as error:
        what = f"bits of {len(seeds)} seeds and {images} images"
        raise UserError(f"{file}: expected {what} ({error})") from None
    return {int(seed): Run(network, rows_of(seed, tables), rows[seed]) for seed in seeds}


def rows_of(seed: float, tables: Mapping[str, Table]) -> dict[str, Table]:
    """The rows of a seed in each of its network's tables."""
    return {
        kind: {name: column[table["seed"] == seed] for name, column in table.items()}
        for kind, table in tables.items()
    }


def steps_to_validation_accuracy(run: Run, threshold: float) -> Measured:
    """Steps until the validation accuracy first reaches `threshold`, on the straight line between
    two checks; a run that never gets there is measured at its last step, `at_least`."""
    curve = run.tables["runs"]
    steps, there = first_reached(curve["step"], curve["validation_accuracy"], threshold)
    return Measured(steps, at_least=not there)


def noise(column: str, run: Run, window: int, from_step: int) -> float:
    """The root mean square distance of a curve, from a step on, from its own running mean over
    `window` checks, an odd number: the mean is centred, half a window at either end left out."""
    curve = run.tables["runs"]
    values = curve[column][curve["step"] >= from_step]
    if len(values) <= window:
        raise Unmeasurable(f"{len(values)} checks are too few for a window of {window}")
    half = window // 2
    running_mean = np.convolve(values, np.full(window, 1 / window), mode="valid")
    return float(np.sqrt(np.mean((values[half:-half] - running_mean) ** 2)))


def validation_loss_drift(run: Run, window: int) -> float:
    """The mean of the last `window` checks, less that of as many before."""
    values = run.tables["runs"]["validation_loss"]
    if len(values) < 2 * window:
        raise Unmeasurable(f"{len(values)} checks are too few for two windows of {window}")
    return float(values[-window:].mean() - values[-2 * window : -window].mean())


def accuracy_parting_step(run: Run, gap: float, checks: int) -> Measured:
    """The first step from which on the training accuracy is `gap` or more above the validation
    accuracy for `checks` checks in a row; both of the same weights, in the first epochs.

    Curves that have not parted so early are measured `at_least` at the first step for which too few
    checks follow to tell.
    """
    early, curve = run.tables["early"], run.tables["runs"]
    steps, first, second = np.intersect1d(early["step"], curve["step"], return_indices=True)
    gaps = early["train_accuracy"][first] - curve["validation_accuracy"][second]
    if len(gaps) < checks:
        raise Unmeasurable(f"{len(gaps)} checks are too few for {checks} in a row")
    apart = np.lib.stride_tricks.sliding_window_view(gaps >= gap, checks).all(axis=1)
    if apart.any():
        return Measured(float(steps[apart.argmax()]))
    return Measured(float(steps[min(len(apart), len(steps) - 1)]), at_least=True)


def epochs_until_stop(run: Run) -> Measured:
    """Epochs until early stopping; a run that used all its epochs was not stopped: `at_least`."""
    epochs = run.final("epochs")
    return Measured(epochs, at_least=epochs >= run.network.epochs)


def first_to_last_norm(run: Run) -> float:
    """The first layer's gradient norm over the last layer's, at the epoch where it is smallest."""
    table = run.tables["gradients"]
    layers, norms = table["layer"], table["gradient_norm"]
    first, last = norms[layers == layers.min()], norms[layers == layers.max()]
    if not last.all():
        raise Unmeasurable("the last layer's gradient is 0 in one of the epochs")
    return float((first / last).min())


def layer_weights(run: Run, layer: str) -> int:
    """Weights of the `first` or `last` layer."""
    shapes = shapes_of(INPUTS, run.network.hidden)
    return math.prod(shapes[0 if layer == "first" else -1])


def two_layer_width(run: Run) -> float:
    """Width x of two equal hidden layers with as many weights as the run's network has (task 4d),
    the positive root of x^2 + (inputs + outputs) x = parameters."""
    ends = INPUTS + CLASSES
    return (math.sqrt(ends**2 + 4 * run.final("parameters")) - ends) / 2


def training_multiply_accumulates(run: Run) -> float:
    """Multiply-accumulates of the training until it stopped, without the checks: for every image
    one a weight to go forward, one for its gradient, one to go back but through the first layer."""
    image = 3 * run.final("parameters") - layer_weights(run, "first")
    return image * run.network.batch_size * run.final("steps")


class Quantity(NamedTuple):
    """`of(run, **parameters)`; exact: it follows from the settings, whatever the seed."""

    unit: str
    of: Callable[..., Measured | float]
    parameters: tuple[str, ...] = ()
    exact: bool = False


def measure(quantity: str, run: Run, parameters: Mapping[str, Any]) -> Measured:
    """The quantity of that name on a run. Raises Unmeasurable."""
    value = QUANTITIES[quantity].of(run, **parameters)
    return value if isinstance(value, Measured) else Measured(float(value))


def _final(name: str, unit: str, less: str | None = None) -> Quantity:
    """A number of the last step, or the difference of two."""
    return Quantity(unit, lambda run: run.final(name) - (run.final(less) if less else 0))


def _noise(column: str, unit: str) -> Quantity:
    return Quantity(unit, partial(noise, column), ("window", "from_step"))


QUANTITIES = {
    "final_validation_loss": _final("validation_loss", "nats"),
    "final_validation_accuracy": _final("validation_accuracy", "fraction"),
    "final_training_loss": _final("train_loss", "nats"),
    "best_validation_accuracy": _final("best_validation_accuracy", "fraction"),
    "final_loss_gap": _final("validation_loss", "nats", less="train_loss"),
    "final_accuracy_gap": _final("train_accuracy", "fraction", less="validation_accuracy"),
    "validation_loss_noise": _noise("validation_loss", "nats"),
    "validation_accuracy_noise": _noise("validation_accuracy", "fraction"),
    "validation_loss_drift": Quantity("nats", validation_loss_drift, ("window",)),
    "epochs_until_stop": Quantity("epochs", epochs_until_stop),
    "steps_to_validation_accuracy": Quantity("steps", steps_to_validation_accuracy, ("threshold",)),
    "accuracy_parting_step": Quantity("steps", accuracy_parting_step, ("gap", "checks")),
    "first_to_last_norm": Quantity("ratio", first_to_last_norm),
    "training_multiply_accumulates": Quantity(
        "multiply-accumulates", training_multiply_accumulates
    ),
    "parameters": Quantity("weights", lambda run: run.final("parameters"), exact=True),
    "layer_weights": Quantity("weights", layer_weights, ("layer",), exact=True),
    "two_layer_width": Quantity("units", two_layer_width, exact=True),
    "hidden_outputs": Quantity("numbers", lambda run: sum(run.network.hidden), exact=True),
    # What is kept from step to step: the weights and, with momentum, a velocity for each.
    "trainer_numbers": Quantity(
        "numbers",
        lambda run: run.final("parameters") * (1 + (run.network.momentum > 0)),
        exact=True,
    ),
}
