from command import UserError

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hand_made import claim, comparison, finals

import files
from judging.claims import Claim, Margins, Protocol
from judging.quantities import Results
from judging.verdicts import Verdict, judge_claims, read_verdicts

MARGINS = Margins(fraction=0.002, nats=0.01, relative=0.1)
PROTOCOL = Protocol(pilot_seeds=6, confidence=0.95, margins=MARGINS, frozen="")
LOW, HIGH, NEAR = [0.10, 0.11, 0.09, 0.10], [0.30, 0.31, 0.29, 0.30], [0.105, 0.113, 0.098, 0.1]
VAGUE = [0.1, 0.5, 0.9, 0.2]


def losses(**values: Sequence[float]) -> dict[str, Results]:
    """Networks of these names whose seeds end at these validation losses."""
    return {name: finals("validation_loss", each) for name, each in values.items()}


def judged(*claims: Claim, **values: Sequence[float]) -> list[Verdict]:
    return judge_claims(claims, losses(**values), PROTOCOL)


def only(one: Claim, **values: Sequence[float]) -> Verdict:
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
    ("b", "verdict"),
    [
        (HIGH, "supported"),
        ([0.01, 0.02, 0.0, 0.01], "contradicted"),
        ([0.099, 0.111, 0.091, 0.099], "no difference that matters"),
        (VAGUE, "undecided"),
    ],
)
def test_where_the_interval_lies_is_the_verdict(b: list[float], verdict: str) -> None:
    base = [0.1, 0.1001, 0.0999, 0.1] if verdict.startswith("no") else LOW
    b = [0.1002, 0.0998, 0.1, 0.1001] if verdict.startswith("no") else b
    assert only(claim(), a=base, b=b).verdict == verdict


def test_an_undecided_claim_says_how_many_seeds_would_decide() -> None:
    undecided = only(claim(), a=LOW, b=NEAR)
    assert undecided.verdict == "undecided"
    assert undecided.seeds_needed is not None
    assert undecided.seeds_needed > 4
    assert only(claim(), a=LOW, b=HIGH).seeds_needed is None


def test_the_pilots_seeds_decide_nothing() -> None:
    pilot = {
        name: finals("validation_loss", each, first=0)
        for name, each in {"a": LOW, "b": HIGH}.items()
    }
    (verdict,) = judge_claims([claim()], pilot, PROTOCOL)
    assert (verdict.verdict, verdict.interval, verdict.seeds) == ("undecided", (None, None), 0)
    assert (verdict.difference, verdict.seeds_needed, verdict.p_value) == (None, None, 1.0)
    assert verdict.note == "fewer than two seeds from seed 6 on: nothing can be decided"
    (verdict,) = judge_claims([claim()], pilot, PROTOCOL.model_copy(update={"pilot_seeds": 0}))
    assert (verdict.verdict, verdict.seeds) == ("supported", 4)


def test_networks_may_have_different_numbers_of_seeds() -> None:
    verdict = only(claim(), a=[*LOW, 0.1, 0.1], b=HIGH)
    assert (verdict.seeds, len(verdict.per_seed)) == (4, 4)
    assert verdict.means == pytest.approx((0.3, 0.1))


def test_a_contrast_is_corrected_once_however_often_it_is_claimed() -> None:
    lower = comparison(variants=("a", "b"), relation="lower")
    first, again, other = judged(
        claim(),
        claim(lower),
        claim(comparison(quantity="final_training_loss")),
        a=LOW,
        b=HIGH,
    )
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
    values = {"a": LOW, "b": HIGH, "vague": VAGUE, "lower": [0.0, 0.001, 0.002, 0.0]}
    values |= {"same": [0.1, 0.101] * 200, "a": [0.101, 0.1] * 200}
    one = only(claim(*(comparison(variants=(name, "a")) for name in parts)), **values)
    assert (one.verdict, one.deciding) == (verdict, deciding)
    assert one.interval == one.parts[deciding].interval


def test_runs_support_a_claim_alone_only_with_all_its_parts() -> None:
    parts = [comparison(variants=("b", "a")), comparison(variants=("c", "a"))]
    one = only(claim(*parts), a=[0.5] * 4, b=[0.6, 0.4, 0.6, 0.6], c=[0.6, 0.6, 0.6, 0.5])
    assert [part.single_runs for part in one.parts] == [
        (True, False, True, True),
        (True, True, True, False),
    ]
    assert one.single_run_supports == 2


def test_ratios_are_of_geometric_means_and_published_as_ratios() -> None:
    times = comparison(relation="times_higher", numbers={"factor": 3.0})
    one = only(claim(times), a=[0.1, 0.2], b=[0.2, 1.6])
    assert one.per_seed == pytest.approx((2, 8))
    assert (one.difference, one.claimed) == (pytest.approx(4), (pytest.approx(3), None))
    assert one.scale == "ratio"
    assert only(claim(times), a=[0.0, 0.2], b=[0.2, 0.2]).note == "a ratio needs numbers above 0"


def test_a_bound_opens_the_interval_on_its_side() -> None:
    stops = comparison(quantity="epochs_until_stop", relation="lower")
    networks = {"b": finals("epochs", [20, 21, 22]), "a": finals("epochs", [50, 50, 48])}
    (sooner,) = judge_claims([claim(stops)], networks, PROTOCOL)
    assert (sooner.verdict, sooner.interval[0], sooner.parts[0].censored) == ("supported", None, 2)
    assert sooner.note.startswith("2 runs ended before they had an exact value")
    later = comparison(quantity="epochs_until_stop", variants=("a", "b"), relation="lower")
    (other,) = judge_claims([claim(later)], networks, PROTOCOL)
    assert (other.verdict, other.interval[1]) == ("contradicted", None)


@pytest.mark.parametrize(("value", "verdict"), [(0.32, "reproduced"), (0.36, "not reproduced")])
def test_one_runs_figure_is_compared_with_single_runs(value: float, verdict: str) -> None:
    numbers = {"value": value, "tolerance": 0.005}
    figure = comparison(variants=("b",), relation="one_run", numbers=numbers)
    one, other = judged(claim(figure), claim(), a=LOW, b=HIGH)
    # t(0.975; 3) = 3.182446, standard deviation sqrt(1 / 15,000).
    half = 3.182446 * math.sqrt(1 / 15000 * (1 + 1 / 4))
    assert (one.verdict, one.kind) == (verdict, "one run")
    assert one.interval == pytest.approx((0.3 - half, 0.3 + half))
    assert (
        one.level == other.level == pytest.approx(0.05)
    )  # a figure takes no part in Holm's family


@pytest.mark.parametrize(("value", "verdict"), [(50880, "supported"), (50881, "contradicted")])
def test_arithmetic_decides_without_seeds(value: int, verdict: str) -> None:
    count = comparison(
        variants=("a",), quantity="parameters", relation="count", numbers={"value": value}
    )
    (one,) = judge_claims([claim(count)], {"a": finals("steps", [1], first=0)}, PROTOCOL)
    assert (one.verdict, one.kind, one.p_value, one.level) == (verdict, "arithmetic", None, None)
    assert (one.interval, one.seeds, one.per_seed) == ((50880, 50880), 0, ())


def test_a_claim_of_arithmetic_and_seeds_is_decided_by_seeds() -> None:
    count = comparison(
        variants=("a",), quantity="parameters", relation="count", numbers={"value": 50880}
    )
    one = only(claim(count, comparison()), a=LOW, b=HIGH)
    assert (one.verdict, one.kind, one.deciding, one.single_run_supports) == (
        "supported",
        "seeds",
        1,
        4,
    )


def accuracies(spread: float, monkeypatch: pytest.MonkeyPatch) -> Verdict:
    """Two networks 0.01 apart that disagree on this share of 1,000 images."""
    networks = {
        "a": finals("validation_accuracy", [0.94, 0.941, 0.939, 0.94]),
        "b": finals("validation_accuracy", [0.95, 0.951, 0.949, 0.95]),
    }
    right = {name: np.ones((4, 1000), bool) for name in networks}
    swapped = int(spread * 1000)
    right["a"][:, :swapped] = right["b"][:, swapped - 10 : 2 * swapped - 10] = False
    for name, network in networks.items():
        monkeypatch.setattr(network, "correct", lambda first, name=name: right[name], raising=False)
    part = comparison(quantity="final_validation_accuracy")
    return judge_claims([claim(part)], networks, PROTOCOL)[0]


def test_a_verdict_on_accuracies_may_not_survive_other_images(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (sure,) = accuracies(0.02, monkeypatch).parts
    (unsure,) = accuracies(0.2, monkeypatch).parts
    for part, survives in ((sure, True), (unsure, False)):
        assert part.verdict == "supported"
        assert part.holds_for_other_images is survives
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
    with pytest.raises(
        UserError, match=r"verdicts\.json: 0\.scale is missing or wrong; `dvc repro"
    ):
        read_verdicts()
