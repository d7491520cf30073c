"""The five sentences: each follows from the verdicts."""

from pathlib import Path

import pytest
from found import answer, tricks
from projects import HERE
from verdict_entries import part, prediction, verdict

from judging.verdicts import Verdict
from reporting.pages import misled, otherwise, sentences
from reporting.tables import Means, tuning_runs
from workflow.settings import read_crossing

LEVELS = ("supported", "contradicted", "undecided")


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(HERE)
    return HERE


def told(about: str, *verdicts: Verdict, **accuracy: dict) -> str:
    """One of the sentences, given these verdicts and what tricks do to accuracy."""
    crossing = read_crossing()
    claims = verdicts or (verdict(),)
    found = sentences([*claims, *explained()], tricks(crossing.tricks, **accuracy), crossing)
    assert [one.about for one in found] == ["tricks", "shapes", "ten-layers", "claims", "one-run"]
    assert all(one.text.endswith(".") and "\n" not in one.text for one in found)
    return next(one.text for one in found if one.about == about)


def explained(accuracy: str = "supported", loss: str = "supported", vanish: str = "contradicted"):
    """Why ten layers are worse, in two reports, and a claim of each about its network."""
    claims = []
    for report, network in (("A", "ten-layers"), ("B", "momentum-ten-layers")):
        given = {"relation": "share", "variants": (network,), "difference": 0.75}
        for unit, word in (("fraction", accuracy), ("nats", loss)):
            claims.append(prediction("steps too large", network, unit=unit, verdict=word, **given))
        claims.append(prediction("vanishing gradients", network, verdict=vanish))
        claims.append(
            verdict(report=report, kind="arithmetic", variants=(network,), single_runs=None)
        )
    return claims


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (answer("better", difference=0.0503), "by 5.03\u00a0points with {}"),
        (answer("worse", difference=-0.02), "falls by 2.00\u00a0points with {}"),
        (answer("better", too_small=True), "by 1.23\u00a0points, too little to matter, with {}"),
        (answer("no difference that matters"), "changes by less than matters with {}"),
        (
            answer("undecided", interval=[-0.01, 0.02]),
            "may rise or fall with {} (−1.00 to +2.00 points)",
        ),
    ],
)
def test_what_a_trick_or_a_shape_brings_follows_from_its_verdict(found: dict, words: str) -> None:
    for about, name in (("tricks", "momentum"), ("shapes", "two layers")):
        text = told(about, **{name: found})
        assert words.format(name) in text
        assert words.format(name) not in told(about, **{name: answer("better", difference=0.9)})


def test_a_trick_that_did_the_opposite_as_it_was_reported_says_so() -> None:
    pair = {"variants": ("init-sigmoid", "improved-init"), "difference": 0.0034}
    reported = verdict(interval=(0.002, 0.005), **pair)
    worse = answer("worse", difference=-0.02, interval=[-0.03, -0.01])
    end = "; as report A trained them, it rises by 0.34\u00a0points with the improved sigmoid."
    assert told("tricks", reported, **{"improved sigmoid": worse}).endswith(end)
    assert "trained them" not in told("tricks", reported)


def test_rates_chosen_by_accuracy_show_which_tricks_would_matter_otherwise() -> None:
    crossing = read_crossing()
    tuned = dict.fromkeys(crossing.combinations, (Means(0.1, 0.1, 0.90), Means(0.4, 0.2, 0.91)))
    tuned[crossing.everything] = (Means(0.1, 0.1, 0.91), Means(0.4, 0.2, 0.92))
    text = otherwise(0.0037, tricks(crossing.tricks), crossing, tuned)
    assert text.startswith("−1.00\u00a0points with no shuffling, ")
    assert text.endswith(" and −1.00\u00a0points with weight decay")
    for by_loss, by_accuracy in tuning_runs(crossing).values():
        assert by_loss.loss <= by_accuracy.loss
        assert by_loss.accuracy <= by_accuracy.accuracy


def test_a_trick_that_is_no_shape_is_in_neither_sentence() -> None:
    assert "weight decay" not in told("tricks") + told("shapes")


def test_every_other_verdict_on_ten_layers_gives_another_sentence() -> None:
    crossing = read_crossing()
    cases = [(one, other) for one in LEVELS for other in LEVELS]
    texts = {}
    for accuracy, loss in cases:
        claims = explained(accuracy, loss)
        text = sentences([verdict(), *claims], tricks(crossing.tricks), crossing)[2].text
        texts[accuracy, loss] = text.partition(":")[0]
    assert "are worse because" in texts["supported", "supported"]
    assert "are less accurate because" in texts["supported", "contradicted"]
    assert "a part of" in texts["undecided", "supported"]
    assert "are not why" in texts["contradicted", "contradicted"]
    assert "stays open" in texts["undecided", "undecided"]


@pytest.mark.parametrize("word", LEVELS)
def test_whether_gradients_vanish_follows_from_the_verdicts(word: str) -> None:
    crossing = read_crossing()
    claims = [verdict(), *explained(vanish=word)]
    text = sentences(claims, tricks(crossing.tricks), crossing)[2].text
    ends = {"supported": "gradients vanish.", "contradicted": "do not vanish."}
    assert text.endswith(ends.get(word, "stays open."))
    assert "75\u00a0% of the rise in loss in report A's network" in text
    assert "75\u00a0% and 75\u00a0% in report B's network" in text


def test_sentences_are_counted_by_verdict_and_each_comparison_once() -> None:
    claims = [
        *(verdict(verdict="contradicted"), verdict(), verdict()),
        verdict(same_as="x-1", verdict="undecided"),
        verdict(kind="arithmetic"),
        verdict(kind="figure", verdict="consistent"),
        verdict(kind="figure", verdict="inconsistent"),
    ]
    text = told("claims", *claims)
    assert text.startswith("Of 3 sentences that compare networks, 2 hold up, 1 do not, 0 name")
    assert "1 of 2 figures" in text


def test_one_run_misleads_where_it_says_the_opposite_of_many() -> None:
    claims = [
        verdict(single_runs=0.9),
        verdict(single_runs=0.3, verdict="contradicted"),
        verdict(part(single_runs=1.0), part(single_runs=0.5, verdict="undecided")),
        verdict(kind="figure", single_runs=None),
    ]
    assert list(misled(claims)) == pytest.approx([0.1, 0.3, 0.0])
    text = told("one-run", *claims)
    assert text.startswith("On 3 of 4 comparisons some single runs say yes and others no;")
    assert "in 13\u00a0% of cases" in text
