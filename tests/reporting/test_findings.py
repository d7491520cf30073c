import pytest
from verdict_entries import prediction, verdict

from reporting.findings import changes, counts_table, divided_runs, explained, findings, refuted


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
def test_what_is_refuted_is_found_by_its_report_and_task(word: str) -> None:
    places = [("A", "task 3, first trick"), ("A", "task 3"), ("A", "task 4a"), ("B", "task 2d")]
    claims = [verdict(report=report, where=where, verdict=word) for report, where in places]
    assert list(refuted([verdict(where="task 1b"), *claims])) == [
        f"**{word.capitalize()}:** report A in task 3, task 4a; report B in task 2d."
    ]


def test_the_predictions_of_each_explanation_are_counted_over_all_networks() -> None:
    verdicts = [
        verdict(),
        prediction("the drop", "deep"),
        prediction("steps too large", "deep", verdict="contradicted"),
        prediction("vanishing gradients", "deep", verdict="contradicted"),
        prediction("steps too large", "wide", verdict="undecided"),
        prediction("steps too large", "wide", verdict="undecided"),
        prediction("vanishing gradients, the instrument", "old"),
    ]
    (text,) = explained(verdicts)
    assert text.endswith(
        ": steps too large, 1 of 3 contradicted, 2 of 3 undecided; "
        "vanishing gradients, 1 of 1 contradicted."
    )
    assert not list(explained([verdict()]))


def test_the_most_evenly_split_claim_is_the_example_of_divided_runs() -> None:
    claims = [verdict(single_run_supports=k, statement=f"{k} say so.") for k in range(5)]
    (text,) = divided_runs([*claims, verdict(kind="arithmetic", seeds=0)])
    assert "On 3 of 5 claims" in text
    assert text.endswith("“2 say so.” 2 of 4 runs say so.")
    assert not list(divided_runs([verdict()]))


def test_changes_in_the_readings_are_listed_alike_ones_together() -> None:
    verdicts = [verdict(id=f"x-{i}", since_pilot=text) for i, text in enumerate("AAB")]
    listed = changes([*verdicts, verdict()], lambda one: one.since_pilot)
    assert listed == "- [`x-0`](#x-0), [`x-1`](#x-1): A\n- [`x-2`](#x-2): B"
    assert changes([verdict()], lambda one: one.since_pilot) == "Nothing."


def test_a_finding_without_anything_to_say_is_left_out() -> None:
    claims = [verdict(kind="arithmetic")]
    assert findings(claims) == counts_table(claims)
