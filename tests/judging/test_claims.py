import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import outcome, refusal
from ruamel.yaml import YAML

from judging import claims
from judging.claims import Claim, read_claims, read_protocol
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
  quantity: steps_to_validation_accuracy
  threshold: 0.9
  relation: times_lower
  factor: 1.5
  reason: Much means half as much again.
"""
QUANTITY = "steps_to_validation_accuracy\n  threshold: 0.9"
PARTS = ENTRY.replace(
    "  threshold: 0.9\n", "  all: [{threshold: 0.8}, {threshold: 0.9, factor: 2}]\n"
)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = ("plain", "momentum", "ten-layers")
    monkeypatch.setattr(claims, "load_variants", lambda: dict.fromkeys(names))


def read(text: str, name: str = "a.yaml") -> list[Claim]:
    files.write(f"claims/{name}", text)
    return read_claims()


def test_a_claim_is_read_with_its_thresholds() -> None:
    (claim,) = read(ENTRY)
    (part,) = claim.parts
    words = claim.words
    assert (words.id, claim.report, words.explanation, words.since_pilot) == ("a-1", "A", "", "")
    assert (part.variants, part.weights, part.kind) == (("momentum", "plain"), (1, -1), "seeds")
    assert (part.parameters, part.numbers) == ({"threshold": 0.9}, {"factor": 1.5})


def test_the_parts_of_a_claim_share_its_keys_or_have_their_own() -> None:
    (claim,) = read(PARTS)
    assert [part.parameters["threshold"] for part in claim.parts] == [0.8, 0.9]
    assert [part.numbers["factor"] for part in claim.parts] == [1.5, 2.0]


def test_an_entry_about_a_cause_names_its_explanation_instead_of_a_quote() -> None:
    (claim,) = read(ENTRY.replace("quote: a much higher speed", "explanation: momentum"))
    assert (claim.words.explanation, claim.words.quote) == ("momentum", "")


def test_every_file_of_the_folder_is_read_but_the_protocol() -> None:
    files.write("claims/protocol.yaml", "pilot_seeds: 0\n")
    read(ENTRY)
    both = read(ENTRY.replace("report: A", "report: C").replace("a-1", "c-1"), "c.yaml")
    assert [(one.words.id, one.report) for one in both] == [("a-1", "A"), ("c-1", "C")]


def test_comparisons_that_differ_in_order_or_claim_alone_have_one_contrast() -> None:
    turned = PARTS.replace("[momentum, plain]", "[plain, momentum]").replace("lower", "higher")
    (claim,), (other,) = read(PARTS), read(turned)
    assert [part.contrast for part in claim.parts] == [part.contrast for part in other.parts]
    (differences,) = read(PARTS.replace("times_lower", "lower").replace("factor", "margin"))
    assert len({part.contrast for part in (*claim.parts, *differences.parts)}) == 4


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("factor: 1.5", "factor: 1", "factor = 1 (allowed: a number above 1)"),
        ("factor: 1.5", "factor: .nan", "factor = nan (allowed: a number above 1)"),
        ("factor: 1.5", "factor: true", "factor = True (allowed: a number above 1)"),
        ("factor: 1.5", "factor: '2'", "factor = '2' (allowed: a number above 1)"),
        ("factor: 1.5", "faktor: 1.5", "unknown key 'faktor' (did you mean factor?)"),
        ("quote: a much higher speed", "quote: ' '", "quote = ' ' (allowed: a text)"),
        ("[momentum, plain]", "[momentum, plane]", "no two alike, of plain, momentum, ten-layers"),
        ("[momentum, plain]", "[plain, plain]", "variants = ['plain', 'plain'] (allowed: a list"),
        ("[momentum, plain]", "[plain]", "allowed: a list of 2, no two alike, of plain"),
        ("[momentum, plain]", "momentum", "variants = 'momentum' (allowed: a list of 2"),
        ("relation: times_lower", "relation: less", "relation = 'less' (allowed: one of higher"),
        ("quantity: steps", "quantity: stepps", "quantity = 'stepps_to_validation_accuracy' (allo"),
        ("  quote: a much higher speed\n", "", "expected either a quote or an explanation"),
        ("  threshold: 0.9\n", "  all: []\n", "all = [] (allowed: a list of parts"),
        ("  threshold: 0.9\n", "  all: [{}]\n", "part 1: threshold is missing"),
        ("  threshold: 0.9\n", "  all: [7]\n", "all = [7] (allowed: a list of parts"),
        ("times_lower\n  factor: 1.5", "lower_by\n  low: 2\n  high: 1", "low = 2.0 (allowed: bel"),
        (QUANTITY, "validation_loss_noise\n  from_step: 0\n  window: 4", "allowed: an odd number"),
    ],
)
def test_a_bad_entry_is_refused_in_one_line_that_says_what_is_allowed(
    old: str, new: str, message: str
) -> None:
    assert old in ENTRY
    line = refusal(read, ENTRY.replace(old, new))
    assert line.startswith("claims/a.yaml: claim 'a-1'")
    assert message in line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY.replace("id: a-1", "id: A 1"), "claim 'A 1': id = 'A 1' (allowed: small letters"),
        (ENTRY.replace("id: a-1", "id: 7"), "claim number 1: id = 7 (allowed"),
        (ENTRY.replace("- id: a-1\n  where", "- where"), "claim number 1: id is missing"),
        (ENTRY + ENTRY.partition("claims:\n")[2], "claim 'a-1': id is taken (allowed: a new one)"),
        (ENTRY.replace("  factor: 1.5", "  factor: 1.5\n  factor: 2"), "duplicate key"),
        (ENTRY.replace("source: a report\n", ""), "source is missing"),
        ("report: A\nsource: s\nclaims: []\n", "claims = [] (allowed: a list of claims"),
        ("report: A\nsource: s\nclaims: [7]\n", "claims = [7] (allowed: a list of claims"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(text: str, message: str) -> None:
    line = refusal(read, text)
    assert line.startswith("claims/a.yaml")
    assert message in line


def test_a_claim_is_about_means_or_about_single_runs() -> None:
    parts = "all: [{relation: higher, margin: 0}, {relation: one_run, value: 1, tolerance: 0}]"
    line = refusal(read, ENTRY.replace("relation: times_lower\n  factor: 1.5", parts))
    assert "'a-1': relation one_run in some parts (allowed: in all" in line


def test_a_folder_without_claims_is_refused() -> None:
    assert refusal(read_claims) == "claims: expected files of claims, *.yaml"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("pilot_seeds: 6", "pilot_seeds: -1", "pilot_seeds = -1 (allowed: a whole number from 0)"),
        ("confidence: 0.95", "confidence: 95", "confidence = 95 (allowed: a number above 0.5"),
        ("  nats: 0.01", "  nuts: 0.01", "margins = "),
        ("frozen: ", "frozen: so", "(allowed: a commit, or an empty text)"),
    ],
)
def test_a_bad_protocol_is_refused_in_one_line(old: str, new: str, message: str) -> None:
    text = (PROJECT / "claims/protocol.yaml").read_text()
    files.write("claims/protocol.yaml", text.replace(old, new))
    line = refusal(read_protocol)
    assert line.startswith("claims/protocol.yaml: ")
    assert message in line


def test_margins_are_absolute_for_accuracies_and_losses_and_shares_of_all_else() -> None:
    margins = claims.Margins(fraction=0.002, nats=0.01, relative=0.1)
    assert [margins.of(unit, 5000) for unit in ("fraction", "nats", "steps")] == [0.002, 0.01, 500]


def test_the_projects_own_sentences_on_overfitting_are_judged_by_the_interventions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    monkeypatch.chdir(PROJECT)
    own = {claim.words.id: claim for claim in read_claims()}
    assert {claim.report for claim in own.values()} == {"A", "B", "ten layers"}
    contrasts = {name: {part.contrast for part in own[name].parts} for name in own}
    for sentence, letter in (("a-4e-overfitting", "a"), ("b-4e-overfits", "b")):
        causes = (contrasts[f"overfitting-{what}-{letter}"] for what in ("accuracy", "loss"))
        assert contrasts[sentence] == set().union(*causes)


KEYS = st.sampled_from([line.strip(" -").split(":")[0] for line in ENTRY.splitlines()[3:]])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates()
VALUES = st.recursive(
    SCALARS | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | SCALARS, inner, max_size=4)
    ),
    max_leaves=8,
)


@pytest.mark.fuzz
@given(key=KEYS | st.just("all") | st.text(max_size=8), value=VALUES, remove=st.booleans())
def test_any_value_under_any_key_is_read_or_refused(key: str, value: Any, remove: bool) -> None:
    content = YAML(typ="safe", pure=True).load(ENTRY)
    content["claims"][0][key] = value
    if remove:
        del content["claims"][0][key]
    text = io.StringIO()
    YAML(typ="safe", pure=True).dump(content, text)
    line = outcome(read, text.getvalue().encode(errors="surrogatepass").decode(errors="replace"))
    assert line == "" or line.startswith("claims/a.yaml")
