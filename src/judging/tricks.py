"""What each trick brings, on top of the others and alone, at its best rate and as reported.

A trick is compared with its absence: `on top` of all other crossed tricks and `alone`, each network
at its own best rate (grid.yaml), and `as reported`, the mean over the reports' own comparisons. By
accuracy, loss and speed, which is a ratio of steps: above 1 the trick is sooner.

Holm's families: accuracy, loss and speed on top, each by itself; all that is alone; all that is as
reported.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from math import exp, log, log1p
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from judging import inference
from judging.claims import Protocol
from judging.inference import NO_DIFFERENCE, TWO, UNDECIDED, Estimate, Reading
from judging.quantities import LEVELS, Measured, Run, measure
from judging.verdicts import Result, Runs, result
from runs.tables import GRID_RUNS, best_rates
from workflow.command import UserError
from workflow.files import Table, read_csv
from workflow.settings import Combination, Crossing

TRICKS, POINTS = Path("metrics/tricks.json"), Path("plots/tricks.csv")
TOP, ALONE, REPORTED = "on_top", "alone", "as_reported"
BETTER, WORSE = "better", "worse"
STEPS = {level: f"steps_{100 * level:.0f}" for level in LEVELS}
COLUMNS = ("cell", "rate", "seed", "loss", "accuracy", "steps", *STEPS.values())


class Question(NamedTuple):
    """What is asked: a quantity of a run, and the column of the grid; `better`: the sign of a gain;
    ratio: logarithms are compared, and the ratio of the second network's to the first's shown."""

    quantity: str
    better: int
    ratio: bool = False

    def margin(self, protocol: Protocol) -> float:
        """The difference that matters, of logarithms for a ratio."""
        margins = protocol.margins
        return log1p(margins.share) if self.ratio else getattr(margins, self.quantity)

    def measured(self, runs: Sequence[Run], level: float) -> list[Measured]:
        """What published runs give."""
        if self.ratio:
            return [measure("steps_to_accuracy", run, {"level": level}) for run in runs]
        return [Measured(run.final(f"validation_{self.quantity}")) for run in runs]

    def in_grid(self, rows: Table, level: float) -> list[Measured]:
        """What rows of the grid give."""
        if not self.ratio:
            return [Measured(float(value)) for value in rows[self.quantity]]
        pairs = zip(rows[STEPS[level]], rows["steps"], strict=True)
        return [Measured(float(to or last), at_least=not to) for to, last in pairs]


QUESTIONS = {
    "accuracy": Question("accuracy", 1),
    "loss": Question("loss", -1),
    "speed": Question("speed", -1, ratio=True),
}


class Answer(NamedTuple):
    """A contrast of networks, and what is asked of it."""

    question: Question
    estimate: Estimate
    margin: float

    @property
    def possible(self) -> list[Reading]:
        """What can be said."""
        higher, lower = (BETTER, WORSE) if self.question.better > 0 else (WORSE, BETTER)
        inf = float("inf")
        return [
            Reading(higher, 0, inf),
            Reading(lower, -inf, 0),
            Reading(NO_DIFFERENCE, -self.margin, self.margin),
        ]

    def result(self, level: float) -> Result:
        """The reading at a level; of a ratio, above 1 where the first network is sooner."""
        shown: Callable[[float], float] = (lambda x: exp(-x)) if self.question.ratio else float
        found = result(self.estimate, self.possible, level, self.margin, shown)
        if self.question.ratio:
            found["interval"] = found["interval"][::-1]
        return Result(**found)


def compare(
    question: Question,
    groups: Sequence[Sequence[Measured]],
    protocol: Protocol,
    weights: Sequence[float] = TWO,
) -> Answer:
    """Ask a question of the contrast with these weights, of groups of two runs or more each."""
    scale = log if question.ratio else float
    values = [[scale(one.value) for one in group] for group in groups]
    bounds = [sum(one.at_least for one in group) for group in groups]
    estimate = inference.contrast(weights, values, bounds)
    return Answer(question, estimate, question.margin(protocol))


def judged(answers: Mapping[Any, Answer], protocol: Protocol) -> dict[Any, Result]:
    """The readings of one family of answers."""
    p_values = [inference.p_value(one.estimate, one.possible) for one in answers.values()]
    levels = inference.holm_levels(p_values, 1 - protocol.confidence)
    return {key: answers[key].result(level) for key, level in zip(answers, levels, strict=True)}


def judge_tricks(crossing: Crossing, runs: Runs, protocol: Protocol) -> dict[str, dict[str, Any]]:
    """The content of metrics/tricks.json; runs: of every network by which a trick was reported."""
    table = read_csv(GRID_RUNS, COLUMNS)
    best = best_rates(table, crossing)
    tricks: dict[str, dict[str, Any]] = {}
    for name, trick in crossing.tricks.items():
        without, with_it = crossing.contest(name)
        rates = {"with": best[with_it], "without": best[without]}
        tricks[name] = {"said": trick.said, "levels": trick.levels, "rates": rates}
    for where, found in _answers(crossing, table, best, runs, protocol):
        for (name, asked), one in judged(found, protocol).items():
            place = tricks[name] if where == TOP else tricks[name].setdefault(where, {})
            place[asked] = asdict(one)
    for trick in tricks.values():
        trick["disagreements"] = disagreements(trick)
    return tricks


def _answers(
    crossing: Crossing,
    table: Table,
    best: Mapping[Combination, float],
    runs: Runs,
    protocol: Protocol,
) -> list[tuple[str, dict[tuple[str, str], Answer]]]:
    """Every family: where, and its answers by trick and question."""
    families: list[tuple[str, dict[tuple[str, str], Answer]]] = []
    alone: dict[tuple[str, str], Answer] = {}
    reported: dict[tuple[str, str], Answer] = {}
    for asked, question in QUESTIONS.items():
        top: dict[tuple[str, str], Answer] = {}
        for name, trick in crossing.tricks.items():

            def grid(tricks: Combination, level: float, asking: Question = question) -> Any:
                rows = _judged_rows(table, crossing, tricks, best[tricks])
                return asking.in_grid(rows, level)

            without, with_it = crossing.contest(name)
            level = trick.levels[TOP]
            groups = [grid(with_it, level), grid(without, level)]
            top[name, asked] = compare(question, groups, protocol)
            if name in crossing.crossed:
                level = trick.levels[ALONE]
                groups = [grid((name,), level), grid((), level)]
                alone[name, asked] = compare(question, groups, protocol)
            if trick.reported:
                level = trick.levels[REPORTED]
                networks = [n for before, after in trick.reported for n in (after, before)]
                groups = [question.measured(runs[n], level) for n in networks]
                weights = [w / len(trick.reported) for _ in trick.reported for w in TWO]
                reported[name, asked] = compare(question, groups, protocol, weights)
        families.append((TOP, top))
    return [*families, (ALONE, alone), (REPORTED, reported)]


def _judged_rows(table: Table, crossing: Crossing, tricks: Combination, rate: float) -> Table:
    """The rows of a combination at a rate that no rate was chosen by."""
    rows = (table["cell"] == crossing.combinations.index(tricks)) & np.isclose(table["rate"], rate)
    rows &= table["seed"] >= crossing.tuning_seeds
    if rows.sum() < 2:
        raise UserError(f"{GRID_RUNS}: holds no two runs of {' + '.join(tricks)} at rate {rate:g}")
    return {name: column[rows] for name, column in table.items()}


def disagreements(trick: Mapping[str, Any]) -> list[str]:
    """A sentence for each question by which a trick looks otherwise at its best rate."""
    return [
        f"In {asked}: {trick[REPORTED][asked]['verdict']} as the reports trained it, "
        f"{trick[asked]['verdict']} at its best rate."
        for asked in QUESTIONS
        if REPORTED in trick
        and UNDECIDED not in (found := {trick[asked]["verdict"], trick[REPORTED][asked]["verdict"]})
        and len(found) == 2
    ]


def points(tricks: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The columns of plots/tricks.csv: a row a trick and comparison."""
    rows = [
        (name, words, where)
        for name, trick in tricks.items()
        for words, where in (
            ("at its best rate, on top of the others", trick),
            ("at its best rate, alone", trick.get(ALONE)),
            ("as reported", trick.get(REPORTED)),
        )
        if where
    ]
    return {
        "trick": [name for name, _, _ in rows],
        "compared": [words for _, words, _ in rows],
        "accuracy_points": [100 * where["accuracy"]["difference"] for _, _, where in rows],
        "loss_nats": [where["loss"]["difference"] for _, _, where in rows],
        "times_sooner": [where["speed"]["difference"] for _, _, where in rows],
    }
