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
PARTS = ENTRY.replace("  level: 0.9\n", "  all: [{level: 0.8}, {level: 0.9, relation: same}]\n")
FIGURE = ENTRY.replace("steps_to_accuracy\n  level: 0.9", "epochs_until_stop").replace(
    "lower", "value\n  value: '46'"
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ("plain", "momentum", "ten-layers")
    monkeypatch.setattr(claims, "load_variants", lambda root: dict.fromkeys(names))


def read(text, name="a.yaml"):
    files.write(f"claims/{name}", text)
    return [claim for report in read_claims().values() for claim in report]


def test_a_claim_is_read_with_its_numbers():
    (claim,) = read(ENTRY)
    (part,) = claim.parts
    assert (claim.words.id, claim.report, claim.words.explanation) == ("a-1", "A", "")
    assert (part.variants, part.weights) == (["momentum", "plain"], (1, -1))
    assert (part.kind, part.parameters) == ("comparison", {"level": 0.9})


def test_the_parts_of_a_claim_share_its_keys_or_have_their_own():
    (claim,) = read(PARTS)
    assert [part.level for part in claim.parts] == [0.8, 0.9]
    assert [part.relation for part in claim.parts] == ["lower", "same"]


def test_a_figure_lies_between_what_would_be_printed_alike():
    assert read(FIGURE)[0].parts[0].printed == (45.5, 46.5)
    assert read(FIGURE.replace("'46'", "'0.90'"))[0].parts[0].printed == (0.895, 0.905)


def test_changes_and_shares_are_of_what_gets_better():
    def weights(quantity, relation, names):
        text = ENTRY.replace("steps_to_accuracy\n  level: 0.9", quantity)
        text = text.replace("[momentum, plain]", names).replace("lower", relation)
        return read(text)[0].parts[0].weights

    three = "[plain, momentum, ten-layers]"
    assert weights("final_validation_accuracy", "smaller_change", three) == (1, -2, 1)
    assert weights("final_validation_loss", "smaller_change", three) == (-1, 2, -1)


def test_a_sentence_without_verdict_has_no_relation():
    text = ENTRY.replace("claims:", "without_verdict:").replace("  relation: lower\n", "")
    text = text.replace("  statement: With momentum the network learns faster.\n", "")
    other = ENTRY.partition("claims:\n")[2].replace("a-1", "a-2")
    claim, sentence = read(text + f"claims:\n{other}")
    assert (claim.words.id, sentence.words.id) == ("a-2", "a-1")
    assert sentence.parts[0].kind == "measured"


def test_every_file_of_the_folder_is_read_but_the_protocol():
    files.write("claims/protocol.yaml", "confidence: 0\n")
    read(ENTRY)
    both = read(ENTRY.replace("report: A", "report: C").replace("a-1", "c-1"), "c.yaml")
    assert [(one.words.id, one.report) for one in both] == [("a-1", "A"), ("c-1", "C")]


def test_comparisons_that_differ_in_order_or_direction_alone_have_one_contrast():
    turned = ENTRY.replace("[momentum, plain]", "[plain, momentum]").replace("lower", "higher")
    assert read(ENTRY)[0].parts[0].contrast == read(turned)[0].parts[0].contrast
    assert len({part.contrast for part in read(PARTS)[0].parts}) == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("level: 0.9", "level: 0", "level = 0 (allowed: a number above 0)"),
        ("level: 0.9", "margin: 0.9", "unknown key 'margin'"),
        ("level: 0.9", "step: 9", "steps_to_accuracy asks for level besides"),
        ("level: 0.9", "level: 0.9\n  value: '1'", "a value belongs to the relations value"),
        ("quote: a much higher speed", "quote: ' '", "quote = ' ' (allowed: a text)"),
        ("[momentum, plain]", "[momentum, plane]", "variants has {'plane'} (allowed: plain,"),
        ("[momentum, plain]", "[plain, plain]", "variants = ['plain', 'plain'] (allowed: 2, none"),
        ("[momentum, plain]", "[plain]", "variants = ['plain'] (allowed: 2, none twice)"),
        ("relation: lower", "relation: less", "relation = 'less' (allowed: one of higher"),
        ("  relation: lower\n", "", "a relation and a statement belong together"),
        ("quantity: steps", "quantity: stepps", "quantity = 'stepps_to_accuracy' (allowed: one"),
        ("  quote: a much higher speed\n", "", "expected either a quote or an explanation"),
        ("  level: 0.9\n", "  all: [7]\n", "all = [7] (allowed: a list of parts"),
    ],
)
def test_a_bad_entry_is_refused_in_one_line_that_says_what_is_allowed(old, new, message):
    assert old in ENTRY
    line = refusal(read, ENTRY.replace(old, new))
    assert line.startswith("claims/a.yaml: claim 'a-1'")
    assert message in line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY.replace("id: a-1", "id: A 1"), "claim 'A 1': id = 'A 1' (allowed: small letters"),
        (ENTRY + ENTRY.partition("claims:\n")[2], "claim 'a-1': id is taken (allowed: a new one)"),
        (ENTRY.replace("  level: 0.9", "  level: 0.9\n  level: 2"), "duplicate key"),
        (ENTRY.replace("source: a report\n", ""), "source is missing"),
        ("report: A\nsource: s\nclaims: []\n", "claims = [] (allowed: a list of claims"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(text, message):
    line = refusal(read, text)
    assert line.startswith("claims/a.yaml")
    assert message in line


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("confidence: 0.95", "confidence: 95", "confidence = 95 (allowed: a number above 0.5"),
        ("  loss: 0.017", "  lost: 0.017", "margins = "),
        ("  loss: 0.017\n", "", "margins = "),
        ("frozen: ", "frozen: so", "(allowed: a commit, or nothing)"),
    ],
)
def test_a_bad_protocol_is_refused_in_one_line(old, new, message):
    text = (PROJECT / "claims/protocol.yaml").read_text()
    assert old in text
    files.write("claims/protocol.yaml", text.replace(old, new))
    line = refusal(read_protocol)
    assert line.startswith("claims/protocol.yaml: ")
    assert message in line


def test_margins_are_absolute_for_accuracies_and_losses_and_shares_of_all_else():
    protocol = read_protocol(PROJECT)
    names = ("final_validation_accuracy", "overfitting", "final_training_loss")
    margins = [protocol.margin(QUANTITIES[name], 5.0) for name in names]
    assert margins == [0.0037, 0.017, 1.0]


def test_no_comparison_of_a_report_counts_twice(monkeypatch):
    monkeypatch.undo()
    for report in read_claims(PROJECT).values():
        judged = [claim for claim in report if claim.parts[0].relation and not claim.words.same_as]
        contrasts = {one.words.id: {part.contrast for part in one.parts} for one in judged}
        tested = {name: of for name, of in contrasts.items() if "arithmetic" not in str(of)}
        assert not [pair for pair in combinations(tested, 2) if tested[pair[0]] == tested[pair[1]]]
        for claim in report:
            if claim.words.same_as:
                assert {part.contrast for part in claim.parts} == contrasts[claim.words.same_as]
