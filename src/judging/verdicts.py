"""From claims and results to verdicts: every claim judged, those of one report corrected together.

metrics/verdicts.json has them as they stand here; see judge.py.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from math import fsum, inf, sqrt
from operator import mul
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from judging import inference
from judging.claims import ARITHMETIC, COMPARED, FIGURE, Claim, Part, Protocol
from judging.inference import (
    CONSISTENT,
    CONTRADICTED,
    NO_VERDICT,
    SUPPORTED,
    UNDECIDED,
    Comparison,
    Result,
)
from judging.quantities import Run, measure
from runs.tables import deviation, mean
from workflow.command import UserError
from workflow.files import read_json

VERDICTS = Path("metrics/verdicts.json")
STEPS = "steps too large"  # the cause of ten_layers.yaml that takes the drop away, if any does
Runs = Mapping[str, Sequence[Run]]  # by network
Ends = inference.Ends


@dataclass(frozen=True, kw_only=True)
class PartVerdict(Result):
    """One comparison of a claim. means, deviations: of the quantity over the seeds, by network.
    censored: how many runs ended before they had an exact value. margin: what matters.
    single_runs: the share of seeds at which one run of each alone shows what the words claim.
    """

    variants: tuple[str, ...]
    quantity: str
    unit: str
    means: tuple[float, ...]
    deviations: tuple[float | None, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)
    relation: str | None = None
    value: str | None = None
    margin: float | None = None
    censored: int = 0
    single_runs: float | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict(Result):
    """One claim; its numbers are those of the part on which it rests, `parts[deciding]`, but for
    seeds_needed, which is for all parts. kind: what decides it, see claims.py."""

    report: str
    id: str
    where: str
    quote: str
    also: tuple[str, ...]
    explanation: str
    statement: str
    same_as: str
    kind: str
    deciding: int
    parts: tuple[PartVerdict, ...]

    def published(self) -> dict[str, Any]:
        """What metrics/verdicts.json has of it: of its parts, only what there is."""
        parts = [{k: v for k, v in asdict(part).items() if v or v == 0.0} for part in self.parts]
        return asdict(self) | {"parts": parts}


class _Case(NamedTuple):
    """A part, measured but not yet read; groups: its quantity of every run, by network."""

    part: Part
    groups: list[list[float]]
    censored: int
    margin: float
    test: Comparison | None  # none where there is no verdict


def judge_claims(
    reports: Mapping[str, Sequence[Claim]], runs: Runs, protocol: Protocol
) -> list[Verdict]:
    """The verdicts of all claims; runs: of every network that they name. Every report has a family
    of comparisons and one of figures, so that no other report changes its verdicts."""
    verdicts = []
    for claims in reports.values():
        rows = [[_measure(part, runs, protocol) for part in claim.parts] for claim in claims]
        levels: dict[object, float] = {}
        for kind in (COMPARED, FIGURE):
            p_values: dict[object, float] = {}  # of each distinct contrast, the largest
            for case in (case for row in rows for case in row if case.part.kind == kind):
                name = case.part.contrast
                p_values[name] = max(case.test.p_value, p_values.get(name, 0.0))
            holm = inference.holm_levels([*p_values.values()], 1 - protocol.confidence)
            levels |= zip(p_values, holm, strict=True)
        for claim, row in zip(claims, rows, strict=True):
            parts = [_read(case, levels.get(case.part.contrast)) for case in row]
            verdicts.append(_verdict(claim, parts))
    return verdicts


def _measure(part: Part, runs: Runs, protocol: Protocol) -> _Case:
    """The runs of a comparison, and what can be said of them."""
    own = [runs[name] for name in part.variants]
    rows = [[measure(part.quantity, run, part.parameters) for run in each] for each in own]
    groups = [[one.value for one in row] for row in rows]
    bounds = [sum(one.at_least for one in row) for row in rows]
    margin = protocol.margin(part.measured, mean(groups[min(1, len(groups) - 1)]))
    if part.relation is None:
        return _Case(part, groups, sum(bounds), margin, None)
    estimate = inference.contrast(part.weights, groups, bounds, one_run=part.kind == FIGURE)
    gaps = None
    if part.relation == "share":
        gaps = tuple(inference.contrast(part.weights[:2], groups[i : i + 2]) for i in (0, 2))
    possible = inference.readings(part.relation, margin, part.printed)
    direction = part.relation in ("higher", "lower") and part.kind == COMPARED
    test = Comparison(estimate, possible, margin if direction else 0.0, gaps)
    return _Case(part, groups, sum(bounds), margin, test)


def _read(case: _Case, level: float | None) -> PartVerdict:
    """The reading of a case at its level; arithmetic has none."""
    part, groups, single_runs = case.part, case.groups, None
    found = case.test.result(level or 1.0) if case.test else Result(verdict=NO_VERDICT)
    if part.kind == ARITHMETIC:
        difference = None if part.relation == "count" else found.difference
        found = Result(verdict=found.verdict, difference=difference)
    if part.kind == FIGURE and found.verdict == UNDECIDED:
        found = replace(found, verdict=CONSISTENT, seeds_needed=None)
    if part.kind == COMPARED:
        alone = [fsum(map(mul, part.weights, row)) for row in zip(*groups, strict=False)]
        shown = [inference.read((one, one), case.test.possible) == SUPPORTED for one in alone]
        single_runs = mean(shown)
    return PartVerdict(
        **vars(found),
        **part.model_dump(include={"quantity", "relation", "value"}),
        variants=tuple(part.variants),
        parameters=part.parameters,
        unit=part.measured.unit,
        margin=case.margin if part.kind == COMPARED else None,
        means=tuple(map(mean, groups)),
        deviations=tuple(map(deviation, groups)),
        censored=case.censored,
        single_runs=single_runs,
    )


def _verdict(claim: Claim, parts: Sequence[PartVerdict]) -> Verdict:
    """All parts of a claim together."""
    verdict = min((part.verdict for part in parts), key=inference.ORDER.index)
    own = [i for i, part in enumerate(parts) if part.verdict == verdict]
    clearest = min if verdict == CONTRADICTED else max  # one part contradicts, all have to support
    deciding = clearest(own, key=lambda i: parts[i].p_value or 0.0)
    numbers = {field.name: getattr(parts[deciding], field.name) for field in fields(Result)}
    needed = max(parts[i].seeds_needed or inf for i in own)
    words = claim.words.model_dump(exclude={"reason", "since_freeze", "all"})
    return Verdict(
        **numbers | {"seeds_needed": needed if verdict == UNDECIDED and needed < inf else None},
        **words | {"also": tuple(claim.words.also)},
        report=claim.report,
        kind=next((part.kind for part in claim.parts if part.kind != ARITHMETIC), ARITHMETIC),
        deciding=deciding,
        parts=tuple(parts),
    )


def summary(verdicts: Sequence[Verdict]) -> dict[str, dict[str, int]]:
    """How many claims of each report have each verdict; each comparison counts once."""
    counts: dict[str, dict[str, int]] = {}
    for one in verdicts:
        if not one.same_as:
            counts.setdefault(one.report, Counter())[one.verdict] += 1
    return counts


def how_many_seeds(runs: Runs, level: float) -> list[dict[str, Any]]:
    """For so many seeds of each of two networks, the smallest differences that are seen with 90 %
    power: of accuracy and of loss, if both spread like one layer, and like ten layers."""
    rows = []
    for name in ("init-sigmoid", "ten-layers"):
        for seeds in (1, 3, 6, 12, 24):
            row: dict[str, Any] = {"network": name, "seeds": seeds}
            for key in ("accuracy", "loss"):
                spread = deviation([run.final(f"validation_{key}") for run in runs[name]])
                row[key] = inference.reach(level) * sqrt(2 / seeds) * spread
            rows.append(row)
    return rows


def ten_layers(verdicts: Sequence[Verdict], runs: Runs) -> list[dict[str, Any]]:
    """For each ten-layer network that is explained: the ids of the entries on each cause, and the
    training losses with smaller steps, of ten layers and of one."""
    kinds = {"fraction": "accuracy", "nats": "loss", "ratio": "gradients"}
    rows: dict[str, dict[str, Any]] = {}
    for one in verdicts:
        if one.explanation == STEPS:
            changed = one.parts[0].variants[:2]
            losses = {n: mean([run.final("train_loss") for run in runs[n]]) for n in changed}
            rows[one.where] = {"network": one.where, "causes": {}, "train_loss": losses}
    for one in verdicts:
        if one.explanation and one.where in rows:
            cause = rows[one.where]["causes"].setdefault(one.explanation, {})
            cause[kinds[one.parts[0].unit]] = one.id
    return [*rows.values()]


def read_verdicts(path: Path = VERDICTS) -> list[Verdict]:
    """The verdicts of metrics/verdicts.json, as the stage judge wrote them."""
    try:
        return TypeAdapter(list[Verdict]).validate_python(read_json(path).get("claims"))
    except ValidationError as error:
        key = ".".join(map(str, error.errors()[0]["loc"]))
        raise UserError(f"{path}: {key} is missing or wrong; `dvc repro judge` writes it") from None
