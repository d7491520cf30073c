"""Rows of the report's tables: what was found of claims, tricks and causes, in words.

The templates in report/templates set them; a string that is no Markup is escaped there.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import quote

from markupsafe import Markup

from judging.claims import COMPARED, FIGURE, FOLDER
from judging.inference import CONSISTENT, CONTRADICTED, INCONSISTENT, NO_DIFFERENCE, ORDER, SUPPORTED, UNDECIDED
from judging.tricks import ALONE, BETTER, QUESTIONS, REPORTED, WORSE
from judging.verdicts import STEPS, Verdict
from reporting.wording import (
    GAINS,
    PER_CENT,
    SIZES,
    compared,
    counted,
    joined,
    measured,
    quantity,
    quotation,
    verdict,
)
from workflow import files
from workflow.settings import Network, words

HALF = {SUPPORTED: "more than half", CONTRADICTED: "less than half"}
OPEN = "more or less than half"
MARKS = {NO_DIFFERENCE: "=", UNDECIDED: "?"}  # of tricks, where cells are narrow
Row = tuple[str, ...]


class Shown(NamedTuple):
    """A claim as a table has it. link: where its reading stands."""

    id: str
    report: str
    where: str
    quote: Markup
    also: list[Markup]
    place: str
    size: str
    compared: str
    verdict: str
    strong: bool
    runs: str
    link: Markup


def shown(claim: Verdict, links: Mapping[str, Markup], before: Verdict | None = None) -> Shown:
    """A claim with the comparison that decides it; before: the claim of the row above."""
    part = claim.parts[claim.deciding]
    what = compared(part)
    if part.relation == "count":
        what = quantity(part)
    elif before and before.parts[before.deciding].variants == part.variants:
        what = f"{quantity(part)}, as above"
    if others := len(claim.parts) - 1:
        what += f", and {counted(others, 'more comparison', 'more comparisons')}"
    share = part.single_runs
    split = share is not None and 0 < share < 1
    return Shown(
        id=claim.id,
        report=claim.report,
        where=claim.where,
        quote=quotation(claim.quote),
        also=[quotation(text) for text in claim.also],
        place=claim.where.partition(", ")[2],
        size=measured(part),
        compared=what,
        verdict=verdict(claim),
        strong=claim.verdict not in (SUPPORTED, CONSISTENT),
        runs=f"{PER_CENT.size(share)} of runs agree" if split else "",
        link=links.get(claim.id, Markup(FOLDER)),
    )


def rows(claims: Sequence[Verdict], links: Mapping[str, Markup]) -> list[Shown]:
    """Claims as the rows of one table."""
    several = len({task(one) for one in claims}) > 1
    shown_ones = [shown(one, links, before) for before, one in pairwise((None, *claims))]
    return [one._replace(place=one.where) if several else one for one in shown_ones]


def of_task(claims: Iterable[Verdict], report: str, tasks: Sequence[str]) -> list[Verdict]:
    """A report's claims in these tasks: first what means decide, of that what they contradict."""
    own = [one for one in claims if one.report == report and task(one) in tasks]
    ranks = (COMPARED, FIGURE)
    last = len(ranks)
    return sorted(
        own,
        key=lambda one: (
            ranks.index(one.kind) if one.kind in ranks else last,
            one.verdict != CONTRADICTED,
        ),
    )


def contradicted(claims: Iterable[Verdict]) -> list[Verdict]:
    """Claims that are contradicted, those first with which the fewest single runs agree."""
    own = [one for one in claims if one.verdict in (CONTRADICTED, INCONSISTENT)]
    return sorted(own, key=lambda one: one.parts[one.deciding].single_runs or 0.0)


def task(claim: Verdict) -> str:
    """In which task of the report its words stand."""
    return claim.where.partition(",")[0]


def links() -> dict[str, Markup]:
    """Where the reading of each claim stands, from the project's folder."""
    found = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        for number, line in enumerate(files.read_text(path).splitlines(), start=1):
            if entry := re.match(r"- id: (\S+)", line):
                found[entry[1]] = Markup(f"{quote(path.as_posix())}#L{number}")
    return found


def tricks_rows(tricks: Mapping[str, Any], names: Iterable[str]) -> Iterator[Row]:
    """Each trick, the accuracy it brings on top of the others, its verdicts, what was said of it."""
    for name in names:
        trick = tricks[name]
        yield name, gain("accuracy", trick["accuracy"]), in_words(trick), trick["said"]


def compared_rows(tricks: Mapping[str, Any], names: Iterable[str]) -> Iterator[Row]:
    """Each trick on top, alone and as reported, by all that is asked of it; see MARKS."""
    for name in names:
        for where in ("on top", ALONE, REPORTED):
            found = tricks[name] if where == "on top" else tricks[name].get(where)
            if found:
                cells = (bare(asked, found[asked]) for asked in QUESTIONS)
                yield name if where == "on top" else "", where.replace("_", " "), *cells


def gain(asked: str, found: Mapping[str, Any]) -> str:
    """What a trick brings, with its interval."""
    return GAINS[asked].size(found["difference"], found["interval"])


def bare(asked: str, found: Mapping[str, Any]) -> str:
    """The same without its unit, and its verdict."""
    scale = GAINS[asked]._replace(unit="")
    mark = MARKS.get(found["verdict"], found["verdict"])
    return f"{scale.size(found['difference'], found['interval'])} {mark}"


def in_words(trick: Mapping[str, Any]) -> str:
    """A trick's verdict by accuracy, and what else is sure of it: `undecided; worse in loss`."""
    verdicts = {asked: trick[asked]["verdict"] for asked in QUESTIONS}
    texts = [verdicts["accuracy"]]
    if verdicts["loss"] in (BETTER, WORSE) and verdicts["loss"] != verdicts["accuracy"]:
        texts.append(f"{verdicts['loss']} in loss")
    if verdicts["speed"] in (BETTER, WORSE):
        texts.append(GAINS["speed"].size(trick["speed"]["difference"]))
    before = trick.get(REPORTED, trick)["accuracy"]["verdict"]
    if before in (BETTER, WORSE) and before != verdicts["accuracy"]:
        texts.append(f"{before} as the reports trained it")
    return "; ".join(texts)


def causes_rows(
    explained: Sequence[Mapping[str, Any]],
    verdicts: Iterable[Verdict],
    networks: Mapping[str, Network],
) -> Iterator[Row]:
    """Each cause of ten layers' drop: what was changed, and the share of it that goes away."""
    claims = {one.id: one for one in verdicts}
    for each in explained:
        for cause, ids in sorted(each["causes"].items(), key=lambda one: one[0] != STEPS):
            found = [claims[ids[kind]] for kind in ("accuracy", "loss") if kind in ids]
            if len(found) < 2:
                continue
            deep, control, base, _ = found[0].parts[0].variants
            what = difference(networks[deep], networks[base])
            yield cause, f"{words(base)}: {what}", *map(share, found)
            if cause == STEPS:
                losses = [each["train_loss"][name] for name in (deep, control)]
                fits = losses[0] <= losses[1]
                text = "training loss {:.4f}, of one layer {:.4f}".format(*losses)
                left = map(rest, found) if fits else ("not overfitting alone",) * 2
                yield "overfitting: what is left", f"{words(base)}: {text}", *left


def gradients_rows(verdicts: Iterable[Verdict]) -> Iterator[Row]:
    """Each network whose gradients were looked at: the smallest ratio of first layer to last."""
    answers = {SUPPORTED: "yes", CONTRADICTED: "no"}
    for one in verdicts:
        part = one.parts[one.deciding]
        if one.explanation and part.quantity == "first_to_last_norm":
            yield words(one.where), measured(part), answers.get(one.verdict, one.verdict)


def difference(network: Network, base: Network) -> str:
    """What is changed in a network: `learning rate 0.02 instead of 0.1`."""
    keys = ("learning_rate", "training_images", "activation", "momentum", "init")
    return joined(
        [
            f"{key.replace('_', ' ')} {getattr(network, key):,} instead of {getattr(base, key):,}"
            for key in keys
            if getattr(network, key) != getattr(base, key)
        ]
    )


def share(claim: Verdict) -> str:
    """The share of a drop that goes away, and whether that is half of it."""
    if claim.difference is None:
        return "cannot be told"
    return f"{PER_CENT.size(claim.difference, claim.interval)}, {HALF.get(claim.verdict, OPEN)}"


def rest(claim: Verdict) -> str:
    """The share of a drop that stays."""
    if claim.difference is None or claim.interval is None:
        return "cannot be told"
    low, high = (None if end is None else 1 - end for end in claim.interval)
    return PER_CENT.size(1 - claim.difference, (high, low))


def seeds(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What so many seeds show: the networks that it was measured on, and a row a number of seeds."""
    networks = list(dict.fromkeys(one["network"] for one in found))
    rows: dict[int, list[str]] = {}
    for one in found:
        cells = [SIZES[asked].size(one[asked]) for asked in ("accuracy", "loss")]
        rows.setdefault(one["seeds"], [str(one["seeds"])]).extend(cells)
    return {"networks": [words(name) for name in networks], "rows": [*rows.values()]}


def summary(
    found: Mapping[str, Mapping[str, int]], reports: Iterable[str]
) -> tuple[Row, list[Row]]:
    """The header and the rows: how many sentences of each report have each verdict."""
    names = [name for name in reports if name in found]
    given = [verdict for verdict in ORDER if any(verdict in found[name] for name in names)]
    rows = [(v, *(str(found[name].get(v, 0)) for name in names)) for v in given]
    return ("verdict", *(f"report {name}" for name in names)), rows


def undecided_rows(
    verdicts: Iterable[Verdict], tricks: Mapping[str, Any], networks: Mapping[str, Network]
) -> Iterator[Row]:
    """Whatever is undecided: what was measured, how many seeds would tell, and what they cost."""
    for one in verdicts:
        if one.verdict == UNDECIDED:
            part = one.parts[one.deciding]
            have = [networks[name].seeds for name in part.variants]
            where = f"report {one.report}, {one.where}" if one.quote else one.explanation
            yield f"{where}: {compared(part)}", measured(part), *cost(one.seeds_needed, have)
    for name, trick in tricks.items():
        for asked in QUESTIONS:
            if trick[asked]["verdict"] == UNDECIDED:
                have = [trick[asked]["seeds"]] * 2
                yield f"{name}, {asked}", gain(asked, trick[asked]), *cost(trick[asked]["seeds_needed"], have)


def cost(needed: int | None, have: Sequence[int]) -> Row:
    """So many seeds, and how many trainings they are besides those that are there."""
    if needed is None:
        return "no number", ""
    return f"{needed:,}", f"{sum(max(needed - one, 0) for one in have):,}"


def all_measured(claim: Verdict) -> str:
    """Everything that was measured for a sentence without a verdict."""
    return "; ".join(f"{compared(part)}: {measured(part)}" for part in claim.parts)
