import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.places import Place, place, read_verdicts

PROJECT = Path(__file__).parents[2]


def entry(**given: Any) -> dict[str, Any]:
    """A claim that something is above 0.02, measured at 0.05 ± 0.01, but for what is given."""
    return {
        **{"id": "a-1", "report": "A", "where": "task 3, first trick", "statement": "It rises."},
        **{"verdict": "supported", "scale": "difference"},
        **{"difference": 0.05, "interval": [0.04, 0.06], "claimed": [0.02, None]},
    } | given


def test_a_distance_is_counted_in_half_widths_of_the_interval() -> None:
    assert place(entry()) == pytest.approx(Place(3.0, 2.0, 4.0))


def test_what_is_not_as_claimed_lies_below_zero() -> None:
    assert place(entry(claimed=[None, 0.02])) == pytest.approx(Place(-3.0, -4.0, -2.0))
    assert place(entry(claimed=[0.1, None])) == pytest.approx(Place(-5.0, -6.0, -4.0))


def test_of_two_edges_the_nearer_counts() -> None:
    assert place(entry(claimed=[0.0, 0.07])) == pytest.approx(Place(2.0, 1.0, 3.0))
    assert place(entry(claimed=[0.06, 0.07])) == pytest.approx(Place(-1.0, -2.0, 0.0))


def test_a_ratio_is_placed_by_logarithms() -> None:
    ratio = entry(scale="ratio", difference=8.0, interval=[4.0, 16.0], claimed=[2.0, None])
    assert place(ratio) == pytest.approx(Place(2.0, 1.0, 3.0))


def test_an_open_end_is_infinite_on_the_side_it_opens_to() -> None:
    assert place(entry(interval=[None, 0.06])) == pytest.approx(Place(3.0, -math.inf, 4.0))
    assert place(entry(interval=[0.04, None])) == pytest.approx(Place(3.0, 2.0, math.inf))
    # Seen from an upper edge, what may be any lower may be any farther within the claim.
    below = entry(interval=[None, 0.06], claimed=[None, 0.08])
    assert place(below) == pytest.approx(Place(3.0, 2.0, math.inf))


def test_an_exact_number_has_a_side_and_no_distance() -> None:
    exact = {"difference": 64.0, "interval": [64.0, 64.0]}
    for claimed, side in (([64.0, 64.0], math.inf), ([None, 60.0], -math.inf)):
        found = place(entry(**exact, claimed=claimed))
        assert found == Place(side, side, side)
        assert found.exact


@pytest.mark.parametrize("missing", [{"difference": None}, {"interval": None}])
def test_what_has_no_interval_has_no_place(missing: dict[str, None]) -> None:
    assert place(entry(**missing)) is None


def test_the_side_agrees_with_every_published_verdict() -> None:
    content = json.loads((PROJECT / "metrics/verdicts.json").read_text())
    for one in [*content["claims"], *content["ten_layers"]["predictions"]]:
        found = place(one)
        if found and one["verdict_uncorrected"] == "supported":
            assert found.low > -1e-3, one["id"]
        elif found and one["verdict_uncorrected"] == "contradicted":
            assert found.high < 1e-3, one["id"]
        elif found:
            assert found.low < 1e-3, one["id"]
            assert found.high > -1e-3, one["id"]


def test_claims_come_by_report_and_task_and_predictions_by_network(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.json"
    prediction = entry(id="p", variants=["ten-layers", "plain"], explanation="overfitting")
    claims = [entry(), entry(id="b-1", report="B", where="task 4e", verdict=None)]
    content = {"claims": claims, "ten_layers": {"predictions": [prediction]}}
    path.write_text(json.dumps(content))
    found = read_verdicts(path)
    assert list(found) == ["A", "B", "ten layers"]
    assert (found["A"][0].heading, found["A"][0].statement) == ("Task 3", "It rises")
    assert (found["B"][0].heading, found["B"][0].verdict) == ("Task 4e", None)
    assert found["ten layers"][0].heading == "ten-layers: overfitting"


@pytest.mark.parametrize(
    "bad",
    [
        {"verdict": "true"},
        {"difference": "0.1"},
        {"difference": math.nan},
        {"difference": 10**400},
        {"interval": [0.1]},
        {"claimed": 0.1},
        {"scale": "ratio", "difference": -1.0},
        {"where": None},
        {"statement": 1},
    ],
)
def test_a_bad_entry_is_refused_in_one_line_that_names_the_file(
    tmp_path: Path, bad: dict[str, Any]
) -> None:
    path = tmp_path / "verdicts.json"
    path.write_text(json.dumps({"claims": [entry(**bad)], "ten_layers": {"predictions": []}}))
    with pytest.raises(ValueError, match="not as judge writes it") as caught:
        read_verdicts(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["supported", "ratio"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.fuzz
@given(st.dictionaries(st.sampled_from([*entry(), "variants", "explanation"]), anything))
def test_whatever_an_entry_holds_only_the_documented_error_comes_out(
    tmp_path_factory: pytest.TempPathFactory, changed: dict[str, Any]
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.json"
    content = {"claims": [entry(**changed)], "ten_layers": {"predictions": [entry(**changed)]}}
    path.write_text(json.dumps(content))
    try:
        read_verdicts(path)
    except ValueError as error:
        assert str(error).startswith(f"{path}: ")  # noqa: PT017 - it may also be fine
