"""Every verdict on a claim computed once more from plots/, with SciPy and nothing of ours."""
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
RULES, VARIANTS = LOAD(HERE / "claims/protocol.yaml"), LOAD(HERE / "variants.yaml")
REPORTS = sorted(path for path in HERE.glob("claims/*.yaml") if path.stem != "protocol")
ORDER = ["contradicted", "inconsistent", "undecided", "no difference that matters"]
ORDER += ["consistent", "supported", "no verdict"]
FAR, WORDS = 1e99, {"noise", "training", "steps", "epochs"}  # an open end; whose margin is a share
table = cache(lambda path: np.genfromtxt(HERE / "plots" / path, delimiter=",", names=True))


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


def readings(relation, low, high, margin, value="0"):
    figure, half = float(value), 0.5 * 0.1 ** len(value.partition(".")[2])
    first, last = {
        **{"higher": (0, inf), "not_higher": (-inf, margin), "not_lower": (-margin, inf)},
        **{"same": (-margin, margin), "beyond_margin": (margin, inf), "at_most": (-inf, figure)},
        **dict.fromkeys(("value", "count"), (figure - half, figure + half)),
    }.get(relation, (-inf, 0))
    inside, outside = min(low - first, last - high), max(first - high, low - last)
    near = margin - max(high, -low) if relation in ("higher", "lower") else -inf
    found = {"supported": inside, "contradicted": outside, ORDER[3]: near}
    return {"inconsistent": outside} if relation == "value" else found


def holm(p_values):
    names = sorted(p_values, key=p_values.get)
    levels = (1 - RULES["confidence"]) / np.arange(len(names), 0, -1)
    missed = [i for i, name in enumerate(names) if p_values[name] > levels[i]]
    return dict(zip(names, np.minimum(levels, levels[[*missed, -1][0]] if names else 1)))


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_every_verdict_is_that_of_its_runs(path):
    claims = json.loads((HERE / "metrics/verdicts.json").read_text())["claims"]
    published = {claim["id"]: claim["parts"] for claim in claims}
    tests, families = [], ({}, {})  # of comparisons, and of figures
    for claim in LOAD(path)["claims"]:
        for number, given in enumerate(claim.get("all", [{}])):
            part, judged = claim | given, published[claim["id"]][number]
            relation, asked, names = part["relation"], part["quantity"], part["variants"]
            numbers = {key: part[key] for key in ("level", "step", "layer") if key in part}
            groups, bounds = zip(*(measure(name, asked, **numbers) for name in names))
            good = 1 if "validation_accuracy" in asked else -1
            turned = {"smaller_change": (1, -2, 1), "share": (-1, 1, 0.5, -0.5)}.get(relation)
            weights = [good * w for w in turned] if turned else [1, -1][: len(names)]
            test = welch(weights, groups, np.array(bounds), relation == "value")
            kind = "loss" if asked == "overfitting" or "loss" in asked else "accuracy"
            kind = "share" if WORDS & set(asked.split("_")) else kind
            margin = RULES["margins"][kind] * (groups[-1].mean() if kind == "share" else 1)
            mean, error, degrees, below, above = test
            inside = readings(relation, mean - below, mean + above, margin, part.get("value", "0"))
            gap = welch([-2 * w for w in weights[2:]], groups[2:]) if relation == "share" else None
            pairs = sorted(zip(names, weights))
            name = (asked, *numbers.values(), *((n, w * pairs[0][1]) for n, w in pairs))
            if error:
                distance = min(max(inside.values()) / error, gap[0] / gap[1] if gap else inf)
                family = families[relation == "value"]
                family[name] = max(2 * stats.t.sf(distance, degrees), family.get(name, 0))
            tests.append((judged, name, test, inside, gap))
    levels = holm(families[0]) | holm(families[1])
    for judged, name, (mean, error, degrees, below, above), inside, gap in tests:
        half = stats.t.isf(levels[name] / 2, degrees) if error else 0
        found = [verdict for verdict, distance in inside.items() if distance > half * error]
        found = [] if gap and gap[0] <= half * gap[1] else found
        found += ["consistent" if "inconsistent" in inside else "undecided"]
        assert judged["verdict"] == found[0]
        if error and not gap:
            ends = [FAR if end is None else abs(end) for end in judged["interval"]]
            own = abs(mean - half * error - below), abs(mean + half * error + above)
            assert (judged["difference"], *ends) == pytest.approx((mean, *own), rel=1e-4)
    for claim in claims:
        found = [part["verdict"] for part in claim["parts"]]
        assert claim["verdict"] == min(found, key=ORDER.index)
