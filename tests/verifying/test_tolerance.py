from pathlib import Path

import pytest

from verifying import tolerance
from verifying.deviation import cells
from verifying.tolerance import outside

PAGE = Path(__file__).parents[2] / "docs/reproducibility.md"


def compare(path: str, published: str, here: str) -> str:
    return outside(path, cells(path, published.encode()), cells(path, here.encode()))


RUNS = "seed,step,train_loss,validation_loss,validation_accuracy\n"
SEEDS = "seed,validation_loss\n"


def test_data_must_be_the_same_on_every_machine():
    assert outside("data/normalized", {}, {})
    assert compare("metrics/normalization.json", '{"mean": 33.5527}', '{"mean": 33.5528}')


def test_training_losses_of_the_first_steps_must_agree_closely():
    published = RUNS + "0,125,0.5,0.6,0.8\n"
    assert compare("plots/runs/plain.csv", published, RUNS + "0,125,0.504,0.7,0.9\n") == ""
    reason = compare("plots/runs/plain.csv", published, RUNS + "0,125,0.506,0.6,0.8\n")
    assert reason == "seed 0, step 125, train_loss: more than 0.01 of it off"
    assert compare("plots/runs/plain.csv", published, RUNS)


def test_later_checks_are_not_held_to_the_first():
    published, here = RUNS + "0,9000,0.5,0.6,0.8\n", RUNS + "0,9125,0.4,0.5,0.8\n"
    assert compare("plots/runs/plain.csv", published, here) == ""


def test_means_over_seeds_must_agree_within_five_standard_errors():
    # Both variances 0.02, so a standard error of sqrt(0.04 / 2) = 0.1414, of which five are 0.707.
    published = SEEDS + "0,1.0\n1,1.2\n"
    assert compare("plots/seeds/plain.csv", published, SEEDS + "0,1.7\n1,1.9\n") == ""
    reason = compare("plots/seeds/plain.csv", published, SEEDS + "0,1.8\n1,2.0\n")
    assert reason == "validation_loss: mean 1.1 -> 1.9, over 5 standard errors"


@pytest.mark.parametrize("here", ["0,1.0\n", "0,1.0\n1,word\n", ""])
def test_seeds_that_cannot_be_compared_are_not_tolerated(here):
    assert compare("plots/seeds/plain.csv", SEEDS + "0,1.0\n1,1.2\n", SEEDS + here)


@pytest.mark.parametrize(
    ("published", "here", "tolerated"),
    [
        ("supported", "within seed noise", True),
        ("within seed noise", "contradicted", True),
        ("supported", "contradicted", False),
        ("supported", "null", False),
    ],
)
def test_a_verdict_may_move_to_or_from_seed_noise_only(published, here, tolerated):
    texts = [f'{{"claims": [{{"id": "a-1", "verdict": "{v}"}}]}}' for v in (published, here)]
    reason = compare("metrics/verdicts.json", *texts)
    assert reason == ("" if tolerated else f"claims, a-1, verdict: {published} -> {here}")


def test_a_claim_that_is_missing_is_not_tolerated():
    published = '{"claims": [{"id": "a-1", "verdict": "within seed noise"}]}'
    assert compare("metrics/verdicts.json", published, '{"claims": []}')


def test_the_gradient_check_may_differ_in_the_last_digit_published():
    path, published = "metrics/gradient_check.json", '{"largest_difference": 7.9e-08}'
    assert compare(path, published, '{"largest_difference": 8e-08}') == ""
    assert compare(path, published, '{"largest_difference": 9e-08}')


def test_what_is_computed_from_other_results_is_not_judged_twice():
    assert compare("report/figures/loss.svg", "<svg/>", "<svg />") == ""


def test_the_limits_are_the_documented_ones():
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    limits = (
        f"| training loss up to step {tolerance.EARLY_STEP}, every seed | {tolerance.EARLY:.0%} |",
        f"| {tolerance.STANDARD_ERRORS} standard errors, and {tolerance.MEANS:.1%} of the mean |",
        f"| gradient check | {tolerance.GRADIENT_CHECK:.0e} |".replace("e-0", "e-"),
    )
    for limit in limits:
        words = limit.replace("%", " %")
        assert any(words in row for row in rows), words
