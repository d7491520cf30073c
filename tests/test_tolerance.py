"""Where two versions of a file differ, and how far they may on another processor."""

import io
import math
from pathlib import Path

import numpy as np
import pytest

import tolerance
from tolerance import cells, largest, objection, relative

PAGE = Path(__file__).parents[1] / "docs/reproducibility.md"
RUNS = "seed,step,train_loss,validation_loss,validation_accuracy\n"
SEEDS = "seed,validation_loss\n"
EARLY = "seed,step,train_accuracy\n"


def compare(path: str, published: str, here: str) -> str:
    return objection(path, cells(path, published.encode()), cells(path, here.encode()))


def table(*rows: str) -> dict:
    return cells("plots/x.csv", "\n".join(("seed,step,loss", *rows, "")).encode())


def test_cells_are_named_by_keys_ids_and_lines():
    assert table("0,125,0.5") == {("seed 0", "step 125", "loss"): "0.5"}
    assert cells("x.csv", b"loss\n0.5\n") == {("line 2", "loss"): "0.5"}
    content = b'{"claims": [{"id": "a-1", "verdict": null}], "means": [1.50, true]}'
    assert cells("x.json", content) == {
        ("claims", "a-1", "id"): "a-1",
        ("claims", "a-1", "verdict"): "null",
        ("means", "0"): "1.50",
        ("means", "1"): "true",
    }
    file = io.BytesIO()
    np.save(file, np.array([[255, 1], [0, 3]], np.uint8))
    found = cells("plots/correct/x.npy", file.getvalue())
    assert found == {("row 0", "bits set"): "9", ("row 1", "bits set"): "2"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", b"a,b\n1\n"),
        ("x.csv", b"a,b\n1,%s\n" % (b"2" * 200_000)),  # longer than a field may be
        ("x.json", b"{"),
        ("x.json", b"[" * 100_000),
        ("x.npy", b"\x93NUMPY"),
        ("x.svg", b"\xff"),
    ],
)
def test_damaged_files_are_compared_by_line(name, content):
    lines = content.decode(errors="replace").splitlines()
    assert list(cells(name, content).values()) == lines


def test_relative_deviation_is_symmetric_and_infinite_for_words():
    assert relative("2", "1") == relative("1", "2") == 0.5
    assert relative("0.50", "0.50") == relative("0", "0.0") == relative("word", "word") == 0
    assert relative("supported", "contradicted") == relative("1", "nan") == math.inf


def test_the_largest_deviation_is_named_and_a_row_less_or_more_shifts_nothing():
    assert largest(table("0,0,1.0", "1,0,2.0"), table("0,0,1.1", "1,0,4.0")) == (
        0.5,
        "seed 1, step 0, loss: 2.0 -> 4.0 (2 of 2 values)",
    )
    found = largest(table("0,0,1.0", "0,1,2.0"), table("0,1,2.0", "0,2,3.0"))
    assert found == (math.inf, "1 values missing, 1 values too many")


def test_data_must_be_the_same_on_every_machine():
    assert objection("data/normalized", {}, {})
    assert compare("metrics/normalization.json", '{"mean": 33.5527}', '{"mean": 33.5528}')


def test_training_losses_of_the_first_steps_must_agree_closely_and_later_ones_need_not():
    published = RUNS + "0,125,0.5,0.6,0.8\n0,9000,0.5,0.6,0.8\n"
    rest = "0,9125,0.4,0.5,0.8\n"
    assert compare("plots/runs/plain.csv", published, RUNS + "0,125,0.504,0.7,0.9\n" + rest) == ""
    reason = compare("plots/runs/plain.csv", published, RUNS + "0,125,0.506,0.6,0.8\n" + rest)
    assert reason == "seed 0, step 125, train_loss: more than 0.01 of it off"
    assert compare("plots/runs/plain.csv", published, RUNS)


def test_means_over_seeds_must_agree_within_five_standard_errors():
    # Both variances 0.02, so a standard error of sqrt(0.04 / 2) = 0.1414, of which five are 0.707.
    published = SEEDS + "0,1.0\n1,1.2\n"
    assert compare("plots/seeds/plain.csv", published, SEEDS + "0,1.7\n1,1.9\n") == ""
    reason = compare("plots/seeds/plain.csv", published, SEEDS + "0,1.8\n1,2.0\n")
    assert reason == "validation_loss: mean 1.1 -> 1.9, over 5 standard errors"


def test_accuracies_of_the_first_epochs_are_compared_step_by_step():
    published = EARLY + "0,125,0.80\n1,125,0.81\n0,250,0.90\n1,250,0.91\n"
    here = EARLY + "0,125,0.80\n1,125,0.81\n0,250,0.97\n1,250,0.98\n"
    reason = compare("plots/early/plain.csv", published, here)
    assert reason.startswith("step 250, train_accuracy: mean 0.905 -> 0.975")


@pytest.mark.parametrize("here", ["0,1.0\n", "0,1.0\n1,word\n", "0,1.0\n1,nan\n", ""])
def test_seeds_that_cannot_be_compared_are_not_tolerated(here):
    assert compare("plots/seeds/plain.csv", SEEDS + "0,1.0\n1,1.2\n", SEEDS + here)


@pytest.mark.parametrize(
    ("published", "here", "tolerated"),
    [
        ("supported", "undecided", True),
        ("undecided", "contradicted", True),
        ("contradicted", "no difference that matters", True),
        ("undecided", "no difference that matters", True),
        ("supported", "contradicted", False),
        ("supported", "null", False),
        ("reproduced", "not reproduced", False),
    ],
)
def test_a_verdict_may_move_to_or_from_one_that_decides_nothing(published, here, tolerated):
    texts = [f'{{"claims": [{{"id": "a-1", "verdict": "{v}"}}]}}' for v in (published, here)]
    reason = compare("metrics/verdicts.json", *texts)
    assert reason == ("" if tolerated else f"claims, a-1, verdict: {published} -> {here}")


def test_a_claim_that_is_missing_is_not_tolerated():
    published = '{"claims": [{"id": "a-1", "verdict": "undecided"}]}'
    assert compare("metrics/verdicts.json", published, '{"claims": []}')


def test_the_gradient_check_may_differ_in_its_last_digit_and_figures_are_not_judged_twice():
    path, published = "metrics/gradient_check.json", '{"largest_difference": 7.9e-08}'
    assert compare(path, published, '{"largest_difference": 8e-08}') == ""
    assert compare(path, published, '{"largest_difference": 9e-08}')
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
