import pytest
from verdict_entries import part, prediction, verdict

from reporting.findings import changes, counts_table, divided_runs, explained, refuted, summary


def test_claims_are_counted_by_report_and_kind_whatever_the_reports_are_called() -> None:
    claims = [
        verdict(report="A"),
        verdict(report="A", verdict="contradicted"),
        verdict(report="A", kind="arithmetic"),
        verdict(report="C 2", kind="one run", verdict="not reproduced"),
    ]
    assert counts_table(claims).splitlines() == [
        "|  | report A | report C 2 | all |",
        "| --- | ---: | ---: | ---: |",
        "| ✅ supported | 1 | 0 | 1 |",
        "| ❌ contradicted | 1 | 0 | 1 |",
        "| ❌ a number of one run: not reproduced | 0 | 1 | 1 |",
        "| ✅ by arithmetic alone: supported | 1 | 0 | 1 |",
    ]


@pytest.mark.parametrize("word", ["contradicted", "not reproduced"])
def test_what_is_refuted_is_named_in_its_reports_words(word: str) -> None:
    claims = [verdict(quote=f"claim {i}", verdict=word) for i in range(2)]
    assert list(refuted([verdict(), *claims])) == [
        f"**{word.capitalize()}: 2.** “claim 0” (A, task 3, first trick); "
        "“claim 1” (A, task 3, first trick)."
    ]


def test_explanations_fare_by_network_intervention_and_measure() -> None:
    accuracy = part(variants=("deep-lr-0.02", "deep", "flat"))
    loss = part(variants=("deep-lr-0.02", "deep", "flat"), quantity="final_validation_loss")
    norm = part(variants=("deep",), quantity="first_to_last_norm")
    steps = {"explanation": "steps too large", "where": "deep"}
    verdicts = [
        verdict(),
        prediction("the drop", "deep"),
        verdict(accuracy, verdict="contradicted", **steps),
        verdict(loss, verdict="undecided", **steps),
        verdict(norm, explanation="vanishing gradients", where="deep", verdict="contradicted"),
        prediction("the drop", "wide"),
    ]
    assert list(explained(verdicts)) == [
        "**`deep`, cause by cause.** The drop: supported for accuracy; steps too large "
        "(`deep-lr-0.02`): contradicted for accuracy, undecided for loss; vanishing gradients: "
        "contradicted.",
        "**`wide`, cause by cause.** The drop: supported for accuracy.",
    ]


def test_the_most_evenly_split_claim_is_the_example_of_divided_runs() -> None:
    claims = [verdict(single_run_supports=k, statement=f"{k} say so.") for k in range(5)]
    (text,) = divided_runs([*claims, verdict(kind="arithmetic", seeds=0)])
    assert "On 3 of 5 claims" in text
    assert text.endswith("“2 say so.” 2 of 4 runs say so.")
    assert not list(divided_runs([verdict()]))


def test_changes_in_the_readings_are_listed_alike_ones_together() -> None:
    verdicts = [verdict(id=f"x-{i}", since_pilot=text) for i, text in enumerate("AAB")]
    listed = changes([*verdicts, verdict()], lambda one: one.since_pilot)
    assert listed == "- `x-0`, `x-1`: A\n- `x-2`: B"
    assert changes([verdict()], lambda one: one.since_pilot) == "Nothing."


def test_a_finding_without_anything_to_say_is_left_out() -> None:
    assert "\n- " not in summary([verdict(kind="arithmetic")], "tricks")
