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

ABOVE_ZERO = Region(0)
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
        ("count", (640,), 640, 641),
        ("one_run", (0.945, 0.0005), 0.9454, 0.946),
    ],
)
def test_a_relation_says_where_a_contrast_has_to_lie(
    relation: str, numbers: Sequence[float], inside: float, outside: float
) -> None:
    rule = RELATIONS[relation]
    region = rule.region(**dict(zip(rule.numbers, numbers, strict=True)))
    assert region.contains(inside, inside)
    assert not region.contains(outside, outside)


def test_relations_weigh_networks_as_their_words_say() -> None:
    gap = np.array(RELATIONS["gap_halved"].weights) @ [10, 6, 10, 2]
    assert gap == 0  # a gap of 4 is exactly half of one of 8
    assert np.array(RELATIONS["smaller_gain"].weights) @ [1, 5, 6] == 1 - 4


def test_the_region_decides_before_the_margin_of_no_difference() -> None:
    possible = readings(ABOVE_ZERO, margin=0.002)
    assert read((0.0005, 0.0015), possible) == SUPPORTED
    assert read((-0.0005, 0.0015), possible) == NO_DIFFERENCE
    assert read((-0.0005, 0.0025), possible) == UNDECIDED
    assert read((-0.0005, 0.0015), readings(ABOVE_ZERO)) == UNDECIDED


def test_an_open_end_decides_nothing_that_lies_beyond_it() -> None:
    bound = Estimate(48.0, ((0.01, 5),), open_above=True)
    assert bound.interval(0.05)[1] == math.inf
    assert read(bound.interval(0.05), readings(Region(43, 49, True))) == UNDECIDED
    assert read(bound.interval(0.05), readings(Region(43, 46, True))) == "contradicted"
    assert p_value(bound, readings(Region(43, 49, True))) == 1
    assert p_value(NOTHING, readings(ABOVE_ZERO, 0.002)) == 1


@given(
    estimate=st.builds(
        Estimate,
        st.floats(-5, 5),
        st.lists(st.tuples(st.floats(0.001, 4), st.just(5.0)), min_size=1, max_size=4).map(tuple),
        st.booleans(),
        st.booleans(),
    ),
    region=st.sampled_from([Region(0.5), Region(high=1, closed=True), Region(-1, 1), Region(2, 4)]),
    margin=st.floats(0, 3),
    level=st.floats(0.0001, 0.2),
)
def test_the_interval_decides_exactly_where_its_level_reaches_the_p_value(
    estimate: Estimate, region: Region, margin: float, level: float
) -> None:
    possible = readings(region, margin)
    p = p_value(estimate, possible)
    assume(abs(p - level) > 1e-9)
    assert (read(estimate.interval(level), possible) != UNDECIDED) == (p <= level)


def test_holms_levels_worked_by_hand() -> None:
    # Sorted: 0.005 <= 0.05 / 4, 0.01 <= 0.05 / 3, 0.03 > 0.05 / 2, whose level all others keep.
    assert holm_levels([0.01, 0.04, 0.03, 0.005], 0.05) == [0.05 / 3, 0.025, 0.025, 0.0125]
    assert holm_levels([], 0.05) == []


def power(runs: int, mean: float, region: Region, margin: float, level: float) -> float:
    """How often so many runs of two networks decide, with spreads 1 and 2."""
    decided = 0
    for _ in range(1500):
        estimate = contrast((1, -1), (RANDOM.normal(mean, 1, runs), RANDOM.normal(0, 2, runs)))
        decided += read(estimate.interval(level), readings(region, margin)) != UNDECIDED
    return decided / 1500


@pytest.mark.parametrize(
    ("mean", "region", "margin"),
    [(1.0, ABOVE_ZERO, 0.0), (-1.0, Region(0, 3), 0.0), (0.1, ABOVE_ZERO, 1.5)],
)
def test_the_runs_that_are_said_to_decide_do_so_in_nine_cases_of_ten(
    mean: float, region: Region, margin: float
) -> None:
    estimate = Estimate(mean, ((1 / 6, 5), (4 / 6, 5)))
    needed = runs_needed(estimate, readings(region, margin), 0.002)
    assert needed is not None
    assert power(needed, mean, region, margin, 0.002) == pytest.approx(0.9, abs=0.03)


def test_no_number_of_runs_decides_at_an_edge_or_at_an_open_end() -> None:
    within = readings(Region(43, 49, closed=True))
    assert runs_needed(Estimate(49.0, ((1, 5),)), within, 0.01) is None
    assert runs_needed(Estimate(48.0, ((1, 5),), open_above=True), within, 0.01) is None
    assert runs_needed(Estimate(48.0, ((1, 5),)), within, 0.01) is not None


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
