"""The answer in five sentences, and the pages that begin with it, set by Jinja2.

Each sentence follows by rule from the verdicts, so that another verdict makes another sentence.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from judging.claims import COMPARED, FIGURE, MEASURED, read_claims
from judging.inference import CONSISTENT, CONTRADICTED, NO_DIFFERENCE, SUPPORTED, UNDECIDED
from judging.tricks import BETTER, TRICKS, WORSE
from judging.verdicts import STEPS, VERDICTS, PartVerdict, Verdict, read_verdicts
from reporting import tables
from reporting.wording import PER_CENT, POINTS, SIZES, counted, joined, plain
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
GRADIENTS = "vanishing gradients"


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
    return [
        Sentence("tricks", "Tricks", f"Accuracy {changes(crossing.crossed, tricks)}."),
        Sentence("shapes", "Shapes", f"Against one layer of 64, accuracy {changes(shapes, tricks)}."),
        Sentence("ten-layers", "Ten layers", f"{why_worse(verdicts)}."),
        Sentence("claims", "The reports", f"{counts(verdicts)}."),
        Sentence("one-run", "One run", f"{misled(verdicts)}."),
    ]


def changes(names: Iterable[str], tricks: Mapping[str, Any]) -> str:
    """What becomes of accuracy with each trick: `rises by 5.03 points with ...`."""
    found: dict[str, list[str]] = {}
    for name in names:
        one = tricks[name]["accuracy"]
        called = CALLED.get(name, name)
        if one["verdict"] in (BETTER, WORSE):
            little = ", too little to matter," if one["too_small"] else ""
            called = f"by {SIZES['accuracy'].size(abs(one['difference']))}{little} with {called}"
        elif one["verdict"] == UNDECIDED:
            low, high = map(POINTS.number, one["interval"])
            called += f" ({low} to {high} points)"
        found.setdefault(one["verdict"], []).append(called)
    texts = {
        BETTER: "rises {}",
        WORSE: "falls {}",
        NO_DIFFERENCE: "changes by less than matters with {}",
        UNDECIDED: "may rise or fall with {}",
    }
    parts = [text.format(joined(found[key])) for key, text in texts.items() if key in found]
    return ", and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def why_worse(verdicts: Sequence[Verdict]) -> str:
    """Why ten layers are worse than one, in shares of the drop."""
    steps = [one for one in verdicts if one.explanation == STEPS]
    accuracy, loss = ([one for one in steps if one.parts[0].unit == unit] for unit in ("fraction", "nats"))
    found = {one.verdict for one in steps}
    if found == {SUPPORTED}:
        lead = "Ten layers are worse because their steps are too large"
    elif {one.verdict for one in accuracy} == {SUPPORTED}:
        lead = "Ten layers are less accurate because their steps are too large"
    elif SUPPORTED in found:
        lead = "Steps that are too large are a part of why ten layers are worse"
    elif found == {CONTRADICTED}:
        lead = "Steps that are too large are not why ten layers are worse"
    else:
        lead = "Whether steps that are too large make ten layers worse stays open"
    vanish = {one.verdict for one in verdicts if one.explanation == GRADIENTS}
    gradients = {SUPPORTED: "their gradients vanish", CONTRADICTED: "their gradients do not vanish"}
    networks = joined([f"report {report_of(one, verdicts)}'s" for one in accuracy])
    return (
        f"{lead}: in {networks} network smaller ones recover {recovered(accuracy)} of the lost "
        f"accuracy, and {recovered(loss)} of the rise in loss; "
        + gradients.get(" and ".join(vanish), "whether their gradients vanish stays open")
    )


def recovered(shares: Iterable[Verdict]) -> str:
    """Shares of a drop: `103 % and 92 %`."""
    known = [one.difference for one in shares]
    return joined(["an unknown share" if one is None else PER_CENT.size(one) for one in known])


def report_of(cause: Verdict, verdicts: Iterable[Verdict]) -> str:
    """Which report it is that has the network whose drop is explained."""
    return next(
        one.report
        for one in verdicts
        if one.quote and any(cause.where in part.variants for part in one.parts)
    )


def counts(verdicts: Iterable[Verdict]) -> str:
    """How many of the reports' sentences hold; each comparison counts once."""
    own = [one for one in verdicts if one.quote and not one.same_as]
    compared = [one.verdict for one in own if one.kind == COMPARED]
    texts = {
        SUPPORTED: ("holds", "hold"),
        CONTRADICTED: ("is contradicted", "are contradicted"),
        NO_DIFFERENCE: ("tells of a difference", "tell of a difference"),
        UNDECIDED: ("stays undecided", "stay undecided"),
    }
    told = [counted(compared.count(key), *text) for key, text in texts.items() if key in compared]
    figures = [one.verdict for one in own if one.kind == FIGURE]
    possible, all_of = figures.count(CONSISTENT), len(figures)
    some = f"all {all_of}" if possible == all_of else f"{possible} of {all_of}"
    return (
        f"Of {len(compared)} sentences that compare networks {joined(told)}; {some} figures read "
        "off one run could come from a run of ours"
    ).replace("of a difference", "of a difference too small to matter")


def misled(verdicts: Iterable[Verdict]) -> str:
    """How often one run of each network says the opposite of what many runs say."""
    wrong = [
        part.single_runs if part.verdict == CONTRADICTED else 1 - part.single_runs
        for part in settled(verdicts)
    ]
    share = PER_CENT.size(sum(wrong) / max(len(wrong), 1))
    some = sum(one > 0 for one in wrong)
    return (
        f"Of {len(wrong)} comparisons that many runs settle, {counted(some, 'comes', 'come')} out wrong in "
        f"some single runs; over all of them one run of each network misleads in {share} of cases"
    )


def settled(verdicts: Iterable[Verdict]) -> Iterator[PartVerdict]:
    """The comparisons of the reports that many runs decide, each once."""
    for one in verdicts:
        if one.quote and not one.same_as:
            for part in one.parts:
                if part.single_runs is not None and part.verdict in (SUPPORTED, CONTRADICTED):
                    yield part


class Found(NamedTuple):
    """What the pages tell: metrics/verdicts.json, its claims, metrics/tricks.json, grid.yaml."""

    content: Mapping[str, Any]
    verdicts: Sequence[Verdict]
    tricks: Mapping[str, Any]
    crossing: Crossing


def read_found() -> Found:
    """What was found, as the stage judge wrote it."""
    verdicts, crossing, tricks = read_verdicts(), read_crossing(), files.read_json(TRICKS)
    if missing := [name for name in crossing.tricks if name not in tricks]:
        raise UserError(f"{TRICKS}: has no {missing[0]}; `dvc repro judge` writes it")
    return Found(files.read_json(VERDICTS), verdicts, tricks, crossing)


def report(found: Found) -> str:
    """The page report/report.md."""
    content, verdicts, tricks, crossing = found
    readings, networks = tables.links(), load_variants()
    words_of = {one.words.id: one.words for claims in read_claims().values() for one in claims}
    judged = [one for one in verdicts if one.quote and one.kind != MEASURED]
    others: dict[str, list[str]] = {}
    for name, task in dict.fromkeys((one.report, tables.task(one)) for one in judged):
        if name not in REPORTS or task not in TASKS:
            others.setdefault(name, []).append(task)
    return set_page(
        "report.md",
        found,
        base="",
        page="",
        others=others,
        rows_of=lambda name, tasks: tables.rows(tables.of_task(judged, name, tasks), readings),
        contradicted=[tables.shown(one, readings) for one in tables.contradicted(judged)],
        disagreements={name: tricks[name]["disagreements"] for name in crossing.tricks},
        compared_rows=tables.compared_rows(tricks, crossing.tricks),
        causes_rows=tables.causes_rows(content["ten_layers"], verdicts, networks),
        gradients_rows=tables.gradients_rows(verdicts),
        summary=tables.summary(content["summary"], dict.fromkeys(one.report for one in judged)),
        undecided_rows=tables.undecided_rows(verdicts, tricks, networks),
        without=[(tables.shown(one, readings), tables.all_measured(one), words_of[one.id].reason) for one in verdicts if one.kind == MEASURED],
        since_freeze=[(name, one.since_freeze) for name, one in words_of.items() if one.since_freeze],
        first_seed=min(network.first_seed for network in networks.values()),
        epochs=crossing.protocol["epochs"],
        rates=len(crossing.rates),
    )


def readme(found: Found) -> dict[str, str]:
    """The generated blocks of README.md, by name."""
    places = {"base": "report/", "page": "report/report.md"}
    return {name: set_page(f"{name}.md", found, **places) for name in BLOCKS}


def set_page(template: str, found: Found, **given: Any) -> str:
    """A template with what all pages tell, and what is given besides."""
    margins = found.content["margins"]
    tricks_rows = tables.tricks_rows(found.tricks, found.crossing.tricks)
    return (
        environment()
        .get_template(template)
        .render(
            given,
            content=found.content,
            sentences=sentences(found.verdicts, found.tricks, found.crossing),
            tricks_rows=tricks_rows,
            seeds=tables.seeds(found.content["how_many_seeds"]),
            margin=SIZES["accuracy"].size(margins["accuracy"]),
            margin_loss=SIZES["loss"].size(margins["loss"]),
            margin_share=PER_CENT.size(margins["share"]),
        )
    )


def environment() -> Environment:
    """What sets the templates; a claim's own markup is escaped."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=plain,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
