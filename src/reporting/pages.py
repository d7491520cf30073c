"""The answer in five sentences, and the pages that begin with it, set by Jinja2.

Each sentence follows by rule from the verdicts, so that another verdict makes another sentence.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from judging.claims import MEASURED, read_claims
from judging.inference import CONTRADICTED, NO_DIFFERENCE, SUPPORTED, UNDECIDED
from judging.tricks import BETTER, QUESTIONS, REPORTED, TRICKS, WORSE
from judging.verdicts import VERDICTS, Verdict, read_verdicts
from reporting import tables, wording
from reporting.wording import joined, plain
from workflow import files
from workflow.command import UserError
from workflow.settings import Crossing, load_variants, read_crossing, words

TEMPLATES = Path("report/templates")
BLOCKS = ("answer", "seeds")  # of README.md
# What has a place of its own in the report; other claims come after it.
REPORTS = ("A", "B")
TASKS = ("task 1b", "task 2d", "task 3", "task 4a", "task 4b", "task 4d", "task 4e")
# How tricks are called in a sentence, where that is not how a table calls them.
CALLED = {"initial weights": "better initial weights", "improved sigmoid": "the improved sigmoid"}
CHANGES = {
    BETTER: "rises {}",
    WORSE: "falls {}",
    NO_DIFFERENCE: "changes by less than matters with {}",
    UNDECIDED: "may rise or fall with {}",
}


class Sentence(NamedTuple):
    """One of the five; about: the anchor of its evidence in the report."""

    about: str
    title: str
    text: str


def sentences(
    verdicts: Sequence[Verdict], tricks: Mapping[str, Any], crossing: Crossing
) -> list[Sentence]:
    """What came out, in five sentences."""
    shapes = [name for name, trick in crossing.added.items() if set(trick.after) == {"hidden"}]
    given = {"verdicts": verdicts, "tricks": tricks, "crossing": crossing, "shapes": shapes}
    text = set_template("sentences.md", given, escape=False)
    paragraphs = (re.sub("[ \n]+", " ", one.strip()) for one in text.strip().split("\n\n"))
    return [Sentence(*one.split(": ", 2)) for one in paragraphs]


def rates(found: "Found") -> str:
    """Return the paragraph on the learning rates of the tricks, without any markup."""
    return set_template("rates.md", found._asdict(), escape=False)


def changes(names: Iterable[str], tricks: Mapping[str, Any]) -> str:
    """What becomes of accuracy with each trick: `rises by 5.03 points with ...`."""
    found: dict[str, list[str]] = {}
    for name in names:
        one, called = tricks[name]["accuracy"], CALLED.get(name, name)
        if one["verdict"] in (BETTER, WORSE):
            little = ", too little to matter," if one["too_small"] else ""
            size = wording.SIZES["accuracy"].size(abs(one["difference"]))
            called = f"by {size}{little} with {called}"
        elif one["verdict"] == UNDECIDED:
            low, high = map(wording.POINTS.number, one["interval"])
            called += f" ({low} to {high} points)"
        found.setdefault(one["verdict"], []).append(called)
    texts = [text.format(joined(found[key])) for key, text in CHANGES.items() if key in found]
    return ", and ".join(filter(None, (", ".join(texts[:-1]), *texts[-1:])))


def reversed_as_reported(
    names: Iterable[str], tricks: Mapping[str, Any], crossing: Crossing, verdicts: Iterable[Verdict]
) -> str:
    """Where accuracy does the opposite as a trick was reported: `; as report A trained ...`."""
    parts = [
        (f"report {claim.report}", part.variants[::-1], vars(part))
        for claim in verdicts
        for part in claim.parts
        if part.quantity == QUESTIONS["accuracy"] and part.interval
    ]
    text = ""
    for name in names:
        pairs, trick = [*map(tuple, crossing.tricks[name].reported)], tricks[name]
        reported = [("the reports", trick[REPORTED]["accuracy"])] if REPORTED in trick else []
        reported += [(who, found) for who, pair, found in parts if pair in pairs]
        for who, found in reported:
            ends = trick["accuracy"]["interval"], found["interval"]
            if all(tuned * other < 0 for tuned, other in product(*ends)):
                way = "rises" if found["difference"] > 0 else "falls"
                size = wording.SIZES["accuracy"].size(abs(found["difference"]))
                text += f"; as {who} trained them, it {way} by {size} with {CALLED.get(name, name)}"
                break
    return text


def otherwise(
    margin: float, tricks: Mapping[str, Any], crossing: Crossing, tuned: tables.TuningRuns
) -> str:
    """What those tricks would bring that would matter otherwise at the most accurate rates."""
    texts = []
    for name in crossing.tricks:
        other = tables.by_accuracy(name, crossing, tuned)
        sizes = tricks[name]["accuracy"]["difference"], other
        here, there = ((size > margin) - (size < -margin) for size in sizes)
        if here != there:
            texts.append(f"{wording.POINTS.size(other)} with {CALLED.get(name, name)}")
    return joined(texts)


def recovered(share: Verdict) -> str:
    """How much of a drop comes back."""
    if share.difference is None:
        return "an unknown share"
    return "more than all" if share.difference > 1 else wording.PER_CENT.size(share.difference)


def network_of(cause: Verdict, verdicts: Iterable[Verdict]) -> str:
    """Whose network it is that a cause explains: `report A's network`."""
    for one in verdicts:
        if one.quote and any(cause.where in part.variants for part in one.parts):
            return f"report {one.report}'s network"
    return words(cause.where)


def misled(claims: Iterable[Verdict]) -> Iterator[float]:
    """Of each comparison that many runs decide, the share of single runs that say the opposite."""
    for part in (part for one in claims for part in one.parts):
        if part.single_runs is not None and part.verdict in (SUPPORTED, CONTRADICTED):
            yield part.single_runs if part.verdict == CONTRADICTED else 1 - part.single_runs


class Found(NamedTuple):
    """What the pages tell: metrics/verdicts.json, its claims, metrics/tricks.json, grid.yaml, and
    the runs by which rates were chosen."""

    content: Mapping[str, Any]
    verdicts: Sequence[Verdict]
    tricks: Mapping[str, Any]
    crossing: Crossing
    tuned: tables.TuningRuns


def read_found() -> Found:
    """What was found, as the stages judge and grid wrote it."""
    verdicts, crossing, tricks = read_verdicts(), read_crossing(), files.read_json(TRICKS)
    if missing := [name for name in crossing.tricks if name not in tricks]:
        raise UserError(f"{TRICKS}: has no {missing[0]}; `dvc repro judge` writes it")
    tuned = tables.tuning_runs(crossing)
    return Found(files.read_json(VERDICTS), verdicts, tricks, crossing, tuned)


def report(found: Found) -> str:
    """The page report/report.md."""
    judged = [one for one in found.verdicts if one.quote and one.kind != MEASURED]
    others: dict[str, list[str]] = {}
    for name, task in dict.fromkeys((one.report, tables.task(one)) for one in judged):
        if name not in REPORTS or task not in TASKS:
            others.setdefault(name, []).append(task)
    networks = load_variants()
    entries = [claim.words for claims in read_claims().values() for claim in claims]
    return set_page(
        "report.md",
        found,
        judged=judged,
        others=others,
        reports=list(dict.fromkeys(one.report for one in judged)),
        claims_by_id={one.id: one for one in found.verdicts},
        entries={one.id: one for one in entries},
        networks=networks,
        seeds_of=lambda part: [networks[name].seeds for name in part.variants],
    )


def readme(found: Found) -> dict[str, str]:
    """The generated blocks of README.md, by name."""
    return {name: set_page(f"{name}.md", found, folder="report/") for name in BLOCKS}


def set_page(template: str, found: Found, folder: str = "", **given: Any) -> str:
    """A template with what was found; folder: where the report lies, from the page that it sets."""
    given |= found._asdict() | {
        "folder": folder,
        "page": "report/report.md" if folder else "",
        "sentences": sentences(found.verdicts, found.tricks, found.crossing),
    }
    return set_template(template, given)


def set_template(name: str, given: Mapping[str, Any], *, escape: bool = True) -> str:
    """A template with what is given."""
    try:
        text = environment(escape=escape).get_template(name).render(given)
    except TemplateError as error:
        raise UserError(f"{TEMPLATES / name}: {error.message}") from None
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"  # statements leave empty lines


def environment(*, escape: bool) -> Environment:
    """What sets the templates; escape: what is set carries no markup of its own into Markdown."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=escape,  # noqa: S701 - what is not escaped here is, where it is set
        finalize=plain if escape else None,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rules = (changes, misled, network_of, otherwise, recovered, reversed_as_reported)
    templates.globals |= {rule.__name__: rule for rule in rules}
    templates.globals |= {"wording": wording, "tables": tables, "words": words, "zip": zip}
    templates.filters["joined"] = joined
    return templates
