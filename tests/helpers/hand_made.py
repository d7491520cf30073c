"""Small results written by hand, and a project folder that has them, for arithmetic to check."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import files
import results
from judging.claims import Claim, Comparison
from judging.quantities import COLUMNS, Results
from settings import Network

NETWORK = Network(
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
    training_images=20000,
    validation_images=1000,
    seeds=6,
)
FINAL = {
    **{"parameters": 50880.0, "epochs": 20.0, "steps": 12500.0},
    **{"train_loss": 0.05, "train_accuracy": 0.99},
    **{"validation_loss": 0.2, "validation_accuracy": 0.95},
    **{"best_validation_loss": 0.15, "best_validation_accuracy": 0.96},
}


def finals(column: str, values: Sequence[float], *, first: int = 6, **network: Any) -> Results:
    """A network whose seeds, from `first` on, end with these values in a column."""
    rows = {
        seed: {name: np.array([number]) for name, number in (FINAL | {column: value}).items()}
        for seed, value in enumerate(values, start=first)
    }
    return Results("by-hand", NETWORK.model_copy(update=network), {"seeds": rows})


def one_run(network: Network = NETWORK, **tables: Mapping[str, Sequence[float]]) -> Any:
    """The only run, seed 6, of a network with these tables and the usual last step."""
    final = {name: [value] for name, value in FINAL.items()} | dict(tables.pop("seeds", {}))
    given = {kind: {6: arrays(table)} for kind, table in (tables | {"seeds": final}).items()}
    return Results("by-hand", network, given).runs()[6]


def arrays(table: Mapping[str, Sequence[float]]) -> dict[str, np.ndarray]:
    """The columns as arrays of float64."""
    return {name: np.array(column, dtype=np.float64) for name, column in table.items()}


def comparison(**given: Any) -> Comparison:
    """That `b` ends at a higher validation loss than `a`, but for what is given."""
    base: dict[str, Any] = {
        **{"variants": ("b", "a"), "quantity": "final_validation_loss", "parameters": {}},
        **{"relation": "higher", "numbers": {"margin": 0.0}},
    }
    return Comparison(**(base | given))


def claim(*parts: Comparison, **given: Any) -> Claim:
    """A claim of report A with these parts; without any, the comparison above."""
    words = ("where", "quote", "statement", "reason", "since_pilot", "since_freeze")
    base = dict.fromkeys(words, "words") | {"id": "x-1", "report": "A", "explanation": ""}
    return Claim(**(base | given), parts=parts or (comparison(),))


def write_results(name: str, accuracies: Sequence[float], validation_images: int = 10_000) -> None:
    """All tables of a network whose seeds, from 0 on, end at these validation accuracies."""
    seeds = list(range(len(accuracies)))
    columns: dict[str, dict[str, Any]] = {
        kind: {"seed": seeds} | {column: [0.5] * len(seeds) for column in COLUMNS[kind]}
        for kind in COLUMNS
    }
    columns["seeds"] |= {column: [value] * len(seeds) for column, value in FINAL.items()}
    columns["seeds"] |= {"validation_accuracy": list(accuracies)}
    for kind, table in columns.items():
        files.write_csv(results.path(kind, name), table)
    right = np.arange(validation_images) < np.array(accuracies)[:, None] * validation_images
    path = Path(results.path("correct", name))
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.packbits(right, axis=1))
