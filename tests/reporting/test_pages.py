"""The five sentences: each follows from the verdicts."""

import pytest
from found import answer, tricks
from projects import HERE
from verdict_entries import COUNT, FIGURE, LOSS, part, prediction, verdict

from judging.verdicts import Verdict
from reporting.pages import sentences
from reporting.tables import tuning_runs
from workflow.settings import read_crossing

LEVELS = ("supported", "contradicted", "undecided")


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)


def told(about: str, *claims: Verdict, **accuracy: dict) -> str:
    """One of the sentences, given these verdicts and what tricks do to accuracy."""
    crossing = read_crossing()
    claims = claims or (verdict(), *explained())
    found = sentences(claims, tricks(crossing.tricks, **accuracy), crossing)
    keys = [one["about"] for one in found]
    assert keys == ["tricks", "shapes", "ten-layers", "claims", "one-run"]
    assert all(one["text"].endswith(".") and "\n" not in one["text"] for one in found)
    return found[keys.index(about)]["text"].replace("\u00a0", " ")


def explained(accuracy: str = "supported", loss: str = "supported", vanish: str = "contradicted"):
    """Why ten layers are worse, in two reports."""
    claims = []
    for network in ("ten-layers", "momentum-ten-layers"):
        given = {"relation": "share", "difference": 0.75}
        about = "steps too large", network
        claims.append(prediction(*about, verdict=accuracy, **given))
        claims.append(prediction(*about, verdict=loss, **given, **LOSS))
        claims.append(prediction("vanishing gradients", network, verdict=vanish))
    return claims


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (answer("better", difference=0.0503), "rises by 5.03 with {}"),
        (answer("worse", difference=-0.02), "falls by 2.00 with {}"),
        (answer("better", too_small=True), "hardly changes with {}"),
        (answer("no difference that matters"), "hardly changes with {}"),
        (answer("undecided", interval=[-0.01, 0.02]), "may rise or fall with {}"),
    ],
)
def test_what_a_trick_or_a_shape_brings_follows_from_its_verdict(found: dict, words: str) -> None:
    for about, name in (("tricks", "momentum"), ("shapes", "two layers")):
        text = told(about, **{name: found})
        assert words.format(name) in text
        assert text.count(" points") == 1
        assert words.format(name) not in told(about, **{name: answer("better", difference=0.9)})
    assert "weight decay" not in told("tricks") + told("shapes")


def test_a_trick_that_did_the_opposite_as_it_was_reported_says_so() -> None:
    pair = {"variants": ["init-sigmoid", "improved-init"], "difference": 0.0034}
    reported = verdict(interval=(0.002, 0.005), **pair)
    worse = {"improved sigmoid": answer("worse", difference=-0.02, interval=[-0.03, -0.01])}
    text = "the improved sigmoid (but rises by 0.34 with report A's settings) and"
    assert text in told("tricks", reported, **worse)
    assert "settings" not in told("tricks", reported) + told("tricks", verdict(), **worse)


def test_rates_are_the_best_of_each_networks_trial_runs() -> None:
    for by_loss, by_accuracy in tuning_runs(read_crossing()).values():
        assert by_loss.loss <= by_accuracy.loss
        assert by_loss.accuracy <= by_accuracy.accuracy


@pytest.mark.parametrize(
    ("accuracy", "loss", "words"),
    [
        ("supported", "supported", "are worse than one because"),
        ("supported", "contradicted", "are less accurate than one because"),
        ("undecided", "supported", "a part of why"),
        ("contradicted", "contradicted", "are not why"),
        ("undecided", "contradicted", "stays open"),
    ],
)
def test_why_ten_layers_are_worse_follows_from_the_verdicts(
    accuracy: str, loss: str, words: str
) -> None:
    text = told("ten-layers", verdict(), *explained(accuracy, loss))
    assert words in text.partition(":")[0]
    assert "undo 75 % of the drop in accuracy and 75 % of the rise in loss (ten layers," in text
    assert told("ten-layers", verdict()) == "Why ten layers are worse is not judged."


@pytest.mark.parametrize("word", LEVELS)
def test_whether_gradients_vanish_follows_from_the_verdicts(word: str) -> None:
    ends = {"supported": "gradients vanish.", "contradicted": "do not vanish."}
    text = told("ten-layers", verdict(), *explained(vanish=word))
    assert text.endswith(ends.get(word, "stays open."))


def test_sentences_are_counted_by_verdict_and_each_comparison_once() -> None:
    claims = [
        *(verdict(verdict="contradicted"), verdict(), verdict(), verdict(**COUNT)),
        *(verdict(same_as="x-1", verdict="undecided"), verdict(**FIGURE, verdict="consistent")),
    ]
    text = told("claims", *claims)
    assert text.startswith("Of 3 sentences that compare networks, 2 hold up and 1 does not; 0 see")


def test_one_run_misleads_where_it_says_the_opposite_of_many() -> None:
    claims = [
        verdict(single_runs=0.9),
        verdict(single_runs=0.3, verdict="contradicted"),
        verdict(part(single_runs=1.0), part(single_runs=0.5, verdict="undecided")),
        verdict(**FIGURE, single_runs=None),
    ]
    text = told("one-run", *claims)
    assert text.startswith("In 3 of 4 comparisons, some single runs say yes and others no;")
    assert "in 13 % of cases" in text
