"""Every verdict on a claim or a trick once more from plots/, with SciPy and nothing of ours."""
# ruff: noqa: B905

import json
from functools import cache
from itertools import product
from math import inf, log1p
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML
from scipy import stats

HERE, LOAD = Path(__file__).parents[2], YAML(typ="safe", pure=True).load
RULES, VARIANTS = LOAD(HERE / "claims/protocol.yaml"), LOAD(HERE / "variants.yaml")
REPORTS = sorted(path for path in HERE.glob("claims/*.yaml") if path.stem != "protocol")
GRID, FAR = LOAD(HERE / "grid.yaml"), 1e99  # an open end
published = cache(lambda name: json.loads((HERE / f"metrics/{name}.json").read_text()))
table = cache(lambda path: np.genfromtxt(HERE / path, None, delimiter=",", names=True))
ORDER = ["contradicted", "inconsistent", "undecided", "no difference that matters"]
ORDER += ["consistent", "supported"]
SHARES = {"noise", "training", "steps", "epochs"}  # of whose words the margin is a share


def measure(name, asked, level=2.0, step=inf, layer=""):
    """What is asked of every run of a network, and whether some give but bounds."""
    if not isinstance(name, str):  # tricks of the grid, in their judged runs
        rows = table("plots/grid.csv")
        rows = rows[(rows["tricks"] == " + ".join(name)) & (rows["seed"] >= 1000)]
        steps = rows[f"steps_{100 * level:.0f}"]
        if asked != "steps_to_accuracy":
            return rows[asked.removeprefix("final_validation_")], False
        return np.where(steps, steps, rows["steps"]), 0 in steps
    network = VARIANTS["protocol"] | VARIANTS["variants"][name]
    ends, checks, norms = (table(f"plots/{k}/{name}.csv") for k in ("seeds", "runs", "gradients"))
    curve = "validation_loss" if "loss" in asked else "validation_accuracy"
    widths, weights = np.atleast_1d(network["hidden"]), ends["parameters"]
    kept, first = weights * (1 + (network["momentum"] > 0)), 785 * widths[0]
    found = {column: ends[column] for column in ends.dtype.names} | {
        "training_loss": ends["train_loss"],
        "accuracy_gap": ends["train_accuracy"] - ends["validation_accuracy"],
        "overfitting": ends["validation_loss"] - ends["best_validation_loss"],
        "epochs_until_stop": ends["epochs"],
        "training_multiply_accumulates": (32 * (3 * weights - first) + kept) * ends["steps"],
        "layer_weights": 0 * weights + (first if layer == "first" else 10 * widths[-1]),
        "hidden_outputs": 0 * weights + sum(widths),
        "trainer_numbers": kept,
        "two_layer_width": np.sqrt(795**2 / 4 + weights) - 795 / 2,
        "extra_inputs": (weights - 10 * widths[-1]) / widths[0] - 784,
        **{key: [] for key in ("steps_to_accuracy", "noise", "at", "first_to_last_norm")},
    }
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
    return np.array(found[asked.removeprefix("final_").removeprefix(curve + "_")]), late


def welch(weights, groups, one_run=0):
    """A contrast of means, its standard error and degrees of freedom."""
    counts = np.array([len(group) for group in groups])
    shares = np.square(weights) * [group.var(ddof=1) for group in groups] * (1 / counts + one_run)
    degrees = shares.sum() ** 2 / max(sum(shares**2 / (counts - 1)), 1e-300)
    return np.dot(weights, [group.mean() for group in groups]), shares.sum() ** 0.5, degrees


def clearances(relation, low, high, margin, value="0"):
    """By verdict, how far inside its range an interval lies."""
    figure, half = float(value), 0.5 * 0.1 ** len(value.partition(".")[2])
    first, last = {
        **{"higher": (0, inf), "not_higher": (-inf, margin), "not_lower": (-margin, inf)},
        **{"same": (-margin, margin), "beyond_margin": (margin, inf), "at_most": (-inf, figure)},
        **dict.fromkeys(("value", "count"), (figure - half, figure + half)),
    }.get(relation, (-inf, 0))
    outside = max(first - high, low - last)
    near = margin - max(high, -low) if relation in ("higher", "lower") else -inf
    found = {"supported": min(low - first, last - high), "contradicted": outside}
    if relation == "value":
        return {"inconsistent": outside}
    return found | {"no difference that matters": near}


def check(family):
    """Hold what is published of tests that are corrected together against their runs."""
    cases, p_values = [], {}  # of each contrast the largest
    for name, one, relation, margin, weights, groups, bounds, value in family:
        mean, error, degrees = welch(weights, groups, relation == "value")
        opens = [FAR * any(side * np.multiply(weights, bounds) > 0) for side in (-1, 1)]
        inside = clearances(relation, mean - opens[0], mean + opens[1], margin, value)
        gap = welch(weights[2:], groups[2:]) if relation == "share" else (-inf, 1, 1)
        if error:
            errors = min(max(inside.values()) / error, abs(gap[0]) / gap[1])
            p_values[name] = max(2 * stats.t.sf(errors, degrees), p_values.get(name, 0))
        cases.append((name, one, inside, gap, (mean, error, degrees, *opens)))
    levels = (1 - RULES["confidence"]) / np.arange(len(p_values), 0, -1)
    order = sorted(p_values, key=p_values.get)
    missed = [level for name, level in zip(order, levels) if p_values[name] > level]
    levels = dict(zip(order, np.minimum(levels, [*missed, 1][0])))
    for name, one, inside, gap, (mean, error, degrees, *opens) in cases:
        half = stats.t.isf(levels[name] / 2, degrees) if error else 0
        found = [word for word, distance in inside.items() if distance > half * error]
        found = found if abs(gap[0]) > half * gap[1] else []
        assert one["verdict"] == [*found, "consistent" if len(inside) == 1 else "undecided"][0]
        if error and gap[0] == -inf:
            ends = [FAR if end is None else abs(end) for end in one["interval"]]
            own = abs(mean - half * error - opens[0]), abs(mean + half * error + opens[1])
            assert (one["difference"], *ends) == pytest.approx((mean, *own), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_every_verdict_on_a_claim_is_that_of_its_runs(path):
    claims, families = {one["id"]: one for one in published("verdicts")["claims"]}, ([], [])
    for claim in LOAD(path)["claims"]:
        verdicts = [part["verdict"] for part in claims[claim["id"]]["parts"]]
        assert claims[claim["id"]]["verdict"] == min(verdicts, key=ORDER.index)
        for given, judged in zip(claim.get("all", [{}]), claims[claim["id"]]["parts"]):
            part = claim | given
            relation, asked, names = part["relation"], part["quantity"], part["variants"]
            numbers = {key: part[key] for key in ("level", "step", "layer") if key in part}
            groups, bounds = zip(*(measure(name, asked, **numbers) for name in names))
            assert judged["means"] == pytest.approx([group.mean() for group in groups], rel=1e-4)
            good = 1 if "validation_accuracy" in asked else -1
            turned = {"smaller_change": (1, -2, 1), "share": (-1, 1, 0.5, -0.5)}.get(relation)
            weights = [good * w for w in turned] if turned else [1, -1][: len(names)]
            kind = "accuracy" if "accuracy" in asked else "loss"
            is_share = SHARES & set(asked.split("_"))
            margin = RULES["margins"]["share" if is_share else kind]
            margin *= groups[-1].mean() if is_share else 1
            first, *_ = pairs = sorted(zip(names, weights))
            name = (asked, *numbers.values(), *((n, w * first[1]) for n, w in pairs))
            test = name, judged, relation, margin, weights, groups, bounds, part.get("value", "0")
            families[relation == "value"].append(test)
    for family in families:
        check(family)


def test_every_verdict_on_a_trick_is_that_of_its_runs():
    crossed, families = [*GRID["crossed"]], {}
    words = {"better": "supported", "worse": "contradicted"}
    for name, trick in (GRID["crossed"] | GRID["added"]).items():
        others, found = [other for other in crossed if other != name], published("tricks")[name]
        top = (others, crossed) if name in crossed else (crossed, [*crossed, name])
        pairs = {"on_top": [top], "alone": [([], [name])], "as_reported": trick.get("reported")}
        for (where, level), asked in product(
            trick["levels"].items(), ("accuracy", "loss", "speed")
        ):
            one = dict((found if where == "on_top" else found[where])[asked])
            one["verdict"] = words.get(one["verdict"], one["verdict"])
            networks = [each for pair in pairs[where] for each in reversed(pair)]
            quantity = "steps_to_accuracy" if asked == "speed" else f"final_validation_{asked}"
            groups, bounds = zip(*(measure(each, quantity, level) for each in networks))
            margin = RULES["margins"].get(asked, log1p(RULES["margins"]["share"]))
            weights = np.tile([1, -1], len(pairs[where])) / len(pairs[where])
            if asked == "speed":  # a ratio is published, above 1 where the trick needs fewer steps
                weights, groups = -weights, [np.log(group) for group in groups]
                one["difference"] = np.log(one["difference"])
                one["interval"] = [end if end is None else np.log(end) for end in one["interval"]]
            relation = "lower" if asked == "loss" else "higher"
            test = (name, where, asked), one, relation, margin, weights, groups, bounds, "0"
            families.setdefault(where + asked if where == "on_top" else where, []).append(test)
    for family in families.values():
        check(family)
