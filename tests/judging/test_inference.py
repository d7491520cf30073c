import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from judging.inference import (
    NO_DIFFERENCE,
    RELATIONS,
    SUPPORTED,
    UNDECIDED,
    Comparison,
    Estimate,
    Rule,
    contrast,
    holm_levels,
)

RANDOM = np.random.default_rng(7)
TWO = (1, -1)


def test_two_groups_are_compared_as_by_welch():
    a, b = RANDOM.normal(1.0, 0.5, 9), RANDOM.normal(0.2, 2.0, 14)
    peer = stats.ttest_ind(a, b, equal_var=False)
    estimate = contrast(TWO, (a, b))
    assert estimate.mean == pytest.approx(a.mean() - b.mean())
    assert estimate.interval(0.05) == pytest.approx(tuple(peer.confidence_interval(0.95)))
    assert Comparison(estimate, Rule("higher", 0.001)).p_value == pytest.approx(peer.pvalue)


def test_a_further_run_lies_in_the_prediction_interval_of_students_t():
    group = [1.0, 2.0, 3.0, 6.0]
    half = stats.t.ppf(0.975, 3) * np.std(group, ddof=1) * math.sqrt(1 + 1 / 4)
    assert contrast((1,), [group], one_run=True).interval(0.05) == pytest.approx(
        (3 - half, 3 + half)
    )


@pytest.mark.parametrize(
    ("relation", "inside", "outside"),
    [
        ("higher", 0.001, -0.001),
        ("lower", -0.001, 0.001),
        ("not_higher", 0.019, 0.021),
        ("not_lower", -0.019, -0.021),
        ("same", -0.019, 0.021),
        ("smaller_change", -0.1, 0.1),
        ("share", -0.1, 0.1),
        ("at_most", 0.049, 0.051),
        ("beyond_margin", 0.021, 0.019),
    ],
)
def test_a_relation_says_where_a_contrast_has_to_lie(relation, inside, outside):
    rule = Rule(relation, 0.02, (0.05, 0.05))
    assert rule.read(inside, inside) == SUPPORTED
    assert rule.read(outside, outside) == "contradicted"


def test_a_printed_figure_is_never_proved_only_excluded():
    rule = Rule("value", 0, (0.9445, 0.9455))
    assert rule.read(0.9446, 0.9454) == rule.read(0.9, 0.9446) == "consistent"
    assert rule.read(0.946, 0.95) == rule.read(0.9, 0.94) == "inconsistent"


def test_relations_weigh_networks_as_their_words_say():
    assert np.array(RELATIONS["share"]) @ [10, 6, 10, 2] == 0  # 4 is exactly half of 8
    assert np.array(RELATIONS["smaller_change"]) @ [1, 5, 6] == 1 - 4


def test_the_direction_decides_before_the_margin_of_no_difference():
    rule = Rule("higher", 0.002)
    assert rule.read(0.0005, 0.0015) == SUPPORTED
    assert rule.read(-0.0005, 0.0015) == NO_DIFFERENCE
    assert rule.read(-0.0005, 0.0025) == UNDECIDED


def test_a_direction_that_is_sure_may_be_too_small_to_matter():
    estimate = contrast(TWO, ([1.001, 1.0011, 1.0012], [1.0, 1.0001, 1.0002]))
    assert Comparison(estimate, Rule("higher", 0.01)).result(0.05).too_small
    assert not Comparison(estimate, Rule("higher", 0.001)).result(0.05).too_small


def test_an_open_end_decides_nothing_that_lies_beyond_it():
    bound = contrast((1,), [[47.9, 48.0, 48.1]], bounds=[1])
    assert bound.interval(0.05)[1] == math.inf
    assert Rule("value", 0, (43, 49)).read(*bound.interval(0.05)) == "consistent"
    assert Rule("value", 0, (43, 46)).read(*bound.interval(0.05)) == "inconsistent"
    assert Comparison(bound, Rule("value", 0, (43, 49))).p_value == 1


@given(
    estimate=st.builds(
        Estimate,
        st.floats(-5, 5),
        st.lists(st.tuples(st.floats(0.001, 4), st.just(6)), min_size=1, max_size=4).map(tuple),
        st.booleans(),
        st.booleans(),
    ),
    relation=st.sampled_from([name for name in RELATIONS if name != "count"]),
    margin=st.floats(0.01, 3),
    level=st.floats(0.0001, 0.2),
)
def test_the_interval_decides_exactly_where_its_level_reaches_the_p_value(
    estimate, relation, margin, level
):
    rule = Rule(relation, margin, (-1, 1))
    p_value = Comparison(estimate, rule).p_value
    assume(abs(p_value - level) > 1e-9)
    is_open = rule.read(*estimate.interval(level)) in (UNDECIDED, "consistent")
    assert is_open == (p_value > level)


def test_holms_levels_worked_by_hand():
    # Sorted: 0.005 <= 0.05 / 4, 0.01 <= 0.05 / 3, 0.03 > 0.05 / 2, whose level all others keep.
    levels = {"b": 0.05 / 3, "d": 0.025, "c": 0.025, "a": 0.0125}
    assert holm_levels({"b": 0.01, "d": 0.04, "c": 0.03, "a": 0.005}, 0.05) == levels


def test_a_share_and_its_interval_are_those_of_a_simulation():
    means, spreads, counts = (2.0, 1.0, 5.0, 1.0), (0.3, 0.2, 0.6, 0.2), (24, 24, 24, 32)
    covered = 0
    for _ in range(400):
        groups = [RANDOM.normal(*each) for each in zip(means, spreads, counts, strict=True)]
        gaps = contrast(TWO, groups[:2]), contrast(TWO, groups[2:])
        estimate = contrast(RELATIONS["share"], groups)
        low, high = Comparison(estimate, Rule("share", 0), gaps=gaps).result(0.05).interval
        covered += low < 0.75 < high  # of a gap of 4 one is left
    assert covered / 400 == pytest.approx(0.95, abs=0.03)


def test_the_share_of_a_gap_that_may_be_none_cannot_be_told():
    groups = [[1.0, 1.2, 0.9], [1.0, 1.1, 0.8], [1.1, 0.9, 1.3], [1.0, 1.2, 0.8]]
    gaps = contrast(TWO, groups[:2]), contrast(TWO, groups[2:])
    found = Comparison(contrast(RELATIONS["share"], groups), Rule("share", 0), gaps=gaps).result(
        0.05
    )
    assert (found.verdict, found.difference, found.interval) == (UNDECIDED, None, (None, None))


@pytest.mark.parametrize(("mean", "margin"), [(0.5, 0.01), (0.1, 0.6)])
def test_the_seeds_that_are_said_to_decide_do_so_in_nine_cases_of_ten(mean, margin):
    rule = Rule("higher", margin)
    few = Estimate(mean, ((1 / 6, 6), (4 / 6, 6)), open_below=False, open_above=False)
    needed = Comparison(few, rule).result(0.002).seeds_needed
    decided = 0
    for _ in range(1500):
        groups = RANDOM.normal(mean, 1, needed), RANDOM.normal(0, 2, needed)
        decided += rule.read(*contrast(TWO, groups).interval(0.002)) != UNDECIDED
    assert decided / 1500 == pytest.approx(0.9, abs=0.03)


def test_no_number_of_seeds_decides_at_an_edge_or_at_an_open_end():
    edge = contrast((1,), [[0.019, 0.02, 0.021]])
    assert Comparison(edge, Rule("not_higher", 0.02)).result(0.05).seeds_needed is None
    far = contrast((1,), [[0.0, 0.5, 0.9]], bounds=[1])
    assert Comparison(far, Rule("not_higher", 1.0)).result(0.05).seeds_needed is None
