"""Every verdict on a claim and a trick computed once more from plots/, with nothing of ours."""
# ruff: noqa: B905

import json
from functools import cache
from math import inf
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML
from scipy import stats

HERE, LOAD = Path(__file__).parents[2], YAML(typ="safe", pure=True).load
RULES, VARIANTS, GRID = (
    LOAD(HERE / name) for name in ("claims/protocol.yaml", "variants.yaml", "grid.yaml")
)
REPORTS = sorted(path for path in HERE.glob("claims/*.yaml") if path.stem != "protocol")
PUBLISHED, TRICKS = (
    json.loads((HERE / f"metrics/{name}.json").read_text()) for name in ("verdicts", "tricks")
)
FAR, SHARES = 1e99, {"noise", "training", "steps", "epochs", "speed"}  # whose margin is a share
ORDER = ["contradicted", "inconsistent", "undecided", "no difference that matters"]
ORDER += ["consistent", "supported", "no verdict"]


@cache
def table(path):
    return np.genfromtxt(HERE / "plots" / path, delimiter=",", names=True, dtype=None)


def measure(name, asked, level=2.0, step=inf, layer=""):
    """The quantity of every run, and whether some are bounds."""
    network = VARIANTS["protocol"] | VARIANTS["variants"][name]
    ends, checks, norms = (table(f"{kind}/{name}.csv") for kind in ("seeds", "runs", "gradients"))
    curve = "validation_loss" if "loss" in asked else "validation_accuracy"
    widths, weights = np.atleast_1d(network["hidden"]), ends["parameters"]
    kept, first = weights * (1 + (network["momentum"] > 0)), 785 * widths[0]
    found = {
        "final_training_loss": ends["train_loss"],
        "best_validation_accuracy": ends["best_validation_accuracy"],
        "final_accuracy_gap": ends["train_accuracy"] - ends["validation_accuracy"],
        "overfitting": ends["validation_loss"] - ends["best_validation_loss"],
        "epochs_until_stop": ends["epochs"],
        "training_multiply_accumulates": (32 * (3 * weights - first) + kept) * ends["steps"],
        "parameters": weights,
        "layer_weights": 0 * weights + (first if layer == "first" else 10 * widths[-1]),
        "hidden_outputs": 0 * weights + sum(widths),
        "trainer_numbers": kept,
        "two_layer_width": np.sqrt(795**2 / 4 + weights) - 795 / 2,
        "extra_inputs": (weights - 10 * widths[-1]) / widths[0] - 784,
    } | {key: [] for key in ("steps_to_accuracy", "noise", "at", "first_to_last_norm")}
    for seed in ends["seed"]:
        run = checks[checks["seed"] == seed]
        values, at, i = run[curve], run["step"], (run[curve] >= level).argmax()
        norm = norms["gradient_norm"][norms["seed"] == seed].reshape(-1, len(widths) + 1)
        two = slice(i - 1, i + 1)
        found["steps_to_accuracy"] += [np.interp(level, values[two], at[two]) if i else at[-1]]
        found["noise"] += [np.mean(np.diff(values[len(values) // 2 - 1 :]) ** 2) ** 0.5]
        found["at"] += [values[at <= step][-1]]
        found["first_to_last_norm"] += [(norm[:, 0] / norm[:, -1]).min()]
    late = asked == "epochs_until_stop" and max(ends["epochs"]) >= network["epochs"]
    late |= asked == "steps_to_accuracy" and min(ends["best_validation_accuracy"]) < level
    return np.array(found.get(asked.removeprefix(curve + "_"), ends[curve])), late


def welch(weights, groups, bounds=0, one_run=0):
    weights, counts = np.array(weights), np.array([len(group) for group in groups])
    shares = weights**2 * [group.var(ddof=1) for group in groups] * (1 / counts + one_run)
    out = [FAR * np.any(bounds * weights < 0), FAR * np.any(bounds * weights > 0)]
    degrees = shares.sum() ** 2 / max(sum(shares**2 / (counts - 1)), 1e-300)
    return weights @ [group.mean() for group in groups], shares.sum() ** 0.5, degrees, *out
