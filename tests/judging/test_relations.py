import math

import pytest

from judging.relations import RELATIONS, Region


def region(relation: str, **numbers: float) -> Region:
    return RELATIONS[relation].region(**numbers)


@pytest.mark.parametrize(
    ("relation", "numbers", "inside", "outside"),
    [
        ("higher", {"margin": 0.02}, 0.021, 0.019),
        ("lower", {"margin": 0.02}, -0.021, -0.019),
        ("not_higher", {"margin": 0.02}, 0.02, 0.021),
        ("not_lower", {"margin": 0.02}, -0.02, -0.021),
        ("higher_by", {"low": 0, "high": 0.01}, 0.005, 0.011),
        ("lower_by", {"low": 0.025, "high": 0.03}, -0.028, -0.02),
        ("equal", {"tolerance": 0.003}, -0.003, 0.004),
        ("times_higher", {"factor": 2}, math.log(2.1), math.log(1.9)),
        ("times_lower", {"factor": 2}, math.log(1 / 2.1), math.log(1 / 1.9)),
        ("smaller_gain", {"margin": 0}, -0.001, 0.001),
        ("about", {"value": 0.945, "tolerance": 0.005}, 0.941, 0.939),
        ("within", {"low": 500, "high": 1000}, 1000, 1001),
        ("at_most", {"value": 0.05}, 0.05, 0.051),
        ("at_least", {"value": 0.01}, 0.01, 0.009),
        ("count", {"value": 50880}, 50880, 50881),
    ],
)
def test_a_relation_holds_on_its_own_side_of_its_numbers(
    relation: str, numbers: dict[str, float], inside: float, outside: float
) -> None:
    found = region(relation, **numbers)
    assert found.contains(inside, inside)
    assert not found.excludes(inside, inside)
    assert found.excludes(outside, outside)
    assert not found.contains(outside, outside)
    low, high = sorted((inside, outside))
    assert not found.contains(low, high)
    assert not found.excludes(low, high)


def test_no_difference_is_neither_higher_nor_lower() -> None:
    assert region("higher", margin=0).excludes(0, 0)
    assert region("lower", margin=0).excludes(0, 0)


def test_an_interval_without_end_fits_only_a_region_without_that_end() -> None:
    assert region("higher", margin=0).contains(0.1, math.inf)
    assert not region("higher", margin=0).contains(-math.inf, 0.1)
    assert not region("within", low=0, high=1).contains(0.5, math.inf)
    assert region("within", low=0, high=1).excludes(2, math.inf)
