"""From runs of independent networks to a verdict: intervals, p-values, correction, seeds needed.

What is estimated. A comparison is a linear contrast of means: sum over networks of weight times the
mean of a quantity over a group of independent runs.

Why Welch, not pairs. Two networks with the same seed see equal batches, but over the seeds of the
first edition their results correlated by 0.03 only: pairing would halve the degrees of freedom and
gain nothing. Spreads differ several times over, so they are not pooled; the degrees of freedom are
Satterthwaite's.

Why Holm. Whatever is said of a contrast is read from its one two-sided interval, and needs no
correction among itself. What has to stay under 5 % is the chance of even one wrong verdict; his
method allows tests that share networks. (S. Holm, Scand. J. Statistics 6, 1979.) Not proved is that
verdicts of a side, or of no difference, are covered too: that is known for independent tests of
certain distributions alone. (J. P. Shaffer, Annals of Statistics 8, 1980.)

The same bytes everywhere: sums are exact (math.fsum), so that no order of addition shows.
"""

from collections.abc import Mapping, Sequence
from math import ceil, fsum, inf, isfinite, sqrt
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict
from scipy.special import ndtri, stdtr, stdtrit  # scipy.stats takes a second to load

from runs.tables import deviation, mean

SUPPORTED, CONTRADICTED, UNDECIDED = "supported", "contradicted", "undecided"
NO_DIFFERENCE = "no difference that matters"
CONSISTENT, INCONSISTENT, NO_VERDICT = "consistent", "inconsistent", "no verdict"
# A claim in several parts has the first of these that one of its parts has.
ORDER = (CONTRADICTED, INCONSISTENT, UNDECIDED, NO_DIFFERENCE, CONSISTENT, SUPPORTED, NO_VERDICT)
Interval = tuple[float, float]
Ends = tuple[float | None, float | None] | None  # as published; an open end is None


class Result(BaseModel):
    """What was found: the difference of two networks, or whatever else a relation compares.

    interval: of the difference, at confidence 1 - `holm_level`, from which the verdict is read; an
    open end is None. p_value: the smallest level at which an interval would decide anything. seeds:
    how many of a network it rests on, at least; seeds_needed: how many would decide what is
    undecided. too_small: the direction is sure, but the whole interval lies within the margin.
    """

    model_config = ConfigDict(frozen=True, strict=False, extra="forbid")
    verdict: str
    difference: float | None
    interval: Ends
    p_value: float | None
    seeds: int | None
    holm_level: float | None = None
    seeds_needed: int | None = None
    too_small: bool = False


ONE, TWO = (1.0,), (1.0, -1.0)
# How networks are said to stand, and the weight of each in the contrast that decides it.
RELATIONS = {
    **dict.fromkeys(("higher", "lower", "not_higher", "not_lower", "same"), TWO),
    "smaller_change": (1.0, -2.0, 1.0),  # the last two are not so far apart as the first two
    "share": (1.0, -1.0, -0.5, 0.5),  # more than half of the last two's gap is gone in the first
    "value": TWO,  # of one network, or of two: a figure of single runs
    **dict.fromkeys(("at_most", "beyond_margin", "count"), ONE),
}
DIRECTIONS = ("higher", "lower")  # of which there may be no difference that matters


class Rule(NamedTuple):
    """All that an interval can say of a relation. margin: the difference that matters; printed:
    between which numbers a figure lies. The contrasts of changes and of shares are below 0 where
    the words hold. A single run is never proved to be like others, only to be unlike them.
    """

    relation: str
    margin: float
    printed: Interval = (0.0, 0.0)

    def clearances(self, low: float, high: float) -> dict[str, float]:
        """Return by verdict how far inside its range both ends of an interval lie; negative where
        one lies outside. The first verdict whose range holds the interval counts."""
        first, last = {
            "higher": (0, inf),
            "not_higher": (-inf, self.margin),
            "not_lower": (-self.margin, inf),
            "same": (-self.margin, self.margin),
            "at_most": (-inf, self.printed[1]),
            "beyond_margin": (self.margin, inf),
            **dict.fromkeys(("lower", "smaller_change", "share"), (-inf, 0)),
            **dict.fromkeys(("value", "count"), self.printed),
        }[self.relation]
        outside = max(first - high, low - last)
        if self.relation == "value":
            return {INCONSISTENT: outside}
        below = low - first if isfinite(first) else inf
        above = last - high if isfinite(last) else inf
        found = {SUPPORTED: min(below, above), CONTRADICTED: outside}
        if self.relation in DIRECTIONS:
            found[NO_DIFFERENCE] = self.margin - max(high, -low)
        return found

    def read(self, low: float, high: float) -> str:
        """Return the verdict that an interval gives."""
        open_yet = CONSISTENT if self.relation == "value" else UNDECIDED
        clearances = self.clearances(low, high).items()
        return next((verdict for verdict, inside in clearances if inside > 0), open_yet)


class Estimate(NamedTuple):
    """A contrast, and the (variance, runs) behind each group's share in it; where runs gave bounds,
    the truth may be any lower (`open_below`) or higher (`open_above`)."""

    mean: float
    groups: tuple[tuple[float, int], ...]
    open_below: bool
    open_above: bool

    @property
    def error(self) -> float:
        """The standard error."""
        return sqrt(fsum(variance for variance, _ in self.groups))

    @property
    def degrees(self) -> float:
        """Satterthwaite's degrees of freedom."""
        spread = fsum(variance**2 / (runs - 1) for variance, runs in self.groups)
        return self.error**4 / spread if spread else inf

    def interval(self, level: float) -> Interval:
        """Return the two-sided interval at confidence 1 - `level`; an open end is infinite."""
        half = quantile(level, self.degrees) * self.error if self.error else 0.0
        low = -inf if self.open_below else self.mean - half
        return low, inf if self.open_above else self.mean + half


def quantile(level: float, degrees: float) -> float:
    """Return the value that Student's |t| exceeds with the probability `level`."""
    return -float(stdtrit(degrees, level / 2))


def contrast(
    weights: Sequence[float],
    groups: Sequence[Sequence[float]],
    bounds: Sequence[int] = (),
    one_run: bool = False,
) -> Estimate:
    """Return the contrast of the means of groups of two runs or more; of one further run of each,
    if `one_run`. bounds: how many of a group are bounds, which leave it open to one side."""
    pairs = list(zip(weights, groups, strict=True))
    signs = [weight for weight, bound in zip(weights, bounds, strict=False) if bound]
    shares = tuple(
        ((weight * deviation(group)) ** 2 * (1 / len(group) + one_run), len(group))
        for weight, group in pairs
    )
    middle = fsum(weight * mean(group) for weight, group in pairs)
    return Estimate(middle, shares, min(signs, default=0) < 0, max(signs, default=0) > 0)


class Comparison(NamedTuple):
    """An estimate, and what its interval can say. gaps: of a share, what is left of a gap and all
    of it; no share can be told unless the whole gap is beyond 0."""

    estimate: Estimate
    rule: Rule
    gaps: tuple[Estimate, Estimate] | None = None

    @property
    def distance(self) -> float:
        """The distance from the estimate to the nearest edge of its verdict's range."""
        return max(self.rule.clearances(*self.estimate.interval(1.0)).values())

    @property
    def p_value(self) -> float:
        """The smallest level at which the interval decides anything, two-sided."""
        if self.estimate.error == 0:
            return float(self.distance <= 0)
        errors = self.distance / self.estimate.error
        if self.gaps:
            errors = min(errors, self.gaps[1].mean / self.gaps[1].error)
        return min(1.0, 2 * float(stdtr(self.estimate.degrees, -errors)))

    def result(self, level: float) -> Result:
        """Return the verdict, and all that goes with it, at a level."""
        interval = self.estimate.interval(level)
        verdict, difference = self.rule.read(*interval), self.estimate.mean
        small = max(map(abs, interval)) < self.rule.margin and self.rule.relation in DIRECTIONS
        if self.gaps:
            difference, interval = self._share(level)
            verdict = verdict if isfinite(sum(interval)) else UNDECIDED
        return Result(
            verdict=verdict,
            difference=difference,
            interval=tuple(end if isfinite(end) else None for end in interval),
            holm_level=level,
            p_value=self.p_value,
            seeds=min(runs for _, runs in self.estimate.groups),
            seeds_needed=self._seeds_needed(level) if verdict == UNDECIDED else None,
            too_small=small and verdict in (SUPPORTED, CONTRADICTED),
        )

    def _share(self, level: float) -> tuple[float | None, Interval]:
        """Return the share of a gap that is gone, with Fieller's interval for a ratio."""
        left, whole = self.gaps
        half = quantile(level, self.estimate.degrees)
        a = whole.mean**2 - (half * whole.error) ** 2
        if whole.mean < 0 or a <= 0:
            return None, (-inf, inf)
        b, c = left.mean * whole.mean, left.mean**2 - (half * left.error) ** 2
        root = sqrt(max(b * b - a * c, 0.0))
        return 1 - left.mean / whole.mean, (1 - (b + root) / a, 1 - (b - root) / a)

    def _seeds_needed(self, level: float) -> int | None:
        """Return the seeds of each network that decide at `level` with 90 % power, if means and
        spreads stay as they are, by a normal formula; None where no number would do."""
        estimate, distance = self.estimate, self.distance
        if not estimate.error or not 0 < distance < inf:
            return None
        spread = fsum(variance * runs for variance, runs in estimate.groups)
        return max(2, ceil(spread * (reach(level) / distance) ** 2))


def holm_levels(p_values: Mapping[Any, float], level: float) -> dict[Any, float]:
    """Return the level of each test by Holm's method: at rank k of m, in the order of p-values,
    level / (m - k + 1); from the first test on that misses it, that test's own for all."""
    levels, own, missed = {}, level, False
    for rank, name in enumerate(sorted(p_values, key=p_values.__getitem__)):
        own = own if missed else level / (len(p_values) - rank)
        missed = missed or p_values[name] > own
        levels[name] = own
    return levels


def reach(level: float) -> float:
    """Return the standard errors from 0 at which a contrast is seen at `level` with 90 % power."""
    return float(ndtri(1 - level / 2) + ndtri(0.9))
