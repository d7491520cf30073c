import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from judging.inference import (
    NO_DIFFERENCE,
    NOTHING,
    RELATIONS,
    SUPPORTED,
    UNDECIDED,
    Estimate,
    Region,
    contrast,
    holm_levels,
    over_images,
    p_value,
    read,
    readings,
    runs_needed,
)

ABOVE_ZERO = Region(0, math.inf)
RANDOM = np.random.default_rng(7)


def test_two_groups_are_compared_as_by_welch() -> None:
    a, b = RANDOM.normal(1.0, 0.5, 9), RANDOM.normal(0.2, 2.0, 14)
    peer = stats.ttest_ind(a, b, equal_var=False)
    estimate = contrast((1, -1), (a, b))
    assert estimate.mean == pytest.approx(a.mean() - b.mean())
    assert estimate.interval(0.05) == pytest.approx(tuple(peer.confidence_interval(0.95)))
    assert p_value(estimate, readings(ABOVE_ZERO)) == pytest.approx(peer.pvalue)


def test_a_contrast_of_three_groups_worked_by_hand() -> None:
    groups = (np.array([1.0, 2.0, 3.0]), np.array([4.0, 8.0]), np.array([0.0, 1.0]))
    # Variances 1, 8, 0.5; with weights 1, -1/2, -1/2 the sources are 1/3, 1/4*8/2, 1/4*0.5/2.
    sources = [1 / 3, 1.0, 0.0625]
    degrees = sum(sources) ** 2 / (sources[0] ** 2 / 2 + sources[1] ** 2 + sources[2] ** 2)
    half = stats.t.ppf(0.975, degrees) * math.sqrt(sum(sources))
    estimate = contrast(RELATIONS["above_midpoint"].weights, groups)
    assert estimate.mean == pytest.approx(2 - (6 + 0.5) / 2)
    assert estimate.interval(0.05) == pytest.approx((estimate.mean - half, estimate.mean + half))


@pytest.mark.parametrize(
    ("relation", "numbers", "inside", "outside"),
    [
        ("higher", (0.02,), 0.021, 0.02),
        ("lower", (0.02,), -0.021, -0.02),
        ("not_higher", (0.02,), 0.02, 0.021),
        ("not_lower", (0.02,), -0.02, -0.021),
        ("higher_by", (0.0, 0.01), 0.005, 0.01),
        ("lower_by", (0.0, 0.01), -0.005, 0.005),
        ("equal", (0.01,), -0.01, 0.011),
        ("times_higher", (1.5,), math.log(1.6), math.log(1.4)),
        ("times_lower", (2,), math.log(0.4), math.log(0.6)),
        ("smaller_gain", (0,), -0.1, 0.1),
        ("smaller_fall", (0,), 0.1, -0.1),
        ("above_midpoint", (), 0.1, -0.1),
        ("below_midpoint", (), -0.1, 0.1),
        ("gap_halved", (), -0.1, 0.1),
        ("about", (46, 0.5), 46.5, 46.6),
        ("within", (500, 1000), 500, 499),
        ("at_most", (0.05,), 0.05, 0.06),
        ("at_least", (0.05,), 0.05, 0.04),
        ("count", (640,), 640, 641),
        ("one_run", (0.945, 0.0005), 0.9454, 0.946),
    ],
)
def test_a_relation_says_where_a_contrast_has_to_lie(
    relation: str, numbers: Sequence[float], inside: float, outside: float
) -> None:
    region = RELATIONS[relation].region(
        **dict(zip(RELATIONS[relation].numbers, numbers, strict=True))
    )
    assert region.contains(inside, inside)
    assert not region.contains(outside, outside)


def test_relations_weigh_networks_as_their_words_say() -> None:
    gap = np.array(RELATIONS["gap_halved"].weights) @ [10, 6, 10, 2]
    assert gap == 0  # a gap of 4 is exactly half of one of 8
    assert np.array(RELATIONS["smaller_gain"].weights) @ [1, 5, 6] == 1 - 4


def test_the_region_decides_before_the_margin_of_no_difference() -> None:
    possible = readings(Region(0, math.inf), margin=0.002)
    assert read((0.0005, 0.0015), possible) == SUPPORTED
    assert read((-0.0005, 0.0015), possible) == NO_DIFFERENCE
    assert read((-0.0005, 0.0025), possible) == UNDECIDED
    assert read((-0.0005, 0.0015), readings(Region(0, math.inf))) == UNDECIDED


def test_an_open_end_decides_nothing_that_lies_beyond_it() -> None:
    bound = Estimate(48.0, ((0.01, 5),), open_above=True)
    assert bound.interval(0.05)[1] == math.inf
    assert read(bound.interval(0.05), readings(Region(43, 49, True))) == UNDECIDED
    assert read(bound.interval(0.05), readings(Region(43, 46, True))) == "contradicted"
    assert p_value(bound, readings(Region(43, 49, True))) == 1
    assert p_value(NOTHING, readings(ABOVE_ZERO, 0.002)) == 1


@given(
    mean=st.floats(-5, 5),
    variances=st.lists(st.floats(0.001, 4), min_size=1, max_size=4),
    relation=st.sampled_from(["higher", "not_higher", "equal", "higher_by"]),
    number=st.floats(0, 5),
    margin=st.floats(0, 3),
    open_below=st.booleans(),
    open_above=st.booleans(),
    level=st.floats(0.0001, 0.2),
)
def test_the_interval_decides_exactly_where_its_level_reaches_the_p_value(
    mean: float,
    variances: list[float],
    relation: str,
    number: float,
    margin: float,
    open_below: bool,
    open_above: bool,
    level: float,
) -> None:
    region = RELATIONS[relation].region(
        *(number + i for i in range(len(RELATIONS[relation].numbers)))
    )
    estimate = Estimate(mean, tuple((v, 5.0) for v in variances), open_below, open_above)
    possible = readings(region, margin)
    p = p_value(estimate, possible)
    assume(abs(p - level) > 1e-9)
    assert (read(estimate.interval(level), possible) != UNDECIDED) == (p <= level)


def test_holms_levels_worked_by_hand() -> None:
    # Sorted: 0.005 <= 0.05 / 4, 0.01 <= 0.05 / 3, 0.03 > 0.05 / 2, whose level all others keep.
    assert holm_levels([0.01, 0.04, 0.03, 0.005], 0.05) == [0.05 / 3, 0.025, 0.025, 0.0125]
    assert holm_levels([], 0.05) == []


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holms_levels_decide_what_his_adjusted_p_values_do(p_values: list[float]) -> None:
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(np.argsort(p_values, kind="stable")):
        highest = max(highest, (len(p_values) - rank) * p_values[i])
        adjusted[i] = highest
    assume(all(abs(p - 0.05) > 1e-9 for p in adjusted))
    levels = holm_levels(p_values, 0.05)
    decided = [p <= level for p, level in zip(p_values, levels, strict=True)]
    assert decided == [p <= 0.05 for p in adjusted]


def test_the_interval_of_a_single_run_has_the_spread_of_a_run() -> None:
    runs = np.array([20.0, 23.0, 21.0, 22.0])
    half = 3.182446 * runs.std(ddof=1) * math.sqrt(1 + 1 / 4)  # t(0.975; 3) from a printed table
    predicted = contrast((1,), (runs,), one_run=True).interval(0.05)
    assert predicted == pytest.approx((21.5 - half, 21.5 + half))


def test_95_per_cent_of_new_pairs_of_runs_lie_in_the_interval_of_single_runs() -> None:
    inside = 0
    for _ in range(2000):
        a, b = RANDOM.normal(0.97, 0.001, 8), RANDOM.normal(0.95, 0.003, 8)
        low, high = contrast((1, -1), (a, b), one_run=True).interval(0.05)
        inside += low < RANDOM.normal(0.97, 0.001) - RANDOM.normal(0.95, 0.003) < high
    assert inside / 2000 == pytest.approx(0.95, abs=0.02)


def power(runs: int, mean: float, region: Region, margin: float, level: float) -> float:
    """How often so many runs of two networks decide, with spreads 1 and 2."""
    possible, decided = readings(region, margin), 0
    for _ in range(1500):
        groups = RANDOM.normal(mean, 1, runs), RANDOM.normal(0, 2, runs)
        decided += read(contrast((1, -1), groups).interval(level), possible) != UNDECIDED
    return decided / 1500


@pytest.mark.parametrize(
    ("mean", "region", "margin"),
    [(1.0, Region(0, math.inf), 0.0), (-1.0, Region(0, 3), 0.0), (0.1, Region(0, math.inf), 1.5)],
)
def test_the_runs_that_are_said_to_decide_do_so_in_nine_cases_of_ten(
    mean: float, region: Region, margin: float
) -> None:
    estimate = Estimate(mean, ((1 / 6, 5), (4 / 6, 5)))
    needed = runs_needed(estimate, (6, 6), readings(region, margin), 0.002)
    assert needed is not None
    assert power(needed, mean, region, margin, 0.002) == pytest.approx(0.9, abs=0.03)


def test_no_number_of_runs_decides_at_an_edge_or_at_an_open_end() -> None:
    within = readings(Region(43, 49, closed=True))
    assert runs_needed(Estimate(49.0, ((1, 5),)), (6,), within, 0.01) is None
    assert runs_needed(Estimate(48.0, ((1, 5),), open_above=True), (6,), within, 0.01) is None
    assert runs_needed(Estimate(48.0, ((1, 5),)), (6,), within, 0.01) is not None


def test_the_spread_over_images_and_seeds_is_that_of_a_bootstrap_of_both() -> None:
    difficulty = RANDOM.normal(1.3, 1, 1500)
    right = [
        difficulty + RANDOM.normal(0, 0.7, 1500) + RANDOM.normal(skill, 0.7, (10, 1500)) > 0
        for skill in (0.3, 0.0)
    ]
    seeds = contrast((1, -1), [group.mean(axis=1) for group in right])
    both = math.sqrt(seeds.error**2 + over_images((1, -1), right)[0])
    again = []
    for _ in range(1500):
        images = RANDOM.integers(0, 1500, 1500)
        means = [group[RANDOM.integers(0, 10, 10)][:, images].mean() for group in right]
        again.append(means[0] - means[1])
    assert both == pytest.approx(float(np.std(again)), rel=0.15)
    assert both > 1.3 * seeds.error
