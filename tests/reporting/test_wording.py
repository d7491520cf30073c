"""Quantities and numbers in words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdict_entries import part

from reporting.wording import claimed, estimate, means, plain, quantity

LOWER = {
    **{"scale": "ratio", "relation": "times_lower", "numbers": {"factor": 1.5}, "unit": "steps"},
    **{"difference": 0.05714, "interval": (0.05208, 0.0625), "claimed": (None, 0.666667)},
    "means": (377.1, 6610.2),
}


@pytest.mark.parametrize(
    ("name", "parameters", "text"),
    [
        (
            "steps_to_validation_accuracy",
            {"threshold": 0.88},
            "steps to a validation accuracy of 88\u00a0%",
        ),
        ("layer_weights", {"layer": "first"}, "number of weights in the first layer"),
        ("final_training_loss", {}, "final training loss"),
    ],
)
def test_a_quantity_is_said_in_words(name: str, parameters: dict[str, Any], text: str) -> None:
    assert quantity(part(quantity=name, parameters=parameters)) == text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "**+0.0407** [+0.0373, +0.0442]"),
        (
            {"difference": -0.0005, "interval": (-0.00096932, -0.00003068)},
            "**−0.00050** [−0.00097, −0.00003]",
        ),
        (
            {"difference": 0.294, "interval": (0.2826, 0.3054), "scale": "value", "unit": "nats"},
            "**0.294** [0.283, 0.305] nats",
        ),
        (
            {"difference": -1744.0, "interval": (-1927.0, -1561.0), "unit": "steps"},
            "**−1,740** [−1,930, −1,560] steps",
        ),
        (
            {"difference": 6.4e9, "interval": (2.27e9, 1.06e10), "unit": "multiply-accumulates"},
            "**+6.4** [+2.3, +10.6] billion multiply-accumulates",
        ),
        (
            {"difference": 640.0, "interval": (640.0, 640.0), "scale": "value", "unit": "weights"},
            "**640** weights",
        ),
        ({"interval": (0.03731, None)}, "**+0.0407** [+0.0373, …]"),
        ({"difference": 0.0, "interval": (0.0, 0.0)}, "**0**"),
        ({"difference": None, "interval": (None, None)}, "not measurable"),
        (LOWER, "**17.5** [16.0, 19.2] times as fast"),
        (LOWER | {"interval": (0.05208, None)}, "**17.5** […, 19.2] times as fast"),
        (LOWER | {"unit": "nats"}, "**17.5** [16.0, 19.2] times lower"),
        (
            {"scale": "ratio", "relation": "times_higher", "unit": "numbers"}
            | {"difference": 2.0, "interval": (2.0, 2.0), "numbers": {"factor": 1.5}},
            "**2** times as many numbers",
        ),
    ],
)
def test_numbers_say_what_the_words_say_with_two_digits_of_what_is_uncertain(
    given: dict[str, Any], text: str
) -> None:
    assert estimate(part(**given)) == text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"claimed": (0.02, None)}, ">\u00a0+0.02"),
        (LOWER, ">\u00a01.5 times as fast"),
        (
            {"relation": "lower_by", "numbers": {"low": 0.025, "high": 0.03}}
            | {"claimed": (-0.03, -0.025)},
            "−0.03 to −0.025",
        ),
        (
            {"relation": "not_higher", "numbers": {"margin": 0.002}, "claimed": (None, 0.002)},
            "≤\u00a0+0.002",
        ),
        (
            {"relation": "count", "numbers": {"value": 50240}, "claimed": (50240.0, 50240.0)}
            | {"scale": "value", "difference": 50240.0, "unit": "weights"},
            "50,240",
        ),
    ],
)
def test_what_is_claimed_is_said_in_the_unit_of_what_was_measured(
    given: dict[str, Any], text: str
) -> None:
    assert claimed(part(**given)) == text


def test_the_means_behind_a_ratio_have_three_digits() -> None:
    assert means(part(**LOWER)) == "`b`\u00a0377, `a`\u00a06,610"
    assert means(part(**LOWER | {"means": (7.76e10, 128)})) == "`b`\u00a077.6 billion, `a`\u00a0128"


@pytest.mark.fuzz
@given(st.floats(1e-9, 1e12))
def test_a_number_without_exponent_has_six_digits(value: float) -> None:
    assert float(plain(value).replace(",", "")) == pytest.approx(value, rel=1e-5)


MEANS = {
    **{"parameters": 50880, "epochs": 47.1, "train_loss": 0.0764791},
    **{"validation_loss": 0.293884, "validation_loss_std": 0.0108014},
    **{"validation_accuracy": 0.91835, "validation_accuracy_std": None},
}
