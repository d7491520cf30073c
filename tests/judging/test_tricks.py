"""What the tricks bring: each published comparison once more by SciPy, and the rules by hand."""

import csv
import json

import numpy as np
import pytest
from refusals import refusal
from ruamel.yaml import YAML
from scipy import stats
from test_independent import HERE, RULES, holm, measure, readings, welch

from judging.claims import read_protocol
from judging.inference import NO_DIFFERENCE, UNDECIDED
from judging.quantities import Measured
from judging.tricks import BETTER, WORSE, compare, disagreements, judge_tricks, judged, points
from workflow.settings import read_crossing

ASKED = ("accuracy", "loss", "speed")
GRID = YAML(typ="safe", pure=True).load(HERE / "grid.yaml")
TRICKS = GRID["crossed"] | GRID["added"]


def best_runs(names):
    """The judged rows of a combination at the rate with the lowest tuning loss."""
    with (HERE / "plots/grid.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["tricks"] == " + ".join(names)]
    tuning = {rate: [] for rate in GRID["rates"]}
    for row in rows:
        if int(row["seed"]) < GRID["tuning_seeds"]:
            tuning[float(row["rate"])].append(float(row["loss"]))
    means = {k: np.mean(v) for k, v in tuning.items() if len(v) == GRID["tuning_seeds"]}
    best = min(means, key=means.get)
    return [r for r in rows if int(r["seed"]) >= 1000 and float(r["rate"]) == best]


def column(rows, asked, level):
    if asked != "speed":
        return np.array([float(row[asked]) for row in rows]), False
    steps = [float(row[f"steps_{100 * level:.0f}"]) for row in rows]
    last = [float(row["steps"]) for row in rows]
    return np.log([step or end for step, end in zip(steps, last, strict=True)]), 0 in steps


def groups(name, where, asked):
    """The values of with and without the trick, in turns, whether they are bounds, and weights."""
    trick, crossed = TRICKS[name], list(GRID["crossed"])
    level, weights = trick["levels"][where], [1, -1]
    if where == "as_reported":
        names = [network for before, after in trick["reported"] for network in (after, before)]
        quantity = f"final_validation_{asked}"
        found = [
            measure(network, "steps_to_accuracy", level=level)
            if asked == "speed"
            else measure(network, quantity)
            for network in names
        ]
        weights = [w / len(trick["reported"]) for _ in trick["reported"] for w in weights]
        found = [(np.log(v) if asked == "speed" else v, b) for v, b in found]
    elif where == "alone":
        found = [column(best_runs(names), asked, level) for names in ([name], [])]
    else:
        others = [other for other in crossed if other != name]
        pair = (crossed, others) if name in crossed else ([*crossed, name], crossed)
        found = [column(best_runs(names), asked, level) for names in pair]
    return [v for v, _ in found], np.array([b for _, b in found]), np.array(weights)


@pytest.mark.parametrize("family", [*ASKED, "alone", "as_reported"])
def test_every_comparison_is_that_of_its_runs(family):
    published = json.loads((HERE / "metrics/tricks.json").read_text())
    tests, p_values, where = {}, {}, "on_top" if family in ASKED else family
    for name, trick in TRICKS.items():
        for asked in ASKED if where == family else (family,):
            if where in trick["levels"]:
                values, bounds, weights = groups(name, where, asked)
                sign = 1 if asked == "accuracy" else -1
                test = mean, error, degrees, below, above = welch(sign * weights, values, bounds)
                margin = RULES["margins"].get(asked, np.log1p(RULES["margins"]["share"]))
                inside = readings("higher", mean - below, mean + above, margin)
                tests[name, asked] = test, inside
                p_values[name, asked] = 2 * stats.t.sf(max(inside.values()) / error, degrees)
    levels = holm(p_values)
    for (name, asked), ((mean, error, degrees, _, _), inside) in tests.items():
        half = stats.t.isf(levels[name, asked] / 2, degrees) * error
        found = [verdict for verdict, distance in inside.items() if distance > half]
        words = {"supported": BETTER, "contradicted": WORSE}
        one = (published[name] if where == "on_top" else published[name][where])[asked]
        verdict = [*found, UNDECIDED][0]
        assert one["verdict"] == words.get(verdict, verdict)
        shown = np.exp(mean) if asked == "speed" else mean if asked == "accuracy" else -mean
        assert one["difference"] == pytest.approx(shown, rel=1e-4, abs=1e-7)


def runs(*values):
    return [Measured(value) for value in values]


def test_speed_is_a_ratio_above_one_where_the_trick_is_sooner(monkeypatch):
    monkeypatch.chdir(HERE)
    slow, fast = runs(1000, 1010, 990, 1000), runs(500, 505, 495, 500)
    protocol = read_protocol()
    found = judged({("x", "on_top", "speed"): compare("speed", [fast, slow], protocol)}, protocol)
    one = found["x", "on_top", "speed"]
    assert (one.verdict, one.difference) == (BETTER, pytest.approx(2, rel=1e-4))
    assert one.interval[0] < 2 < one.interval[1]


def test_a_lower_loss_is_better_and_its_difference_negative(monkeypatch):
    monkeypatch.chdir(HERE)
    low, high = runs(0.10, 0.11, 0.09), runs(0.30, 0.31, 0.29)
    protocol = read_protocol()
    found = judged({("x", "on_top", "loss"): compare("loss", [low, high], protocol)}, protocol)
    one = found["x", "on_top", "loss"]
    assert (one.verdict, one.difference) == (BETTER, pytest.approx(-0.2))
    assert one.interval[0] < -0.2 < one.interval[1] < 0


def trick(tuned, reported=None):
    found = {asked: {"verdict": tuned, "difference": 0.0} for asked in ASKED}
    if reported:
        found["as_reported"] = {asked: {"verdict": reported} for asked in ASKED}
    return found


def test_a_sentence_says_where_a_trick_looks_otherwise_at_its_best_rate():
    otherwise = "worse as the reports trained it, no difference that matters at its best rate"
    assert f"In loss: {otherwise}." in disagreements(trick(NO_DIFFERENCE, WORSE))
    assert disagreements(trick(BETTER, BETTER)) == disagreements(trick(BETTER)) == []
    assert disagreements(trick(UNDECIDED, WORSE)) == []


def test_points_have_a_row_for_each_comparison_there_is():
    alone = {asked: {"verdict": BETTER, "difference": 0.5} for asked in ASKED}
    one = trick(BETTER) | {"alone": alone, "levels": {"on_top": 0.9, "alone": 0.9}}
    assert points({"x": one})["accuracy_points"] == [0.0, 50.0]


def test_a_grid_without_the_runs_of_a_comparison_is_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(HERE)
    crossing, protocol = read_crossing(), read_protocol()
    monkeypatch.chdir(tmp_path)
    names = ("rate", "seed", "loss", "accuracy", "steps", "steps_80", "steps_85", "steps_90")
    rows = [
        f"{cell},0.1,{seed},0.1,0.9,1,1,1,1,1"
        for cell in range(len(crossing.combinations))
        for seed in range(crossing.tuning_seeds)
    ]
    (tmp_path / "plots").mkdir()
    table = "\n".join([",".join(("cell", *names, "steps_95")), *rows])
    (tmp_path / "plots/grid.csv").write_text(table + "\n")
    line = refusal(judge_tricks, crossing, {}, protocol)
    assert line.startswith("plots/grid.csv: holds no two runs of initial weights + ")
