"""From claims and results to verdicts: every claim judged, those of one report corrected together.

metrics/verdicts.json has them as they stand here; see judge.py.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from math import fsum, inf, isfinite, sqrt
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from judging import inference
from judging.claims import ARITHMETIC, COMPARED, FIGURE, MEASURED, Claim, Part, Protocol
from judging.inference import (
    CONSISTENT,
    CONTRADICTED,
    NO_DIFFERENCE,
    NO_VERDICT,
    SUPPORTED,
    UNDECIDED,
    Estimate,
    Readings,
)
from judging.quantities import Run, measure
from workflow.command import UserError
from workflow.files import read_json

VERDICTS = Path("metrics/verdicts.json")
STEPS = "steps too large"  # the cause of ten_layers.yaml that takes the drop away, if any does
Runs = Mapping[str, Sequence[Run]]  # by network
Ends = tuple[float | None, float | None] | None


@dataclass(frozen=True, kw_only=True)
class Result:
    """What was found: the difference of two networks, or whatever else a relation compares.

    interval: of the difference, at confidence 1 - `level`; the verdict is read from it; an open end
    is None. p_value: the smallest level at which the interval would decide anything. seeds: how
    many of a network it rests on, at least. seeds_needed: of each network, to decide what is
    undecided. too_small: the direction is sure, but the whole interval lies within the margin.
    All are None, or False, where there is no such thing.
    """

    verdict: str
    difference: float | None = None
    interval: Ends = None
    level: float | None = None
    p_value: float | None = None
    seeds: int | None = None
    seeds_needed: int | None = None
    too_small: bool = False


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
    deviations: tuple[float, ...] = ()
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

    id: str
    report: str
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
    estimate: Estimate
    possible: Readings
    gaps: tuple[Estimate, Estimate] | None  # of a share: what is left of the gap, and all of it

    @property
    def p_value(self) -> float:
        """The smallest level at which the interval decides anything."""
        own = inference.p_value(self.estimate, self.possible)
        if not self.gaps:
            return own
        return max(own, inference.tail(self.gaps[1], self.estimate.degrees))


def judge_claims(
    reports: Mapping[str, Sequence[Claim]], runs: Runs, protocol: Protocol
) -> list[Verdict]:
    """The verdicts of all claims; runs: of every network that they name. Every report has a family
    of comparisons and one of figures, so that no other report changes its verdicts."""
    verdicts = []
    for claims in reports.values():
        cases = [[_measure(part, runs, protocol) for part in claim.parts] for claim in claims]
        levels = _levels([case for row in cases for case in row], 1 - protocol.confidence)
        for claim, row in zip(claims, cases, strict=True):
            parts = [_read(case, levels.get(case.part.contrast)) for case in row]
            verdicts.append(_verdict(claim, parts))
    return verdicts


def _levels(cases: Sequence[_Case], level: float) -> dict[object, float]:
    """Holm's level of each distinct contrast, by the largest p-value of all it has to decide."""
    levels: dict[object, float] = {}
    for kind in (COMPARED, FIGURE):
        p_values: dict[object, float] = {}
        for case in cases:
            if case.part.kind == kind:
                key = case.part.contrast
                p_values[key] = max(case.p_value, p_values.get(key, 0.0))
        levels |= zip(p_values, inference.holm_levels([*p_values.values()], level), strict=True)
    return levels


def _measure(part: Part, runs: Runs, protocol: Protocol) -> _Case:
    """The runs of a comparison, and what can be said of them."""
    own = [runs[name] for name in part.variants]
    rows = [[measure(part.quantity, run, part.parameters) for run in each] for each in own]
    groups = [[one.value for one in row] for row in rows]
    bounds = [sum(one.at_least for one in row) for row in rows]
    margin = protocol.margins.of(part.measured, inference.mean(groups[min(1, len(groups) - 1)]))
    estimate, possible, gaps = inference.NOTHING, [], None
    if part.kind in (COMPARED, FIGURE):
        estimate = inference.contrast(part.weights, groups, bounds, one_run=part.kind == FIGURE)
        possible = inference.readings(part.relation, margin, part.printed)
    if part.relation == "share":
        worse = part.weights[:2]
        gaps = (inference.contrast(worse, groups[:2]), inference.contrast(worse, groups[2:]))
    return _Case(part, groups, sum(bounds), margin, estimate, possible, gaps)


def _read(case: _Case, level: float | None) -> PartVerdict:
    """The reading of a case at its level; arithmetic needs none."""
    part, groups = case.part, case.groups
    if level is None:
        found = _exact(part, [group[0] for group in groups])
    elif case.gaps:
        found = _share(case, level)
    else:
        found = result(case.estimate, case.possible, level, case.margin)
        if part.kind == FIGURE and found["verdict"] == UNDECIDED:
            found |= {"verdict": CONSISTENT, "seeds_needed": None}
    if level is not None:
        found |= {"p_value": case.p_value, "seeds": min(map(len, groups))}
    several = [group for group in groups if len(group) > 1]
    return PartVerdict(
        **found,
        variants=tuple(part.variants),
        quantity=part.quantity,
        parameters=part.parameters,
        unit=part.measured.unit,
        relation=part.relation,
        value=part.value,
        margin=case.margin if part.kind == COMPARED else None,
        means=tuple(map(inference.mean, groups)),
        deviations=tuple(sqrt(inference.variance(group)) for group in several),
        censored=case.censored,
        single_runs=_single_runs(case),
    )


def _single_runs(case: _Case) -> float | None:
    """The share of seeds at which one run of each network shows what the words claim."""
    if case.part.kind != COMPARED:
        return None
    rows = zip(*case.groups, strict=False)
    found = [fsum(w * v for w, v in zip(case.part.weights, row, strict=True)) for row in rows]
    return inference.mean([inference.read((one, one), case.possible) == SUPPORTED for one in found])


def result(
    estimate: Estimate,
    possible: Readings,
    level: float,
    margin: float,
    shown: Callable[[float], float] = float,
) -> dict[str, Any]:
    """The fields of a `Result`; shown: what a published number is of the estimate's."""
    interval = estimate.interval(level)
    verdict = inference.read(interval, possible)
    one_sided = NO_DIFFERENCE in {each.verdict for each in possible}  # a claim of a direction
    return {
        "verdict": verdict,
        "difference": shown(estimate.mean),
        "interval": tuple(shown(end) if isfinite(end) else None for end in interval),
        "level": level,
        "p_value": inference.p_value(estimate, possible),
        "seeds": min(runs for _, _, runs in estimate.groups),
        "seeds_needed": inference.seeds_needed(estimate, possible, level)
        if verdict == UNDECIDED
        else None,
        "too_small": one_sided
        and verdict not in (UNDECIDED, NO_DIFFERENCE)
        and max(map(abs, interval)) < margin,
    }


def _exact(part: Part, values: Sequence[float]) -> dict[str, Any]:
    """The verdict of arithmetic, or none."""
    if part.kind == MEASURED:
        return {"verdict": NO_VERDICT}
    difference = sum(w * v for w, v in zip(part.weights, values, strict=True))
    if part.relation == "count":
        low, high = part.printed
        return {"verdict": SUPPORTED if low <= difference <= high else CONTRADICTED}
    middle = (difference, difference)
    return {
        "verdict": inference.read(middle, inference.readings(part.relation, 0.0)),
        "difference": difference,
    }


def _share(case: _Case, level: float) -> dict[str, Any]:
    """Which share of a gap is gone, by Fieller's interval; the verdict is that of the contrast, if
    there is a gap at all."""
    found = result(case.estimate, case.possible, level, 0.0)
    left, whole = case.gaps
    half = inference.quantile(level, case.estimate.degrees)
    if whole.mean <= half * whole.error:
        return found | {"verdict": UNDECIDED, "difference": None, "interval": (None, None)}
    low, high = inference.ratio_interval(left, whole, half)
    return found | {"difference": 1 - left.mean / whole.mean, "interval": (1 - high, 1 - low)}


def _verdict(claim: Claim, parts: Sequence[PartVerdict]) -> Verdict:
    """All parts of a claim together."""
    verdict = min((part.verdict for part in parts), key=inference.ORDER.index)
    own = [i for i, part in enumerate(parts) if part.verdict == verdict]
    clearest = min if verdict == CONTRADICTED else max  # one part contradicts, all have to support
    deciding = clearest(own, key=lambda i: parts[i].p_value or 0.0)
    numbers = {field.name: getattr(parts[deciding], field.name) for field in fields(Result)}
    needed = max(parts[i].seeds_needed or inf for i in own)
    words = claim.words
    return Verdict(
        **numbers | {"seeds_needed": needed if verdict == UNDECIDED and needed < inf else None},
        id=words.id,
        report=claim.report,
        where=words.where,
        quote=words.quote,
        also=tuple(words.also),
        explanation=words.explanation,
        statement=words.statement,
        same_as=words.same_as,
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
        spreads = {
            key: inference.variance([run.final(f"validation_{key}") for run in runs[name]])
            for key in ("accuracy", "loss")
        }
        for seeds in (1, 3, 6, 12, 24):
            seen = {
                key: inference.reach(level) * sqrt(2 * variance / seeds)
                for key, variance in spreads.items()
            }
            rows.append({"network": name, "seeds": seeds} | seen)
    return rows


def ten_layers(verdicts: Sequence[Verdict], runs: Runs) -> list[dict[str, Any]]:
    """For each ten-layer network that is explained: the ids of the entries on each cause, the
    training losses where steps are smaller, and the answer that follows by rule."""
    explained: dict[str, dict[str, dict[str, Verdict]]] = {}
    for one in verdicts:
        if one.explanation:
            kind = {"fraction": "accuracy", "nats": "loss"}.get(one.parts[0].unit, "gradients")
            causes = explained.setdefault(one.where, {})
            causes.setdefault(one.explanation, {})[kind] = one
    rows = []
    for network, causes in explained.items():
        if STEPS not in causes:  # the instrument's network has no drop to explain
            continue
        changed = causes[STEPS]["loss"].parts[0].variants[:2]
        losses = {name: [run.final("train_loss") for run in runs[name]] for name in changed}
        fit = {name: inference.mean(values) for name, values in losses.items()}
        rows.append(
            {
                "network": network,
                "causes": {
                    cause: {kind: one.id for kind, one in found.items()}
                    for cause, found in causes.items()
                },
                "train_loss": fit,
                "answer": _answer(causes, [*fit.values()]),
            }
        )
    return rows


def _answer(causes: Mapping[str, Mapping[str, Verdict]], fit: Sequence[float]) -> str:
    """What takes a drop away, in two numbers; whether gradients vanish; whose the rest is."""
    accuracy, loss = (_recovered(causes[STEPS][kind]) for kind in ("accuracy", "loss"))
    vanish = {SUPPORTED: "Gradients vanish", CONTRADICTED: "Gradients do not vanish"}.get(
        causes["vanishing gradients"]["gradients"].verdict, "Whether gradients vanish is open"
    )
    rest = (
        "what they leave, at a training loss no higher than one layer's, is overfitting's share"
        if fit[0] <= fit[1]
        else "the training loss stays above one layer's, so that the rest is not overfitting alone"
    )
    return (
        f"Smaller steps recover {accuracy} of the lost accuracy, and {loss} of the risen loss. "
        f"{vanish}; as to smaller steps, {rest}."
    )


def _recovered(share: Verdict) -> str:
    if share.difference is None:
        return "a share that cannot be told"
    low, high = (f"{100 * end:.0f}" for end in share.interval)
    half = {SUPPORTED: "more than half", CONTRADICTED: "less than half"}.get(
        share.verdict, "which may be more or less than half"
    )
    return f"{100 * share.difference:.0f} % [{low}, {high}], {half},"


def read_verdicts(path: Path = VERDICTS) -> list[Verdict]:
    """The verdicts of metrics/verdicts.json, as the stage judge wrote them."""
    try:
        return TypeAdapter(list[Verdict]).validate_python(read_json(path).get("claims"))
    except ValidationError as error:
        key = ".".join(map(str, error.errors()[0]["loc"]))
        raise UserError(f"{path}: {key} is missing or wrong; `dvc repro judge` writes it") from None
