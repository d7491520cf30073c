"""Runs of one network over seeds -> the columns and numbers that are published.

Losses in nats per example, accuracies as fractions. In curves, `train_loss` and `train_accuracy`
are means over the steps between two checks; where a run ends, over the whole training set.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

import records
from mlp.runs import Run

QUANTITIES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")


def parameters(run: Run) -> int:
    """Number of weights; also the multiply-accumulates per image."""
    return sum(layer.size for layer in run.weights)


def seed_columns(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """One row a seed: how long it trained, and where it ended."""
    return {
        "seed": [run.seed for run in runs],
        "parameters": [parameters(run) for run in runs],
        "epochs": [run.steps[-1] / run.steps_per_epoch for run in runs],
        "steps": [run.steps[-1] for run in runs],
        "train_loss": [run.final_train_loss for run in runs],
        "train_accuracy": [run.final_train_accuracy for run in runs],
        "validation_loss": [run.validation_loss[-1] for run in runs],
        "validation_accuracy": [run.validation_accuracy[-1] for run in runs],
        "best_validation_loss": [min(run.validation_loss) for run in runs],
        "best_validation_accuracy": [max(run.validation_accuracy) for run in runs],
    }


def metrics(seed_rows: dict[str, list[Any]]) -> dict[str, Any]:
    """Means over seeds of `seed_columns`, and the sample standard deviations of what validates.

    One seed has no deviation: null.
    """
    flat: dict[str, Any] = {
        name: float(np.mean(values)) for name, values in seed_rows.items() if name != "seed"
    }
    for name in ("validation_loss", "validation_accuracy"):
        values = seed_rows[name]
        flat[f"{name}_std"] = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return {**flat, "parameters": seed_rows["parameters"][0], "seeds": len(seed_rows["seed"])}


def run_columns(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """One row a seed and check."""
    columns: dict[str, list[Any]] = {
        "seed": [run.seed for run in runs for _ in run.steps],
        "step": [step for run in runs for step in run.steps],
    }
    return columns | {q: [value for run in runs for value in getattr(run, q)] for q in QUANTITIES}


def curve_columns(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """One row a check: mean, minimum and maximum over the seeds still training at that step."""
    steps = max((run.steps for run in runs), key=len)
    columns: dict[str, list[Any]] = {"step": list(steps)}
    for quantity in QUANTITIES:
        series = [getattr(run, quantity) for run in runs]
        alive = [[s[check] for s in series if check < len(s)] for check in range(len(steps))]
        columns[quantity] = [float(np.mean(values)) for values in alive]
        columns[f"{quantity}_lo"] = [min(values) for values in alive]
        columns[f"{quantity}_hi"] = [max(values) for values in alive]
    return columns


def gradient_columns(runs: Sequence[Run]) -> dict[str, list[Any]]:
    """One row a seed, epoch and layer, layer 1 next to the input: norms at the epoch's start."""
    rows = [
        (run.seed, step, layer + 1, gradient, weight)
        for run in runs
        for step, gradients, weights in zip(
            run.norm_steps, run.gradient_norms, run.weight_norms, strict=True
        )
        for layer, (gradient, weight) in enumerate(zip(gradients, weights, strict=True))
    ]
    names = ("seed", "step", "layer", "gradient_norm", "weight_norm")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def publish(name: str, runs: Sequence[Run]) -> dict[str, Any]:
    """Write the metrics and plot data of `name`; return its metrics. Raises OSError."""
    seeds = seed_columns(runs)
    flat = metrics(seeds)
    records.write_csv(f"plots/runs/{name}.csv", run_columns(runs))
    records.write_csv(f"plots/curves/{name}.csv", curve_columns(runs))
    records.write_csv(f"plots/seeds/{name}.csv", seeds)
    records.write_csv(f"plots/gradients/{name}.csv", gradient_columns(runs))
    records.write_json(f"metrics/{name}.json", flat)
    return flat
