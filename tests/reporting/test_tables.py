"""Claims, comparisons and networks in Markdown."""

import re

import pytest
from hand_made import NETWORK
from verdict_entries import part, prediction, verdict

from reporting.tables import (
    ICONS,
    claims_table,
    comparison,
    measured,
    networks_table,
    quotation,
    readings,
    runs,
    table,
    words,
)
from reporting.tables import verdict as verdict_cell

MEANS = {
    **{"parameters": 50880, "epochs": 47.1, "train_loss": 0.0764791},
    **{"validation_loss": 0.293884, "validation_loss_std": 0.0108014},
    **{"validation_accuracy": 0.91835, "validation_accuracy_std": None},
}


def cells(row: str) -> list[str]:
    """The cells of a table's row, as GitHub splits it."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]


def test_a_claim_stands_beside_its_verdict_and_evidence() -> None:
    row = cells(claims_table([verdict()]).splitlines()[2])
    assert row == [
        '<a id="x-1"></a>“it improved”<br><sub>B is more accurate.</sub>',
        "✅\u00a0[supported](readings.md#x-1)<br><sub>4/4</sub>",
        "**+0.0407** [+0.0373, +0.0442]<br><sub>claimed >\u00a00</sub>",
    ]


def test_words_that_several_claims_read_are_quoted_once() -> None:
    claims = [verdict(quote=quote) for quote in ("better", "better", "faster", "better")]
    rows = claims_table([*claims, prediction("drop", "deep"), prediction("drop", "deep")])
    said = re.findall("</a>(.*?)<br>", rows)
    assert said == ["“better”", "the same words", "“faster”", "“better”", "drop", "drop"]


def test_a_reading_leads_back_to_its_claim_and_has_all_its_comparisons() -> None:
    two = verdict(part(), part(quantity="final_training_loss"), id="x-2", reason="Because.")
    assert readings([verdict(), two]).splitlines() == [
        '- <a id="x-1"></a>[B is more accurate.](report.md#x-1) The sign decides.',
        f"  - {comparison(part())}",
        '- <a id="x-2"></a>[B is more accurate.](report.md#x-2) Because.',
        f"  - {comparison(part())}",
        f"  - {comparison(part(quantity='final_training_loss'))}",
    ]


def test_a_comparison_says_all_that_its_verdict_rests_on() -> None:
    images = {"image_interval": (-0.002, 0.0834), "holds_for_other_images": False}
    assert comparison(part(**images, level=0.0007, note="a bound")) == (
        "✅ final validation accuracy: **+0.0407** [+0.0373, +0.0442], claimed >\u00a00; "
        "`b`\u00a00.9591, `a`\u00a00.9183; interval at 99.93\u00a0%; "
        "with other images [−0.0020, +0.0834]; a bound"
    )


@pytest.mark.parametrize("word", ICONS)
def test_every_verdict_has_its_icon(word: str) -> None:
    cell = verdict_cell(verdict(verdict=word))
    assert cell.startswith(f"{ICONS[word]}\u00a0[{word}](readings.md#x-1)<br>")


def test_what_would_decide_a_claim_stands_below_its_verdict() -> None:
    cell = verdict_cell(verdict(verdict="undecided", seeds_needed=1200))
    assert cell.endswith("<br><sub>1,200 seeds would decide</sub>")


def test_a_verdict_that_other_images_could_turn_is_marked() -> None:
    turned = {"image_interval": (-0.002, 0.0834), "holds_for_other_images": False}
    assert verdict_cell(verdict(**turned)).endswith("<br><sub>⚠️ other images</sub>")
    assert "⚠️" not in verdict_cell(verdict(**turned | {"holds_for_other_images": True}))


def test_of_several_comparisons_the_deciding_one_is_shown() -> None:
    loss = {"quantity": "final_validation_loss", "unit": "nats", "difference": -0.1}
    two = part(**loss, means=(1.0, 1.1), claimed=(None, 0.0))
    assert measured(verdict(part(), two, deciding=1)).split("<br>")[1:] == [
        "<sub>final validation loss</sub>",
        "<sub>claimed <\u00a00</sub>",
    ]


def test_single_runs_are_counted_or_their_range_is_given() -> None:
    assert runs(verdict(single_run_supports=2)) == "2/4"
    assert runs(verdict(kind="arithmetic", seeds=0)) == "exact"
    assert runs(verdict(kind="one run", scale="value")) == "0.0390 to 0.0429"


def test_formulae_in_quotations_get_safe_marks() -> None:
    assert quotation(r"x \approx 59.5") == r"“ $`x \approx 59.5`$ ”"
    assert quotation("are $785 * 64$ weights") == "“are $`785 * 64`$ weights”"
    assert quotation("which gave $x = 5$") == "“which gave $`x = 5`$ ”"
    assert quotation("it cost 5 $") == "“it cost 5 $”"


def test_a_prediction_is_named_after_its_explanation() -> None:
    cell = words(prediction("overfitting", "deep"))
    assert cell.endswith("overfitting<br><sub>B is more accurate.</sub>")


def test_nothing_that_a_claim_holds_breaks_its_table() -> None:
    text = table(["head"] * 2, [["a|b\nc", "`|`"]])
    assert cells(text.splitlines()[2]) == [r"a\|b c", r"`\|`"]
    assert len(text.splitlines()) == 3


LOWER = {
    **{"scale": "ratio", "relation": "times_lower", "numbers": {"factor": 1.5}, "unit": "steps"},
    **{"difference": 0.05714, "interval": (0.05208, 0.0625), "claimed": (None, 0.666667)},
    "means": (377.1, 6610.2),
}


def test_a_network_stands_beside_its_means_and_what_sets_it_apart_from_the_first() -> None:
    deep = NETWORK.model_copy(update={"hidden": (59, 59), "init": "fan_out", "nesterov": True})
    mixed = NETWORK.model_copy(update={"hidden": (64, 32), "shuffle": False})
    networks = {"plain": NETWORK, "deep": deep, "mixed": mixed}
    *_, first, second, third = networks_table(networks, dict.fromkeys(networks, MEANS)).splitlines()
    assert cells(first)[1].startswith("64 units, sigmoid, fan in initial weights, learning rate ")
    assert "False" not in first
    assert cells(first)[2:] == ["50,880", "47.1", "0.0765", "0.2939\u00a0±\u00a00.0108", "0.9183"]
    assert cells(second)[:2] == [
        "`deep`",
        "2 layers of 59 units, fan out initial weights, Nesterov's momentum",
    ]
    assert cells(third)[1] == "2 layers of 64, 32 units, no shuffling"
