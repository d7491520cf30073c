"""Small results written by hand, and a project folder that has them, for arithmetic to check."""

import contextlib
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from judging.claims import Claim, Comparison, Words
from judging.quantities import COLUMNS, Run
from runs import tables as results
from workflow import files
from workflow.settings import Network, load_network

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


def one_run(network: Network = NETWORK, final: Any = (), **tables: Any) -> Run:
    """A run with these tables that ends as FINAL says, but for `final`, all images right."""
    given = tables | {"seeds": {name: [value] for name, value in (FINAL | dict(final)).items()}}
    rows = {
        kind: {c: np.array(v, float) for c, v in table.items()} for kind, table in given.items()
    }
    return Run(network, rows, np.ones(network.validation_images, bool))


def runs(column: str, values: Sequence[float], first: int = 6) -> dict[int, Run]:
    """Runs whose seeds, from `first` on, end with these values in a column."""
    return {seed: one_run(final={column: value}) for seed, value in enumerate(values, start=first)}


def comparison(**given: Any) -> Comparison:
    """That `b` ends at a higher validation loss than `a`, but for what is given."""
    base: dict[str, Any] = {
        **{"variants": ("b", "a"), "quantity": "final_validation_loss", "parameters": {}},
        **{"relation": "higher", "numbers": {"margin": 0.0}},
    }
    return Comparison(**(base | given))


def claim(*parts: Comparison) -> Claim:
    """A claim of report A with these parts; without any, the comparison above."""
    words = Words(id="x-1", **dict.fromkeys(("where", "quote", "statement", "reason"), "words"))
    return Claim("A", words, parts or (comparison(),))


def write_results(name: str, accuracies: Sequence[float], validation_images: int = 10_000) -> None:
    """All tables of a network whose seeds, from 0 on, end at these validation accuracies."""
    seeds = list(range(len(accuracies)))
    for kind, columns in COLUMNS.items():
        table = {"seed": seeds} | {column: [0.5] * len(seeds) for column in columns}
        if kind == "seeds":
            table |= {column: [value] * len(seeds) for column, value in FINAL.items()}
            table |= {"validation_accuracy": list(accuracies)}
        files.write_csv(results.path(kind, name), table)
    right = np.arange(validation_images) < np.array(accuracies)[:, None] * validation_images
    path = Path(results.path("correct", name))
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.packbits(right, axis=1))


def write_lock(folder: Path, name: str, *paths: str) -> None:
    """dvc.lock as DVC would write it after the stage `name` trained what params.yaml says."""
    with contextlib.chdir(folder):
        text = load_network().model_dump_json(indent=2) + "\n"
        contents = {f"build/settings/{name}.json": text.encode()}
        contents |= {path: Path(path).read_bytes() for path in paths}
        hashes = {path: _md5(content) for path, content in contents.items()}
        entries = [{"path": path, "hash": "md5", "md5": md5} for path, md5 in hashes.items()]
        stage = {"deps": entries[:1], "outs": entries[1:]}
        lock = YAML().load(Path("dvc.lock")) if Path("dvc.lock").exists() else {"stages": {}}
        lock["stages"][name] = stage
        YAML().dump(lock, Path("dvc.lock"))


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
