"""What is measured on a run, that is on one seed of one network: every quantity a claim can name.

"Final" is the last step of the training, on the whole training or test set. Losses are in nats per
example, accuracies fractions, gradients Frobenius norms. A cost is counted, never timed: a
multiply-accumulate is one product and one sum, the same on every machine.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from runs.tables import QUANTITIES as CHECKED
from runs.tables import first_reached, path
from workflow.command import UserError
from workflow.files import Table, read_csv
from workflow.settings import CLASSES, INPUTS, Network

COLUMNS = {
    "seeds": (
        *("parameters", "epochs", "steps", *CHECKED),
        *("best_validation_loss", "best_validation_accuracy"),
    ),
    "runs": ("step", *CHECKED),
    "gradients": ("step", "layer", "gradient_norm"),
}
LEVELS = (0.95, 0.90, 0.85, 0.80)  # of accuracy, up to which speed is measured


class Measured(NamedTuple):
    """A measurement; `at_least`: the run ended first, and the true value is this or more."""

    value: float
    at_least: bool = False


@dataclass(frozen=True)
class Run:
    """One seed of a network, with its rows in each table of COLUMNS.

    `runs` has a row a check, where train_* are means over the steps since the check before;
    `gradients` a row an epoch's start and layer; layer 1 is next to the input.
    """

    network: Network
    tables: Mapping[str, Table]

    def final(self, name: str) -> float:
        """A number of the last step, on the whole training or test set."""
        return float(self.tables["seeds"][name][0])

    def curve(self, name: str) -> list[float]:
        """A number at every check."""
        return [float(value) for value in self.tables["runs"][name]]


def read_runs(name: str, network: Network, root: Path = Path()) -> list[Run]:
    """What is published of a network: a run for each of its seeds."""
    tables = {kind: read_csv(path(kind, name, root), ("seed", *COLUMNS[kind])) for kind in COLUMNS}
    for kind, table in tables.items():
        if set(map(int, table["seed"])) != set(network.seed_range):
            seeds = f"{network.first_seed} to {network.seed_range[-1]}"
            raise UserError(f"{path(kind, name, root)}: expected rows of the seeds {seeds}")
    return [Run(network, rows_of(seed, tables)) for seed in network.seed_range]


def rows_of(seed: int, tables: Mapping[str, Table]) -> dict[str, Table]:
    """The rows of a seed in each of its network's tables."""
    return {
        kind: {name: column[table["seed"] == seed] for name, column in table.items()}
        for kind, table in tables.items()
    }


def steps_to_accuracy(run: Run, level: float) -> Measured:
    """Steps until the validation accuracy first reaches `level`, on the straight line between two
    checks; a run that never gets there is measured at its last step, `at_least`."""
    steps = first_reached(run.curve("step"), run.curve("validation_accuracy"), level)
    return Measured(steps) if steps else Measured(run.final("steps"), at_least=True)


def parting_step(run: Run, gap: float) -> Measured:
    """The first check at which the training accuracy, the mean since the check before, lies `gap`
    above the validation accuracy."""
    curves = map(run.curve, ("step", "train_accuracy", "validation_accuracy"))
    apart = (step for step, train, test in zip(*curves, strict=True) if train - test >= gap)
    step = next(apart, None)
    return Measured(run.final("steps"), at_least=True) if step is None else Measured(step)


def at_step(column: str, run: Run, step: int) -> float:
    """A curve's value at the check at `step`, or at the last one before it."""
    return [v for s, v in zip(run.curve("step"), run.curve(column), strict=True) if s <= step][-1]


def noise(column: str, run: Run) -> float:
    """The root mean square difference of one check and the next, over the second half of a run."""
    values = run.curve(column)
    values = values[len(values) // 2 - 1 :]
    squares = [(after - before) ** 2 for before, after in pairwise(values)]
    return math.sqrt(math.fsum(squares) / len(squares))


def epochs_until_stop(run: Run) -> Measured:
    """Epochs until early stopping; a run that used all its epochs was not stopped: `at_least`."""
    epochs = run.final("epochs")
    return Measured(epochs, at_least=epochs >= run.network.epochs)


def first_to_last_norm(run: Run) -> float:
    """The first layer's gradient norm over the last layer's, at the epoch where it is smallest."""
    table = run.tables["gradients"]
    layers, norms = table["layer"], table["gradient_norm"]
    return float((norms[layers == layers.min()] / norms[layers == layers.max()]).min())


def layer_weights(run: Run, layer: str) -> int:
    """Weights of the `first` or `last` layer; the first has a bias for every unit."""
    hidden = run.network.hidden
    return (INPUTS + 1) * hidden[0] if layer == "first" else hidden[-1] * CLASSES


def extra_inputs(run: Run) -> float:
    """Inputs of the first layer besides the pixels, counted from the weights that were trained."""
    sizes = (*run.network.hidden, CLASSES)
    later = sum(fan_in * fan_out for fan_in, fan_out in pairwise(sizes))
    return (run.final("parameters") - later) / sizes[0] - INPUTS


def two_layer_width(run: Run) -> float:
    """Width x of two equal hidden layers with as many weights as the run's network has (task 4d),
    the positive root of x^2 + (inputs + outputs) x = parameters."""
    ends = INPUTS + 1 + CLASSES
    return (math.sqrt(ends**2 + 4 * run.final("parameters")) - ends) / 2


def training_multiply_accumulates(run: Run) -> float:
    """Multiply-accumulates of the training until it stopped, without the checks.

    For every image one a weight to go forward, one for its gradient, one to go back but through
    the first layer; for every step one a weight to update it, and another with momentum.
    """
    weights = run.final("parameters")
    image = 3 * weights - layer_weights(run, "first")
    update = weights * (1 + (run.network.momentum > 0))
    return (image * run.network.batch_size + update) * run.final("steps")


class Quantity(NamedTuple):
    """`of(run, **parameters)`; exact: it follows from the settings, whatever the seed.

    margin: which of the protocol's margins a difference of it has. better: the sign of a gain.
    """

    unit: str
    of: Callable[..., Measured | float]
    parameters: tuple[str, ...] = ()
    margin: str = "share"
    better: int = -1
    exact: bool = False


def measure(quantity: str, run: Run, parameters: Mapping[str, Any]) -> Measured:
    """The quantity of that name on a run."""
    value = QUANTITIES[quantity].of(run, **parameters)
    return value if isinstance(value, Measured) else Measured(float(value))


def _final(name: str, less: str | None = None) -> Callable[[Run], float]:
    """A number of the last step, or the difference of two."""
    return lambda run: run.final(name) - (run.final(less) if less else 0)


_ACCURACY: dict[str, Any] = {"unit": "fraction", "margin": "accuracy", "better": 1}
_LOSS: dict[str, Any] = {"unit": "nats", "margin": "loss"}
QUANTITIES = {
    "final_validation_accuracy": Quantity(of=_final("validation_accuracy"), **_ACCURACY),
    "best_validation_accuracy": Quantity(of=_final("best_validation_accuracy"), **_ACCURACY),
    "validation_accuracy_at": Quantity(
        of=partial(at_step, "validation_accuracy"), parameters=("step",), **_ACCURACY
    ),
    "final_accuracy_gap": Quantity(
        "fraction", _final("train_accuracy", less="validation_accuracy"), margin="accuracy"
    ),
    "final_validation_loss": Quantity(of=_final("validation_loss"), **_LOSS),
    "validation_loss_at": Quantity(
        of=partial(at_step, "validation_loss"), parameters=("step",), **_LOSS
    ),
    "overfitting": Quantity(of=_final("validation_loss", less="best_validation_loss"), **_LOSS),
    "final_training_loss": Quantity("nats", _final("train_loss")),
    "validation_loss_noise": Quantity("nats", partial(noise, "validation_loss")),
    "validation_accuracy_noise": Quantity("fraction", partial(noise, "validation_accuracy")),
    "epochs_until_stop": Quantity("epochs", epochs_until_stop),
    "steps_to_accuracy": Quantity("steps", steps_to_accuracy, ("level",)),
    "parting_step": Quantity("steps", parting_step, ("gap",)),
    "first_to_last_norm": Quantity("ratio", first_to_last_norm),
    "training_multiply_accumulates": Quantity(
        "multiply-accumulates", training_multiply_accumulates
    ),
    "parameters": Quantity("weights", _final("parameters"), exact=True),
    "layer_weights": Quantity("weights", layer_weights, ("layer",), exact=True),
    "extra_inputs": Quantity("inputs", extra_inputs, exact=True),
    "two_layer_width": Quantity("units", two_layer_width, exact=True),
    "hidden_outputs": Quantity("numbers", lambda run: sum(run.network.hidden), exact=True),
    # What is kept from step to step: the weights and, with momentum, a velocity for each.
    "trainer_numbers": Quantity(
        "numbers",
        lambda run: run.final("parameters") * (1 + (run.network.momentum > 0)),
        exact=True,
    ),
}
