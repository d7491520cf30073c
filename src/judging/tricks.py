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

import numpy as np

from judging import inference
from judging.claims import Protocol
from judging.inference import CONTRADICTED, SUPPORTED, TWO, UNDECIDED, Comparison, Result
from judging.quantities import QUANTITIES, Measured, Run, measure
from judging.verdicts import Runs
from runs.tables import GRID_RUNS, best_rates
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
COLUMNS = ("cell", "rate", "seed", "loss", "accuracy", "steps", "steps_80", "steps_85")
COLUMNS += ("steps_90", "steps_95")
# What is published of a gain: of a loss its fall as a difference below 0, of logarithms the ratio.
SHOWN: dict[str, Callable[[float], float]] = {"accuracy": float, "loss": neg, SPEED: exp}
Key = tuple[str, str, str]  # a trick, a comparison, a question


def of_runs(asked: str, runs: Sequence[Run], level: float) -> list[Measured]:
    """What published runs answer to a question."""
    parameters = {"level": level} if asked == SPEED else {}
    return [measure(QUESTIONS[asked], run, parameters) for run in runs]


def of_rows(asked: str, rows: Table, level: float) -> list[Measured]:
    """What rows of the grid answer to a question."""
    if asked != SPEED:
        return [Measured(float(value)) for value in rows[asked]]
    pairs = zip(rows[f"steps_{100 * level:.0f}"], rows["steps"], strict=True)
    return [Measured(float(reached or last), at_least=not reached) for reached, last in pairs]


def compare(
    asked: str,
    groups: Sequence[Sequence[Measured]],
    protocol: Protocol,
    weights: Sequence[float] = TWO,
) -> Comparison:
    """Whether the first network is better than the second, of groups of two runs or more each; of
    speed the logarithms are compared."""
    quantity, scale = QUANTITIES[QUESTIONS[asked]], log if asked == SPEED else float
    margin = protocol.margin(quantity, 1.0)
    margin = log1p(margin) if asked == SPEED else margin
    values = [[scale(one.value) for one in group] for group in groups]
    bounds = [sum(one.at_least for one in group) for group in groups]
    better = [quantity.better * weight for weight in weights]
    estimate = inference.contrast(better, values, bounds)
    return Comparison(estimate, inference.readings("higher", margin), margin)


def judged(family: Mapping[Key, Comparison], protocol: Protocol) -> dict[Key, Result]:
    """The readings of a family, corrected together; of speed as ratios, of loss as differences."""
    p_values = [test.p_value for test in family.values()]
    levels = inference.holm_levels(p_values, 1 - protocol.confidence)
    results = {}
    for (key, test), level in zip(family.items(), levels, strict=True):
        found, shown = test.result(level), SHOWN[key[-1]]
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
    best = best_rates(table, crossing)
    families: dict[str, dict[Key, Comparison]] = {}
    tricks: dict[str, dict[str, Any]] = {}
    for name, trick in crossing.tricks.items():
        without, with_it = crossing.contest(name)
        rates = {"with": best[with_it], "without": best[without]}
        tricks[name] = {"said": trick.said, "levels": trick.levels, "rates": rates}
        networks = [network for before, after in trick.reported for network in (after, before)]
        for where, level in trick.levels.items():
            pair = {TOP: (with_it, without), ALONE: ((name,), ()), REPORTED: ()}[where]
            rows = [_judged_rows(table, crossing, each, best[each]) for each in pair]
            for asked in QUESTIONS:
                groups, weights = [of_rows(asked, each, level) for each in rows], list(TWO)
                if where == REPORTED:
                    groups = [of_runs(asked, runs[network], level) for network in networks]
                    weights = [w / len(trick.reported) for _ in trick.reported for w in TWO]
                family = families.setdefault(where + asked if where == TOP else where, {})
                family[name, where, asked] = compare(asked, groups, protocol, weights)
    for family in families.values():
        for (name, where, asked), one in judged(family, protocol).items():
            place = tricks[name] if where == TOP else tricks[name].setdefault(where, {})
            place[asked] = asdict(one)
    for trick in tricks.values():
        trick["disagreements"] = disagreements(trick)
    return tricks


def _judged_rows(table: Table, crossing: Crossing, tricks: Combination, rate: float) -> Table:
    """The rows of a combination at a rate that no rate was chosen by."""
    rows = (table["cell"] == crossing.combinations.index(tricks)) & np.isclose(table["rate"], rate)
    rows &= table["seed"] >= crossing.tuning_seeds
    if rows.sum() < 2:
        raise UserError(f"{GRID_RUNS}: holds no two runs of {' + '.join(tricks)} at rate {rate:g}")
    return {name: column[rows] for name, column in table.items()}


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
