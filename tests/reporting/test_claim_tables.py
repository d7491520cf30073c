import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdict_entries import entry, judged, prediction

from reporting.claim_tables import (
    claims_table,
    evidence,
    predictions_tables,
    quotation,
    runs,
    stated_numbers,
    table,
    verdict,
    words,
)


def cells(row: str) -> list[str]:
    """The cells of a table's row, as GitHub splits it."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]


def test_a_claim_stands_beside_its_verdict_and_evidence() -> None:
    row = cells(claims_table([entry()]).splitlines()[2])
    assert row == [
        '<a id="x-1"></a>“it improved”<br><sub>B is more accurate.</sub>',
        "✅\u00a0supported",
        "**+0.0407** [+0.0373,\u00a0+0.0442]<br><sub>0.9591 against 0.9183</sub>",
        "more than 0",
        "4 of 4",
    ]


def test_the_reason_of_every_margin_is_folded_away_below_its_table() -> None:
    text = claims_table([entry(id="x-1"), entry(id="x-2", reason="Because.", p_adjusted=None)])
    _, fold = text.split("<details>")
    assert (
        "- `x-1`: final validation accuracy of `b` against `a`, adjusted p 0.0001. "
        "The sign decides.\n" in fold
    )
    assert "- `x-2`: final validation accuracy of `b` against `a`. Because.\n" in fold
    assert fold.endswith("\n\n</details>")


def test_a_reading_names_the_numbers_of_its_quantity() -> None:
    text = claims_table([entry(quantity="noise", parameters={"window": 9, "from_step": 1250})])
    assert "noise (window 9, from_step 1250) of" in text


def test_a_verdict_that_the_correction_took_away_is_told() -> None:
    lost = entry(verdict="within seed noise", verdict_uncorrected="contradicted")
    expected = "➖\u00a0within seed noise<br><sub>its interval alone: contradicted</sub>"
    assert verdict(lost) == expected


@pytest.mark.parametrize(
    ("word", "icon"),
    [("supported", "✅"), ("within seed noise", "➖"), ("contradicted", "❌"), (None, "❔")],
)
def test_every_verdict_has_its_icon(word: str | None, icon: str) -> None:
    assert verdict(judged(word)) == f"{icon}\u00a0{word or 'no verdict'}"


def test_single_runs_are_counted_where_there_is_luck() -> None:
    divided = entry(single_runs=[True, False, False, True], single_run_supports=2)
    assert runs(divided) == "2 of 4"
    assert runs(entry(note="exact: follows from the settings, no seed changes it")) == "exact"
    assert runs(entry(single_runs=[], single_run_supports=0)) == "–"


def test_a_remark_stands_below_the_measurement() -> None:
    assert evidence(entry(note="measured as a bound")).endswith("<sub>measured as a bound</sub>")


def test_formulae_in_quotations_get_safe_marks() -> None:
    assert quotation(r"x \approx 59.5") == r"“ $`x \approx 59.5`$ ”"
    assert quotation("are $785 * 64$ weights") == "“are $`785 * 64`$ weights”"
    assert quotation("which gave $x = 5$") == "“which gave $`x = 5`$ ”"
    assert quotation("it cost 5 $") == "“it cost 5 $”"


def test_a_prediction_is_named_after_its_explanation() -> None:
    assert words(prediction("overfitting", "deep")).endswith("overfitting: B is more accurate.")


def test_every_explained_network_has_a_table_of_its_predictions() -> None:
    text = predictions_tables(
        [prediction("one", "x"), prediction("two", "y"), prediction("2", "x")]
    )
    first, second = text.split("**`y`**")
    assert first.startswith("**`x`**\n\n| prediction | verdict |")
    assert "one: B is" in first
    assert "2: B is" in first
    assert "two: B is" in second


@pytest.mark.fuzz
@given(st.lists(st.text(), min_size=1))
def test_nothing_that_a_cell_holds_breaks_its_table(contents: list[str]) -> None:
    # A backslash before a bar is left out: the bar's own escape follows it in either case.
    row = [content.replace("\\", "") for content in contents]
    lines = re.split(r"[\r\n]", table(["head"] * len(row), [row]))
    assert len(lines) == 3
    assert len(cells(lines[2])) == len(row)


def test_figures_of_the_reports_stand_beside_ours() -> None:
    about = {"scale": "value", "relation": "about", "difference": 0.9028, "interval": [0.9, 0.9056]}
    text = stated_numbers(
        [
            entry(quote="with an accuracy of 0.8997", per_seed=[0.8959, 0.9073], **about),
            entry(quote="a drop of almost 0.03", relation="lower_by", numbers={"high": 0.03}),
            entry(quote="a drop without a number", numbers={"high": 0.03}),
            entry(quote="lower with 32 than with 64 units"),
        ]
    )
    shown = [cells(row) for row in text.splitlines()[2:]]
    assert [row[1].split("<br>")[0] for row in shown] == [
        "“with an accuracy of 0.8997”",
        "“a drop of almost 0.03”",
    ]
    assert shown[0][0] == "A, 3, first trick"
    assert shown[0][3] == "0.8959 to 0.9073"
