"""The answer in five sentences, and the pages that begin with it, set by Jinja2.

Each sentence follows by rule from the verdicts, so that another verdict makes another sentence.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from judging.claims import MEASURED, Protocol, read_protocol
from judging.inference import NO_DIFFERENCE, UNDECIDED
from judging.tricks import QUESTIONS, REPORTED, TRICKS
from judging.verdicts import Verdict, read_verdicts
from reporting import tables, wording
from reporting.wording import NO_BREAK, SIZES, joined, plain
from workflow import files
from workflow.command import UserError
from workflow.settings import Crossing, load_variants, read_crossing, words

TEMPLATES = Path("report/templates")
# How tricks are called in a sentence, where that is not how a table calls them.
CALLED = {"initial weights": "better initial weights", "improved sigmoid": "the improved sigmoid"}
WAYS = {NO_DIFFERENCE: "hardly changes", UNDECIDED: "may rise or fall"}


class Found(NamedTuple):
    """All that the pages tell: metrics/verdicts.json and its claims, metrics/tricks.json, the rules
    of claims/, grid.yaml, and the runs by which rates were chosen."""

    content: Mapping[str, Any]
    verdicts: Sequence[Verdict]
    tricks: Mapping[str, Any]
    protocol: Protocol
    crossing: Crossing
    tuned: tables.TuningRuns


def sentences(
    verdicts: Sequence[Verdict], tricks: Mapping[str, Any], crossing: Crossing
) -> list[dict[str, str]]:
    """Return the answer in five sentences: each with a `title`, its `text`, and what it is
    `about`, the anchor of its evidence in the report."""
    shapes = [name for name, trick in crossing.added.items() if set(trick.after) == {"hidden"}]
    given = {"verdicts": verdicts, "tricks": tricks, "crossing": crossing, "shapes": shapes}
    text = set_template("sentences.md", given, escape=False)
    lines = (re.sub("[ \n]+", " ", one.strip()) for one in text.strip().split("\n\n"))
    return [dict(zip(("about", "title", "text"), one.split(": ", 2), strict=True)) for one in lines]


def changes(
    names: Iterable[str], tricks: Mapping[str, Any], crossing: Crossing, verdicts: Iterable[Verdict]
) -> str:
    """Return the changes of accuracy with each trick: `rises by 5.03 points with ...`."""
    texts = []
    for name in names:
        one, pairs = tricks[name]["accuracy"], crossing.tricks[name].reported
        text = f"{change(one['difference'], tables.effect(one))} with {CALLED.get(name, name)}"
        texts.append(text + reversed_as_reported(tricks[name], pairs, verdicts))
    unit = f"{NO_BREAK}{wording.POINTS.unit}"
    return re.sub(r"(by \S+)", rf"\1{unit}", joined(texts), count=1)  # it is named once


def change(difference: float, verdict: str = "") -> str:
    """Return a change of accuracy, in points: `rises by 5.03`."""
    way = "rises" if difference > 0 else "falls"
    return WAYS.get(verdict) or f"{way} by {SIZES['accuracy'].number(abs(difference))}"


def reversed_as_reported(
    trick: Mapping[str, Any], pairs: Iterable[list[str]], verdicts: Iterable[Verdict]
) -> str:
    """Return a remark where accuracy did the opposite as reported: ` (but rises by ...)`."""
    turned = [pair[::-1] for pair in pairs]
    reported = [("the reports'", trick[REPORTED]["accuracy"])] if REPORTED in trick else []
    reported += [
        (f"report {claim.report}'s", dict(part))
        for claim in verdicts
        for part in claim.parts
        if part.quantity == QUESTIONS["accuracy"] and part.variants in turned and part.interval
    ]
    for whose, one in reported:
        if all(a * b < 0 for a, b in product(trick["accuracy"]["interval"], one["interval"])):
            return f" (but {change(one['difference'])} with {whose} settings)"
    return ""


def read_found() -> Found:
    """Return all that the stages judge and grid found."""
    content, crossing, tricks = read_verdicts(), read_crossing(), files.read_json(TRICKS)
    if missing := [name for name in crossing.tricks if name not in tricks]:
        raise UserError(f"{TRICKS}: has no {missing[0]}; `dvc repro judge` writes it")
    tuned = tables.tuning_runs(crossing)
    return Found(content, content["claims"], tricks, read_protocol(), crossing, tuned)


def report(found: Found) -> str:
    """Return the page report/report.md."""
    judged = [one for one in found.verdicts if one.quote and one.kind != MEASURED]
    return set_page("report.md", found, judged=judged, networks=load_variants())


def readme(found: Found) -> dict[str, str]:
    """Return the generated blocks of README.md, by name."""
    return {name: set_page(f"{name}.md", found, folder="report/") for name in ("answer", "seeds")}


def set_page(template: str, found: Found, folder: str = "", **given: Any) -> str:
    """Return a template with what was found; folder: where the report lies, from this page."""
    given |= found._asdict() | {
        "folder": folder,
        "page": "report/report.md" if folder else "",
        "sentences": sentences(found.verdicts, found.tricks, found.crossing),
    }
    return set_template(template, given)


def set_template(name: str, given: Mapping[str, Any], *, escape: bool = True) -> str:
    """Return a template with what is given, which carries no markup of its own if `escape`."""
    # What is not escaped here is, where it is set.
    templates = environment(TEMPLATES, autoescape=escape, finalize=plain if escape else None)
    templates.globals |= {"changes": changes, "tables": tables, "wording": wording}
    templates.globals |= {"words": words, "zip": zip}
    try:
        text = templates.get_template(name).render(given)
    except TemplateError as error:
        raise UserError(f"{TEMPLATES / name}: {error.message}") from None
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"  # statements leave empty lines


def environment(folder: Path, **options: Any) -> Environment:
    """Return the environment of a folder's templates, in which every name has to be given."""
    options |= {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    return Environment(loader=FileSystemLoader(folder), **options)  # noqa: S701 - an option
