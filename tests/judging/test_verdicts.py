import math

import pytest
from hand_made import claim, part, runs
from refusals import refusal

from judging.claims import Protocol
from judging.verdicts import how_many_seeds, judge_claims, read_verdicts
from workflow import files

MARGINS = {"accuracy": 0.002, "loss": 0.01, "share": 0.1}
PROTOCOL = Protocol(pilot="", frozen="", confidence=0.95, margins=MARGINS)
LOW, HIGH, NEAR = [0.10, 0.11, 0.09, 0.10], [0.30, 0.31, 0.29, 0.30], [0.105, 0.113, 0.098, 0.1]
VAGUE = [0.1, 0.5, 0.9, 0.2]
SINGLE = part(variants=["a"], relation="value", value="0.1")


def judged(*claims, **values):
    """The verdicts on networks of these names whose seeds end at these losses."""
    networks = {name: runs("validation_loss", each) for name, each in values.items()}
    return judge_claims({"A": claims}, networks, PROTOCOL)


def only(one, **values):
    (verdict,) = judged(one, **values)
    return verdict


def test_a_verdict_says_on_how_many_seeds_it_rests_and_what_one_run_would_show():
    verdict = only(claim(), a=LOW, b=[*HIGH[:3], 0.05])
    assert (verdict.seeds, verdict.parts[0].single_runs) == (4, 0.75)
    assert verdict.parts[0].means == pytest.approx([0.2375, 0.1])


def test_only_what_no_part_refutes_says_how_many_seeds_would_decide():
    assert only(claim(), a=LOW, b=NEAR).seeds_needed > 4
    both = only(claim(part(), part(variants=["a", "c"])), a=LOW, b=NEAR, c=HIGH)
    assert (both.verdict, both.seeds_needed) == ("contradicted", None)


def test_a_contrast_is_corrected_once_however_often_it_is_claimed():
    lower, loss = part(variants=["a", "b"], relation="lower"), part(quantity="overfitting")
    claims = claim(), claim(lower), claim(loss)
    first, again, other = judged(*claims, a=LOW, b=HIGH)
    assert first.holm_level == again.holm_level
    assert sorted({first.holm_level, other.holm_level}) == pytest.approx([0.025, 0.05])


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
def test_a_claim_in_parts_is_as_good_as_its_worst(parts, verdict, deciding):
    values = {"b": HIGH, "vague": VAGUE, "lower": [0.0, 0.001, 0.002, 0.0]}
    values |= {"same": [0.1, 0.101] * 200, "a": [0.101, 0.1] * 200}
    one = only(claim(*(part(variants=[name, "a"]) for name in parts)), **values)
    assert (one.verdict, one.deciding) == (verdict, deciding)
    assert one.interval == one.parts[deciding].interval


def test_one_runs_figure_is_consistent_unless_no_run_could_print_it():
    assert only(claim(SINGLE), a=LOW).verdict == "consistent"
    assert only(claim(SINGLE), a=HIGH).verdict == "inconsistent"
    assert only(claim(SINGLE), a=VAGUE).seeds_needed is None


def test_arithmetic_needs_no_interval():
    count = part(variants=["a"], quantity="parameters", relation="count", value="50880")
    verdict = only(claim(count), a=LOW)
    assert (verdict.verdict, verdict.kind) == ("supported", "arithmetic")
    assert (verdict.difference, verdict.interval, verdict.seeds, verdict.p_value) == (None,) * 4
    wrong = claim(count.model_copy(update={"value": "50881"}))
    assert only(wrong, a=LOW).verdict == "contradicted"


def test_a_sentence_without_verdict_is_only_measured():
    verdict = only(claim(part(relation=None), statement=""), a=LOW, b=HIGH)
    assert (verdict.verdict, verdict.interval) == ("no verdict", None)
    assert verdict.parts[0].means == pytest.approx([0.3, 0.1])


def test_a_share_is_of_the_gap_that_is_gone():
    share = claim(part(variants=["d", "c", "b", "a"], relation="share"))
    # Ten layers lie 0.2 behind, and 0.05 with smaller steps: three quarters are gone.
    verdict = only(share, a=LOW, b=HIGH, c=LOW, d=[0.15, 0.16, 0.14, 0.15])
    assert (verdict.verdict, verdict.difference) == ("supported", pytest.approx(0.75))
    low, high = verdict.interval
    assert 0.6 < low < 0.75 < high < 0.9
    assert only(share, a=LOW, b=LOW, c=LOW, d=HIGH).verdict == "undecided"


def test_the_smallest_difference_that_seeds_show_worked_by_hand():
    networks = dict.fromkeys(("init-sigmoid", "ten-layers"), runs("validation_loss", [0.1, 0.3]))
    row = how_many_seeds(networks, 0.05)[2]
    assert (row["network"], row["seeds"], row["accuracy"]) == ("init-sigmoid", 6, 0)
    assert row["loss"] == pytest.approx((1.959964 + 1.281552) * math.sqrt(0.02 * 2 / 6))


def test_verdicts_are_read_as_they_were_written(tmp_path):
    verdicts = judged(claim(), claim(SINGLE), a=LOW, b=HIGH)
    path = tmp_path / "verdicts.json"
    files.write_json(path, {"claims": [one.model_dump(exclude_defaults=True) for one in verdicts]})
    again = read_verdicts(path)["claims"]
    assert [one.verdict for one in again] == ["supported", "consistent"]
    assert again[0].parts[0].means == pytest.approx(verdicts[0].parts[0].means)
    assert again[1].parts[0].printed == verdicts[1].parts[0].printed
    files.write_json(path, {"claims": [{"id": "x"}]})
    assert "is missing or wrong; `dvc repro judge` writes it" in refusal(read_verdicts, path)
