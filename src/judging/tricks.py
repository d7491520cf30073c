"""What each trick brings, on top of the others and alone, at its best rate and as reported.

A trick is compared with its absence: `on_top` of all other crossed tricks and `alone`, each network
at its own best rate (grid.yaml), and `as_reported`, the mean over the reports' own comparisons. By
accuracy, loss and speed, which is a ratio of steps: above 1 the trick is sooner.

Holm's families: accuracy, loss and speed on top, each by itself; all that is alone; all that is as
reported. metrics/tricks.json has what is on top at once, the rest as `alone` and `as_reported`.
"""

from collections.abc import Callable, Mapping, Sequence
from math import exp, log, log1p
from operator import neg
from pathlib import Path
from typing import Any

from judging import inference
from judging.claims import Protocol
from judging.inference import CONTRADICTED, SUPPORTED, TWO, Comparison, Result, Rule
from judging.quantities import QUANTITIES, Measured, Run, measure
from judging.verdicts import Runs
from runs.tables import GRID_RUNS, LEVELS
from workflow import files
from workflow.command import UserError
from workflow.files import Table, read_csv
from workflow.settings import Crossing

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
COLUMNS = ("cell", "rate", "seed", "loss", "accuracy", "steps", *(f"steps_{x}" for x in LEVELS))
# What is published of a gain: of a loss its fall as a difference below 0, of logarithms the ratio.
SHOWN: dict[str, Callable[[float], float]] = {"accuracy": float, "loss": neg, SPEED: exp}
Answers = dict[str, list[Measured]]  # of a network's runs to each question
Key = tuple[str, ...]  # of a test; its last word is the question


def of_runs(runs: Sequence[Run], level: float) -> Answers:
    """Return the answers of published runs; level: the accuracy up to which speed is measured."""
    given = {SPEED: {"level": level}}
    return {
        asked: [measure(quantity, run, given.get(asked, {})) for run in runs]
        for asked, quantity in QUESTIONS.items()
    }


def of_grid(table: Table, cell: int, crossing: Crossing, level: float) -> Answers:
    """Return the answers of a combination's judged runs; 0 steps: a level that was not reached."""
    rows = (table["cell"] == cell) & (table["seed"] >= crossing.tuning_seeds)
    if rows.sum() < 2:
        tricks = " + ".join(crossing.combinations[cell])
        raise UserError(f"{GRID_RUNS}: holds no two runs of {tricks} at its best rate")
    own = {name: column[rows].tolist() for name, column in table.items()}
    answers = {asked: [*map(Measured, own[asked])] for asked in ("accuracy", "loss")}
    pairs = zip(own[f"steps_{100 * level:.0f}"], own["steps"], strict=True)
    answers[SPEED] = [Measured(reached or last, at_least=not reached) for reached, last in pairs]
    return answers


def compare(
    networks: Sequence[Answers], protocol: Protocol, weights: Sequence[float] = TWO
) -> dict[str, Comparison]:
    """Return by question whether the first network is better; of speed, logarithms are compared."""
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
    """Return the readings of a family, corrected together; of speed as ratios."""
    p_values = {key: test.p_value for key, test in family.items()}
    results = {}
    for key, level in inference.holm_levels(p_values, 1 - protocol.confidence).items():
        found, shown = family[key].result(level), SHOWN[key[-1]]
        ends = [None if end is None else shown(end) for end in found.interval]
        as_shown = {
            "verdict": VERDICTS.get(found.verdict, found.verdict),
            "difference": shown(found.difference),
            "interval": tuple(ends[::-1] if key[-1] == "loss" else ends),
        }
        results[key] = found.model_copy(update=as_shown)
    return results


def judge_tricks(crossing: Crossing, runs: Runs, protocol: Protocol) -> dict[str, dict[str, Any]]:
    """Return the content of metrics/tricks.json; runs: by network, for every pair in grid.yaml's
    `reported`."""
    table = read_csv(GRID_RUNS, COLUMNS)
    families: dict[str, dict[Key, Comparison]] = {}
    for name, trick in crossing.tricks.items():
        pairs = {TOP: crossing.pair(name)[::-1], ALONE: ((name,), ())}
        for where, level in trick.levels.items():
            if where == REPORTED:
                names = [one for before, after in trick.reported for one in (after, before)]
                networks = [of_runs(runs[one], level) for one in names]
            else:
                cells = map(crossing.combinations.index, pairs[where])
                networks = [of_grid(table, cell, crossing, level) for cell in cells]
            weights = [2 * weight / len(networks) for weight in TWO] * (len(networks) // 2)
            for asked, test in compare(networks, protocol, weights).items():
                family = where + asked if where == TOP else where
                families.setdefault(family, {})[name, where, asked] = test
    tricks: dict[str, dict[str, Any]] = {name: {} for name in crossing.tricks}
    for family in families.values():
        for (name, where, asked), one in judged(family, protocol).items():
            place = tricks[name] if where == TOP else tricks[name].setdefault(where, {})
            place[asked] = one.model_dump()
    return tricks


def points(tricks: Mapping[str, Mapping[str, Any]]) -> files.Columns:
    """Return the columns of plots/tricks.csv: a row a trick and comparison."""
    return files.columns(
        {
            "trick": name,
            "compared": words,
            "accuracy_points": 100 * found["accuracy"]["difference"],
        }
        for name, trick in tricks.items()
        for where, words in WORDS.items()
        if (found := trick if where == TOP else trick.get(where))
    )
