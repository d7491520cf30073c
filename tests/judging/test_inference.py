import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from judging.inference import (
    RELATIONS,
    SUPPORTED,
    UNDECIDED,
    Comparison,
    Estimate,
    Rule,
    contrast,
)

RANDOM = np.random.default_rng(7)
TWO = (1, -1)


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
