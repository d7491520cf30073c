"""What the tricks bring: the rule of the verdict, and the published numbers computed once more."""

import csv
import json
from math import exp, log
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from judging.questions import BETTER, WORSE
from projects import HERE, copy_of, must
from scipy import stats
from workflow.crossing import best_rates, read_crossing

from judging.inference import NO_DIFFERENCE, UNDECIDED
from judging.tricks import (
    ALONE,
    AVERAGE,
    COLUMNS,
    MORE,
    ONE_TOP,
    REPORTED,
    TOP,
    judge_tricks,
    verdict,
)
from workflow import files
from workflow.command import UserError

TRICKS = json.loads((HERE / "metrics/tricks.json").read_text())
with open(HERE / "plots/grid.csv", newline="") as file:
    RUNS = [row for row in csv.DictReader(file) if row["seed"] != "0"]


@pytest.mark.parametrize(
    ("readings", "word"),
    [
        ({TOP: BETTER, ALONE: WORSE}, "holds"),
        ({TOP: WORSE, ALONE: BETTER}, "harmful"),
        ({TOP: NO_DIFFERENCE, ALONE: BETTER, REPORTED: BETTER}, "holds only alone"),
        ({TOP: NO_DIFFERENCE, ALONE: WORSE, ONE_TOP: BETTER}, "holds only untuned"),
        ({TOP: NO_DIFFERENCE, REPORTED: BETTER}, "holds only untuned"),
        ({TOP: NO_DIFFERENCE, ALONE: WORSE, REPORTED: WORSE}, NO_DIFFERENCE),
        ({TOP: UNDECIDED, ALONE: BETTER, ONE_TOP: BETTER}, UNDECIDED),
    ],
)
def test_the_tuned_comparison_on_top_of_the_others_counts(readings, word):
    assert verdict(readings) == word


def runs(tricks: tuple[str, ...], rate: float, column: str) -> list[float]:
    names = " + ".join(tricks)
    chosen = [row for row in RUNS if row["tricks"] == names and float(row["rate"]) == rate]
    return [float(row[column]) for row in chosen]


def test_every_tuned_comparison_is_the_welch_interval_of_the_published_runs(monkeypatch):
    monkeypatch.chdir(HERE)
    crossing = read_crossing()
    for name, trick in TRICKS.items():
        pairs = list(zip(crossing.contest(name), trick["rates"], strict=True))
        for column in ("accuracy", "loss"):
            without, with_it = (runs(*pair, column) for pair in pairs)
            one = trick[column][TOP]
            test = stats.ttest_ind(with_it, without, equal_var=False)
            interval = test.confidence_interval(1 - one["level"])
            assert one["difference"] == pytest.approx(fmean(with_it) - fmean(without), abs=2e-6)
            assert one["interval"] == pytest.approx([interval.low, interval.high], abs=2e-6)


def is_effect(where: str) -> bool:
    return where == AVERAGE or where.startswith(MORE)


@pytest.mark.parametrize(("effects", "count"), [(False, 81), (True, 18)])
def test_the_levels_are_holms_over_all_comparisons_and_over_all_effects(effects, count):
    asked = ("accuracy", "loss", "steps")
    rows = [row for trick in TRICKS.values() for name in asked for row in trick[name].items()]
    parts = [one for where, one in rows if where != "verdict" and is_effect(where) == effects]
    levels = sorted(part["level"] for part in parts)
    assert len(levels) == count
    assert levels[0] == pytest.approx(0.05 / count, rel=1e-5)
    decided = [part["level"] for part in parts if part["verdict"] != UNDECIDED]
    assert len(set(decided)) == len(decided)
    assert max(levels) >= max(decided)


def test_an_effect_is_the_mean_over_the_settings_of_the_other_tricks(monkeypatch):
    monkeypatch.chdir(HERE)
    crossing = read_crossing()
    best = best_rates(files.read_csv("plots/grid.csv", COLUMNS), crossing)
    init, sigmoid, momentum = crossing.crossed

    def accuracy(*tricks: str) -> float:
        return fmean(runs(tricks, best[tricks], "accuracy"))

    gains = {
        with_sigmoid: fmean(
            accuracy(init, *others) - accuracy(*others)
            for others in ((*with_sigmoid,), (*with_sigmoid, momentum))
        )
        for with_sigmoid in ((), (sigmoid,))
    }
    published = TRICKS[init]["accuracy"]
    average, more = fmean(gains.values()), gains[sigmoid,] - gains[()]
    assert published[AVERAGE]["difference"] == pytest.approx(average, abs=2e-6)
    assert published[f"{MORE} {sigmoid}"]["difference"] == pytest.approx(more, abs=2e-6)


def test_a_ratio_of_steps_is_that_of_the_logarithms_means(monkeypatch):
    monkeypatch.chdir(HERE)
    [without, with_it] = read_crossing().contest("improved sigmoid")
    rates = TRICKS["improved sigmoid"]["rates"]
    slow, fast = (
        np.log(runs(tricks, rate, "steps")).mean()
        for tricks, rate in zip((without, with_it), rates, strict=True)
    )
    published = TRICKS["improved sigmoid"]["steps"][TOP]
    assert log(published["difference"]) == pytest.approx(fast - slow, abs=1e-5)
    assert published["interval"][0] < exp(fast - slow) < published["interval"][1]


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    names = ("grid.yaml", "variants.yaml", "claims/protocol.yaml", "metrics", "plots")
    monkeypatch.chdir(copy_of(tmp_path, *names))
    return tmp_path


def test_the_stage_writes_what_is_published(copy):
    for path in ("metrics/tricks.json", "plots/tricks.csv"):
        (copy / path).unlink()
    must(copy, "python", str(HERE / "src/tricks.py"))
    for path in ("metrics/tricks.json", "plots/tricks.csv"):
        assert (copy / path).read_bytes() == (HERE / path).read_bytes()


def test_a_grid_without_the_runs_of_a_contest_is_refused_in_one_line(copy):
    kept = [line for line in Path("plots/grid.csv").read_text().splitlines() if ",0.1,0," in line]
    header = Path("plots/grid.csv").read_text().splitlines()[0]
    Path("plots/grid.csv").write_text("\n".join([header, *kept]) + "\n")
    with pytest.raises(UserError, match=r"grid.csv: holds no two runs of cell 7 at rate 0\.1"):
        judge_tricks()
