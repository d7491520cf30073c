"""From claims and results to verdicts: every claim judged, all of them corrected together.

metrics/verdicts.json has them as they stand here; see judge.py.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from judging import inference
from judging.claims import ARITHMETIC, SEEDS, SINGLE, Claim, Comparison, Protocol
from judging.inference import CONTRADICTED, NOTHING, REPRODUCED, UNDECIDED, Estimate
from judging.quantities import QUANTITIES, Run, Unmeasurable, measure
from workflow.command import UserError
from workflow.files import read_json

VERDICTS = Path("metrics/verdicts.json")
SCALES = {1: "value", 2: "difference"}  # by the number of networks; of more it is a gain
IDENTICAL = "the same in every seed"
BOUND = "{} runs ended before they had an exact value: the interval has an open end"
Runs = Mapping[str, Mapping[int, Run]]  # by network and seed
Ends = tuple[float | None, float | None]


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What was measured, and what the words claim. Ratios are given as ratios; an open end, or a
    number that cannot be given, is None.

    scale: `value` of one network, `difference` or `ratio` of two, or `gain`, a contrast of more.
    difference: the contrast of the means over seeds. interval: of it, at confidence 1 - `level`;
    the verdict is read from it. claimed: where it has to lie. seeds: how many it rests on; none
    where arithmetic decides. per_seed: the contrast of every seed. means: of the quantity, by
    network. p_value: the smallest level at which the interval would decide anything. seeds_needed:
    of every network, without the pilot's, to decide what is undecided; None where no number would.
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
    single_runs: whether each seed alone would have shown what the words claim.

    image_interval: for contrasts of final accuracy, one that also covers other test images;
    holds_for_other_images: whether the verdict read from it is the same; None where there is none.
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
    but for seeds_needed, which is for all parts. kind: what decides it, see claims.py.
    single_run_supports: how many seeds alone would have shown all that the words claim.
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


class _Case(NamedTuple):
    """A comparison, measured but not yet read. contrasts: of every seed that all networks have, for
    ratios of logarithms, as the estimate; images: what other test images add to its variance;
    fault: why there is none, or nothing."""

    comparison: Comparison
    means: tuple[float, ...]
    contrasts: list[float]
    censored: int
    estimate: Estimate
    images: tuple[float, float] | None
    possible: inference.Readings
    p_value: float
    fault: str


def judge_claims(claims: Sequence[Claim], runs: Runs, protocol: Protocol) -> list[Verdict]:
    """The verdicts of all claims, in their order; runs: of every network that they name."""
    level = 1 - protocol.confidence
    cases = [[_measure(part, runs, protocol) for part in claim.parts] for claim in claims]
    p_values: dict[object, float] = {}  # of a contrast: the largest of all that it has to decide
    for case in chain(*cases):
        if case.comparison.kind == SEEDS:
            contrast = case.comparison.contrast
            p_values[contrast] = max(case.p_value, p_values.get(contrast, 0.0))
    levels = dict(zip(p_values, inference.holm_levels([*p_values.values()], level), strict=True))
    return [
        _verdict(claim, [_read(case, levels.get(case.comparison.contrast, level)) for case in row])
        for claim, row in zip(claims, cases, strict=True)
    ]


def _measure(part: Comparison, runs: Runs, protocol: Protocol) -> _Case:
    """The runs of a comparison; only those after the pilot count, unless every run is the same."""
    first = 0 if part.kind == ARITHMETIC else protocol.pilot_seeds
    own = [[run for seed, run in runs[name].items() if seed >= first] for name in part.variants]
    samples, bounds, fault, margin, images = [], [], "", 0.0, None
    try:
        samples, bounds = _samples(part, own)
    except Unmeasurable as error:
        fault = str(error)
    means = tuple(float(sample.mean()) for sample in samples)
    values = [*map(np.log, samples)] if part.rule.ratio else samples
    contrasts = [float(np.dot(part.weights, row)) for row in zip(*values, strict=False)]
    if fault:
        estimate = NOTHING
    elif part.kind == ARITHMETIC:
        estimate = Estimate(contrasts[0], ())
    else:
        one_run = part.kind == SINGLE
        estimate = inference.contrast(part.weights, values, bounds, one_run=one_run)
    if part.kind == SEEDS and not fault:
        if part.rule.ratio:
            margin = math.log1p(protocol.margins.relative)
        elif len(means) > 1:
            margin = protocol.margins.of(QUANTITIES[part.quantity].unit, means[1])
        correct = [np.array([run.correct for run in each]) for each in own]
        if part.quantity == "final_validation_accuracy" and len({c.shape[1] for c in correct}) == 1:
            images = inference.over_images(part.weights, correct)
    possible = inference.readings(part.region, margin, one_run=part.kind == SINGLE)
    p_value = inference.p_value(estimate, possible)
    return _Case(part, means, contrasts, sum(bounds), estimate, images, possible, p_value, fault)


def _samples(
    part: Comparison, runs: Sequence[Sequence[Run]]
) -> tuple[list[NDArray[np.float64]], list[int]]:
    """The quantity of every network, (runs,), and how many are bounds. Raises Unmeasurable."""
    if min(map(len, runs)) < (1 if part.kind == ARITHMETIC else 2):
        raise Unmeasurable("fewer than two seeds after the pilot's: nothing can be decided")
    measured = [[measure(part.quantity, run, part.parameters) for run in each] for each in runs]
    samples = [np.array([one.value for one in row], dtype=np.float64) for row in measured]
    if part.rule.ratio and min(sample.min() for sample in samples) <= 0:
        raise Unmeasurable("a ratio needs numbers above 0")
    return samples, [sum(one.at_least for one in row) for row in measured]


def _read(case: _Case, level: float) -> Part:
    """The reading of a case at its level."""
    part, estimate, tested = case.comparison, case.estimate, case.comparison.kind != ARITHMETIC
    interval = estimate.interval(level)
    verdict = inference.read(interval, case.possible)
    images, holds, needed = None, None, None
    if case.images:
        images = replace(estimate, sources=(*estimate.sources, case.images)).interval(level)
    if verdict != UNDECIDED:
        holds = inference.read(images, case.possible) == verdict if images else None
    elif part.kind == SINGLE and not case.fault:
        verdict = REPRODUCED
    else:
        needed = inference.runs_needed(estimate, case.possible, level)
    note = BOUND.format(case.censored) if case.censored else "" if estimate.error else IDENTICAL
    values = case.contrasts if tested else []
    return Part(
        **vars(part),
        kind=part.kind,
        scale="ratio" if part.rule.ratio else SCALES.get(len(part.variants), "gain"),
        unit=QUANTITIES[part.quantity].unit,
        difference=_shown(part, [estimate.mean])[0],
        interval=_shown(part, interval),
        level=level if tested else None,
        claimed=_shown(part, part.region[:2]),
        seeds=len(values),
        seeds_needed=needed,
        per_seed=_shown(part, values),
        means=case.means,
        p_value=case.p_value if tested else None,
        note=case.fault or note,
        verdict=verdict,
        censored=case.censored,
        single_runs=tuple(part.region.contains(value, value) for value in values),
        image_interval=_shown(part, images) if images else None,
        holds_for_other_images=holds,
    )


def _shown(part: Comparison, numbers: Iterable[float]) -> Any:
    """Numbers as they are published: ratios out of their logarithms, None for an open end."""
    scale = math.exp if part.rule.ratio else float
    return tuple(scale(number) if math.isfinite(number) else None for number in numbers)


def _verdict(claim: Claim, parts: Sequence[Part]) -> Verdict:
    """All parts of a claim together."""
    verdict = min((part.verdict for part in parts), key=inference.ORDER.index)
    own = [i for i, part in enumerate(parts) if part.verdict == verdict]
    clearest = min if verdict == CONTRADICTED else max  # one part contradicts, all have to support
    deciding = clearest(own, key=lambda i: parts[i].p_value or 0.0)
    numbers = {field.name: getattr(parts[deciding], field.name) for field in fields(Measurement)}
    needed = [parts[i].seeds_needed or math.inf for i in own]
    tested = [part for part in parts if part.kind != ARITHMETIC]
    alone = zip(*(part.single_runs for part in tested), strict=False)  # some have fewer seeds
    return Verdict(
        report=claim.report,
        **claim.words.model_dump(exclude={"all"}),
        **numbers | {"seeds_needed": None if math.inf in needed else max(needed)},
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
