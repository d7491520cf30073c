from command import UserError

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from judging import claims
from judging.claims import Claim, read_claims, read_protocol

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
BAND = "  all: [{threshold: 0.8}, {threshold: 0.9, factor: 2}]\n"
PARTS = ENTRY.replace("  threshold: 0.9\n", BAND)


@pytest.fixture(autouse=True)
def known_variants(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("plain", "momentum", "ten-layers", "momentum-ten-layers")
    monkeypatch.setattr(claims, "load_variants", lambda: dict.fromkeys(names))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("claims").mkdir()
    return tmp_path / "claims"


def read(folder: Path, text: str, name: str = "a.yaml") -> list[Claim]:
    (folder / name).write_text(text, encoding="utf-8")
    return read_claims()


def test_a_claim_is_read_with_its_thresholds(folder: Path) -> None:
    (claim,) = read(folder, ENTRY)
    (part,) = claim.parts
    assert (claim.id, claim.report, claim.explanation, claim.since_pilot) == ("a-1", "A", "", "")
    assert (part.variants, part.weights) == (("momentum", "plain"), (1, -1))
    assert (part.parameters, part.numbers, part.kind) == (
        {"threshold": 0.9},
        {"factor": 1.5},
        "seeds",
    )


def test_the_parts_of_a_claim_share_its_keys_or_have_their_own(folder: Path) -> None:
    (claim,) = read(folder, PARTS)
    assert [part.parameters["threshold"] for part in claim.parts] == [0.8, 0.9]
    assert [part.numbers["factor"] for part in claim.parts] == [1.5, 2.0]


def test_an_entry_about_a_cause_names_its_explanation_instead_of_a_quote(folder: Path) -> None:
    (claim,) = read(folder, ENTRY.replace("quote: a much higher speed", "explanation: momentum"))
    assert (claim.explanation, claim.quote, claim.where) == ("momentum", "", "task 3")


def test_every_file_of_the_folder_is_read_but_the_protocol(folder: Path) -> None:
    (folder / "protocol.yaml").write_text("pilot_seeds: 0\n")
    read(folder, ENTRY)
    third = ENTRY.replace("report: A", "report: C").replace("a-1", "c-1")
    assert [(one.id, one.report) for one in read(folder, third, "c.yaml")] == [
        ("a-1", "A"),
        ("c-1", "C"),
    ]


def test_comparisons_that_differ_in_order_or_claim_alone_have_one_contrast(folder: Path) -> None:
    turned = PARTS.replace("[momentum, plain]", "[plain, momentum]").replace(
        "times_lower", "times_higher"
    )
    (claim,), (other,) = read(folder, PARTS), read(folder, turned)
    assert [part.contrast for part in claim.parts] == [part.contrast for part in other.parts]
    (differences,) = read(folder, PARTS.replace("times_lower", "lower").replace("factor", "margin"))
    contrasts = {part.contrast for part in (*claim.parts, *differences.parts)}
    assert len(contrasts) == 4


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("factor: 1.5", "factor: 1", "factor = 1 (allowed: a number above 1)"),
        ("factor: 1.5", "factor: .nan", "factor = nan (allowed: a number above 1)"),
        ("factor: 1.5", "factor: .inf", "factor = inf (allowed: a number above 1)"),
        ("factor: 1.5", "factor: true", "factor = True (allowed: a number above 1)"),
        ("factor: 1.5", "factor: '2'", "factor = '2' (allowed: a number above 1)"),
        ("factor: 1.5", "faktor: 1.5", "unknown key 'faktor' (did you mean factor?)"),
        ("  factor: 1.5\n", "", "factor is missing (allowed: a number above 1)"),
        ("  threshold: 0.9\n", "  threshold: 0\n", "threshold = 0 (allowed: a number above 0)"),
        ("  reason: Much means half as much again.\n", "", "reason is missing (allowed: a text)"),
        ("quote: a much higher speed", "quote: ' '", "quote = ' ' (allowed: a text)"),
        ("[momentum, plain]", "[momentum, plane]", "no two alike, of plain, momentum, ten-layers"),
        ("[momentum, plain]", "[plain, plain]", "variants = ['plain', 'plain'] (allowed: no two"),
        ("[momentum, plain]", "[plain]", "allowed: a list of 2, no two alike, of plain"),
        ("[momentum, plain]", "momentum", "variants = 'momentum' (allowed: a list of 2"),
        ("relation: times_lower", "relation: less", "relation = 'less' (allowed: one of higher"),
        ("quantity: steps", "quantity: stepps", "quantity = 'stepps_to_validation_accuracy' (allo"),
        ("  relation: times_lower\n", "", "relation is missing (allowed: one of higher, lower"),
        ("  quote: a much higher speed\n", "", "quote is missing (allowed: a text)"),
        ("  threshold: 0.9\n", "  all: []\n", "all = [] (allowed: a list of parts"),
        ("  threshold: 0.9\n", "  all: [{}]\n", "part 1: threshold is missing"),
        ("  threshold: 0.9\n", "  all: [7]\n", "all = [7] (allowed: a list of parts"),
        (
            "times_lower\n  factor: 1.5",
            "lower_by\n  low: 2\n  high: 1",
            "low = 2.0 (allowed: below",
        ),
        (
            "steps_to_validation_accuracy\n  threshold: 0.9",
            "validation_loss_noise\n  from_step: 0\n  window: 4",
            "window = 4 (allowed: an odd number from 3)",
        ),
        (
            "  threshold: 0.9\n  relation: times_lower\n",
            "  threshold: 0.9\n  all: [{relation: times_lower}, {relation: one_run}]\n",
            "part 2: ",
        ),
    ],
)
def test_a_bad_entry_is_refused_in_one_line_that_says_what_is_allowed(
    folder: Path, old: str, new: str, message: str
) -> None:
    assert old in ENTRY
    with pytest.raises(UserError) as refused:
        read(folder, ENTRY.replace(old, new))
    assert str(refused.value).startswith("claims/a.yaml: claim 'a-1'")
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY.replace("id: a-1", "id: A 1"), "claim 'A 1': id = 'A 1' (allowed: small letters"),
        (ENTRY.replace("id: a-1", "id: 7"), "claim number 1: id = 7 (allowed"),
        (ENTRY.replace("- id: a-1\n  where", "- where"), "claim number 1: id is missing"),
        (ENTRY + ENTRY.partition("claims:\n")[2], "claim 'a-1': id is taken (allowed: a new one)"),
        (ENTRY.replace("  factor: 1.5", "  factor: 1.5\n  factor: 2"), "duplicate key"),
        (ENTRY.replace("claims:\n", "claims: [\n"), "line"),
        (ENTRY.replace("source: a report\n", ""), "source is missing"),
        ("report: A\nsource: s\nclaims: []\n", "claims = [] (allowed: a list with at least one"),
        (
            "report: A\nsource: s\nclaims: [7]\n",
            "claim number 1: expected keys and values, found 7",
        ),
        ("", "expected keys and values, found None"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(folder: Path, text: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        read(folder, text)
    assert str(refused.value).startswith("claims/a.yaml")
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_claim_is_about_means_or_about_single_runs(folder: Path) -> None:
    parts = "all: [{relation: higher, margin: 0}, {relation: one_run, value: 1, tolerance: 0}]"
    text = ENTRY.replace("relation: times_lower\n  factor: 1.5", parts)
    with pytest.raises(UserError, match=r"'a-1': relation one_run in some parts \(allowed: in all"):
        read(folder, text)


def test_a_folder_without_claims_is_refused(folder: Path) -> None:
    with pytest.raises(UserError, match="claims: expected files of claims"):
        read_claims()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("pilot_seeds: 6", "pilot_seeds: -1", "pilot_seeds = -1 (allowed: a whole number from 0)"),
        ("confidence: 0.95", "confidence: 95", "confidence = 95 (allowed: a number above 0.5"),
        ("  nats: 0.01", "  nuts: 0.01", "margins = "),
        ('frozen: ""', "frozen: soon", "frozen = 'soon' (allowed: a commit, or an empty text)"),
    ],
)
def test_a_bad_protocol_is_refused_in_one_line(
    folder: Path, old: str, new: str, message: str
) -> None:
    text = (PROJECT / "claims/protocol.yaml").read_text()
    (folder / "protocol.yaml").write_text(text.replace(old, new))
    with pytest.raises(UserError) as refused:
        read_protocol()
    assert str(refused.value).startswith("claims/protocol.yaml: ")
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_margins_are_absolute_for_accuracies_and_losses_and_shares_of_all_else() -> None:
    margins = claims.Margins(fraction=0.002, nats=0.01, relative=0.1)
    assert margins.of("fraction", False, 0.9) == 0.002
    assert margins.of("nats", False, 0.9) == 0.01
    assert margins.of("steps", False, 5000) == 500
    assert margins.of("nats", True, 0.9) == pytest.approx(0.0953102)  # log(1.1)


def test_the_projects_own_claims_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.chdir(PROJECT)
    own, protocol = read_claims(), read_protocol()
    assert {claim.report for claim in own} == {"A", "B", "ten layers"}
    assert sum(claim.report == "A" for claim in own) >= 40
    assert sum(claim.report == "B" for claim in own) >= 35
    assert min(len(claim.reason.split()) for claim in own) >= 3
    assert protocol.pilot_seeds == 6
    by_id = {claim.id: {part.contrast for part in claim.parts} for claim in own}
    for sentence, letter in (("a-4e-overfitting", "a"), ("b-4e-overfits", "b")):
        causes = (by_id[f"overfitting-{what}-{letter}"] for what in ("accuracy", "loss"))
        assert by_id[sentence] == set().union(*causes)


KEYS = st.sampled_from([line.strip(" -").split(":")[0] for line in ENTRY.splitlines()[3:]])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates()
VALUES = st.recursive(
    SCALARS | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | SCALARS, inner, max_size=4)
    ),
    max_leaves=8,
)


def only_the_documented_error(text: str) -> None:
    """Read the text as the only claims file: claims come out, or UserError in one line."""
    path = claims.FOLDER / "fuzz.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    refused = str(path)
    try:
        read_claims()
    except UserError as error:
        refused = str(error)
    assert refused.startswith(str(path))
    assert len(refused.splitlines()) == 1


@pytest.fixture(scope="module")
def fuzz_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.fuzz
@given(key=KEYS | st.just("all") | st.text(max_size=8), value=VALUES, remove=st.booleans())
def test_any_value_under_any_key_is_read_or_refused(
    fuzz_folder: Path, key: str, value: Any, remove: bool
) -> None:
    content = YAML(typ="safe", pure=True).load(ENTRY)
    content["claims"][0][key] = value
    if remove:
        del content["claims"][0][key]
    text = io.StringIO()
    YAML(typ="safe", pure=True).dump(content, text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claims, "FOLDER", fuzz_folder)
        only_the_documented_error(text.getvalue())


YAML_BITS = st.sampled_from(
    ["!!int ''", "!!bool x", "&a [*a]", "{[1]: 2}", "0x" + "f" * 4500, "1e999"]
)


@pytest.mark.fuzz
@given(at=st.integers(0, len(ENTRY)), cut=st.integers(0, 30), put=YAML_BITS | st.text(max_size=30))
def test_any_edit_of_the_text_is_read_or_refused(
    fuzz_folder: Path, at: int, cut: int, put: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claims, "FOLDER", fuzz_folder)
        only_the_documented_error(ENTRY[:at] + put + ENTRY[at + cut :])
