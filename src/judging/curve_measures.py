"""Numbers read off one run's curve: when it crosses a level, how it jumps, drifts, parts.

A curve is an array with one value a check, in order of time; `steps`: the gradient step of each.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]


class Unmeasurable(ValueError):
    """These runs are too short for the quantity, or its value has no meaning; one line says why."""


class Measured(NamedTuple):
    """A measurement, or a bound: `at_least`: the run ended first, and the true value is this or
    more; `at_most`: what was recorded lags behind, and the true value is this or less."""

    value: float
    at_least: bool = False
    at_most: bool = False


def first_step_at(steps: Curve, values: Curve, threshold: float) -> Measured:
    """The step at which a rising curve first reaches `threshold`; for a falling one negate both.

    Between the check before and the check after, on the straight line that joins them. A curve that
    never gets there is measured at its last step, `at_least`.
    """
    there = np.flatnonzero(values >= threshold)
    if not len(there):
        return Measured(float(steps[-1]), at_least=True)
    i = int(there[0])
    if i == 0:
        return Measured(float(steps[0]))
    way = (threshold - values[i - 1]) / (values[i] - values[i - 1])
    return Measured(float(steps[i - 1] + way * (steps[i] - steps[i - 1])))


def noise(values: Curve, window: int) -> float:
    """The root mean square distance of a curve from its own running mean over `window` checks.

    `window` is odd and the mean centred; half a window at either end is left out. Raises
    Unmeasurable where the curve is too short for that.
    """
    if len(values) <= window:
        raise Unmeasurable(f"{len(values)} checks are too few for a window of {window}")
    half = window // 2
    running_mean = np.convolve(values, np.full(window, 1 / window), mode="valid")
    around = values[half : len(values) - half] - running_mean
    return float(np.sqrt(np.mean(around**2)))


def drift(values: Curve, window: int) -> float:
    """The mean of the last `window` checks, less that of as many before. Raises Unmeasurable."""
    if len(values) < 2 * window:
        raise Unmeasurable(f"{len(values)} checks are too few for two windows of {window}")
    return float(values[-window:].mean() - values[-2 * window : -window].mean())


def parting_step(steps: Curve, gaps: Curve, gap: float, checks: int) -> Measured:
    """The first step from which on `gaps` is `gap` or more for `checks` checks in a row.

    Curves that never part are measured at the last step, `at_least`.
    """
    apart = gaps >= gap
    for i in range(len(apart) - checks + 1):
        if apart[i : i + checks].all():
            return Measured(float(steps[i]))
    return Measured(float(steps[-1]), at_least=True)
