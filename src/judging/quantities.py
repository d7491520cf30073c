"""What is measured on a run, that is on one seed of one network: every quantity a claim can name.

"Final" is the last step of the training, on the whole training or validation set. Losses are in
nats per example, accuracies fractions, gradients Frobenius norms. A cost is counted, never timed: a
multiply-accumulate is one product of the matrix products, the same on every machine.
"""

from command import UserError

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from datasets import INPUTS
from files import Table, read, read_csv
from mlp.network import CLASSES
from results import path
from settings import Network

COLUMNS = {
    "seeds": (
        *("parameters", "epochs", "steps"),
        *("train_loss", "train_accuracy", "validation_loss", "validation_accuracy"),
        *("best_validation_loss", "best_validation_accuracy"),
    ),
    "runs": ("step", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"),
    "gradients": ("step", "layer", "gradient_norm", "weight_norm"),
    "early": ("step", "train_accuracy"),
}
Curve = NDArray[np.float64]


class Unmeasurable(ValueError):
    """These runs are too short for the quantity, or its value has no meaning; one line says why."""


class Measured(NamedTuple):
    """A measurement; `at_least`: the run ended first, and the true value is this or more."""

    value: float
    at_least: bool = False


@dataclass
class Results:
    """What is published of a network. A table is read when a quantity first asks for it."""

    name: str
    network: Network
    tables: dict[str, dict[int, Table]] = field(default_factory=dict)

    def by_seed(self, kind: str) -> dict[int, Table]:
        """The rows of every seed in the table of that kind, a key of COLUMNS."""
        if kind not in self.tables:
            table = read_csv(path(kind, self.name), ("seed", *COLUMNS[kind]))
            self.tables[kind] = {
                int(seed): {name: table[name][table["seed"] == seed] for name in COLUMNS[kind]}
                for seed in np.unique(table["seed"])
            }
        return self.tables[kind]

    def runs(self, first_seed: int = 0) -> dict[int, "Run"]:
        """The runs from that seed on, by seed."""
        return {seed: Run(self, seed) for seed in self.by_seed("seeds") if seed >= first_seed}

    def correct(self, first_seed: int = 0) -> NDArray[np.bool_]:
        """Which validation images the last weights got right: bool, (seeds from there on, images).

        Raises UserError where the file is not what was published.
        """
        file, images = path("correct", self.name), self.network.validation_images
        try:
            packed = np.load(io.BytesIO(read(file)), allow_pickle=False)
            right = np.unpackbits(packed, axis=1, count=images).astype(bool)
        except (ValueError, TypeError, EOFError) as error:
            raise UserError(f"{file}: holds no bits of (seeds, images) ({error})") from None
        seeds = np.array(list(self.by_seed("seeds")))
        if right.shape != (len(seeds), images):
            raise UserError(f"{file}: expected {len(seeds)} seeds of {images} images")
        return right[seeds >= first_seed]


class Run(NamedTuple):
    """One seed of a network. `runs` has a row a check, where train_* are means over the steps since
    the check before; `gradients` a row an epoch's start and layer; layer 1 is next to the input.
    """

    results: Results
    seed: int

    def rows(self, kind: str) -> Table:
        """The run's rows in a table of its network. Raises UserError where there are none."""
        rows = self.results.by_seed(kind)
        if self.seed not in rows:
            raise UserError(f"{path(kind, self.results.name)}: no row is of seed {self.seed}")
        return rows[self.seed]

    def final(self, name: str) -> float:
        """A number of the last step, on the whole training or validation set."""
        return float(self.rows("seeds")[name][0])


def first_step_at(steps: Curve, values: Curve, threshold: float) -> Measured:
    """The step at which a rising curve first reaches `threshold`; for a falling one negate both.

    Between the check before and the check after, on the straight line that joins them. A curve that
    never gets there is measured at its last step, `at_least`.
    """
    there = np.flatnonzero(values >= threshold)
    if not len(there):
        return Measured(float(steps[-1]), at_least=True)
    i = int(there[0])
    if i == 0:
        return Measured(float(steps[0]))
    share = (threshold - values[i - 1]) / (values[i] - values[i - 1])
    return Measured(float(steps[i - 1] + share * (steps[i] - steps[i - 1])))


def noise(values: Curve, window: int) -> float:
    """The root mean square distance of a curve from its own running mean over `window` checks.

    `window` is odd and the mean centred; half a window at either end is left out. Raises
    Unmeasurable where the curve is too short for that.
    """
    if len(values) <= window:
        raise Unmeasurable(f"{len(values)} checks are too few for a window of {window}")
    half = window // 2
    running_mean = np.convolve(values, np.full(window, 1 / window), mode="valid")
    return float(np.sqrt(np.mean((values[half : len(values) - half] - running_mean) ** 2)))


def drift(values: Curve, window: int) -> float:
    """The mean of the last `window` checks, less that of as many before. Raises Unmeasurable."""
    if len(values) < 2 * window:
        raise Unmeasurable(f"{len(values)} checks are too few for two windows of {window}")
    return float(values[-window:].mean() - values[-2 * window : -window].mean())


def parting_step(steps: Curve, gaps: Curve, gap: float, checks: int) -> Measured:
    """The first step from which on `gaps` is `gap` or more for `checks` checks in a row.

    Curves that have not parted so early are measured `at_least` at the first step for which too few
    checks follow to tell.
    """
    if len(gaps) < checks:
        raise Unmeasurable(f"{len(gaps)} checks are too few for {checks} in a row")
    starts = len(gaps) - checks + 1
    for i in range(starts):
        if (gaps[i : i + checks] >= gap).all():
            return Measured(float(steps[i]))
    return Measured(float(steps[min(starts, len(steps) - 1)]), at_least=True)


def accuracy_parting_step(run: Run, gap: float, checks: int) -> Measured:
    """Step from which on the training accuracy is `gap` or more above the validation accuracy, for
    `checks` checks at least; both of the same weights, in the first epochs."""
    early, curve = run.rows("early"), run.rows("runs")
    _, first, second = np.intersect1d(early["step"], curve["step"], return_indices=True)
    gaps = early["train_accuracy"][first] - curve["validation_accuracy"][second]
    return parting_step(early["step"][first], gaps, gap, checks)


def epochs_until_stop(run: Run) -> Measured:
    """Epochs until early stopping; a run that used all its epochs was not stopped: `at_least`."""
    epochs = run.final("epochs")
    return Measured(epochs, at_least=epochs >= run.results.network.epochs)


def steps_to_validation_accuracy(run: Run, threshold: float) -> Measured:
    """Steps until the validation accuracy is at `threshold` or above."""
    curve = run.rows("runs")
    return first_step_at(curve["step"], curve["validation_accuracy"], threshold)


def first_to_last_norm(run: Run) -> float:
    """The first layer's gradient norm over the last layer's, at the epoch where it is smallest."""
    table = run.rows("gradients")
    norm = {layer: table["gradient_norm"][table["layer"] == layer] for layer in table["layer"]}
    first, last = norm[min(norm)], norm[max(norm)]
    if not last.all():
        raise Unmeasurable("the last layer's gradient is 0 in one of the epochs")
    return float((first / last).min())


def layer_weights(run: Run, layer: str) -> int:
    """Weights of the `first` or `last` layer."""
    sizes = (INPUTS, *run.results.network.hidden, CLASSES)
    return sizes[0] * sizes[1] if layer == "first" else sizes[-2] * sizes[-1]


def two_layer_width(run: Run) -> float:
    """Width x of two equal hidden layers with as many weights as the run's network has (task 4d).

    The positive root of x^2 + (inputs + outputs) x = parameters.
    """
    ends = INPUTS + CLASSES
    return float((np.sqrt(ends**2 + 4 * run.final("parameters")) - ends) / 2)


def training_multiply_accumulates(run: Run) -> float:
    """Multiply-accumulates of the training until it stopped, without the checks.

    For every image of a batch one a weight to go forward, one a weight for its gradient, and one a
    weight to go back through every layer but the first.
    """
    image = 3 * run.final("parameters") - layer_weights(run, "first")
    return image * run.results.network.batch_size * run.final("steps")


def trainer_numbers(run: Run) -> float:
    """Numbers kept from step to step: the weights and, with momentum, a velocity for each."""
    return run.final("parameters") * (2 if run.results.network.momentum else 1)


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
    """The noise of a curve from a step on."""

    def of(run: Run, window: int, from_step: int) -> float:
        curve = run.rows("runs")
        return noise(curve[column][curve["step"] >= from_step], window)

    return Quantity(unit, of, ("window", "from_step"))


def _counted(unit: str, of: Callable[..., float], *parameters: str) -> Quantity:
    return Quantity(unit, of, parameters, exact=True)


def _drift(run: Run, window: int) -> float:
    return drift(run.rows("runs")["validation_loss"], window)


QUANTITIES = {
    "final_validation_loss": _final("validation_loss", "nats"),
    "final_validation_accuracy": _final("validation_accuracy", "fraction"),
    "final_training_loss": _final("train_loss", "nats"),
    "best_validation_accuracy": _final("best_validation_accuracy", "fraction"),
    "final_loss_gap": _final("validation_loss", "nats", less="train_loss"),
    "final_accuracy_gap": _final("train_accuracy", "fraction", less="validation_accuracy"),
    "validation_loss_noise": _noise("validation_loss", "nats"),
    "validation_accuracy_noise": _noise("validation_accuracy", "fraction"),
    "validation_loss_drift": Quantity("nats", _drift, ("window",)),
    "epochs_until_stop": Quantity("epochs", epochs_until_stop),
    "steps_to_validation_accuracy": Quantity("steps", steps_to_validation_accuracy, ("threshold",)),
    "accuracy_parting_step": Quantity("steps", accuracy_parting_step, ("gap", "checks")),
    "first_to_last_norm": Quantity("ratio", first_to_last_norm),
    "training_multiply_accumulates": Quantity(
        "multiply-accumulates", training_multiply_accumulates
    ),
    "parameters": _counted("weights", lambda run: run.final("parameters")),
    "layer_weights": _counted("weights", layer_weights, "layer"),
    "two_layer_width": _counted("units", two_layer_width),
    "hidden_outputs": _counted("numbers", lambda run: sum(run.results.network.hidden)),
    "trainer_numbers": _counted("numbers", trainer_numbers),
}
