import math
from collections.abc import Sequence

import pytest
from hand_made import claim, run

from judging.evidence import EvidenceError, Run
from judging.judgement import judge_claim


def seeds(name: str, values: Sequence[float]) -> dict[int, Run]:
    return {seed: run(final={name: value}) for seed, value in enumerate(values)}


def accuracies(*values: float) -> dict[int, Run]:
    return seeds("validation_accuracy", values)


def test_seeds_are_compared_in_pairs() -> None:
    # Wide apart from seed to seed, but always about 0.01 better than the partner.
    runs = {"a": accuracies(0.90, 0.93, 0.96), "b": accuracies(0.91, 0.941, 0.969)}
    entry = judge_claim(claim(), runs)
    assert entry["per_seed"] == pytest.approx([0.01, 0.011, 0.009])
    assert entry["difference"] == pytest.approx(0.01)
    # Standard error 0.001 / sqrt(3); t(0.975; 2) = 4.302653.
    half = 4.302653 * 0.001 / math.sqrt(3)
    assert entry["interval"] == pytest.approx([0.01 - half, 0.01 + half])
    assert entry["verdict_uncorrected"] == "supported"
    assert entry["means"] == pytest.approx([0.94, 0.93])
    assert (entry["seeds"], entry["scale"], entry["unit"]) == (3, "difference", "fraction")
    assert entry["claimed"] == [0, None]


def test_seeds_are_matched_by_number_and_only_common_ones_count() -> None:
    runs = {"a": accuracies(0.5, 0.6, 0.7), "b": {2: accuracies(0.9)[0], 1: accuracies(0.7)[0]}}
    assert judge_claim(claim(), runs)["per_seed"] == pytest.approx([0.1, 0.2])


def test_variants_without_a_common_seed_are_an_error() -> None:
    with pytest.raises(EvidenceError, match="x-1: b and a have no seed in common"):
        judge_claim(claim(), {"a": accuracies(0.5), "b": {7: accuracies(0.9)[0]}})


def test_single_runs_are_counted_by_what_each_would_have_shown() -> None:
    runs = {"a": accuracies(0.5, 0.5, 0.5, 0.5), "b": accuracies(0.6, 0.4, 0.6, 0.5)}
    entry = judge_claim(claim(), runs)
    assert entry["single_runs"] == [True, False, True, False]
    assert entry["single_run_supports"] == 2


def test_one_seed_is_reported_without_interval_or_verdict() -> None:
    entry = judge_claim(claim(), {"a": accuracies(0.5), "b": accuracies(0.6)})
    assert entry["difference"] == pytest.approx(0.1)
    assert entry["interval"] is entry["verdict_uncorrected"] is entry["p_value"] is None
    assert entry["note"] == "one seed: no interval can be computed"
    assert entry["single_run_supports"] == 1


def test_ratios_are_geometric_means_of_pairs() -> None:
    runs = {"a": seeds("validation_loss", [0.1, 0.2]), "b": seeds("validation_loss", [0.2, 1.6])}
    times = claim(
        quantity="final_validation_loss", relation="times_higher", numbers={"factor": 3.0}
    )
    entry = judge_claim(times, runs)
    assert entry["per_seed"] == pytest.approx([2, 8])
    assert entry["difference"] == pytest.approx(4)
    # Logarithms in base 2 are 1 and 3: standard error 1; t(0.975; 1) = 12.706205.
    assert entry["interval"] == pytest.approx([2 ** (2 - 12.706205), 2 ** (2 + 12.706205)])
    assert entry["claimed"] == [pytest.approx(3), None]
    assert entry["single_runs"] == [False, True]


def test_a_ratio_to_zero_is_reported_as_not_measurable() -> None:
    runs = {"a": seeds("validation_loss", [0.0, 0.2]), "b": seeds("validation_loss", [0.2, 0.2])}
    times = claim(
        quantity="final_validation_loss", relation="times_higher", numbers={"factor": 3.0}
    )
    entry = judge_claim(times, runs)
    assert entry["verdict_uncorrected"] is entry["difference"] is entry["interval"] is None
    assert entry["note"] == "a ratio needs numbers above 0"
    assert entry["per_seed"] == entry["single_runs"] == []


def test_a_gain_is_compared_with_the_gain_before() -> None:
    runs = {"a": accuracies(0.5), "b": accuracies(0.7), "c": accuracies(0.75)}
    smaller = claim(variants=("a", "b", "c"), relation="smaller_gain")
    entry = judge_claim(smaller, runs)
    assert entry["per_seed"] == pytest.approx([0.05 - 0.2])
    assert (entry["scale"], entry["single_run_supports"]) == ("gain", 1)


def steps_to_half(*accuracies_at_the_end: float) -> dict[int, Run]:
    return {
        seed: run(curve={"step": [0, 100], "validation_accuracy": [0.0, end]})
        for seed, end in enumerate(accuracies_at_the_end)
    }


def test_runs_that_never_reach_a_threshold_open_the_interval_and_are_counted() -> None:
    runs = {"a": steps_to_half(0.4, 0.5, 0.6), "b": steps_to_half(0.9, 0.91, 0.95)}
    sooner = claim(
        quantity="steps_to_validation_accuracy", parameters={"threshold": 0.5}, relation="lower"
    )
    entry = judge_claim(sooner, runs)
    assert entry["censored"] == 1
    assert entry["interval"][0] is None
    assert entry["interval"][1] < 0
    assert entry["verdict_uncorrected"] == "supported"
    later = claim(
        quantity="steps_to_validation_accuracy",
        parameters={"threshold": 0.5},
        relation="lower",
        variants=("a", "b"),
    )
    entry = judge_claim(later, runs)
    assert entry["interval"][1] is None
    assert entry["verdict_uncorrected"] == "contradicted"


def parting(variant: str) -> dict[str, dict[int, Run]]:
    """Two runs whose training accuracy is seen above their validation accuracy from step 200 on."""
    apart = {"train_accuracy": [0.0, 0.0, 0.9, 0.9], "validation_accuracy": [0.5] * 4}
    return {variant: dict.fromkeys((0, 1), run(curve={"step": [0, 100, 200, 300]} | apart))}


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0, 100, "within seed noise"), (100, 300, "within seed noise"), (250, 300, "contradicted")],
)
def test_an_upper_bound_contradicts_only_what_would_come_later(
    low: float, high: float, verdict: str
) -> None:
    within = claim(
        variants=("a",),
        quantity="accuracy_parting_step",
        parameters={"gap": 0.01, "checks": 2},
        relation="within",
        numbers={"low": low, "high": high},
    )
    entry = judge_claim(within, parting("a"))
    assert entry["interval"] == [None, 200]
    assert entry["verdict_uncorrected"] == verdict
    assert entry["censored"] == 0


def test_a_count_is_exact_even_for_one_seed() -> None:
    counted = claim(
        variants=("a",), quantity="parameters", relation="count", numbers={"value": 50880.0}
    )
    entry = judge_claim(counted, {"a": {0: run()}})
    assert entry["verdict_uncorrected"] == "supported"
    assert entry["interval"] == [50880, 50880]
    assert entry["p_value"] is None


def test_the_words_of_the_claim_stay_with_its_verdict() -> None:
    entry = judge_claim(claim(quote="a tiny bit"), {"a": accuracies(0.5), "b": accuracies(0.6)})
    assert entry["quote"] == "a tiny bit"
    assert "explanation" not in entry
