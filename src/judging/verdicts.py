"""From claims and results to verdicts: every claim judged, all of them corrected together.

metrics/verdicts.json has them as they stand here; see judge.py.
"""

from command import UserError

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from files import read_json
from judging import inference
from judging.claims import ARITHMETIC, SEEDS, SINGLE, Claim, Comparison, Protocol
from judging.inference import (
    CONTRADICTED,
    NO_DIFFERENCE,
    NOT_REPRODUCED,
    NOTHING,
    REPRODUCED,
    SUPPORTED,
    UNDECIDED,
    Estimate,
    Reading,
)
from judging.quantities import QUANTITIES, Measured, Results, Unmeasurable, measure

VERDICTS = Path("metrics/verdicts.json")
# A claim in several parts has the first of these that one of its parts has.
ORDER = (CONTRADICTED, NOT_REPRODUCED, UNDECIDED, NO_DIFFERENCE, REPRODUCED, SUPPORTED)
SCALES = {1: "value", 2: "difference"}  # by the number of networks; of more it is a gain
EXACT = "exact: follows from the settings, no seed changes it"
TOO_FEW = "fewer than two seeds from seed {} on: nothing can be decided"
IDENTICAL = "the same in every seed"
BOUND = "{} runs ended before they had an exact value: the interval has an open end"
Ends = tuple[float | None, float | None]


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What was measured, and what the words claim. Ratios are given as ratios; an end that is open,
    or a number that cannot be given, is None.

    scale: `value` of one network, `difference` or `ratio` of two, or `gain`, a contrast of more.
    difference: the contrast of the means over seeds. interval: of it, at confidence 1 - `level`;
    the verdict is read from it. claimed: where it has to lie. seeds: how many the interval rests
    on; none where arithmetic decides. per_seed: the contrast of every seed. means: of the quantity,
    by network. p_value: the smallest level at which the interval would decide anything.
    seeds_needed: of every network, without the pilot's, to decide what is undecided; None also
    where no number would.
    """

    scale: str
    unit: str
    difference: float | None
    interval: Ends
    level: float | None
    claimed: Ends
    seeds: int
    seeds_needed: int | None
    per_seed: tuple[float, ...]
    means: tuple[float, ...]
    p_value: float | None
    note: str


@dataclass(frozen=True, kw_only=True)
class Part(Measurement):
    """One comparison of a claim with its verdict. censored: how many runs gave a bound only.

    single_runs: whether each seed alone would have shown what the words claim. image_interval: for
    contrasts of final accuracy, one that also covers other test images; holds_for_other_images:
    whether the verdict read from it is the same, None where there is none, or none to lose.
    """

    variants: tuple[str, ...]
    quantity: str
    parameters: dict[str, Any]
    relation: str
    numbers: dict[str, float]
    kind: str
    verdict: str
    censored: int
    single_runs: tuple[bool, ...]
    image_interval: Ends | None
    holds_for_other_images: bool | None


@dataclass(frozen=True, kw_only=True)
class Verdict(Measurement):
    """One claim with its verdict; its numbers are those of the part on which it rests, `deciding`,
    but for seeds_needed, which is for all parts.

    kind: what decides it, see claims.py. single_run_supports: how many seeds alone would have shown
    all that the words claim.
    """

    id: str
    report: str
    where: str
    quote: str
    explanation: str
    statement: str
    reason: str
    since_pilot: str
    since_freeze: str
    kind: str
    verdict: str
    deciding: int
    single_run_supports: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class _Case:
    """A comparison, measured but not yet read. groups: the quantity, by network and seed; estimate:
    of the contrast, for ratios of logarithms; with_images: the same over other test images too."""

    comparison: Comparison
    groups: list[dict[int, Measured]]
    estimate: Estimate
    with_images: Estimate | None
    possible: list[Reading]
    note: str

    @property
    def p_value(self) -> float:
        return inference.p_value(self.estimate, self.possible)

    def read(self, interval: inference.Interval) -> str:
        """The verdict that an interval gives."""
        verdict = inference.read(interval, self.possible)
        if self.comparison.kind != SINGLE or not self.estimate.sources:
            return verdict
        return NOT_REPRODUCED if verdict == CONTRADICTED else REPRODUCED


def judge_claims(
    claims: Sequence[Claim], results: Mapping[str, Results], protocol: Protocol
) -> list[Verdict]:
    """The verdicts of all claims, in their order; results: of every network that they name."""
    level = 1 - protocol.confidence
    cases = [[_measure(part, results, protocol) for part in claim.parts] for claim in claims]
    p_values: dict[object, float] = {}  # of a contrast: the largest of all that it has to decide
    for case in (case for row in cases for case in row if case.comparison.kind == SEEDS):
        contrast = case.comparison.contrast
        p_values[contrast] = max(case.p_value, p_values.get(contrast, 0.0))
    levels = dict(zip(p_values, inference.holm_levels([*p_values.values()], level), strict=True))
    return [
        _verdict(claim, [_part(case, levels.get(case.comparison.contrast, level)) for case in row])
        for claim, row in zip(claims, cases, strict=True)
    ]


def _measure(part: Comparison, results: Mapping[str, Results], protocol: Protocol) -> _Case:
    """The runs of a comparison; only those after the pilot count, unless every run is the same."""
    first = 0 if part.kind == ARITHMETIC else protocol.pilot_seeds
    try:
        groups = _groups(part, results, first)
        estimate, note = _estimate(part, groups, first)
    except Unmeasurable as error:
        groups, estimate, note = [{} for _ in part.variants], NOTHING, str(error)
    margin, sources = 0.0, estimate.sources
    if part.kind == SEEDS and sources and len(groups) > 1:
        other = float(np.mean([one.value for one in groups[1].values()]))
        margin = protocol.margins.of(QUANTITIES[part.quantity].unit, part.rule.ratio, other)
    possible = inference.readings(part.region, margin)
    if part.kind == SINGLE:  # a run is never proved to be like others, only unlike them
        possible = [reading for reading in possible if reading.verdict == CONTRADICTED]
    with_images = None
    if part.kind == SEEDS and sources and part.quantity == "final_validation_accuracy":
        correct = [results[name].correct(first) for name in part.variants]
        if len({right.shape[1] for right in correct}) == 1:  # all were validated on the same images
            images = inference.over_images(part.weights, correct)
            with_images = replace(estimate, sources=(*sources, images))
    return _Case(part, groups, estimate, with_images, possible, note)


def _groups(
    part: Comparison, results: Mapping[str, Results], first: int
) -> list[dict[int, Measured]]:
    """The quantity of every network, by seed. Raises Unmeasurable."""
    groups = [
        {seed: measure(part.quantity, run, part.parameters) for seed, run in runs.items()}
        for runs in (results[name].runs(first) for name in part.variants)
    ]
    if part.rule.ratio and any(one.value <= 0 for group in groups for one in group.values()):
        raise Unmeasurable("a ratio needs numbers above 0")
    return groups


def _contrast(part: Comparison, measured: Sequence[Measured]) -> float:
    """The contrast of one run of each network."""
    scale = math.log if part.rule.ratio else float
    return sum(w * scale(one.value) for w, one in zip(part.weights, measured, strict=True))


def _estimate(
    part: Comparison, groups: Sequence[Mapping[int, Measured]], first: int
) -> tuple[Estimate, str]:
    """The contrast over all runs, and what is to be noted of it."""
    if part.kind == ARITHMETIC:
        return Estimate(_contrast(part, [group[min(group)] for group in groups]), ()), EXACT
    if min(map(len, groups)) < 2:
        return NOTHING, TOO_FEW.format(first)
    samples = [np.array([one.value for one in group.values()]) for group in groups]
    scaled = [np.log(sample) for sample in samples] if part.rule.ratio else samples
    estimate = inference.contrast(part.weights, scaled, one_run=part.kind == SINGLE)
    # A bound leaves the sum open to the side that its weight's sign points to.
    bounds = [sum(one.at_least for one in group.values()) for group in groups]
    signs = [w for w, bound in zip(part.weights, bounds, strict=True) if bound]
    below, above = min(signs, default=0) < 0, max(signs, default=0) > 0
    note = BOUND.format(sum(bounds)) if signs else "" if estimate.error else IDENTICAL
    return replace(estimate, open_below=below, open_above=above), note


def _part(case: _Case, level: float) -> Part:
    """The reading of a case at its level."""
    part, interval = case.comparison, case.estimate.interval(level)
    verdict = case.read(interval)
    undecided = verdict == UNDECIDED
    images = case.with_images.interval(level) if case.with_images else None
    runs = [len(group) for group in case.groups]
    return Part(
        **asdict(part),
        **_numbers(case),
        kind=part.kind,
        verdict=verdict,
        interval=_shown(part, interval),
        level=None if part.kind == ARITHMETIC else level,
        seeds_needed=(
            inference.runs_needed(case.estimate, runs, case.possible, level) if undecided else None
        ),
        image_interval=_shown(part, images) if images else None,
        holds_for_other_images=case.read(images) == verdict if images and not undecided else None,
    )


def _numbers(case: _Case) -> dict[str, Any]:
    """What a part has whatever its level."""
    part, measured = case.comparison, [list(group.values()) for group in case.groups]
    seeds = sorted(set.intersection(*(set(group) for group in case.groups)))
    if part.kind == ARITHMETIC:
        seeds = []
    values = [_contrast(part, [group[seed] for group in case.groups]) for seed in seeds]
    return {
        "scale": "ratio" if part.rule.ratio else SCALES.get(len(part.variants), "gain"),
        "unit": QUANTITIES[part.quantity].unit,
        "difference": _shown(part, (case.estimate.mean,))[0],
        "claimed": _shown(part, part.region[:2]),
        "seeds": len(seeds),
        "per_seed": _shown(part, values),
        "means": tuple(float(np.mean([one.value for one in row])) for row in measured if row),
        "p_value": None if part.kind == ARITHMETIC else case.p_value,
        "note": case.note,
        "censored": sum(one.at_least for row in measured for one in row),
        "single_runs": tuple(part.region.contains(value, value) for value in values),
    }


def _shown(part: Comparison, numbers: Iterable[float]) -> Any:
    """Numbers as they are published: ratios out of their logarithms, None for an open end."""
    scale = math.exp if part.rule.ratio else float
    return tuple(scale(number) if math.isfinite(number) else None for number in numbers)


def _verdict(claim: Claim, parts: Sequence[Part]) -> Verdict:
    """All parts of a claim together."""
    verdict = min((part.verdict for part in parts), key=ORDER.index)
    own = [i for i, part in enumerate(parts) if part.verdict == verdict]
    clearest = min if verdict == CONTRADICTED else max  # one part contradicts, all have to support
    deciding = clearest(own, key=lambda i: parts[i].p_value or 0.0)
    undecided = [part for part in parts if part.verdict == UNDECIDED]
    needs = [part.seeds_needed for part in undecided if part.seeds_needed]
    tested = [part for part in parts if part.kind != ARITHMETIC]
    alone = zip(*(part.single_runs for part in tested), strict=False)  # some have fewer seeds
    numbers = {field.name: getattr(parts[deciding], field.name) for field in fields(Measurement)}
    return Verdict(
        **{key: value for key, value in vars(claim).items() if key != "parts"},
        **numbers | {"seeds_needed": max(needs) if 0 < len(needs) == len(undecided) else None},
        kind=tested[0].kind if tested else ARITHMETIC,
        verdict=verdict,
        deciding=deciding,
        single_run_supports=sum(map(all, alone)),
        parts=tuple(parts),
    )


def read_verdicts(path: Path = VERDICTS) -> list[Verdict]:
    """The verdicts of metrics/verdicts.json, as the stage judge wrote them."""
    try:
        return TypeAdapter(list[Verdict]).validate_python(read_json(path).get("claims"))
    except ValidationError as error:
        key = ".".join(map(str, error.errors()[0]["loc"]))
        raise UserError(f"{path}: {key} is missing or wrong; `dvc repro judge` writes it") from None
