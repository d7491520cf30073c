from itertools import combinations
from pathlib import Path

import pytest
from refusals import refusal

from judging import claims
from judging.claims import read_claims, read_protocol
from judging.quantities import QUANTITIES
from workflow import files

PROJECT = Path(__file__).parents[2]
ENTRY = """\
report: A
source: a report
claims:
- id: a-1
  where: task 3
  quote: a much higher speed
  statement: With momentum the network learns faster.
  variants: [momentum, plain]
  quantity: steps_to_accuracy
  level: 0.9
  relation: lower
  reason: A direction.
"""
OTHER = ENTRY.partition("claims:\n")[2]
PARTS = ENTRY.replace("  level: 0.9\n", "  all: [{level: 0.8}, {level: 0.9, relation: same}]\n")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ("plain", "momentum", "ten-layers")
    monkeypatch.setattr(claims, "load_variants", lambda root: dict.fromkeys(names))


def read(text, name="a.yaml"):
    files.write(f"claims/{name}", text)
    return [claim for report in read_claims().values() for claim in report]


def test_the_parts_of_a_claim_share_its_keys_or_have_their_own():
    (claim,) = read(PARTS)
    assert (claim.id, claim.report, claim.explanation) == ("a-1", "A", "")
    assert [part.parameters for part in claim.parts] == [{"level": 0.8}, {"level": 0.9}]
    assert [part.relation for part in claim.parts] == ["lower", "same"]
    assert {part.weights for part in claim.parts} == {(1, -1)}


def test_every_file_is_read_but_the_protocol_and_sentences_without_verdict_are_only_measured():
    files.write("claims/protocol.yaml", "confidence: 0\n")
    read(ENTRY)
    text = ENTRY.replace("claims:", "without_verdict:").replace("  relation: lower\n", "")
    text = text.replace("  statement: With momentum the network learns faster.\n", "")
    text = text.replace("report: A", "report: C").replace("a-1", "c-1")
    both = read(f"{text}claims:\n{OTHER.replace('a-1', 'c-2')}", "c.yaml")
    found = [(one.id, one.report, one.kind) for one in both]
    assert found[0] == ("a-1", "A", "comparison")
    assert found[1:] == [("c-2", "C", "comparison"), ("c-1", "C", "measured")]


def test_comparisons_that_differ_in_order_or_direction_alone_have_one_contrast():
    turned = ENTRY.replace("[momentum, plain]", "[plain, momentum]").replace("lower", "higher")
    assert read(ENTRY)[0].parts[0].contrast == read(turned)[0].parts[0].contrast
    assert len({part.contrast for part in read(PARTS)[0].parts}) == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("level: 0.9", "level: 0", "level = 0 (allowed: a number above 0)"),
        ("level: 0.9", "level: 0.9\n  parts: []", "unknown key 'parts'"),
        ("level: 0.9", "step: 9", "steps_to_accuracy asks for level besides"),
        ("level: 0.9", "level: 0.9\n  value: '1'", "a value belongs to the relations value"),
        ("[momentum, plain]", "[momentum, plane]", "variants has {'plane'} (allowed: plain,"),
        ("[momentum, plain]", "[plain, plain]", "variants = ['plain', 'plain'] (allowed: 2, none"),
        ("  relation: lower\n", "", "a relation and a statement belong together"),
        ("quantity: steps", "quantity: stepps", "quantity = 'stepps_to_accuracy' (allowed: one"),
        ("  quote: a much higher speed\n", "", "expected either a quote or an explanation"),
        ("  level: 0.9\n", "  all: [7]\n", "all = [7] (allowed: a list of parts"),
        ("id: a-1", "id: A 1", "claim 'A 1': id = 'A 1' (allowed: small letters"),
        (OTHER, OTHER + OTHER, "claim 'a-1': id is taken (allowed: a new one)"),
        (f"claims:\n{OTHER}", "claims: []\n", "claims = [] (allowed: a list of entries"),
    ],
)
def test_a_bad_file_is_refused_in_one_line_that_says_what_is_allowed(old, new, message):
    assert old in ENTRY
    line = refusal(read, ENTRY.replace(old, new))
    assert line.startswith("claims/a.yaml")
    assert message in line


def test_a_bad_protocol_is_refused_in_one_line():
    text = (PROJECT / "claims/protocol.yaml").read_text()
    files.write("claims/protocol.yaml", text.replace("confidence: 0.95", "confidence: 95"))
    line = refusal(read_protocol)
    assert line.startswith("claims/protocol.yaml: confidence = 95 (allowed: a number above 0.5")


def test_margins_are_absolute_for_accuracies_and_losses_and_shares_of_all_else():
    protocol = read_protocol(PROJECT)
    names = ("final_validation_accuracy", "overfitting", "final_training_loss")
    margins = [protocol.margin(QUANTITIES[name], 5.0) for name in names]
    assert margins == [0.0037, 0.017, 1.0]


def test_no_comparison_of_a_report_counts_twice(monkeypatch):
    monkeypatch.undo()
    for report in read_claims(PROJECT).values():
        counted = [one for one in report if one.kind in ("comparison", "figure")]
        contrasts = {one.id: {part.contrast for part in one.parts} for one in counted}
        once = [contrasts[one.id] for one in counted if not one.same_as]
        assert all(one != other for one, other in combinations(once, 2))
        for one in counted:
            assert not one.same_as or contrasts[one.id] == contrasts[one.same_as]
