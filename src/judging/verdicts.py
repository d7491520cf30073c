"""From claims and results to verdicts: every claim judged, those of one report corrected together.

metrics/verdicts.json has them as they stand here; see judge.py.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import product
from math import fsum, inf, sqrt
from operator import mul
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from judging import inference
from judging.claims import ARITHMETIC, COMPARED, FIGURE, MEASURED, Claim, Part, Protocol
from judging.inference import CONTRADICTED, UNDECIDED, Comparison, Result, Rule
from judging.quantities import Run, measure
from runs.tables import deviation, mean
from workflow.command import UserError
from workflow.files import read_json

VERDICTS = Path("metrics/verdicts.json")
STEPS = "steps too large"  # the cause of ten_layers.yaml that takes the drop away, if any does
Runs = Mapping[str, Sequence[Run]]  # by network


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


# A part, what was measured for it, and what decides it, if runs do.
_Case = tuple[Part, PartVerdict, Comparison | None]


def judge_claims(
    reports: Mapping[str, Sequence[Claim]], runs: Runs, protocol: Protocol
) -> list[Verdict]:
    """The verdicts of all claims; runs: of every network that they name. Every report has a family
    of comparisons and one of figures, so that no other report changes its verdicts."""
    verdicts = []
    for claims in reports.values():
        rows = [[_measured(part, runs, protocol) for part in claim.parts] for claim in claims]
        levels: dict[object, float] = {}
        for kind in (COMPARED, FIGURE):
            p_values: dict[object, float] = {}  # of each distinct contrast, the largest
            for part, _, test in (case for row in rows for case in row):
                if part.kind == kind:
                    known = p_values.get(part.contrast, 0.0)
                    p_values[part.contrast] = max(test.p_value, known)
            levels |= inference.holm_levels(p_values, 1 - protocol.confidence)
        verdicts += [_verdict(claim, row, levels) for claim, row in zip(claims, rows, strict=True)]
    return verdicts


def _measured(part: Part, runs: Runs, protocol: Protocol) -> _Case:
    """What was measured for a part, and the test that decides it; arithmetic needs none."""
    own = [runs[name] for name in part.variants]
    rows = [[measure(part.quantity, run, part.parameters) for run in each] for each in own]
    groups = [[one.value for one in row] for row in rows]
    bounds = [sum(one.at_least for one in row) for row in rows]
    margin = protocol.margin(part.measured, mean(groups[min(1, len(groups) - 1)]))
    found = PartVerdict(
        verdict=inference.NO_VERDICT,
        **part.model_dump(include={"quantity", "relation", "value"}),
        variants=tuple(part.variants),
        parameters=part.parameters,
        unit=part.measured.unit,
        means=tuple(map(mean, groups)),
        deviations=tuple(map(deviation, groups)),
        censored=sum(bounds),
    )
    if part.kind == MEASURED:
        return part, found, None
    rule = Rule(part.relation, margin, part.printed)
    alone = [fsum(map(mul, part.weights, row)) for row in zip(*groups, strict=False)]
    shown = [rule.read(one, one) for one in alone]
    if part.kind == ARITHMETIC:  # every run has the same
        difference = None if part.relation == "count" else alone[0]
        return part, replace(found, verdict=shown[0], difference=difference), None
    gaps = None
    if part.relation == "share":
        gaps = tuple(inference.contrast(part.weights[:2], groups[i : i + 2]) for i in (0, 2))
    estimate = inference.contrast(part.weights, groups, bounds, one_run=part.kind == FIGURE)
    if part.kind == COMPARED:
        single_runs = mean([one == inference.SUPPORTED for one in shown])
        found = replace(found, margin=margin, single_runs=single_runs)
    return part, found, Comparison(estimate, rule, gaps)


def _read(found: PartVerdict, test: Comparison, level: float) -> PartVerdict:
    """What was measured, with what it says at a level."""
    result = test.result(level)
    if found.relation == "value" and result.verdict == UNDECIDED:
        result = replace(result, verdict=inference.CONSISTENT, seeds_needed=None)
    return replace(found, **vars(result))


def _verdict(claim: Claim, cases: Sequence[_Case], levels: Mapping[object, float]) -> Verdict:
    """All parts of a claim together, each read at the level of its contrast."""
    parts = [
        _read(found, test, levels[part.contrast]) if test else found for part, found, test in cases
    ]
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
    for name, seeds in product(("init-sigmoid", "ten-layers"), (1, 3, 6, 12, 24)):
        rows.append({"network": name, "seeds": seeds})
        for key in ("accuracy", "loss"):
            spread = deviation([run.final(f"validation_{key}") for run in runs[name]])
            rows[-1][key] = inference.reach(level) * sqrt(2 / seeds) * spread
    return rows


def ten_layers(verdicts: Sequence[Verdict], runs: Runs) -> list[dict[str, Any]]:
    """For each ten-layer network that is explained: the ids of the entries on each cause, and the
    training losses with smaller steps, of ten layers and of one."""
    kinds = {"fraction": "accuracy", "nats": "loss", "ratio": "gradients"}
    rows: dict[str, dict[str, Any]] = {}
    for one in verdicts:
        if one.explanation:
            row = rows.setdefault(one.where, {"network": one.where, "causes": {}})
            row["causes"].setdefault(one.explanation, {})[kinds[one.parts[0].unit]] = one.id
        if one.explanation == STEPS:
            changed = one.parts[0].variants[:2]
            row["train_loss"] = {
                n: mean(run.final("train_loss") for run in runs[n]) for n in changed
            }
    return [row for row in rows.values() if "train_loss" in row]


def read_verdicts(path: Path = VERDICTS) -> list[Verdict]:
    """The verdicts of metrics/verdicts.json, as the stage judge wrote them."""
    try:
        return TypeAdapter(list[Verdict]).validate_python(read_json(path).get("claims"))
    except ValidationError as error:
        key = ".".join(map(str, error.errors()[0]["loc"]))
        raise UserError(f"{path}: {key} is missing or wrong; `dvc repro judge` writes it") from None
