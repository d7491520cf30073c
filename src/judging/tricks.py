"""What each trick brings, on top of the others and alone, at its best rate and as reported.

A trick is compared with its absence: `on_top` of all other crossed tricks and `alone`, each network
at its own best rate (grid.yaml), and `as_reported`, the mean over the reports' own comparisons. By
accuracy, loss and speed, which is a ratio of steps: above 1 the trick is sooner.

Holm's families: accuracy, loss and speed on top, each by itself; all that is alone; all that is as
reported.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from math import exp, log, log1p
from operator import neg
from pathlib import Path
from typing import Any

from judging import inference
from judging.claims import Protocol
from judging.inference import CONTRADICTED, SUPPORTED, TWO, UNDECIDED, Comparison, Result, Rule
from judging.quantities import QUANTITIES, Measured, Run, measure
from judging.verdicts import Runs
from runs.tables import GRID_RUNS
from workflow import files
from workflow.command import UserError
from workflow.files import Table, read_csv
from workflow.settings import Combination, Crossing

TRICKS, POINTS = Path("metrics/tricks.json"), Path("plots/tricks.csv")
TOP, ALONE, REPORTED = "on_top", "alone", "as_reported"
WORDS = {
    TOP: "at its best rate, on top of the others",
    ALONE: "at its best rate, alone",
    REPORTED: "as reported",
}
BETTER, WORSE, SPEED = "better", "worse", "speed"
VERDICTS = {SUPPORTED: BETTER, CONTRADICTED: WORSE}
QUESTIONS = {
    "accuracy": "final_validation_accuracy",
    "loss": "final_validation_loss",
    SPEED: "steps_to_accuracy",
}
COLUMNS = ("cell", "rate", "seed", "loss", "accuracy", "steps")
COLUMNS += ("steps_80", "steps_85", "steps_90", "steps_95")
# What is published of a gain: of a loss its fall as a difference below 0, of logarithms the ratio.
SHOWN: dict[str, Callable[[float], float]] = {"accuracy": float, "loss": neg, SPEED: exp}
Answers = dict[str, list[Measured]]  # of a network's runs to each question
Key = tuple[str, ...]  # of a test; its last word is the question


def of_runs(runs: Sequence[Run], level: float) -> Answers:
    """What published runs answer; level: the accuracy up to which speed is measured."""
    given = {SPEED: {"level": level}}
    return {
        asked: [measure(quantity, run, given.get(asked, {})) for run in runs]
        for asked, quantity in QUESTIONS.items()
    }


def of_rows(rows: Table, level: float) -> Answers:
    """What rows of the grid answer; in them 0 steps stand for a level that was not reached."""
    answers = {asked: [*map(Measured, rows[asked].tolist())] for asked in ("accuracy", "loss")}
    pairs = zip(rows[f"steps_{100 * level:.0f}"].tolist(), rows["steps"].tolist(), strict=True)
    answers[SPEED] = [Measured(reached or last, at_least=not reached) for reached, last in pairs]
    return answers


def compare(
    networks: Sequence[Answers], protocol: Protocol, weights: Sequence[float] = TWO
) -> dict[str, Comparison]:
    """By question, whether the first network is better than the second, of two runs or more each;
    of speed the logarithms are compared."""
    tests = {}
    for asked, name in QUESTIONS.items():
        quantity, scale = QUANTITIES[name], log if asked == SPEED else float
        margin = protocol.margin(quantity, 1.0)
        margin = log1p(margin) if asked == SPEED else margin
        groups = [[scale(one.value) for one in answers[asked]] for answers in networks]
        bounds = [sum(one.at_least for one in answers[asked]) for answers in networks]
        better = [quantity.better * weight for weight in weights]
        estimate = inference.contrast(better, groups, bounds)
        tests[asked] = Comparison(estimate, Rule("higher", margin))
    return tests


def judged(family: Mapping[Key, Comparison], protocol: Protocol) -> dict[Key, Result]:
    """The readings of a family, corrected together; of speed as ratios, of loss as differences."""
    p_values = {key: test.p_value for key, test in family.items()}
    results = {}
    for key, level in inference.holm_levels(p_values, 1 - protocol.confidence).items():
        found, shown = family[key].result(level), SHOWN[key[-1]]
        ends = [None if end is None else shown(end) for end in found.interval]
        results[key] = replace(
            found,
            verdict=VERDICTS.get(found.verdict, found.verdict),
            difference=shown(found.difference),
            interval=tuple(ends[::-1] if key[-1] == "loss" else ends),
        )
    return results


def judge_tricks(crossing: Crossing, runs: Runs, protocol: Protocol) -> dict[str, dict[str, Any]]:
    """The content of metrics/tricks.json; runs: of every network by which a trick was reported."""
    table = read_csv(GRID_RUNS, COLUMNS)
    families: dict[str, dict[Key, Comparison]] = {}
    tricks: dict[str, dict[str, Any]] = {}
    for name, trick in crossing.tricks.items():
        without, with_it = crossing.contest(name)
        rates = {
            "with": _rate(table, crossing, with_it),
            "without": _rate(table, crossing, without),
        }
        tricks[name] = {"said": trick.said, "levels": trick.levels, "rates": rates}
        pairs = {TOP: (with_it, without), ALONE: ((name,), ())}
        for where, level in trick.levels.items():
            if where == REPORTED:
                names = [one for before, after in trick.reported for one in (after, before)]
                networks = [of_runs(runs[one], level) for one in names]
            else:
                rows = [_judged_rows(table, crossing, one) for one in pairs[where]]
                networks = [of_rows(each, level) for each in rows]
            weights = [2 * weight / len(networks) for weight in TWO] * (len(networks) // 2)
            for asked, test in compare(networks, protocol, weights).items():
                family = where + asked if where == TOP else where
                families.setdefault(family, {})[name, where, asked] = test
    for family in families.values():
        for (name, where, asked), one in judged(family, protocol).items():
            place = tricks[name] if where == TOP else tricks[name].setdefault(where, {})
            place[asked] = asdict(one)
    return {name: one | {"disagreements": disagreements(one)} for name, one in tricks.items()}


def _judged_rows(table: Table, crossing: Crossing, tricks: Combination) -> Table:
    """The rows of a combination at its best rate, with seeds that no rate was chosen by."""
    rows = table["cell"] == crossing.combinations.index(tricks)
    rows &= table["seed"] >= crossing.tuning_seeds
    if rows.sum() < 2:
        raise UserError(f"{GRID_RUNS}: holds no two runs of {' + '.join(tricks)} at its best rate")
    return {name: column[rows] for name, column in table.items()}


def _rate(table: Table, crossing: Crossing, tricks: Combination) -> float:
    """The best rate of a combination, the only one that it was trained at with judged seeds."""
    return float(_judged_rows(table, crossing, tricks)["rate"][0])


def disagreements(trick: Mapping[str, Any]) -> list[str]:
    """A sentence for each question by which a trick looks otherwise at its best rate."""
    sentences = []
    for asked in QUESTIONS if REPORTED in trick else ():
        reported, tuned = trick[REPORTED][asked]["verdict"], trick[asked]["verdict"]
        if reported != tuned and UNDECIDED not in (reported, tuned):
            otherwise = f"{reported} as the reports trained it, {tuned} at its best rate"
            sentences.append(f"In {asked}: {otherwise}.")
    return sentences


def points(tricks: Mapping[str, Mapping[str, Any]]) -> files.Columns:
    """The columns of plots/tricks.csv: a row a trick and comparison."""
    return files.columns(
        {
            "trick": name,
            "compared": words,
            "accuracy_points": 100 * found["accuracy"]["difference"],
            "loss_nats": found["loss"]["difference"],
            "times_sooner": found[SPEED]["difference"],
        }
        for name, trick in tricks.items()
        for where, words in WORDS.items()
        if (found := trick if where == TOP else trick.get(where))
    )
