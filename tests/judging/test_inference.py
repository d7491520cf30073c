import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from judging.inference import (
    CONTRADICTED,
    EXACT,
    IDENTICAL,
    NOISE,
    ONE_SEED,
    SUPPORTED,
    Finding,
    Sample,
    find,
    holm,
    p_value,
)
from judging.relations import RELATIONS, Region

# Mean 3.5, variance 17.5 / 5, standard error sqrt(3.5 / 6); t(0.975; 5) from a printed table.
ONE_TO_SIX = np.arange(1.0, 7.0)
HALF_WIDTH = 2.570582 * math.sqrt(3.5 / 6)
ABOVE_ZERO = Region(0, math.inf)


def found(*values: float, region: Region = ABOVE_ZERO, **how: bool) -> Finding:
    return find(Sample(np.array(values), **how), region)


def two_sided_p_of_five_degrees(t: float) -> float:
    """Student's t in closed form (Abramowitz and Stegun 26.7.3, five degrees of freedom)."""
    angle = math.atan(t / math.sqrt(5))
    inside = angle + math.sin(angle) * (math.cos(angle) + 2 / 3 * math.cos(angle) ** 3)
    return 1 - 2 / math.pi * inside


def test_the_interval_of_six_numbers_worked_by_hand() -> None:
    finding = found(*ONE_TO_SIX)
    assert finding.mean == 3.5
    assert finding.interval == pytest.approx((3.5 - HALF_WIDTH, 3.5 + HALF_WIDTH), rel=1e-6)
    assert finding.verdict == SUPPORTED


def test_the_p_value_of_six_numbers_worked_by_hand() -> None:
    t = 3.5 / math.sqrt(3.5 / 6)
    assert found(*ONE_TO_SIX).p_value == pytest.approx(two_sided_p_of_five_degrees(t))


def test_a_claim_is_supported_contradicted_or_neither_by_where_the_interval_lies() -> None:
    low, high = 3.5 - HALF_WIDTH, 3.5 + HALF_WIDTH
    assert found(*ONE_TO_SIX, region=Region(low - 0.01, math.inf)).verdict == SUPPORTED
    assert found(*ONE_TO_SIX, region=Region(low + 0.01, math.inf)).verdict == NOISE
    assert found(*ONE_TO_SIX, region=Region(high + 0.01, math.inf)).verdict == CONTRADICTED


def test_nearly_equal_asks_for_an_interval_within_the_tolerance() -> None:
    equal = RELATIONS["equal"].region
    assert found(*ONE_TO_SIX, region=equal(tolerance=5.5)).verdict == SUPPORTED
    assert found(*ONE_TO_SIX, region=equal(tolerance=3.5)).verdict == NOISE
    assert found(*ONE_TO_SIX, region=equal(tolerance=1.5)).verdict == CONTRADICTED


def test_one_seed_gives_no_interval_and_no_verdict() -> None:
    assert found(0.3) == Finding(0.3, None, None, None, ONE_SEED)


def test_an_exact_count_needs_no_second_seed() -> None:
    count = RELATIONS["count"].region
    assert found(50880, region=count(value=50880), exact=True) == Finding(
        50880, (50880, 50880), None, SUPPORTED, EXACT
    )
    assert found(50880, region=count(value=50881), exact=True).verdict == CONTRADICTED


def test_equal_numbers_of_all_seeds_are_not_tested() -> None:
    assert found(0.1, 0.1, 0.1) == Finding(
        pytest.approx(0.1), (pytest.approx(0.1),) * 2, None, SUPPORTED, IDENTICAL
    )
    assert found(0.0, 0.0).verdict == CONTRADICTED


def test_a_bound_from_below_supports_more_but_never_less() -> None:
    values = {"open_above": True}
    assert found(*ONE_TO_SIX, **values).verdict == SUPPORTED
    assert found(*ONE_TO_SIX, **values).interval[1] == math.inf
    assert found(*-ONE_TO_SIX, **values).verdict == NOISE
    assert found(*-ONE_TO_SIX, **values).p_value == 1
    assert found(*-ONE_TO_SIX, open_below=True).verdict == CONTRADICTED
    assert found(50.0, 50.0, region=Region(43, 49, True), open_above=True).verdict == CONTRADICTED
    assert found(48.0, 48.0, region=Region(43, 49, True), open_above=True).verdict == NOISE


@given(
    st.lists(st.floats(-10, 10), min_size=2, max_size=8),
    st.sampled_from(["higher", "not_higher", "equal", "higher_by"]),
    st.floats(0, 5),
    st.booleans(),
    st.booleans(),
)
def test_the_interval_decides_exactly_where_the_p_value_is_under_five_per_cent(
    values: list[float], relation: str, number: float, open_below: bool, open_above: bool
) -> None:
    assume(np.std(values) > 1e-3)
    names = RELATIONS[relation].numbers
    region = RELATIONS[relation].region(*(number + i for i in range(len(names))))
    sample = Sample(np.array(values), open_below, open_above)
    p = p_value(sample, region)
    assume(abs(p - 0.05) > 1e-6)
    assert (find(sample, region).verdict != NOISE) == (p < 0.05)


def test_holm_worked_by_hand() -> None:
    # Sorted: 0.005 * 4, 0.01 * 3, 0.03 * 2, 0.04 * 1; the last may not fall below the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_of_none_one_and_large_p_values() -> None:
    assert holm([]) == []
    assert holm([0.04]) == [0.04]
    assert holm([0.6, 0.9]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_never_lowers_a_p_value_and_keeps_their_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(p <= a <= 1 for p, a in zip(p_values, adjusted, strict=True))
    order = np.argsort(p_values, kind="stable")
    assert list(np.array(adjusted)[order]) == sorted(adjusted)
