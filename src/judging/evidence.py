"""The evidence: everything recorded of one run, that is of one seed of one variant.

Losses are in nats per example, accuracies fractions, gradients and weights Frobenius norms.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import records
from mlp.runs import Hyperparameters

Table = Mapping[str, NDArray[np.float64]]

CURVES, FINALS, GRADIENTS = Path("plots/runs"), Path("plots/seeds"), Path("plots/gradients")
GRADIENT_CHECK = Path("metrics/gradient_check.json")
CURVE_COLUMNS = (
    "step",
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
)
FINAL_COLUMNS = (
    *("parameters", "epochs", "steps"),
    *("train_loss", "train_accuracy", "validation_loss", "validation_accuracy"),
    *("best_validation_loss", "best_validation_accuracy"),
)
GRADIENT_COLUMNS = ("step", "layer", "gradient_norm", "weight_norm")


class EvidenceError(ValueError):
    """Run data are missing or bad; the message is one line that names the file."""


class Run(NamedTuple):
    """One seed of one variant; `network` is what it was asked to train.

    curve: one row a check; train_* are means over the steps since the check before.
    final: the last step, on the whole training and validation sets, and the best at any check.
    gradients: one row an epoch's start and layer, layer 1 being the first hidden one.
    gradient_check: the largest error of backpropagation, which no seed changes.
    """

    network: Hyperparameters
    curve: Table
    final: Mapping[str, float]
    gradients: Table
    gradient_check: float


def load_runs(variant: str, network: Hyperparameters) -> dict[int, Run]:
    """The runs of a variant by seed. Raises EvidenceError."""
    gradient_check = load_gradient_check()
    finals = _read(FINALS / f"{variant}.csv", FINAL_COLUMNS)
    curves = _read(CURVES / f"{variant}.csv", CURVE_COLUMNS)
    gradients = _read(GRADIENTS / f"{variant}.csv", GRADIENT_COLUMNS)
    runs = {}
    for row, seed in enumerate(finals["seed"]):
        own = {"curve": curves["seed"] == seed, "gradients": gradients["seed"] == seed}
        for name, rows in own.items():
            if not rows.any():
                raise EvidenceError(f"{variant}: no {name} of seed {seed:g} were recorded")
        runs[int(seed)] = Run(
            network,
            {name: column[own["curve"]] for name, column in curves.items()},
            {name: float(column[row]) for name, column in finals.items()},
            {name: column[own["gradients"]] for name, column in gradients.items()},
            gradient_check,
        )
    return runs


def load_gradient_check() -> float:
    """The largest difference that check_gradients found. Raises EvidenceError."""
    try:
        return float(records.read_json(GRADIENT_CHECK)["largest_difference"])
    except (OSError, ValueError, TypeError) as error:
        raise EvidenceError(f"{GRADIENT_CHECK}: {error}") from None
    except KeyError:
        raise EvidenceError(f"{GRADIENT_CHECK}: largest_difference is missing") from None


def _read(path: Path, columns: tuple[str, ...]) -> Table:
    """The columns, and `seed`, of a table of finite numbers with at least one row."""
    try:
        table = records.read_csv(path)
    except OSError as error:
        raise EvidenceError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise EvidenceError(str(error)) from None
    for name in ("seed", *columns):
        if name not in table:
            raise EvidenceError(f"{path}: the column {name} is missing")
        if table[name].dtype != np.float64 or not np.isfinite(table[name]).all():
            raise EvidenceError(f"{path}: {name} holds something else than finite numbers")
        if not len(table[name]):
            raise EvidenceError(f"{path}: there are no rows")
    return {name: table[name] for name in ("seed", *columns)}
