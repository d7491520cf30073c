from typing import Any

from verdict_entries import entry, judged, ten_layers

from reporting.findings import (
    contradicted,
    counts_table,
    findings,
    largest_gain,
    luck,
    supported,
    undecided,
)


def verdicts(claims: list[dict[str, Any]], **networks: dict[str, str]) -> dict[str, Any]:
    counts = {"claims": 1, "supported": 1, "within seed noise": 0, "contradicted": 0}
    rows = dict.fromkeys(("A", "B", "both"), counts | {"no verdict": 0})
    return {
        "claims": claims,
        "summary": rows | {"tested": 86, "lost_to_correction": 0},
        "ten_layers": ten_layers(**networks),
    }


def test_supported_claims_are_counted_and_those_that_hold_in_any_run() -> None:
    exact = entry(note="exact: follows from the settings, no seed changes it")
    claims = [entry(), exact, judged("contradicted")]
    assert supported(claims) == "**Supported: 2.** Exact, as no seed can change them: 1."
    assert supported([entry()]) == "**Supported: 1.**"
    assert supported(claims[2:]) == ""


def test_contradicted_claims_are_told_the_surest_first_and_not_all() -> None:
    claims = [judged("contradicted", quote=f"claim {p}", p_adjusted=p / 100) for p in (4, 1, 3, 2)]
    text = contradicted([entry(), *claims])
    assert text.startswith("**Contradicted: 4.** “claim 1” (report A, task 3, first trick): ")
    assert text.index("claim 1") < text.index("claim 2") < text.index("claim 3")
    assert "claim 4" not in text
    assert text.endswith("; and 1 more.")


def test_an_exact_contradiction_comes_first() -> None:
    sure = judged("contradicted", quote="a count", p_adjusted=None)
    assert contradicted([judged("contradicted"), sure]).index("a count") < 40


def test_without_a_contradiction_the_report_says_so() -> None:
    assert contradicted([entry()]).startswith("**Contradicted: none.**")


def test_what_the_correction_took_away_is_counted() -> None:
    noise = {"verdict": "within seed noise"}
    claims = [
        entry(verdict_uncorrected="supported", **noise),
        entry(verdict_uncorrected="supported", **noise),
        entry(verdict_uncorrected="contradicted", **noise),
        entry(verdict_uncorrected="within seed noise", seeds=6, **noise),
    ]
    text = undecided([entry(), *claims], 86)
    assert text.startswith("**Within seed noise: 4.** 4 to 6 seeds cannot")
    assert "would support 2 and contradict 1; the correction for all 86 tests" in text
    assert "correction" not in undecided(claims[3:], 86)
    assert undecided([entry()], 86) == ""


def test_the_most_evenly_split_claim_is_the_example_of_luck() -> None:
    claims = [entry(single_run_supports=k, statement=f"{k} say so.") for k in (0, 1, 2, 3, 4)]
    text = luck(claims)
    assert "On 3 of 5 claims" in text
    assert text.endswith("“2 say so.” 2 of 4 runs say so.")
    assert luck([entry()]) == ""


def test_the_largest_gain_is_one_in_accuracy_that_holds() -> None:
    claims = [
        entry(quote="small", difference=0.01),
        entry(quote="large", difference=-0.06),
        judged("within seed noise", quote="larger, but noise", difference=0.09),
        entry(quote="steps", quantity="steps", difference=-1000.0),
        entry(quote="a value", scale="value", difference=0.95),
    ]
    assert largest_gain(claims).startswith("**The largest effect on accuracy that holds:** “large”")
    assert largest_gain(claims[2:]) == ""


def test_a_finding_without_anything_to_tell_is_left_out() -> None:
    found = findings(verdicts([entry(quantity="parameters")], b={"overfitting": "open"}))
    assert [text.split(".")[0] for text in found] == [
        "**Supported: 1",
        "**Contradicted: none",
        "**What explains ten layers in report A** (`b`): overfitting stays open",
    ]


def test_a_column_for_claims_without_a_verdict_appears_where_there_are_some() -> None:
    counts = {"claims": 3, "supported": 2, "within seed noise": 0, "contradicted": 0}
    rows = dict.fromkeys(("A", "B", "both"), counts | {"no verdict": 0})
    assert "no verdict" not in counts_table(rows)
    with_some = counts_table(rows | {"both": counts | {"no verdict": 1}})
    assert with_some.splitlines()[0].endswith("❔\u00a0no verdict |")
    assert with_some.splitlines()[-1] == "| both | 3 | 2 | 0 | 0 | 1 |"
