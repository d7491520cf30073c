"""Sizes, quantities and quotations in words."""

import re

import pytest
from projects import HERE
from verdict_entries import FIGURE, LOSS, part, verdict

from judging.claims import read_claims
from reporting import wording
from reporting.wording import compared, for_people, measured, plain, quantity, quotation

STEPS = {"quantity": "steps_to_accuracy", "level": 0.9}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "+4.07 points (+3.73 to +4.42)"),
        (LOSS | {"difference": -0.0101, "interval": (None, 0.0004)}, "−0.010 nats (… to 0.000)"),
        (
            STEPS | {"difference": -50, "interval": (-60, -40), "means": [150, 200]},
            "−25 % (−30 to −20)",
        ),
        ({"relation": "share", "difference": 0.75, "interval": (0.5, 1.04)}, "75 % (50 to 104)"),
        (FIGURE | {"difference": 0.9, "interval": (0.89, 0.91)}, "0.9000 (0.8900 to 0.9100)"),
        ({"quantity": "extra_inputs", "difference": None, "means": [1.0]}, "1 input"),
        (
            LOSS | {"relation": None, "difference": None, "means": [0.0042, 0.5]},
            "0.004 nats and 0.500 nats",
        ),
    ],
)
def test_a_size_has_its_unit_and_its_interval(given: dict, text: str) -> None:
    assert measured(part(**given)).replace("\u00a0", " ") == text


def test_a_quantity_is_called_by_its_words_with_what_it_depends_on() -> None:
    assert quantity(part(**STEPS)) == "steps to 90\u00a0% accuracy"


def test_networks_are_called_by_their_names_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    text = compared(part(variants=["momentum", "plain"]))
    assert text == "accuracy: one layer of 64, momentum, less the original network"


def test_a_verdict_says_what_one_has_to_know_beside_it() -> None:
    text = wording.verdict(verdict(verdict="undecided", seeds_needed=1200))
    assert text == "undecided; 1,200 seeds of each would tell"
    text = wording.verdict(verdict(verdict="contradicted", too_small=True))
    assert text == "contradicted, but too small to matter"


def test_what_a_report_says_carries_no_markup_but_its_formulae() -> None:
    assert quotation("it is $x = 1$") == "“it is $`x = 1`$ ”"
    hostile = "<img src=x onerror=alert(1)> [here](http://a.b) **a** | b $`<b>`$"
    text = str(quotation(hostile))
    assert not re.search(r"<(?!/?sub)|(?<!\\)[|\[*]", text)
    assert "&lt;img" in text
    assert plain(None) is None


def test_people_read_of_test_images_where_a_report_says_validation() -> None:
    text = "Validation loss and accuracy rise, to a validation accuracy of 0.9."
    read = "Loss and accuracy on test images rise, to an accuracy on test images of 0.9."
    assert for_people(text) == read
    for report in read_claims(HERE).values():
        for claim in report:
            assert "validation" not in for_people(claim.statement + claim.reason).lower()
