from typing import Any

from judging.verdicts import correct, count, decide, gather


def entry(p_value: float | None, verdict: str | None, **more: Any) -> dict[str, Any]:
    return {"p_value": p_value, "verdict_uncorrected": verdict, "report": "A"} | more


def prediction(network: str, explanation: str, verdict: str | None) -> dict[str, Any]:
    return {"variants": [network, "one"], "explanation": explanation, "verdict": verdict}


def test_a_verdict_that_the_correction_does_not_carry_becomes_noise() -> None:
    corrected = correct([entry(0.001, "supported"), entry(0.04, "contradicted"), entry(0.9, None)])
    assert [c["p_adjusted"] for c in corrected] == [0.003, 0.08, 0.9]
    assert [c["verdict"] for c in corrected][:2] == ["supported", "within seed noise"]
    assert corrected[1]["verdict_uncorrected"] == "contradicted"


def test_exact_counts_and_missing_verdicts_are_no_part_of_the_correction() -> None:
    corrected = correct([entry(None, "contradicted"), entry(None, None), entry(0.04, "supported")])
    assert [c["p_adjusted"] for c in corrected] == [None, None, 0.04]
    assert [c["verdict"] for c in corrected] == ["contradicted", None, "supported"]


def test_verdicts_are_counted_by_report() -> None:
    entries = correct([entry(None, "supported"), entry(None, None, report="B")])
    summary = gather(entries)["summary"]
    nothing = {"supported": 0, "contradicted": 0, "within seed noise": 0, "no verdict": 0}
    assert summary["A"] == nothing | {"claims": 1, "supported": 1}
    assert summary["B"] == nothing | {"claims": 1, "no verdict": 1}
    assert summary["both"] == count(entries)


def test_an_explanation_holds_only_if_all_its_predictions_are_supported() -> None:
    found = decide(
        [
            prediction("ten", "overfitting", "supported"),
            prediction("ten", "overfitting", "contradicted"),
            prediction("ten", "vanishing gradients", "supported"),
            prediction("ten", "unstable steps", "supported"),
            prediction("ten", "unstable steps", "within seed noise"),
        ]
    )["ten"]
    assert found["explanations"] == {
        "overfitting": "fails",
        "vanishing gradients": "holds",
        "unstable steps": "open",
    }
    assert found["decision"] == "vanishing gradients"


def test_without_an_explanation_that_holds_all_fail_or_the_question_stays_open() -> None:
    predictions = [
        prediction("ten", "overfitting", "contradicted"),
        prediction("ten", "vanishing gradients", "contradicted"),
        prediction("deep", "overfitting", "contradicted"),
        prediction("deep", "vanishing gradients", None),
    ]
    found = decide(predictions)
    assert found["ten"]["decision"] == "none of them"
    assert found["deep"]["decision"] == "open"


def test_two_explanations_that_hold_are_both_named() -> None:
    predictions = [
        prediction("ten", name, "supported") for name in ("overfitting", "unstable steps")
    ]
    assert decide(predictions)["ten"]["decision"] == "overfitting and unstable steps"
