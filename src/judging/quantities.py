"""Every quantity that a claim can name, measured on a run: on one seed of one network.

"Final" is the last step of the training, on the whole training or test set. Losses are in nats per
example, accuracies fractions, gradients Frobenius norms. A cost is counted, never timed.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple

from runs.tables import QUANTITIES as CHECKED
from runs.tables import first_reached, mean, path
from workflow.command import UserError
from workflow.files import Table, read_csv
from workflow.settings import CLASSES, INPUTS, Network

BEST = ("best_validation_loss", "best_validation_accuracy")
COLUMNS = {
    "seeds": ("parameters", "epochs", "steps", *CHECKED, *BEST),
    "runs": ("step", *CHECKED),
    "gradients": ("step", "layer", "gradient_norm"),
}


class Measured(NamedTuple):
    """A measurement; `at_least`: the run ended first, and the true value is this or more."""

    value: float
    at_least: bool = False


class Run(NamedTuple):
    """One seed of a network, with its rows in each table of COLUMNS: `runs` has one a check, where
    train_* are means since the check before, `gradients` one an epoch's start and layer."""

    network: Network
    tables: Mapping[str, Table]

    def final(self, name: str) -> float:
        """Return a number of the last step, on the whole training or test set."""
        return float(self.tables["seeds"][name][0])

    def curve(self, name: str) -> list[float]:
        """Return a number at every check."""
        return [float(value) for value in self.tables["runs"][name]]


def read_runs(name: str, network: Network, root: Path = Path()) -> list[Run]:
    """Return the published runs of a network, one for each of its seeds."""
    runs: dict[int, dict[str, Table]] = {seed: {} for seed in network.seed_range}
    for kind, columns in COLUMNS.items():
        table = read_csv(file := path(kind, name, root), ("seed", *columns))
        if set(map(int, table["seed"])) != set(runs):
            seeds = f"{network.first_seed} to {network.seed_range[-1]}"
            raise UserError(f"{file}: expected rows of the seeds {seeds}")
        for seed, tables in runs.items():
            tables[kind] = {key: column[table["seed"] == seed] for key, column in table.items()}
    return [Run(network, tables) for tables in runs.values()]


def steps_to_accuracy(run: Run, level: float) -> Measured:
    """Return the steps until the accuracy on test images first reaches `level`, if it ever does."""
    steps = first_reached(run.curve("step"), run.curve("validation_accuracy"), level)
    return Measured(steps) if steps else Measured(run.final("steps"), at_least=True)


def parting_step(run: Run, gap: float) -> Measured:
    """Return the first check at which the training accuracy, the mean since the check before, lies
    `gap` above that on test images."""
    curves = map(run.curve, ("step", "train_accuracy", "validation_accuracy"))
    steps = [step for step, train, test in zip(*curves, strict=True) if train - test >= gap]
    return Measured(steps[0]) if steps else Measured(run.final("steps"), at_least=True)


def epochs_until_stop(run: Run) -> Measured:
    """Return the epochs until early stopping; a run that used all of them was not stopped."""
    epochs = run.final("epochs")
    return Measured(epochs, at_least=epochs >= run.network.epochs)


def first_to_last_norm(run: Run) -> float:
    """Return the first layer's gradient norm over the last's, at the epoch of the smallest."""
    table = run.tables["gradients"]
    layers, norms = table["layer"], table["gradient_norm"]
    return float((norms[layers == layers.min()] / norms[layers == layers.max()]).min())


def layer_weights(run: Run, layer: str) -> int:
    """Return the weights of the `first` or `last` layer; the first has a bias for every unit."""
    hidden = run.network.hidden
    return (INPUTS + 1) * hidden[0] if layer == "first" else hidden[-1] * CLASSES


def extra_inputs(run: Run) -> float:
    """Return the inputs besides the pixels, counted from the weights that were trained."""
    sizes = (INPUTS, *run.network.hidden, CLASSES)
    biases = run.final("parameters") - sum(fan_in * fan_out for fan_in, fan_out in pairwise(sizes))
    return biases / sizes[1]


def two_layer_width(run: Run) -> float:
    """Return the width of two equal hidden layers with as many weights as the network has: the
    positive root of x^2 + (inputs + outputs) x = parameters (task 4d)."""
    ends = INPUTS + 1 + CLASSES
    return (math.sqrt(ends**2 + 4 * run.final("parameters")) - ends) / 2


def arithmetic(run: Run) -> float:
    """Return the multiply-accumulates until the training stopped, without its checks: for every
    image three a weight, forward, back and for the gradient, but nothing goes back through the
    first layer; for every step one a weight to update it, and another with momentum."""
    image = 3 * run.final("parameters") - layer_weights(run, "first")
    return (image * run.network.batch_size + trainer_numbers(run)) * run.final("steps")


def trainer_numbers(run: Run) -> float:
    """Return the count of numbers that are kept: weights and, with momentum, their velocities."""
    return run.final("parameters") * (1 + (run.network.momentum > 0))


class Quantity(NamedTuple):
    """`of(run, **parameters)`; words: what people call it, with its parameters in braces; margin:
    which of the protocol's margins differences of it have; better: the sign of a gain; exact: it
    follows from the settings, whatever the seed."""

    words: str
    of: Callable[..., Measured | float]
    unit: str
    margin: str = "share"
    better: int = -1
    exact: bool = False

    @property
    def parameters(self) -> list[str]:
        """What a claim has to give."""
        return [name for _, name, *_ in Formatter().parse(self.words) if name]


def measure(quantity: str, run: Run, parameters: Mapping[str, Any]) -> Measured:
    """Return the quantity of that name on a run."""
    value = QUANTITIES[quantity].of(run, **parameters)
    return value if isinstance(value, Measured) else Measured(float(value))


def _final(name: str, less: str | None = None) -> Callable[[Run], float]:
    """Return a function that measures a number of the last step, or the difference of two."""
    return lambda run: run.final(name) - (run.final(less) if less else 0)


def _at(column: str) -> Callable[[Run, int], float]:
    """Return a function that measures a curve at `step`, or at the last check before it."""
    return lambda run, step: run.curve(column)[sum(at <= step for at in run.curve("step")) - 1]


def _noise(column: str) -> Callable[[Run], float]:
    """Return a function that measures the root mean square step between the checks in a run's
    second half."""

    def noise(run: Run) -> float:
        values = run.curve(column)[len(run.curve(column)) // 2 - 1 :]
        return math.sqrt(mean([(after - before) ** 2 for before, after in pairwise(values)]))

    return noise


_accuracy = partial(Quantity, unit="fraction", margin="accuracy", better=1)
_loss = partial(Quantity, unit="nats", margin="loss")
_exact = partial(Quantity, exact=True)
QUANTITIES = {
    "final_validation_accuracy": _accuracy("accuracy", _final("validation_accuracy")),
    "best_validation_accuracy": _accuracy("best accuracy", _final("best_validation_accuracy")),
    "validation_accuracy_at": _accuracy("accuracy at step {step:,}", _at("validation_accuracy")),
    "final_accuracy_gap": _accuracy(
        "training accuracy less that on test images",
        _final("train_accuracy", less="validation_accuracy"),
        better=-1,
    ),
    "final_validation_loss": _loss("loss", _final("validation_loss")),
    "validation_loss_at": _loss("loss at step {step:,}", _at("validation_loss")),
    "overfitting": _loss(
        "last loss less the lowest", _final("validation_loss", less="best_validation_loss")
    ),
    "final_training_loss": Quantity("training loss", _final("train_loss"), "nats"),
    "validation_loss_noise": Quantity("jumps of the loss", _noise("validation_loss"), "nats"),
    "validation_accuracy_noise": Quantity(
        "jumps of the accuracy", _noise("validation_accuracy"), "fraction"
    ),
    "epochs_until_stop": Quantity("epochs until the training stops", epochs_until_stop, "epochs"),
    "steps_to_accuracy": Quantity("steps to {level:.0%} accuracy", steps_to_accuracy, "steps"),
    "parting_step": Quantity(
        "step at which training and test accuracy are {gap:.0%} apart", parting_step, "steps"
    ),
    "first_to_last_norm": Quantity(
        "gradient of the first layer over that of the last", first_to_last_norm, "ratio"
    ),
    "training_multiply_accumulates": Quantity(
        "arithmetic until the training stops", arithmetic, "multiply-accumulates"
    ),
    "parameters": _exact("weights", _final("parameters"), "weights"),
    "layer_weights": _exact("weights of the {layer} layer", layer_weights, "weights"),
    "extra_inputs": _exact("inputs that are no pixels", extra_inputs, "inputs"),
    "two_layer_width": _exact("width of two layers with as many weights", two_layer_width, "units"),
    "hidden_outputs": _exact(
        "outputs of hidden units", lambda run: sum(run.network.hidden), "numbers"
    ),
    "trainer_numbers": _exact("numbers that the trainer keeps", trainer_numbers, "numbers"),
}
