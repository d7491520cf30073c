import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hand_made import claim, comparison, runs
from refusals import refusal

from judging.claims import Claim, Margins, Protocol
from judging.verdicts import Verdict, judge_claims, read_verdicts
from workflow import files

MARGINS = Margins(fraction=0.002, nats=0.01, relative=0.1)
PROTOCOL = Protocol(pilot_seeds=6, confidence=0.95, margins=MARGINS, frozen="")
LOW, HIGH, NEAR = [0.10, 0.11, 0.09, 0.10], [0.30, 0.31, 0.29, 0.30], [0.105, 0.113, 0.098, 0.1]
VAGUE = [0.1, 0.5, 0.9, 0.2]
COUNT = comparison(
    variants=("a",), quantity="parameters", relation="count", numbers={"value": 50880}
)


def judged(*claims: Claim, column: str = "validation_loss", **values: Any) -> list[Verdict]:
    """The verdicts on networks of these names whose seeds, after the pilot's, end so."""
    networks = {name: runs(column, each) for name, each in values.items()}
    return judge_claims(claims, networks, PROTOCOL)


def only(one: Claim, **values: Any) -> Verdict:
    (verdict,) = judged(one, **values)
    return verdict


def test_a_difference_of_independent_runs_worked_by_hand() -> None:
    verdict = only(claim(), a=LOW, b=HIGH)
    # Both variances are 0.0002 / 3 = 1 / 15,000; the error is sqrt(2 / 60,000); t(0.975; 6).
    half = 2.446912 * math.sqrt(2 / 60000)
    assert verdict.difference == pytest.approx(0.2)
    assert verdict.interval == pytest.approx((0.2 - half, 0.2 + half))
    assert (verdict.verdict, verdict.level) == ("supported", pytest.approx(0.05))
    assert verdict.means == pytest.approx((0.3, 0.1))
    assert (verdict.seeds, verdict.scale, verdict.unit) == (4, "difference", "nats")
    assert (verdict.claimed, verdict.kind, verdict.single_run_supports) == ((0, None), "seeds", 4)


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        (LOW, HIGH, "supported"),
        (LOW, [0.01, 0.02, 0.0, 0.01], "contradicted"),
        ([0.1, 0.1001, 0.0999], [0.1002, 0.0998, 0.1], "no difference that matters"),
        (LOW, VAGUE, "undecided"),
    ],
)
def test_where_the_interval_lies_is_the_verdict(
    a: Sequence[float], b: Sequence[float], verdict: str
) -> None:
    assert only(claim(), a=a, b=b).verdict == verdict


def test_an_undecided_claim_says_how_many_seeds_would_decide() -> None:
    assert (only(claim(), a=LOW, b=NEAR).seeds_needed or 0) > 4
    lower = comparison(variants=("a", "c"))
    both = only(claim(comparison(), lower), a=LOW, b=NEAR, c=HIGH)
    assert (both.verdict, both.seeds_needed) == ("contradicted", None)


def test_the_pilots_seeds_decide_nothing() -> None:
    pilot = {name: runs("validation_loss", each, 0) for name, each in (("a", LOW), ("b", HIGH))}
    (verdict,) = judge_claims([claim()], pilot, PROTOCOL)
    assert (verdict.verdict, verdict.interval, verdict.seeds) == ("undecided", (None, None), 0)
    assert (verdict.difference, verdict.seeds_needed, verdict.p_value) == (None, None, 1.0)
    assert verdict.note == "fewer than two seeds after the pilot's: nothing can be decided"
    (verdict,) = judge_claims([claim()], pilot, PROTOCOL.model_copy(update={"pilot_seeds": 0}))
    assert (verdict.verdict, verdict.seeds) == ("supported", 4)


def test_networks_may_have_different_numbers_of_seeds() -> None:
    verdict = only(claim(), a=[*LOW, 0.1, 0.1], b=HIGH)
    assert (verdict.seeds, len(verdict.per_seed)) == (4, 4)
    assert verdict.means == pytest.approx((0.3, 0.1))


def test_a_contrast_is_corrected_once_however_often_it_is_claimed() -> None:
    lower = comparison(variants=("a", "b"), relation="lower")
    loss = comparison(quantity="final_training_loss")
    first, again, other = judged(claim(), claim(lower), claim(loss), a=LOW, b=HIGH)
    assert first.level == again.level == pytest.approx(0.05)
    assert other.level == pytest.approx(0.025)
    assert other.note == "the same in every seed"


@pytest.mark.parametrize(
    ("parts", "verdict", "deciding"),
    [
        (("b", "b"), "supported", 0),
        (("b", "vague"), "undecided", 1),
        (("vague", "b", "lower"), "contradicted", 2),
        (("b", "same"), "no difference that matters", 1),
        (("same", "vague"), "undecided", 1),
    ],
)
def test_a_claim_in_parts_is_as_good_as_its_worst(
    parts: tuple[str, ...], verdict: str, deciding: int
) -> None:
    values = {"b": HIGH, "vague": VAGUE, "lower": [0.0, 0.001, 0.002, 0.0]}
    values |= {"same": [0.1, 0.101] * 200, "a": [0.101, 0.1] * 200}
    one = only(claim(*(comparison(variants=(name, "a")) for name in parts)), **values)
    assert (one.verdict, one.deciding) == (verdict, deciding)
    assert one.interval == one.parts[deciding].interval


def test_runs_support_a_claim_alone_only_with_all_its_parts() -> None:
    parts = [comparison(variants=("b", "a")), comparison(variants=("c", "a"))]
    one = only(claim(*parts), a=[0.5] * 4, b=[0.6, 0.4, 0.6, 0.6], c=[0.6, 0.6, 0.6, 0.5])
    assert one.parts[0].single_runs == (True, False, True, True)
    assert one.parts[1].single_runs == (True, True, True, False)
    assert one.single_run_supports == 2


def test_ratios_are_of_geometric_means_and_published_as_ratios() -> None:
    times = comparison(relation="times_higher", numbers={"factor": 3.0})
    one = only(claim(times), a=[0.1, 0.2], b=[0.2, 1.6])
    assert one.per_seed == pytest.approx((2, 8))
    assert (one.difference, one.claimed) == (pytest.approx(4), (pytest.approx(3), None))
    assert one.scale == "ratio"
    assert only(claim(times), a=[0.0, 0.2], b=[0.2, 0.2]).note == "a ratio needs numbers above 0"


@pytest.mark.parametrize(
    ("variants", "verdict", "open_end"), [("ba", "supported", 0), ("ab", "contradicted", 1)]
)
def test_a_bound_opens_the_interval_on_its_side(variants: str, verdict: str, open_end: int) -> None:
    sooner = comparison(quantity="epochs_until_stop", relation="lower", variants=tuple(variants))
    one = only(claim(sooner), column="epochs", b=[20, 21, 22], a=[50, 50, 48])
    assert (one.verdict, one.interval[open_end], one.parts[0].censored) == (verdict, None, 2)
    assert one.note.startswith("2 runs ended before they had an exact value")


@pytest.mark.parametrize(("value", "verdict"), [(0.32, "reproduced"), (0.36, "not reproduced")])
def test_one_runs_figure_is_compared_with_single_runs(value: float, verdict: str) -> None:
    numbers = {"value": value, "tolerance": 0.005}
    figure = comparison(variants=("b", "a"), relation="one_run", numbers=numbers)
    one, other = judged(claim(figure), claim(), a=[0.0] * 4, b=HIGH)
    # t(0.975; 3) = 3.182446, standard deviation sqrt(1 / 15,000).
    half = 3.182446 * math.sqrt(1 / 15000 * (1 + 1 / 4))
    assert (one.verdict, one.kind) == (verdict, "one run")
    assert one.interval == pytest.approx((0.3 - half, 0.3 + half))
    # A figure takes no part in Holm's family, even where a claim on means has the same contrast.
    assert one.level == other.level == pytest.approx(0.05)


@pytest.mark.parametrize(("value", "verdict"), [(50880, "supported"), (50881, "contradicted")])
def test_arithmetic_decides_without_seeds(value: int, verdict: str) -> None:
    count = replace(COUNT, numbers={"value": value})
    (one,) = judge_claims([claim(count)], {"a": runs("steps", [1], first=0)}, PROTOCOL)
    assert (one.verdict, one.kind, one.p_value, one.level) == (verdict, "arithmetic", None, None)
    assert (one.interval, one.seeds, one.per_seed) == ((50880, 50880), 0, ())


def test_a_claim_of_arithmetic_and_seeds_is_decided_by_seeds() -> None:
    one = only(claim(COUNT, comparison()), a=LOW, b=HIGH)
    assert (one.verdict, one.kind) == ("supported", "seeds")
    assert (one.deciding, one.single_run_supports) == (1, 4)


@pytest.mark.parametrize(("wrong", "survives"), [(20, True), (200, False)])
def test_a_verdict_on_accuracies_may_not_survive_other_images(wrong: int, survives: bool) -> None:
    """Two networks 0.01 apart err on that many of 1,000 images, of which they share ten."""
    networks = {}
    for name, mean, errors in (
        ("a", 0.94, slice(0, wrong)),
        ("b", 0.95, slice(wrong - 10, 2 * wrong - 10)),
    ):
        right = np.ones(1000, bool)
        right[errors] = False
        each = runs("validation_accuracy", [mean, mean + 0.001, mean - 0.001, mean])
        networks[name] = {seed: replace(run, correct=right) for seed, run in each.items()}
    part = comparison(quantity="final_validation_accuracy")
    ((part,),) = (one.parts for one in judge_claims([claim(part)], networks, PROTOCOL))
    assert (part.verdict, part.holds_for_other_images) == ("supported", survives)
    assert part.image_interval[0] < part.interval[0] < part.interval[1] < part.image_interval[1]


def test_verdicts_are_read_as_they_were_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written = judged(claim(), claim(comparison(), comparison(relation="lower")), a=LOW, b=HIGH)
    files.write_json("metrics/verdicts.json", {"claims": [asdict(one) for one in written]})
    again = read_verdicts()
    assert [one.verdict for one in again] == ["supported", "contradicted"]
    assert again[1].parts[0].variants == ("b", "a")
    assert again[0].interval == pytest.approx(written[0].interval, rel=1e-5)
    files.write_json("metrics/verdicts.json", {"claims": [{"id": "a"}]})
    assert "verdicts.json: 0.scale is missing or wrong; `dvc repro" in refusal(read_verdicts)
