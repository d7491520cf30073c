"""From runs of independent networks to a verdict: intervals, p-values, correction, power.

What is estimated. A comparison is a linear contrast of means: sum over networks of weight times
the mean of a quantity (of its logarithm, for ratios) over a group of independent runs.

Why Welch, not pairs. Two networks with the same seed see equal batches, but over the pilot's seeds
their results correlated by 0.03 only: pairing would halve the degrees of freedom and gain nothing
(a positive correlation makes these intervals too wide, not too narrow). Spreads differ several
times over, so they are not pooled; the degrees of freedom are Satterthwaite's.

One interval, all readings. Whatever is said of a contrast is read from its one two-sided interval:
wholly inside what the words claim, wholly outside, or within the margin of no difference. All are
right together where the interval covers the truth, and need no correction among themselves. The
p-value is the smallest level at which the interval decides anything.

Why Holm. Each verdict is read by itself, so what has to stay under 5 % is the chance of even one
wrong verdict. His method allows tests that depend on one another, as they do where they share
networks. (S. Holm, Scand. J. Statistics 6, 1979.)

What is not proved. Holm's theorem is about rejecting hypotheses; a verdict also says on which side
the truth lies. That this is covered too is proved for independent tests of certain distributions
(J. P. Shaffer, Annals of Statistics 8, 1980), but neither for tests that share networks nor for
verdicts of no difference. An interval covers at its own level; that all cover at once would take
level / number of tests for every one.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, log, nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import nctdtr, stdtr, stdtrit  # scipy.stats takes a second to load

SUPPORTED, CONTRADICTED, UNDECIDED = "supported", "contradicted", "undecided"
NO_DIFFERENCE = "no difference that matters"
REPRODUCED, NOT_REPRODUCED = "reproduced", "not reproduced"
# A claim in several parts has the first of these that one of its parts has.
ORDER = (CONTRADICTED, NOT_REPRODUCED, UNDECIDED, NO_DIFFERENCE, REPRODUCED, SUPPORTED)
POWER = 0.9
COUNTS = range(2, 1_000_001)  # of runs a network; more are not worth naming
Interval = tuple[float, float]


class Region(NamedTuple):
    """The numbers from `low` to `high`; `closed`: these two belong to it."""

    low: float = -inf
    high: float = inf
    closed: bool = False

    def clearances(self, low: float, high: float) -> Interval:
        """How far inside the region each end of an interval lies; infinite where it has no end."""
        return (
            inf if self.low == -inf else low - self.low,
            inf if self.high == inf else self.high - high,
        )

    def contains(self, low: float, high: float) -> bool:
        """Whether everything from `low` to `high` lies in the region."""
        nearest = min(self.clearances(low, high))
        return nearest > 0 or (self.closed and nearest == 0)


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


def _about(value: float, tolerance: float) -> Region:
    return Region(value - tolerance, value + tolerance, closed=True)


ONE_RUN = "one_run"  # of one variant or two: judged by single runs, not by means
RELATIONS = {
    "higher": Relation(TWO, ("margin",), lambda margin: Region(margin)),
    "lower": Relation(TWO, ("margin",), lambda margin: Region(high=-margin)),
    "not_higher": Relation(TWO, ("margin",), lambda margin: Region(high=margin, closed=True)),
    "not_lower": Relation(TWO, ("margin",), lambda margin: Region(-margin, closed=True)),
    "higher_by": Relation(TWO, ("low", "high"), Region),
    "lower_by": Relation(TWO, ("low", "high"), lambda low, high: Region(-high, -low)),
    "equal": Relation(TWO, ("tolerance",), lambda tolerance: _about(0, tolerance)),
    "times_higher": Relation(TWO, ("factor",), lambda factor: Region(log(factor)), ratio=True),
    "times_lower": Relation(TWO, ("factor",), lambda factor: Region(high=-log(factor)), ratio=True),
    "smaller_gain": Relation(GAINS, ("margin",), lambda margin: Region(high=-margin)),
    "smaller_fall": Relation(GAINS, ("margin",), lambda margin: Region(margin)),
    "above_midpoint": Relation(MIDPOINT, (), lambda: Region(0)),
    "below_midpoint": Relation(MIDPOINT, (), lambda: Region(high=0)),
    "gap_halved": Relation(GAPS, (), lambda: Region(high=0)),
    "about": Relation(ONE, ("value", "tolerance"), _about),
    "within": Relation(ONE, ("low", "high"), lambda low, high: Region(low, high, closed=True)),
    "at_most": Relation(ONE, ("value",), lambda value: Region(high=value, closed=True)),
    "count": Relation(ONE, ("value",), lambda value: _about(value, 0)),
    ONE_RUN: Relation(TWO, ("value", "tolerance"), _about),
}
Readings = Sequence[tuple[str, Region]]  # verdicts, each where an interval must lie for it


def readings(region: Region, margin: float = 0, *, one_run: bool = False) -> Readings:
    """All that an interval can say of a claim, the first that fits counts: inside the region;
    outside, below or above; within `margin` of 0, unless that is 0. A single run is never proved to
    be like others, only unlike them: outside."""
    below = Region(high=region.low, closed=not region.closed)
    above = Region(region.high, closed=not region.closed)
    sides = [side for side in (below, above) if side.low < side.high]
    if one_run:
        return [(NOT_REPRODUCED, side) for side in sides]
    near = [(NO_DIFFERENCE, Region(-margin, margin, closed=True))] if margin else []
    return [(SUPPORTED, region), *((CONTRADICTED, side) for side in sides), *near]


def read(interval: Interval, possible: Readings) -> str:
    """The verdict that an interval gives."""
    fitting = (verdict for verdict, region in possible if region.contains(*interval))
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
        return sqrt(sum(variance for variance, _ in self.sources))

    @property
    def degrees(self) -> float:
        """Satterthwaite's degrees of freedom."""
        spread = sum(variance**2 / degrees for variance, degrees in self.sources)
        return self.error**4 / spread if spread else inf

    def interval(self, level: float) -> Interval:
        """The two-sided interval at confidence 1 - `level`; an open end is infinite."""
        half = _quantile(level, self.degrees) * self.error if self.error else 0.0
        return (
            -inf if self.open_below else self.mean - half,
            inf if self.open_above else self.mean + half,
        )


def _quantile(level: float, degrees: float) -> float:
    """What Student's t exceeds, in absolute value, with the probability `level`."""
    return -float(stdtrit(degrees, level / 2))


NOTHING = Estimate(nan, (), open_below=True, open_above=True)  # an estimate from no data


def contrast(
    weights: Sequence[float],
    groups: Sequence[NDArray[np.float64]],
    bounds: Sequence[int] = (),
    *,
    one_run: bool = False,
) -> Estimate:
    """The contrast of the groups' means; groups: of two numbers or more, each (runs,); bounds: how
    many of a group are bounds, which leave the sum open to the side that its weight points to.

    one_run: the contrast of one further run of each, so that its interval predicts single runs.
    """
    sources, mean = [], 0.0
    for weight, group in zip(weights, groups, strict=True):
        mean += weight * float(group.mean())
        share = 1 / len(group) + one_run
        sources.append((weight**2 * float(group.var(ddof=1)) * share, len(group) - 1))
    signs = [weight for weight, bound in zip(weights, bounds, strict=False) if bound]
    below, above = min(signs, default=0) < 0, max(signs, default=0) > 0
    return Estimate(mean, tuple(sources), below, above)


def over_images(
    weights: Sequence[float], correct: Sequence[NDArray[np.bool_]]
) -> tuple[float, float]:
    """The variance of a contrast of accuracies over test images, and its degrees of freedom.

    correct: for every group (runs, images). What the seeds add to an image's own mean is counted
    here and among the seeds, so that the sum errs on the wide side.
    """
    shares = [weight * right.mean(axis=0) for weight, right in zip(weights, correct, strict=True)]
    images = np.sum(shares, axis=0)
    return float(images.var(ddof=1)) / len(images), len(images) - 1


def p_value(estimate: Estimate, possible: Readings) -> float:
    """The smallest level at which the estimate's interval decides anything, two-sided."""
    middle = estimate.interval(1.0)  # the estimate itself, if no end is open
    if estimate.error == 0:
        return float(read(middle, possible) == UNDECIDED)
    distance = max(min(region.clearances(*middle)) for _, region in possible)
    return min(1.0, 2 * float(stdtr(estimate.degrees, -distance / estimate.error)))


def holm_levels(p_values: Sequence[float], level: float) -> list[float]:
    """The level of each test by Holm's method: at rank k of m, in the order of their p-values,
    level / (m - k + 1); from the first test on that misses it, that test's own for all."""
    levels, own, missed = [0.0] * len(p_values), 0.0, False
    for rank, test in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        own = own if missed else level / (len(p_values) - rank)
        missed = missed or p_values[test] > own
        levels[test] = own
    return levels


def runs_needed(estimate: Estimate, possible: Readings, level: float) -> int | None:
    """Runs of each network that decide at `level` with 90 % power, if means and spreads stay as
    they are, by any reading; None where no count would do, or only one over a million."""
    ends = [region.clearances(*estimate.interval(1.0)) for _, region in possible]
    ends = [near for near in ends if min(near) > 0]
    if not estimate.error or not ends:
        return None
    spreads = [variance * (degrees + 1) for variance, degrees in estimate.sources]

    def power(count: int) -> float:
        sources = tuple((spread / count, count - 1) for spread in spreads)
        return max(_power(Estimate(estimate.mean, sources), near, level) for near in ends)

    index = bisect_left(COUNTS, POWER, key=power)
    return COUNTS[index] if index < len(COUNTS) else None


def _power(estimate: Estimate, distances: Interval, level: float) -> float:
    """The chance that the interval clears both ends of a region, so far away; the distance from an
    end, in estimated standard errors, has a noncentral t distribution."""
    needed = _quantile(level, estimate.degrees)
    scaled = [distance / estimate.error for distance in distances]
    near = [d for d in scaled if d < 20 + 2 * needed]  # others never miss
    return 1 - sum(float(nctdtr(estimate.degrees, d, needed)) for d in near)
