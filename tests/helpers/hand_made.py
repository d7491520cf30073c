"""Small results written by hand, and a project folder that has them, for arithmetic to check."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML
from training import altered

from judging.claims import Claim, Part
from judging.quantities import COLUMNS, Run
from runs import tables
from workflow import files
from workflow.settings import OWN, Network, load_network, stored

NETWORK = altered(
    hidden=(64,), momentum=0.0, epochs=50, training_images=20000, test_images=1000, seeds=3
)
FINAL = {
    **{"parameters": 50880.0, "epochs": 20.0, "steps": 12500.0},
    **{"train_loss": 0.05, "train_accuracy": 0.99},
    **{"validation_loss": 0.2, "validation_accuracy": 0.95},
    **{"best_validation_loss": 0.15, "best_validation_accuracy": 0.96},
}


def one_run(network: Network = NETWORK, final: Any = (), **given: Any) -> Run:
    """A run with these tables that ends as FINAL says, but for `final`."""
    given |= {"seeds": {name: [value] for name, value in (FINAL | dict(final)).items()}}
    rows = {
        kind: {c: np.array(v, float) for c, v in table.items()} for kind, table in given.items()
    }
    return Run(network, rows)


def runs(column: str, values: Sequence[float]) -> list[Run]:
    """Runs that end with these values in a column."""
    return [one_run(final={column: value}) for value in values]


def part(**given: Any) -> Part:
    """That `b` ends at a higher validation loss than `a`, but for what is given."""
    base = {"variants": ["b", "a"], "quantity": "final_validation_loss", "relation": "higher"}
    return Part(**(base | given))


def claim(*parts: Part, **words: Any) -> Claim:
    """A claim of report A with these parts; without any, the one above; with these words."""
    said = {"id": "x-1"} | dict.fromkeys(("where", "quote", "statement", "reason"), "words") | words
    own = [*parts] or [part()]
    return Claim(report="A", parts=own, **{key: text for key, text in said.items() if text})


def write_results(name: str, accuracies: Sequence[float], first_seed: int = 0) -> None:
    """All tables of a network whose seeds, from the first on, end at these accuracies."""
    seeds = [first_seed + number for number in range(len(accuracies))]
    for kind in tables.KINDS:
        columns = COLUMNS.get(kind, ("step",))
        table = {"seed": seeds} | {column: [0.5] * len(seeds) for column in columns}
        if kind == "seeds":
            table |= {column: [value] * len(seeds) for column, value in FINAL.items()}
            table |= {"validation_accuracy": list(accuracies)}
        files.write_csv(tables.path(kind, name), table)
    files.write_json(tables.metrics_path(name), {"epochs": 20.0})


def write_lock(name: str, network: Network | None = None) -> None:
    """dvc.lock as DVC would write it after a stage trained a network, by default params.yaml's."""
    stage = name if name == OWN else f"variant@{name}"
    paths = [tables.metrics_path(name), *(tables.path(kind, name) for kind in tables.KINDS)]
    contents = {f"build/settings/{name}.json": stored(network or load_network())}
    contents |= {path.as_posix(): path.read_bytes() for path in paths}
    entries = [{"path": path, "md5": files.md5(content)} for path, content in contents.items()]
    lock = YAML().load(tables.LOCK) if tables.LOCK.exists() else {"stages": {}}
    lock["stages"][stage] = {"deps": entries[:1], "outs": entries[1:]}
    YAML().dump(lock, Path(tables.LOCK))
