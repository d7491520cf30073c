"""One claim and the runs it is about -> its entry in verdicts.json (the keys: see judge.py)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from judging.claims import Claim
from judging.curve_measures import Measured, Unmeasurable
from judging.evidence import EvidenceError, Run
from judging.inference import Finding, Sample, find
from judging.quantities import QUANTITIES, measure
from judging.relations import RELATIONS, WEIGHTS

SCALES = {1: "value", 2: "difference", 3: "gain"}
Runs = Mapping[str, Mapping[int, Run]]
Rows = Sequence[Sequence[Measured]]


def judge_claim(claim: Claim, runs: Runs) -> dict[str, Any]:
    """The claim's entry, not yet corrected for the number of claims; runs: by variant and seed.

    Raises EvidenceError where its variants have no seed in common.
    """
    seeds = sorted(set.intersection(*(set(runs[variant]) for variant in claim.variants)))
    if not seeds:
        raise EvidenceError(f"{claim.id}: {' and '.join(claim.variants)} have no seed in common")
    try:
        rows = [
            [measure(claim.quantity, runs[variant][seed], claim.parameters) for seed in seeds]
            for variant in claim.variants
        ]
        sample = sample_of(claim, rows)
    except Unmeasurable as error:
        finding = Finding(None, None, None, None, str(error))
        return _entry(claim, len(seeds), finding) | _of_runs(claim, [], [])
    finding = find(sample, claim.region)
    return _entry(claim, len(seeds), finding) | _of_runs(claim, rows, sample.values.tolist())


def sample_of(claim: Claim, rows: Rows) -> Sample:
    """The claim's number of every seed; rows: its quantity, by variant and seed.

    Raises Unmeasurable for a ratio of something that is not above 0.
    """
    relation = RELATIONS[claim.relation]
    values = np.array([[one.value for one in row] for row in rows])
    if relation.ratio and not (values > 0).all():
        raise Unmeasurable("a ratio needs numbers above 0")
    weights = WEIGHTS[relation.variants]
    # A bound leaves the sum open to the side that its weight's sign points to.
    signed = [(m, weight) for row, weight in zip(rows, weights, strict=True) for m in row]
    return Sample(
        np.array(weights) @ (np.log(values) if relation.ratio else values),
        open_below=any(m.at_most if weight > 0 else m.at_least for m, weight in signed),
        open_above=any(m.at_least if weight > 0 else m.at_most for m, weight in signed),
        exact=QUANTITIES[claim.quantity].exact,
    )


def _entry(claim: Claim, seeds: int, finding: Finding) -> dict[str, Any]:
    described = {key: value for key, value in asdict(claim).items() if value != ""}
    ratio = RELATIONS[claim.relation].ratio
    claimed = [_shown(claim, end) for end in claim.region[:2]]
    interval = finding.interval and [_shown(claim, end) for end in finding.interval]
    return described | {
        "unit": QUANTITIES[claim.quantity].unit,
        "scale": "ratio" if ratio else SCALES[len(claim.variants)],
        "claimed": claimed,
        "difference": None if finding.mean is None else _shown(claim, finding.mean),
        "interval": interval,
        "seeds": seeds,
        "p_value": finding.p_value,
        "verdict_uncorrected": finding.verdict,
        "note": finding.note,
    }


def _of_runs(claim: Claim, rows: Rows, values: Sequence[float]) -> dict[str, Any]:
    single_runs = [claim.region.contains(value, value) for value in values]
    return {
        "per_seed": [_shown(claim, value) for value in values],
        "means": [float(np.mean([one.value for one in row])) for row in rows],
        "single_runs": single_runs,
        "single_run_supports": sum(single_runs),
        "censored": sum(one.at_least for row in rows for one in row),
    }


def _shown(claim: Claim, number: float) -> float | None:
    """A number as it is published: ratios out of their logarithms, and null for an open end."""
    ratio = RELATIONS[claim.relation].ratio
    if math.isinf(number):
        return None
    return math.exp(number) if ratio else number
