"""What is published of a network: the one place that knows the tables' names and columns.

Losses in nats per example, accuracies as fractions. In the curves, `train_loss` and
`train_accuracy` are means over the steps between two checks; where a run ends, over the whole
training set.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlp.training import Run
from workflow import files
from workflow.command import UserError

QUANTITIES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
# Tables of every network, in plots/<kind>/<name>.csv; `early` and `correct` of variants alone.
KINDS = ("seeds", "runs", "curves", "gradients")
ENDINGS = dict.fromkeys((*KINDS, "early", "confusion"), "csv") | {"correct": "npy"}
OWN = "train"


def path(kind: str, name: str) -> Path:
    """Return where a table of a network is."""
    return Path("plots", kind, f"{name}.{ENDINGS[kind]}")


def metrics_path(name: str) -> Path:
    """Return where the means of a network are."""
    return Path("metrics", f"{name}.json")


def seeds_table(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """Return one row a seed: how long it trained, and where it ended."""
    return {
        "seed": [run.seed for run in runs],
        "parameters": [sum(layer.size for layer in run.weights) for run in runs],
        "epochs": [run.steps[-1] / run.steps_per_epoch for run in runs],
        "steps": [run.steps[-1] for run in runs],
        "train_loss": [run.final_train_loss for run in runs],
        "train_accuracy": [run.final_train_accuracy for run in runs],
        "validation_loss": [run.validation_loss[-1] for run in runs],
        "validation_accuracy": [run.validation_accuracy[-1] for run in runs],
        "best_validation_loss": [min(run.validation_loss) for run in runs],
        "best_validation_accuracy": [max(run.validation_accuracy) for run in runs],
    }


def runs_table(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """Return one row a seed and check."""
    columns: dict[str, list[Any]] = {
        "seed": [run.seed for run in runs for _ in run.steps],
        "step": [step for run in runs for step in run.steps],
    }
    return columns | {q: [value for run in runs for value in getattr(run, q)] for q in QUANTITIES}


def curves_table(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """Return one row a check: mean, minimum and maximum over seeds, up to the first seed's stop.

    Beyond it a mean would rest on those seeds alone that train longest.
    """
    steps = min((run.steps for run in runs), key=len)
    columns: dict[str, list[Any]] = {"step": list(steps)}
    for quantity in QUANTITIES:
        values = np.array([getattr(run, quantity)[: len(steps)] for run in runs])
        columns[quantity] = values.mean(axis=0).tolist()
        columns[f"{quantity}_lo"] = values.min(axis=0).tolist()
        columns[f"{quantity}_hi"] = values.max(axis=0).tolist()
    return columns


def gradients_table(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """Return one row a seed, epoch and layer, layer 1 next to the input: norms as it starts."""
    rows = [
        (run.seed, step, layer, gradient, weight)
        for run in runs
        for step, gradients, weights in zip(
            run.norm_steps, run.gradient_norms, run.weight_norms, strict=True
        )
        for layer, (gradient, weight) in enumerate(zip(gradients, weights, strict=True), start=1)
    ]
    names = ("seed", "step", "layer", "gradient_norm", "weight_norm")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def early_table(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """Return one row a seed and early check: accuracy on the same sample of training images."""
    rows = [
        (run.seed, step, accuracy)
        for run in runs
        for step, accuracy in zip(run.steps, run.early_train_accuracy, strict=False)
    ]
    return dict(
        zip(("seed", "step", "train_accuracy"), map(list, zip(*rows, strict=True)), strict=True)
    )


TABLES = {
    "seeds": seeds_table,
    "runs": runs_table,
    "curves": curves_table,
    "gradients": gradients_table,
    "early": early_table,
}


def means(seeds: dict[str, list[Any]]) -> dict[str, Any]:
    """Return means over the seeds of `seeds_table`, and sample deviations of what validates.

    One seed has no deviation: None.
    """
    flat: dict[str, Any] = {
        name: float(np.mean(values)) for name, values in seeds.items() if name != "seed"
    }
    for name in ("validation_loss", "validation_accuracy"):
        several = len(seeds[name]) > 1
        flat[f"{name}_std"] = float(np.std(seeds[name], ddof=1)) if several else None
    return {**flat, "parameters": seeds["parameters"][0], "seeds": len(seeds["seed"])}


def publish(name: str, runs: Sequence[Run]) -> dict[str, Any]:
    """Write everything that is published of a network, and return its means."""
    flat = means(seeds_table(runs))
    try:
        for kind in KINDS if name == OWN else TABLES:
            files.write_csv(path(kind, name), TABLES[kind](runs))
        files.write_json(metrics_path(name), flat)
    except ValueError as error:
        raise UserError(f"{name}: {error}") from None
    if name != OWN:
        correct = np.packbits([run.correct for run in runs], axis=1)
        files.write(path("correct", name), lambda file: np.save(file, correct, allow_pickle=False))
    return flat
