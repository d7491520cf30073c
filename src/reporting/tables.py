"""What stands in the cells of the report's tables, in words; report/templates sets them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from judging.claims import COMPARED, FIGURE, FOLDER
from judging.inference import CONTRADICTED, INCONSISTENT, NO_DIFFERENCE, SUPPORTED, UNDECIDED
from judging.tricks import BETTER, COLUMNS, QUESTIONS, REPORTED, WORSE
from judging.verdicts import Verdict
from reporting.wording import GAINS, NO_BREAK, PER_CENT
from runs.tables import GRID_RUNS, mean
from workflow import files
from workflow.settings import Combination, Crossing

HALF = {SUPPORTED: "more than half", CONTRADICTED: "less than half"}
MARKS = {NO_DIFFERENCE: "=", UNDECIDED: "?"}  # of tricks, where cells are narrow


def task(claim: Verdict) -> str:
    """In which task of the report its words stand."""
    return claim.where.partition(",")[0]


def of_task(claims: Iterable[Verdict], report: str, tasks: Sequence[str]) -> list[Verdict]:
    """A report's claims in these tasks: those first that means decide, arithmetic last."""
    ranks = {COMPARED: 0, FIGURE: 1}
    own = [one for one in claims if one.report == report and task(one) in tasks]
    return sorted(own, key=lambda one: (ranks.get(one.kind, 2), one.verdict != CONTRADICTED))


def contradicted(claims: Iterable[Verdict]) -> list[Verdict]:
    """Claims that are contradicted, those first with which the fewest single runs agree."""
    own = [one for one in claims if one.verdict in (CONTRADICTED, INCONSISTENT)]
    return sorted(own, key=lambda one: one.parts[one.deciding].single_runs or 0.0)


def readings() -> dict[str, str]:
    """Where the reading of each claim stands, from the project's folder."""
    return {
        entry[1]: f"{path.as_posix()}#L{number}"
        for path in sorted(FOLDER.glob("*.yaml"))
        for number, line in enumerate(files.read_text(path).splitlines(), start=1)
        if (entry := re.match(r"- id: (\S+)", line))
    }


def tricks_rows(tricks: Mapping[str, Any], names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Each trick, the accuracy it brings, its verdicts in words, what the reports said of it."""
    for name in names:
        trick = tricks[name]
        yield name, gain(trick["accuracy"], "accuracy"), in_words(trick), trick["said"]


def gain(found: Mapping[str, Any], asked: str) -> str:
    """What a trick brings, with its interval."""
    return GAINS[asked].size(found["difference"], found["interval"])


def bare(found: Mapping[str, Any], asked: str) -> str:
    """The same where cells are narrow: `+5.03 (+3.96…+6.09) better`."""
    text = gain(found, asked).replace(f"{NO_BREAK}{GAINS[asked].unit}", "").replace(" to ", "…")
    return f"{text}{NO_BREAK}{MARKS.get(found['verdict'], found['verdict'])}"


def in_words(trick: Mapping[str, Any]) -> str:
    """A trick's verdict by accuracy, and what else is sure of it: `undecided; worse in loss`."""
    accuracy, loss, speed = (trick[asked]["verdict"] for asked in QUESTIONS)
    before = trick.get(REPORTED, trick)["accuracy"]["verdict"]
    texts = [accuracy]
    if loss in (BETTER, WORSE) and loss != accuracy:
        texts.append(f"{loss} in loss")
    if speed in (BETTER, WORSE):
        texts.append(GAINS["speed"].size(trick["speed"]["difference"]))
    if before in (BETTER, WORSE) and before != accuracy:
        texts.append(f"{before} as the reports trained it")
    return "; ".join(texts)


class Means(NamedTuple):
    """Of a network's tuning runs at one rate."""

    rate: float
    loss: float
    accuracy: float


# By network: at the rate with the lowest loss, and at the most accurate one.
TuningRuns = Mapping[Combination, tuple[Means, Means]]


def tuning_runs(crossing: Crossing) -> TuningRuns:
    """What the runs by which rates were chosen say, at two rates of each network."""
    rows = files.read_csv(GRID_RUNS, COLUMNS)
    found = {}
    for cell, tricks in enumerate(crossing.combinations):
        own, at_rates = (rows["cell"] == cell) & (rows["seed"] < crossing.tuning_seeds), []
        for rate in crossing.rates:
            at = own & np.isclose(rows["rate"], rate)
            if at.sum() == crossing.tuning_seeds:  # none diverged
                at_rates.append(Means(rate, mean(rows["loss"][at]), mean(rows["accuracy"][at])))
        by_loss = min(at_rates, key=lambda one: one.loss)
        found[tricks] = by_loss, max(at_rates, key=lambda one: one.accuracy)
    return found


def by_accuracy(name: str, crossing: Crossing, tuned: TuningRuns) -> float:
    """What a trick brings on top of the others in the tuning runs, at the most accurate rates."""
    without, with_it = (tuned[network][1].accuracy for network in crossing.contest(name))
    return with_it - without


def share(claim: Verdict) -> str:
    """The share of a drop that goes away, and whether that is half of it."""
    if claim.difference is None:
        return "cannot be told"
    half = HALF.get(claim.verdict, "more or less than half")
    return f"{PER_CENT.size(claim.difference, claim.interval)}, {half}"


def rest(claim: Verdict) -> str:
    """The share of a drop that stays."""
    if claim.difference is None or claim.interval is None:
        return "cannot be told"
    if claim.difference > 1:
        return "nothing"
    low, high = (None if end is None else 1 - end for end in claim.interval)
    return PER_CENT.size(1 - claim.difference, (high, low))


def cost(needed: int | None, have: Iterable[int]) -> list[str]:
    """So many seeds of each network, and how many trainings these are besides those there."""
    if needed is None:
        return ["no number", ""]
    return [f"{needed:,}", f"{sum(max(needed - one, 0) for one in have):,}"]
