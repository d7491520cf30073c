from typing import Any

import pytest
from verdict_entries import entry, judged

from reporting.disagreements import disagreements, exclude_each_other, outcome

MORE, LESS = [0.0, None], [None, 0.0]


@pytest.mark.parametrize(
    ("one", "other", "excluded"),
    [
        ({"claimed": MORE}, {"claimed": LESS}, True),
        ({"claimed": MORE}, {"claimed": MORE}, False),
        ({"claimed": [0.0, 0.01]}, {"claimed": [-0.01, 0.0]}, True),
        ({"claimed": [-0.01, 0.01]}, {"claimed": MORE}, False),
        # The same networks the other way round: both say that a beats b.
        ({"claimed": LESS}, {"claimed": MORE, "variants": ["a", "b"]}, False),
        ({"claimed": LESS}, {"claimed": LESS, "variants": ["a", "b"]}, True),
        # Not the same thing measured.
        ({"claimed": MORE}, {"claimed": LESS, "variants": ["c", "a"]}, False),
        ({"claimed": MORE}, {"claimed": LESS, "quantity": "final_validation_loss"}, False),
        ({"claimed": MORE}, {"claimed": LESS, "parameters": {"threshold": 0.5}}, False),
        ({"claimed": MORE}, {"claimed": LESS, "scale": "ratio"}, False),
    ],
)
def test_claims_that_cannot_both_be_true(
    one: dict[str, Any], other: dict[str, Any], excluded: bool
) -> None:
    assert exclude_each_other(entry(**one), entry(**other)) is excluded
    assert exclude_each_other(entry(**other), entry(**one)) is excluded


def test_a_disagreement_is_told_once() -> None:
    ours = [entry(report="A", claimed=MORE, statement="Up."), entry(report="A", claimed=MORE)]
    theirs = judged("contradicted", report="B", claimed=LESS, statement="Down.")
    (text,) = disagreements([*ours, theirs, entry(report="B", claimed=MORE)])
    assert text == (
        "**The reports disagree on final validation accuracy.** A: “Up.” B: “Down.” "
        "Report A is right. Measured, as A puts it: **+0.0407** [+0.0373,\u00a0+0.0442]."
    )


def test_one_report_does_not_disagree_with_itself() -> None:
    assert not list(disagreements([entry(claimed=MORE), entry(claimed=LESS)]))


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        ("supported", "contradicted", "Report A is right."),
        ("within seed noise", "supported", "Report B is right."),
        ("contradicted", "contradicted", "Both are wrong."),
        ("within seed noise", "contradicted", "Report B is wrong."),
        ("within seed noise", "within seed noise", "The seeds do not decide it."),
        (None, None, "The seeds do not decide it."),
    ],
)
def test_the_verdicts_say_who_is_right(ours: str | None, theirs: str | None, words: str) -> None:
    assert outcome(judged(ours, report="A"), judged(theirs, report="B")) == words
