"""What each trick brings, alone and on top of the others, untuned and at its best rate.

A trick is compared with its absence `as reported` (the mean over the reports' own comparisons),
`at one rate` for both (grid.yaml: one_rate) and `tuned`, each at its own best rate; the last two
`alone` and `on top` of all other crossed tricks. For every comparison there is Welch's interval at
the level that Holm's method gives it among all of them.

The effects of the crossed tricks, a family with levels of its own, were added after the runs had
been read, and no verdict rests on them: what a trick brings `on average` over the settings of the
others (its main effect), and how much more it brings with another than without (an interaction).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import exp, isfinite
from pathlib import Path
from typing import Any

import numpy as np

from judging import inference
from judging.claims import Protocol, read_protocol
from judging.inference import NO_DIFFERENCE, TWO
from judging.quantities import Measured, Run, read_runs
from judging.questions import BETTER, QUESTIONS, WORSE, Answer, compare
from workflow import files
from workflow.command import UserError
from workflow.crossing import (
    GRID,
    RUNS,
    TUNING_SEED,
    Combination,
    Crossing,
    best_rates,
    read_crossing,
)
from workflow.settings import load_variants

TRICKS = Path("metrics/tricks.json")
REPORTED, TOP, ALONE = "as reported", "tuned, on top", "tuned, alone"
ONE_TOP, ONE_ALONE = "at one rate, on top", "at one rate, alone"
AVERAGE, MORE = "tuned, on average", "tuned, more with"  # another trick
COLUMNS = ("cell", "rate", "seed", "tuning_loss", "loss", "accuracy", "steps", "reached")
HOLDS, UNTUNED, ONLY_ALONE, HARMFUL = "holds", "holds only untuned", "holds only alone", "harmful"
Key = tuple[str, str, str]  # a trick, a comparison, a question


def verdict(readings: Mapping[str, str]) -> str:
    """What a trick is worth by one question, from the readings of its comparisons.

    What counts is the tuned comparison on top of the others: there it `holds`, or is `harmful`.
    Where it makes no difference there, it may still have helped alone, or untuned.
    """
    top = readings[TOP]
    if top in (BETTER, WORSE):
        return HOLDS if top == BETTER else HARMFUL
    if top == NO_DIFFERENCE and readings.get(ALONE) == BETTER:
        return ONLY_ALONE
    untuned = [readings[where] for where in (REPORTED, ONE_TOP, ONE_ALONE) if where in readings]
    return UNTUNED if top == NO_DIFFERENCE and BETTER in untuned else top


def reported_runs(crossing: Crossing, protocol: Protocol) -> dict[str, list[Run]]:
    """The runs after the pilot of every network by which the reports tried a trick."""
    networks = load_variants()
    pairs = [pair for trick in crossing.tricks.values() for pair in trick.reported]
    found = {}
    for name in sorted({name for pair in pairs for name in pair}):
        runs = read_runs(name, networks[name])
        found[name] = [one for seed, one in runs.items() if seed >= protocol.pilot_seeds]
        if len(found[name]) < 2:
            raise UserError(f"{GRID}: {name} has no two runs after the pilot (allowed: others)")
    return found


def grid_runs(crossing: Crossing) -> tuple[files.Table, dict[Combination, float]]:
    """The judged runs of the grid, and the best rate of every combination."""
    table = files.read_csv(RUNS, COLUMNS)
    judged = table["seed"] > TUNING_SEED
    return {name: column[judged] for name, column in table.items()}, best_rates(table, crossing)


def measured(table: files.Table, question: str, cell: int, rate: float) -> list[Measured]:
    """The numbers of a combination's judged runs at a rate."""
    rows = (table["cell"] == cell) & np.isclose(table["rate"], rate)
    if rows.sum() < 2:
        raise UserError(f"{RUNS}: holds no two runs of cell {cell} at rate {rate:g}")
    late = table["reached"][rows] == 0 if question == "steps" else np.zeros(rows.sum(), bool)
    return [Measured(*one) for one in zip(table[question][rows], late, strict=True)]


def contests(crossing: Crossing, best: Mapping[Combination, float]) -> dict[tuple[str, str], Any]:
    """Of each trick and comparison in the grid: with and without it, each at its rate."""
    pairs: dict[tuple[str, str], Any] = {}
    for name in crossing.tricks:
        without, with_it = crossing.contest(name)
        pairs[name, TOP] = (with_it, best[with_it]), (without, best[without])
        if name in crossing.crossed:
            alone, nothing = (name,), ()
            pairs[name, ALONE] = (alone, best[alone]), ((), best[nothing])
            pairs[name, ONE_TOP] = (with_it, crossing.one_rate), (without, crossing.one_rate)
            pairs[name, ONE_ALONE] = (alone, crossing.one_rate), ((), crossing.one_rate)
    return pairs


def answers(crossing: Crossing, protocol: Protocol) -> dict[Key, Answer]:
    """Every comparison of every trick by every question."""
    runs, (table, best) = reported_runs(crossing, protocol), grid_runs(crossing)
    found: dict[Key, Answer] = {}
    for asked, question in QUESTIONS.items():
        for name, trick in crossing.tricks.items():
            if trick.reported:
                pairs = [(after, before) for before, after in trick.reported]
                groups = [question.measured(runs[network]) for pair in pairs for network in pair]
                weights = [weight / len(pairs) for _ in pairs for weight in TWO]
                found[name, REPORTED, asked] = compare(question, weights, groups, protocol)
        for (name, where), pair in contests(crossing, best).items():
            cells = [(crossing.combinations.index(tricks), rate) for tricks, rate in pair]
            groups = [measured(table, asked, *each) for each in cells]
            found[name, where, asked] = compare(question, TWO, groups, protocol)
    return found


def effects(crossing: Crossing, protocol: Protocol) -> dict[Key, Answer]:
    """Every main effect, and every interaction of two, of the crossed tricks, tuned."""
    table, best = grid_runs(crossing)
    every = crossing.combinations
    subsets = [each for each in every if set(each) <= set(crossing.crossed)]
    found: dict[Key, Answer] = {}
    for asked, question in QUESTIONS.items():
        groups = [measured(table, asked, every.index(each), best[each]) for each in subsets]
        for name, where, weights in factors(crossing, subsets):
            found[name, where, asked] = compare(question, weights, groups, protocol)
    return found


def factors(
    crossing: Crossing, subsets: Sequence[Combination]
) -> Iterator[tuple[str, str, list[float]]]:
    """The trick and the name of each effect, and its weights, one for each of the subsets."""
    for name in crossing.crossed:
        yield name, AVERAGE, [(1 if name in each else -1) * 2 / len(subsets) for each in subsets]
    for one, other in combinations(crossing.crossed, 2):
        signs = [1 if (one in each) == (other in each) else -1 for each in subsets]
        yield one, f"{MORE} {other}", [sign * 4 / len(subsets) for sign in signs]


def judge_tricks() -> dict[str, dict[str, Any]]:
    """The content of metrics/tricks.json."""
    crossing, protocol = read_crossing(), read_protocol()
    _, best = grid_runs(crossing)
    tricks: dict[str, dict[str, Any]] = {
        name: {"rates": [best[each] for each in crossing.contest(name)]} for name in crossing.tricks
    }
    for family in (answers(crossing, protocol), effects(crossing, protocol)):
        p_values = [answer.p_value for answer in family.values()]
        levels = inference.holm_levels(p_values, 1 - protocol.confidence)
        for (name, where, asked), level in zip(family, levels, strict=True):
            one = entry(family[name, where, asked], level)
            tricks[name].setdefault(asked, {})[where] = one
    for trick in tricks.values():
        for asked in QUESTIONS:
            readings = {where: one["verdict"] for where, one in trick[asked].items()}
            trick[asked]["verdict"] = verdict(readings)
    return tricks


def entry(answer: Answer, level: float) -> dict[str, Any]:
    """A comparison as it is published; ratios are factors, an open end of the interval is None."""
    scale = exp if answer.question.ratio else float
    ends = [scale(end) if isfinite(end) else None for end in answer.estimate.interval(level)]
    return {
        "difference": scale(answer.estimate.mean),
        "interval": ends,
        "verdict": answer.verdict(level),
        "level": level,
        "seeds_needed": answer.runs_needed(level),
    }
