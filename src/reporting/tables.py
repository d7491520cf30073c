"""What stands in the cells of the report's tables, in words; report/templates sets them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from judging.claims import COMPARED, FIGURE, FOLDER
from judging.inference import CONTRADICTED, INCONSISTENT, NO_DIFFERENCE, ORDER, SUPPORTED, UNDECIDED
from judging.tricks import BETTER, COLUMNS, REPORTED, WORSE
from judging.verdicts import Verdict
from reporting.wording import GAINS, NO_BREAK, PER_CENT, in_full
from runs.tables import GRID_RUNS, mean
from workflow import files
from workflow.settings import Combination, Crossing, Trick

MARKS = {NO_DIFFERENCE: "=", UNDECIDED: "?"}  # of tricks, where cells are narrow


def task(claim: Verdict) -> str:
    """Return the task of the report in which its words stand."""
    return claim.where.partition(",")[0]


def of_task(claims: Iterable[Verdict], report: str, tasks: Sequence[str]) -> list[Verdict]:
    """Return a report's claims in these tasks, in all if none is named, what matters first."""
    ranks = {COMPARED: 0, FIGURE: 1}
    own = [one for one in claims if one.report == report and (not tasks or task(one) in tasks)]
    return sorted(own, key=lambda one: (ranks.get(one.kind, 2), ORDER.index(one.verdict)))


def contradicted(claims: Iterable[Verdict]) -> list[Verdict]:
    """Return the contradicted claims, first that with which the fewest single runs agree."""
    own = [one for one in claims if one.verdict in (CONTRADICTED, INCONSISTENT)]
    return sorted(own, key=lambda one: one.parts[one.deciding].single_runs or 0.0)


def causes(claims: Iterable[Verdict]) -> list[tuple[Verdict, Verdict]]:
    """Return each cause of a network's drop: what is judged of its accuracy and of its loss."""
    shares: dict[tuple[str, str], dict[str, Verdict]] = {}
    for one in claims:
        if one.explanation and one.parts[0].relation == "share":
            own = shares.setdefault((one.explanation, one.where), {})
            own[one.parts[0].measured.margin] = one
    return [(own["accuracy"], own["loss"]) for own in shares.values() if len(own) == 2]


def readings() -> dict[str, str]:
    """Return the place of each claim's reading, by its id, from the project's folder."""
    return {
        entry[1]: f"{path.as_posix()}#L{number}"
        for path in sorted(FOLDER.glob("*.yaml"))
        for number, line in enumerate(files.read_text(path).splitlines(), start=1)
        if (entry := re.match(r"- id: (\S+)", line))
    }


def tricks_rows(found: Mapping[str, Any], tricks: Mapping[str, Trick]) -> Iterator[tuple[str, ...]]:
    """Return each trick, the accuracy it brings, its verdicts, and what the reports said of it."""
    for name, trick in tricks.items():
        yield name, gain(found[name]["accuracy"], "accuracy"), in_words(found[name]), trick.said


def gain(one: Mapping[str, Any], asked: str) -> str:
    """Return the gain by a trick, with its interval."""
    return GAINS[asked].size(one["difference"], one["interval"])


def bare(one: Mapping[str, Any], asked: str) -> str:
    """Return the same where cells are narrow: `+5.03 (+3.96…+6.09) better`."""
    text = gain(one, asked).replace(f"{NO_BREAK}{GAINS[asked].unit}", "").replace(" to ", "…")
    mark = MARKS.get(one["verdict"], one["verdict"])
    return f"{text}{NO_BREAK}{f'({mark})' if one['too_small'] else mark}"


def effect(one: Mapping[str, Any]) -> str:
    """Return a verdict on a trick, by which a difference too small to matter is none that does."""
    return NO_DIFFERENCE if one["too_small"] else one["verdict"]


def in_words(trick: Mapping[str, Any]) -> str:
    """Return a trick's verdict by accuracy, and what else is sure: `undecided; worse in loss`."""
    accuracy, loss, speed = trick["accuracy"], trick["loss"], trick["speed"]
    texts = [in_full(accuracy["verdict"], accuracy["too_small"])]
    if effect(loss) in (BETTER, WORSE) and effect(loss) != accuracy["verdict"]:
        texts.append(f"{effect(loss)} in loss")
    if effect(speed) in (BETTER, WORSE):
        texts.append(GAINS["speed"].size(speed["difference"]))
    reported = effect(trick.get(REPORTED, trick)["accuracy"])
    if reported in (BETTER, WORSE) and reported != accuracy["verdict"]:
        texts.append(f"{reported} as the reports trained it")
    return "; ".join(texts)


class Means(NamedTuple):
    """The means of a network's tuning runs at one rate."""

    rate: float
    loss: float
    accuracy: float


# By network: at the rate with the lowest loss, and at the most accurate one.
TuningRuns = Mapping[Combination, tuple[Means, Means]]


def tuning_runs(crossing: Crossing) -> TuningRuns:
    """Return each network's mean loss and accuracy in the tuning runs, at its two best rates."""
    rows = files.read_csv(GRID_RUNS, COLUMNS)
    tuned = {}
    for cell, tricks in enumerate(crossing.combinations):
        own, means = (rows["cell"] == cell) & (rows["seed"] < crossing.tuning_seeds), []
        for rate in crossing.rates:
            at = own & np.isclose(rows["rate"], rate)
            if at.sum() == crossing.tuning_seeds:  # none diverged
                means.append(Means(rate, mean(rows["loss"][at]), mean(rows["accuracy"][at])))
        tuned[tricks] = min(means, key=attrgetter("loss")), max(means, key=attrgetter("accuracy"))
    return tuned


def share(claim: Verdict) -> str:
    """Return the share of a drop that goes away, and whether that is half of it."""
    if claim.difference is None:
        return "cannot be told"
    halves = {SUPPORTED: "more than half", CONTRADICTED: "less than half"}
    half = halves.get(claim.verdict, "more or less than half")
    return f"{PER_CENT.size(claim.difference, claim.interval)}, {half}"


def rest(claim: Verdict) -> str:
    """Return the share of a drop that stays."""
    if claim.difference is None:
        return "cannot be told"
    low, high = (1 - end for end in claim.interval)
    return PER_CENT.size(1 - claim.difference, (high, low)) if claim.difference < 1 else "nothing"
