"""The table of tricks: README and report begin with it."""

import json

import pytest
from projects import HERE

from reporting.tricks import bracket, comparisons_table, gain, holds, tricks_table
from workflow.crossing import read_crossing

TRICKS = json.loads((HERE / "metrics/tricks.json").read_text())


@pytest.mark.parametrize(
    ("asked", "difference", "text"),
    [
        ("accuracy", 0.0123, "+1.23 points"),
        ("accuracy", -0.0123, "−1.23 points"),
        ("loss", -0.0526, "−0.053 nats"),
        ("steps", 0.25, "4.0 × sooner"),
        ("steps", 1.5, "1.5 × later"),
    ],
)
def test_a_gain_is_in_the_unit_of_its_question(asked: str, difference: float, text: str) -> None:
    assert gain(asked, {"difference": difference}).replace("\u00a0", " ") == text


def test_an_interval_has_its_sign_its_open_end_and_its_reading() -> None:
    one = {"interval": [-0.0123, 0.02], "verdict": "undecided"}
    assert bracket("accuracy", one) == "<sub>[−1.23, +2.00] ❔</sub>"
    one = {"interval": [None, 0.5], "verdict": "better"}
    assert bracket("steps", one) == "<sub>[…, 0.50] ✅</sub>"


def test_questions_of_one_verdict_stand_together() -> None:
    def trick(*verdicts: str) -> dict:
        asked = zip(("accuracy", "loss", "steps"), verdicts, strict=True)
        return {name: {"verdict": verdict} for name, verdict in asked}

    assert holds(trick("holds", "holds", "holds")) == "holds"
    assert holds(trick("harmful", "holds", "holds")) == "accuracy: harmful; loss and speed: holds"


def test_every_trick_has_a_row_in_the_order_of_the_crossing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(HERE)
    crossing = read_crossing()
    rows = tricks_table(TRICKS, crossing).partition("\n\n")[0].splitlines()[2:]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == list(crossing.tricks)
    assert len(comparisons_table(TRICKS, crossing).splitlines()) == 2 + sum(
        len(trick["accuracy"]) - 1 for trick in TRICKS.values()
    )
