"""Small run data written by hand, and a project folder that holds them, for arithmetic to check."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import records
from judging.claims import Claim
from judging.evidence import Run
from mlp.training import Hyperparameters

NETWORK = Hyperparameters(
    hidden=(64,),
    activation="sigmoid",
    init="fan_in",
    learning_rate=0.1,
    momentum=0.0,
    nesterov=False,
    weight_decay=0.0,
    batch_size=32,
    epochs=50,
    patience=50,
    shuffle=True,
)
FINAL = {
    **{"parameters": 50880.0, "epochs": 20.0, "steps": 12500.0},
    **{"train_loss": 0.05, "train_accuracy": 0.99},
    **{"validation_loss": 0.2, "validation_accuracy": 0.95},
    **{"best_validation_loss": 0.15, "best_validation_accuracy": 0.96},
}


def run(network: Hyperparameters = NETWORK, **tables: Mapping[str, Any]) -> Run:
    """A run with the tables given (curve, final, gradients) and no others."""
    curve, gradients = (
        {name: np.array(column, dtype=float) for name, column in tables.get(table, {}).items()}
        for table in ("curve", "gradients")
    )
    return Run(network, curve, FINAL | dict(tables.get("final", {})), gradients, 7.9e-8)


def claim(**given: Any) -> Claim:
    """A claim that `b` ends at a higher validation accuracy than `a`, but for what is given."""
    texts = dict.fromkeys(("where", "quote", "statement", "reason"), "words")
    base: dict[str, Any] = {
        **{"id": "x-1", "report": "A", "explanation": "", "variants": ("b", "a"), "parameters": {}},
        **{"quantity": "final_validation_accuracy", "relation": "higher"},
        "numbers": {"margin": 0.0},
    }
    return Claim(**(texts | base | given))


def write_run_data(folder: Path, variant: str, accuracies: Sequence[float]) -> None:
    """The three tables of a variant whose seeds end at these validation accuracies."""
    seeds = range(len(accuracies))
    finals = {name: [value] * len(accuracies) for name, value in FINAL.items()}
    finals |= {"seed": list(seeds), "validation_accuracy": list(accuracies)}
    records.write_csv(folder / f"plots/seeds/{variant}.csv", finals)
    curve = dict.fromkeys(("train_loss", "train_accuracy"), [0.5] * len(seeds))
    curve |= dict.fromkeys(("validation_loss", "validation_accuracy"), [0.5] * len(seeds))
    at_start = {"seed": list(seeds), "step": [0] * len(seeds)}
    records.write_csv(folder / f"plots/runs/{variant}.csv", at_start | curve)
    norms = {name: [1.0] * len(seeds) for name in ("layer", "gradient_norm", "weight_norm")}
    records.write_csv(folder / f"plots/gradients/{variant}.csv", at_start | norms)
    records.write_json(folder / "metrics/gradient_check.json", {"largest_difference": 7.9e-8})
