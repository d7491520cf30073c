"""The relations that a claim can state, each as a region where the measured number has to lie.

The measured number of a seed is, with q the claim's quantity:
  of one variant     q itself,
  of two             q(first) - q(second), or q(first) / q(second) for the relations in `times`,
  of three           what the third gained on the second, less what the second gained on the first.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

# What each variant's quantity is multiplied with before all are added up.
WEIGHTS = {1: (1.0,), 2: (1.0, -1.0), 3: (1.0, -2.0, 1.0)}


class Region(NamedTuple):
    """The numbers from `low` to `high`; `closed`: these two belong to it."""

    low: float
    high: float
    closed: bool = False

    def contains(self, low: float, high: float) -> bool:
        """Whether everything from `low` to `high` lies in the region."""
        if self.closed:
            return self.low <= low and high <= self.high
        # A region without end on one side holds an interval without end on that side.
        above = low > self.low or self.low == -math.inf
        return above and (high < self.high or self.high == math.inf)

    def excludes(self, low: float, high: float) -> bool:
        """Whether nothing from `low` to `high` lies in the region."""
        if self.closed:
            return high < self.low or low > self.high
        return high <= self.low or low >= self.high


class Relation(NamedTuple):
    """`region(**numbers)` is what the claim says; `ratio`: of quotients, given as logarithms."""

    variants: int
    numbers: tuple[str, ...]
    region: Callable[..., Region]
    ratio: bool = False


def _above(margin: float) -> Region:
    return Region(margin, math.inf)


def _below(margin: float) -> Region:
    return Region(-math.inf, -margin)


RELATIONS = {
    "higher": Relation(2, ("margin",), _above),
    "lower": Relation(2, ("margin",), _below),
    "not_higher": Relation(2, ("margin",), lambda margin: Region(-math.inf, margin, True)),
    "not_lower": Relation(2, ("margin",), lambda margin: Region(-margin, math.inf, True)),
    "higher_by": Relation(2, ("low", "high"), lambda low, high: Region(low, high)),
    "lower_by": Relation(2, ("low", "high"), lambda low, high: Region(-high, -low)),
    "equal": Relation(2, ("tolerance",), lambda tolerance: Region(-tolerance, tolerance, True)),
    "times_higher": Relation(2, ("factor",), lambda factor: _above(math.log(factor)), ratio=True),
    "times_lower": Relation(2, ("factor",), lambda factor: _below(math.log(factor)), ratio=True),
    "smaller_gain": Relation(3, ("margin",), _below),
    "about": Relation(
        1,
        ("value", "tolerance"),
        lambda value, tolerance: Region(value - tolerance, value + tolerance, True),
    ),
    "within": Relation(1, ("low", "high"), lambda low, high: Region(low, high, True)),
    "at_most": Relation(1, ("value",), lambda value: Region(-math.inf, value, True)),
    "at_least": Relation(1, ("value",), lambda value: Region(value, math.inf, True)),
    "count": Relation(1, ("value",), lambda value: Region(value, value, True)),
}
