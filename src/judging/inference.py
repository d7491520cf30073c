"""From a handful of paired numbers to a verdict: interval, p-value, correction for many claims.

Why the paired t interval. Seed for seed, the variants saw equal batches in equal order, so what
luck they share drops out of the difference. Every difference is itself built from means over
thousands of images, and for such numbers a normal distribution is a fair description, whereas six
pairs are too few for a method without one: a sign-flip test of six pairs knows 64 outcomes, so its
p-value is never under 2/64 = 0.031, and a bootstrap of six numbers gives intervals that are too
short. Ratios are judged by their logarithms and reported as ratios.

Why Holm. Each verdict is read by itself, as a statement on one sentence of one report, so what has
to stay under 5 % is the chance of even one wrong verdict among all; the false discovery rate of
Benjamini and Hochberg would bound only the share of wrong ones. Holm's method also needs nothing
about how the tests depend on one another; here they share variants and seeds, and some claims
contradict others on purpose. The price is power: the verdict by the interval alone is kept beside.
(S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Statistics 6, 1979.)
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from judging.relations import Region

CONFIDENCE = 0.95
SUPPORTED, CONTRADICTED, NOISE = "supported", "contradicted", "within seed noise"
ONE_SEED = "one seed: no interval can be computed"
EXACT = "exact: follows from the settings, no seed changes it"
IDENTICAL = "the same in every seed: nothing to test"
BOUND = "measured as a bound: the interval has an open end"


class Sample(NamedTuple):
    """One number a seed: (seeds,). Where a measurement is a bound, as when a run never reached a
    threshold, the true mean may be any lower (`open_below`) or any higher (`open_above`)."""

    values: NDArray[np.float64]
    open_below: bool = False
    open_above: bool = False
    exact: bool = False


class Finding(NamedTuple):
    """What the seeds say on one claim, by itself; None: cannot be said, and `note` says why.

    interval: 95 %, an end is infinite where the sample is open; p_value: two-sided, of the nearest
    mean at which the verdict would be another one; None where there is nothing to test.
    """

    mean: float | None
    interval: tuple[float, float] | None
    p_value: float | None
    verdict: str | None
    note: str


def find(sample: Sample, region: Region) -> Finding:
    """Where the mean of `sample` lies: within `region`, outside, or too close to say.

    supported: the interval lies wholly inside; contradicted: wholly outside. That is the same as a
    p-value under 0.05, so that it can be corrected for the number of claims.
    """
    values = sample.values
    mean = float(values.mean())
    if sample.exact:
        return Finding(mean, (mean, mean), None, by_interval(mean, mean, region), EXACT)
    if len(values) < 2:
        return Finding(mean, None, None, None, ONE_SEED)
    if np.allclose(values, mean, rtol=1e-12, atol=0):
        low, high = _opened(sample, mean, mean)
        return Finding(mean, (low, high), None, by_interval(low, high, region), IDENTICAL)
    low, high = _opened(sample, *stats.ttest_1samp(values, 0.0).confidence_interval(CONFIDENCE))
    verdict = by_interval(low, high, region)
    note = BOUND if sample.open_below or sample.open_above else ""
    return Finding(mean, (low, high), p_value(sample, region), verdict, note)


def _opened(sample: Sample, low: float, high: float) -> tuple[float, float]:
    return (
        -math.inf if sample.open_below else float(low),
        math.inf if sample.open_above else float(high),
    )


def by_interval(low: float, high: float, region: Region) -> str:
    """The verdict that an interval alone gives."""
    if region.contains(low, high):
        return SUPPORTED
    return CONTRADICTED if region.excludes(low, high) else NOISE


def p_value(sample: Sample, region: Region) -> float:
    """Twice the smaller of two one-sided p-values of the t test: that the mean lies in `region`
    (its worse end counts, as in a test of equivalence), and that it lies outside (the nearer end).
    """
    supports = max(_p_above(sample, region.low), _p_below(sample, region.high))
    contradicts = min(_p_below(sample, region.low), _p_above(sample, region.high))
    return min(1.0, 2 * min(supports, contradicts))


def _p_above(sample: Sample, bound: float) -> float:
    """How likely so high a mean would be if the true one were at `bound` or below."""
    if math.isinf(bound):
        return 0.0 if bound < 0 else 1.0
    if sample.open_below:
        return 1.0
    return float(stats.ttest_1samp(sample.values, bound, alternative="greater").pvalue)


def _p_below(sample: Sample, bound: float) -> float:
    """How likely so low a mean would be if the true one were at `bound` or above."""
    mirrored = Sample(-sample.values, sample.open_above, sample.open_below)
    return _p_above(mirrored, -bound)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values: the k-th smallest of n times n - k + 1, never falling, at most 1.

    p_values: in any order; the result is in the same.
    """
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, i in enumerate(np.argsort(p_values, kind="stable")):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = highest
    return adjusted
