import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from judging.claims import Claim, read_claims
from knobs import SettingsError
from settings import load_variants

PROJECT = Path(__file__).parents[2]
PUBLISHED = [PROJECT / f"claims/{n}.yaml" for n in ("report_a", "report_b", "ten_layers")]
VARIANTS = ("plain", "momentum", "ten-layers")

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


def read(path: Path, text: str) -> list[Claim]:
    path.write_text(text, encoding="utf-8")
    return read_claims([path], VARIANTS)


def test_a_claim_is_read_with_its_thresholds(tmp_path: Path) -> None:
    (claim,) = read(tmp_path / "a.yaml", ENTRY)
    assert (claim.id, claim.report, claim.variants) == ("a-1", "A", ("momentum", "plain"))
    assert claim.parameters == {"threshold": 0.9}
    assert claim.numbers == {"factor": 1.5}
    assert claim.explanation == ""


def test_a_prediction_names_its_explanation_instead_of_a_place(tmp_path: Path) -> None:
    text = ENTRY.replace("  where: task 3\n  quote: a much higher speed\n", "  explanation: luck\n")
    (claim,) = read(tmp_path / "a.yaml", text)
    assert (claim.explanation, claim.where, claim.quote) == ("luck", "", "")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("factor: 1.5", "factor: 1", "factor = 1 is not allowed; allowed: a number above 1"),
        ("factor: 1.5", "factor: .nan", "factor = nan is not allowed; allowed: a number above 1"),
        ("factor: 1.5", "factor: .inf", "factor = inf is not allowed; allowed: a number above 1"),
        ("factor: 1.5", "factor: true", "factor = True is not allowed; allowed: a number above 1"),
        ("factor: 1.5", "factor: '2'", "factor = '2' is not allowed; allowed: a number above 1"),
        ("factor: 1.5", "margin: 1.5", "unknown key 'margin'"),
        ("factor: 1.5", "faktor: 1.5", "unknown key 'faktor'; did you mean factor?"),
        ("  factor: 1.5\n", "", "factor is missing; allowed: a number above 1"),
        ("  threshold: 0.9\n", "", "threshold is missing; allowed: a number above 0"),
        ("  reason: Much means half as much again.\n", "", "reason is missing; allowed: a text"),
        ("quote: a much higher speed", "quote: ' '", "quote = ' ' is not allowed; allowed: a text"),
        ("[momentum, plain]", "[momentum, plane]", "no two alike, of plain, momentum, ten-layers"),
        ("[momentum, plain]", "[plain, plain]", "variants = ['plain', 'plain'] is not allowed"),
        ("[momentum, plain]", "[plain]", "allowed: a list of 2, no two alike, of plain"),
        ("[momentum, plain]", "momentum", "variants = 'momentum' is not allowed; allowed: a list"),
        (
            "relation: times_lower",
            "relation: less",
            "relation = 'less' is not allowed; allowed: one",
        ),
        (
            "quantity: steps",
            "quantity: stepps",
            "quantity = 'stepps_to_validation_accuracy' is not",
        ),
        ("  relation: times_lower\n", "", "relation is missing; allowed: one of higher, lower"),
        ("  quote:", "  explanation:", "unknown key 'where'"),
    ],
)
def test_a_bad_entry_is_refused_in_one_line_that_says_what_is_allowed(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "a.yaml"
    with pytest.raises(SettingsError) as refused:
        read(path, ENTRY.replace(old, new))
    assert str(refused.value).startswith(f"{path}: claim 'a-1': ")
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            ENTRY.replace("id: a-1", "id: A 1"),
            "claim 'A 1': id = 'A 1' is not allowed; allowed: small",
        ),
        (ENTRY.replace("id: a-1", "id: 7"), "claim number 1: id = 7 is not allowed"),
        (ENTRY.replace("- id: a-1\n  where", "- where"), "claim number 1: id is missing"),
        (ENTRY.replace("  factor: 1.5", "  factor: 1.5\n  factor: 2"), "found duplicate key"),
        (
            ENTRY.replace("a-1", "!!python/object:os.system a-1"),
            "could not determine a constructor",
        ),
        (ENTRY.replace("claims:\n", "claims: [\n"), "line"),
        (ENTRY.replace("source: a report\n", ""), "source is missing"),
        ("report: A\nsource: s\nclaims: []\n", "claims = [] is not allowed; allowed: a list"),
        (
            "report: A\nsource: s\nclaims: [7]\n",
            "claim number 1: expected keys and values, found 7",
        ),
        ("", "expected keys and values, found None"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.yaml"
    with pytest.raises(SettingsError) as refused:
        read(path, text)
    assert str(refused.value).startswith(str(path))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_range_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    text = ENTRY.replace("times_lower\n  factor: 1.5", "higher_by\n  low: 0.02\n  high: 0.01")
    with pytest.raises(SettingsError, match=r"low = 0\.02; allowed: below high, 0\.01"):
        read(tmp_path / "a.yaml", text)


def test_an_id_is_given_once_in_all_files(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text(ENTRY)
    second.write_text(ENTRY)
    with pytest.raises(
        SettingsError, match=r"b\.yaml: claim 'a-1': id is taken; allowed: a new one"
    ):
        read_claims([first, second], VARIANTS)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"a\.yaml: cannot be read"):
        read_claims([tmp_path / "a.yaml"], VARIANTS)


def test_both_reports_are_covered_and_every_reading_has_its_reason() -> None:
    claims = read_claims(PUBLISHED, load_variants(PROJECT / "variants.yaml"))
    assert sum(claim.report == "A" for claim in claims) >= 25
    assert sum(claim.report == "B" for claim in claims) >= 20
    assert {c.explanation for c in claims} >= {"overfitting", "vanishing gradients"}
    assert min(len(claim.reason.split()) for claim in claims) >= 3


KEYS = st.sampled_from([line.strip(" -").split(":")[0] for line in ENTRY.splitlines()[3:]])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates()
VALUES = st.recursive(
    SCALARS | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | SCALARS, inner, max_size=4)
    ),
    max_leaves=8,
)


def only_the_documented_error(path: Path, text: str) -> None:
    """Read the text as a claims file: claims come out, or SettingsError in one line."""
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    refused = None
    try:
        read_claims([path], VARIANTS)
    except SettingsError as error:
        refused = str(error)
    assert refused is None or refused.startswith(str(path))
    assert refused is None or len(refused.splitlines()) == 1


@pytest.mark.fuzz
@given(key=KEYS | st.text(max_size=8), value=VALUES, remove=st.booleans())
def test_any_value_under_any_key_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: Any, remove: bool
) -> None:
    content = YAML(typ="safe", pure=True).load(ENTRY)
    content["claims"][0][key] = value
    if remove:
        del content["claims"][0][key]
    text = io.StringIO()
    YAML(typ="safe", pure=True).dump(content, text)
    only_the_documented_error(tmp_path_factory.getbasetemp() / "value.yaml", text.getvalue())


@pytest.mark.fuzz
@given(at=st.integers(0, len(ENTRY)), cut=st.integers(0, 30), put=st.text(max_size=30))
def test_any_edit_of_the_text_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, at: int, cut: int, put: str
) -> None:
    text = ENTRY[:at] + put + ENTRY[at + cut :]
    only_the_documented_error(tmp_path_factory.getbasetemp() / "edit.yaml", text)


YAML_BITS = st.sampled_from(
    ["!!int ''", "!!bool x", "&a [*a]", "{[1]: 2}", "0x" + "f" * 4500, "1e999"]
)


@pytest.mark.fuzz
@given(key=KEYS, put=YAML_BITS)
def test_odd_yaml_under_any_key_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, key: str, put: str
) -> None:
    start = ENTRY.index(f"{key}: ") + len(f"{key}: ")
    text = ENTRY[:start] + put + ENTRY[ENTRY.index("\n", start) :]
    only_the_documented_error(tmp_path_factory.getbasetemp() / "odd.yaml", text)
