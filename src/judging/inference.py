"""From runs of independent networks to a verdict: intervals, p-values, correction, power.

What is estimated. A comparison is a linear contrast of means: sum over networks of weight times
the mean of a quantity (of its logarithm, for ratios). Each network is a group of independent runs.

Why Welch, not pairs. Two networks with the same seed see equal batches in equal order, but over the
pilot's seeds their results correlated by 0.03 only: pairing would halve the degrees of freedom and
gain nothing. Spreads differ several times over, so they are not pooled; the degrees of freedom are
Satterthwaite's. Did results correlate positively, intervals of differences would be too wide, not
too narrow.

One interval, all readings. A contrast has one two-sided interval, and whatever is said of it is
read from that interval: wholly inside what the words claim, wholly outside, or within the margin of
no difference. All readings are right together as long as the interval covers the truth, so they
need no correction among themselves. The p-value is the smallest level at which the interval decides
anything.

Why Holm. Each verdict is read by itself, as a statement on one sentence, so what has to stay under
5 % is the chance of even one wrong verdict among all; the false discovery rate would bound only the
share of wrong ones. Holm's method needs nothing about how the tests depend on one another, and here
they share networks. (S. Holm, Scand. J. Statistics 6, 1979.)

What is not proved. Holm's theorem is about rejecting hypotheses, and a verdict says more: on which
side the truth lies. That the chance of a wrong side is covered too is proved for independent tests
of certain distributions (J. P. Shaffer, Annals of Statistics 8, 1980), but neither for tests that
share networks, as these do, nor for verdicts of no difference. An interval covers at its own level;
that all intervals cover at once would take level / number of tests for every one.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

SUPPORTED, CONTRADICTED, UNDECIDED = "supported", "contradicted", "undecided"
NO_DIFFERENCE = "no difference that matters"
REPRODUCED, NOT_REPRODUCED = "reproduced", "not reproduced"
POWER = 0.9
Interval = tuple[float, float]


class Region(NamedTuple):
    """The numbers from `low` to `high`; `closed`: these two belong to it."""

    low: float
    high: float
    closed: bool = False

    def contains(self, low: float, high: float) -> bool:
        """Whether everything from `low` to `high` lies in the region."""
        if self.closed:
            return self.low <= low and high <= self.high
        # A region without end on one side contains an interval without end on that side.
        above = low > self.low or self.low == -math.inf
        return above and (high < self.high or self.high == math.inf)


class Relation(NamedTuple):
    """How networks are said to stand: the contrast with these weights, one a network, lies in
    `region(**numbers)`. ratio: contrast and region are of logarithms."""

    weights: tuple[float, ...]
    numbers: tuple[str, ...]
    region: Callable[..., Region]
    ratio: bool = False


ONE, TWO = (1.0,), (1.0, -1.0)
GAINS = (1.0, -2.0, 1.0)  # what the third gained on the second, less the second on the first
MIDPOINT = (1.0, -0.5, -0.5)  # the first against the middle of the two others
GAPS = (1.0, -1.0, -0.5, 0.5)  # how far the first two are apart, less half of the last two's gap


def _above(margin: float = 0) -> Region:
    return Region(margin, math.inf)


def _below(margin: float = 0) -> Region:
    return Region(-math.inf, -margin)


def _about(value: float, tolerance: float) -> Region:
    return Region(value - tolerance, value + tolerance, closed=True)


ONE_RUN = "one_run"  # of one variant or two: judged by single runs, not by means
RELATIONS = {
    "higher": Relation(TWO, ("margin",), _above),
    "lower": Relation(TWO, ("margin",), _below),
    "not_higher": Relation(TWO, ("margin",), lambda margin: Region(-math.inf, margin, True)),
    "not_lower": Relation(TWO, ("margin",), lambda margin: Region(-margin, math.inf, True)),
    "higher_by": Relation(TWO, ("low", "high"), lambda low, high: Region(low, high)),
    "lower_by": Relation(TWO, ("low", "high"), lambda low, high: Region(-high, -low)),
    "equal": Relation(TWO, ("tolerance",), lambda tolerance: _about(0, tolerance)),
    "times_higher": Relation(TWO, ("factor",), lambda factor: _above(math.log(factor)), ratio=True),
    "times_lower": Relation(TWO, ("factor",), lambda factor: _below(math.log(factor)), ratio=True),
    "smaller_gain": Relation(GAINS, ("margin",), _below),
    "smaller_fall": Relation(GAINS, ("margin",), _above),
    "above_midpoint": Relation(MIDPOINT, (), _above),
    "below_midpoint": Relation(MIDPOINT, (), _below),
    "gap_halved": Relation(GAPS, (), _below),
    "about": Relation(ONE, ("value", "tolerance"), _about),
    "within": Relation(ONE, ("low", "high"), lambda low, high: Region(low, high, True)),
    "at_most": Relation(ONE, ("value",), lambda value: Region(-math.inf, value, True)),
    "at_least": Relation(ONE, ("value",), lambda value: Region(value, math.inf, True)),
    "count": Relation(ONE, ("value",), lambda value: Region(value, value, True)),
    ONE_RUN: Relation(TWO, ("value", "tolerance"), _about),
}


class Reading(NamedTuple):
    """A verdict, and the region in which an interval must lie for it."""

    verdict: str
    region: Region


def readings(region: Region, margin: float = 0) -> list[Reading]:
    """All that an interval can say of a claim, the first that fits counts: inside the region;
    outside, below or above; within `margin` of 0, unless that is 0."""
    below = Region(-math.inf, region.low, not region.closed)
    above = Region(region.high, math.inf, not region.closed)
    sides = [side for side in (below, above) if side.low < side.high]
    decided = [Reading(SUPPORTED, region), *(Reading(CONTRADICTED, side) for side in sides)]
    if margin:
        decided.append(Reading(NO_DIFFERENCE, Region(-margin, margin, closed=True)))
    return decided


def read(interval: Interval, possible: Sequence[Reading]) -> str:
    """The verdict that an interval gives."""
    fitting = (reading.verdict for reading in possible if reading.region.contains(*interval))
    return next(fitting, UNDECIDED)


@dataclass(frozen=True)
class Estimate:
    """A contrast, the parts of its variance by independent source, (variance, degrees of freedom);
    where runs gave bounds, the truth may be any lower (`open_below`) or higher (`open_above`)."""

    mean: float
    sources: tuple[tuple[float, float], ...]
    open_below: bool = False
    open_above: bool = False

    @property
    def error(self) -> float:
        """The standard error."""
        return math.sqrt(sum(variance for variance, _ in self.sources))

    @property
    def degrees(self) -> float:
        """Satterthwaite's degrees of freedom."""
        return satterthwaite(self.sources)

    def interval(self, level: float) -> Interval:
        """The two-sided interval at confidence 1 - `level`; an open end is infinite."""
        half = float(stats.t.isf(level / 2, self.degrees)) * self.error if self.error else 0.0
        return (
            -math.inf if self.open_below else self.mean - half,
            math.inf if self.open_above else self.mean + half,
        )

    def distances(self, region: Region) -> Interval:
        """How far inside the region the mean is from its ends: infinite where it has none, and
        minus infinite where it has one to which the estimate is open."""
        low, high = self.mean - region.low, region.high - self.mean
        return (
            -math.inf if self.open_below and low < math.inf else low,
            -math.inf if self.open_above and high < math.inf else high,
        )


NOTHING = Estimate(math.nan, (), open_below=True, open_above=True)  # an estimate from no data


def satterthwaite(sources: Sequence[tuple[float, float]]) -> float:
    """Degrees of freedom of a sum of independent variances, (variance, degrees of freedom) each."""
    total = sum(variance for variance, _ in sources)
    spread = sum(variance**2 / degrees for variance, degrees in sources)
    return total**2 / spread if spread else math.inf


def contrast(
    weights: Sequence[float], groups: Sequence[NDArray[np.float64]], *, one_run: bool = False
) -> Estimate:
    """The contrast of the groups' means; groups: of two numbers or more, each (runs,).

    one_run: the contrast of one further run of each, so that its interval predicts single runs.
    """
    sources = []
    for weight, group in zip(weights, groups, strict=True):
        share = 1 / len(group) + one_run
        sources.append((weight**2 * float(group.var(ddof=1)) * share, len(group) - 1))
    means = [weight * group.mean() for weight, group in zip(weights, groups, strict=True)]
    return Estimate(float(sum(means)), tuple(sources))


def over_images(
    weights: Sequence[float], correct: Sequence[NDArray[np.bool_]]
) -> tuple[float, float]:
    """The variance of a contrast of accuracies over test images, and its degrees of freedom.

    correct: for every group (runs, images), the same images. What the seeds add to an image's own
    mean is counted here and among the seeds, so that the sum errs on the wide side.
    """
    shares = [weight * right.mean(axis=0) for weight, right in zip(weights, correct, strict=True)]
    images = np.sum(shares, axis=0)
    return float(images.var(ddof=1)) / len(images), len(images) - 1


def p_value(estimate: Estimate, possible: Sequence[Reading]) -> float:
    """The smallest level at which the estimate's interval decides anything, two-sided."""
    distance = max(min(estimate.distances(reading.region)) for reading in possible)
    if estimate.error == 0:
        return 0.0 if read(estimate.interval(1.0), possible) != UNDECIDED else 1.0
    return min(1.0, 2 * float(stats.t.sf(distance / estimate.error, estimate.degrees)))


def holm_levels(p_values: Sequence[float], level: float) -> list[float]:
    """The level of each test by Holm's method: at rank k of m, in the order of their p-values,
    level / (m - k + 1); from the first test on that misses it, that test's own for all."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    levels, own = [0.0] * len(p_values), 0.0
    missed = False
    for rank, test in enumerate(order):
        own = own if missed else level / (len(p_values) - rank)
        missed = missed or p_values[test] > own
        levels[test] = own
    return levels


def runs_needed(
    estimate: Estimate, runs: Sequence[int], possible: Sequence[Reading], level: float
) -> int | None:
    """Runs of each network that decide at `level` with 90 % power, if means and spreads stay as
    they are, for whichever reading needs fewest; None where none would do, or only over a million.

    runs: how many the estimate has of each network.
    """
    if not estimate.error:
        return None
    spreads = [variance * n for (variance, _), n in zip(estimate.sources, runs, strict=True)]
    ends = [estimate.distances(reading.region) for reading in possible]
    needs = [_fewest(near, spreads, level) for near in ends if min(near) > 0]
    return min((need for need in needs if need), default=None)


def _fewest(distances: Sequence[float], spreads: Sequence[float], level: float) -> int | None:
    """The least number of runs with enough power, by doubling and then halving the interval."""
    low, high = 1, 2
    while _power(high, distances, spreads, level) < POWER:
        low, high = high, 2 * high
        if low > 1_000_000:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        enough = _power(middle, distances, spreads, level) >= POWER
        low, high = (low, middle) if enough else (middle, high)
    return high


def _power(runs: int, distances: Sequence[float], spreads: Sequence[float], level: float) -> float:
    """The chance that the interval of so many runs a network clears all ends of a region.

    The estimate's distance from an end, in estimated standard errors, has a noncentral t
    distribution.
    """
    degrees = satterthwaite([(spread / runs, runs - 1) for spread in spreads])
    error = math.sqrt(sum(spreads) / runs)
    needed = float(stats.t.isf(level / 2, degrees))
    near = [d / error for d in distances if d / error < 20 + 2 * needed]  # others never miss
    return 1 - sum(float(stats.nct.cdf(needed, degrees, d)) for d in near)
