import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdict_entries import entry

from reporting.numbers import claimed, means, measured, span


def test_two_digits_of_the_half_width_are_shown() -> None:
    # Half-widths 0.00342, 0.00047, 183.3 and 1.43.
    assert measured(entry()) == "**+0.0407** [+0.0373,\u00a0+0.0442]"
    narrow = entry(difference=-0.0005, interval=[-0.00096932, -0.00003068])
    assert measured(narrow) == "**−0.00050** [−0.00097,\u00a0−0.00003]"
    steps = entry(unit="steps", difference=-1743.78, interval=[-1927.06, -1560.5])
    assert measured(steps) == "**−1,740** [−1,930,\u00a0−1,560] steps"
    epochs = entry(unit="epochs", scale="value", difference=21.7, interval=[20.27, 23.13])
    assert measured(epochs) == "**21.7** [20.3,\u00a023.1] epochs"


def test_a_ratio_that_was_claimed_lower_is_turned_over() -> None:
    ratio = {"scale": "ratio", "unit": "nats", "interval": [0.4, 0.625], "claimed": [None, 0.25]}
    lower = entry(relation="times_lower", difference=0.5, **ratio)
    assert measured(lower) == "**2.00** [1.60,\u00a02.50] times lower"
    assert claimed(lower) == "more than 4 times lower"


def test_a_ratio_that_was_claimed_higher_stays() -> None:
    higher = entry(
        scale="ratio",
        relation="times_higher",
        difference=6.006,
        interval=[4.63871, 7.77631],
        claimed=[1.5, None],
    )
    assert measured(higher) == "**6.0** [4.6,\u00a07.8] times higher"
    assert claimed(higher) == "more than 1.5 times higher"


@pytest.mark.parametrize(
    ("number", "unit", "shown"),
    [
        (50880.0, "weights", "**50,880** weights"),
        (59.5408, "units", "**59.5408** units"),
        (7.9e-08, "nats per unit of weight", "**7.9·10⁻⁸** nats per unit of weight"),
        (1234567.0, "weights", "**1,234,567** weights"),
    ],
)
def test_an_exact_number_has_no_interval(number: float, unit: str, shown: str) -> None:
    exact = entry(scale="value", unit=unit, difference=number, interval=[number, number])
    assert measured(exact) == shown


def test_an_open_end_is_shown_as_open() -> None:
    opened = entry(unit="epochs", difference=-25.4, interval=[None, -23.1669])
    assert measured(opened) == "**−25.4** […,\u00a0−23.2] epochs"
    both = entry(unit="epochs", difference=-25.4, interval=[None, None])
    assert measured(both) == "**−25.4** […,\u00a0…] epochs"


def test_billions_are_counted_in_billions() -> None:
    work = entry(
        unit="multiply-accumulates",
        difference=6.41707e9,
        interval=[2.27027e9, 10.5639e9],
        means=[105.644e9, 32.8363e9],
    )
    assert measured(work) == "**+6.4** [+2.3,\u00a0+10.6] billion multiply-accumulates"
    assert means(work) == "106 against 32.8 billion multiply-accumulates"


def test_one_seed_has_no_interval() -> None:
    assert measured(entry(interval=None)) == "**+0.04073**"


def test_what_could_not_be_measured_says_so() -> None:
    nothing = entry(difference=None, interval=None, means=[], per_seed=[])
    assert measured(nothing) == "not measurable"
    assert span(nothing) == "–"


def test_zero_has_no_sign() -> None:
    assert measured(entry(difference=-1e-7, interval=[-0.01, 0.01])).startswith("**0.000**")


@pytest.mark.parametrize(
    ("relation", "scale", "ends", "shown"),
    [
        ("higher", "difference", [0.02, None], "more than +0.02"),
        ("higher", "difference", [0.0, None], "more than 0"),
        ("lower", "difference", [None, 0.0], "less than 0"),
        ("not_higher", "difference", [None, 0.01], "at most +0.01"),
        ("not_lower", "difference", [-0.01, None], "at least −0.01"),
        ("lower_by", "difference", [-0.03, -0.025], "−0.03 to −0.025"),
        ("equal", "difference", [-0.003, 0.003], "−0.003 to +0.003"),
        ("about", "value", [59.535, 59.545], "59.535 to 59.545"),
        ("within", "value", [500.0, 1000.0], "500 to 1,000"),
        ("count", "value", [640.0, 640.0], "exactly 640"),
        ("at_most", "value", [None, 1e-06], "at most 1·10⁻⁶"),
    ],
)
def test_what_the_words_claim(relation: str, scale: str, ends: list, shown: str) -> None:
    assert claimed(entry(relation=relation, scale=scale, claimed=ends)) == shown


def test_the_means_behind_a_difference_are_as_precise_as_it_is() -> None:
    assert means(entry()) == "0.9591 against 0.9183"
    gain = entry(scale="gain", means=[0.91835, 0.95908, 0.96283])
    assert means(gain) == "0.9183, then 0.9591, then 0.9628"
    ratio = entry(scale="ratio", relation="times_lower", unit="steps", means=[376.702, 6614.85])
    assert means(ratio) == "377 against 6,615 steps"


def test_the_span_of_single_runs() -> None:
    assert span(entry(scale="value", per_seed=[0.9146, 0.9231])) == "0.9146 to 0.9231"


@pytest.mark.fuzz
@given(st.floats(-1e8, 1e8), st.floats(1e-8, 1e8))
def test_rounding_moves_nothing_by_more_than_a_twentieth_of_the_half_width(
    middle: float, half: float
) -> None:
    interval = [middle - half, middle + half]
    shown = measured(entry(unit="steps", difference=middle, interval=interval))
    numbers = re.findall(r"[+−]?[\d,]*\d(?:\.\d+)?", shown)
    read = [float(number.replace("−", "-").replace(",", "")) for number in numbers]
    width = max(abs(end - middle) for end in interval)
    for number, exact in zip(read, [middle, *interval], strict=True):
        assert math.isclose(number, exact, abs_tol=0.0501 * width, rel_tol=1e-12)
