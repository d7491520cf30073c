import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hand_made import write_results
from projects import copy_of, one_line, replace, run

import judge
from judging.quantities import COLUMNS
from workflow import files

PROJECT = Path(__file__).parents[1]
CLAIM = """\
report: A
source: a report
claims:
- id: a-1
  where: task 3
  quote: it improved
  statement: Momentum raises the final validation accuracy.
  variants: [momentum, plain]
  quantity: final_validation_accuracy
  relation: higher
  margin: 0.01
  reason: Improved means one percentage point here.
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one claim, two networks and results written by hand."""
    monkeypatch.chdir(tmp_path)
    write_results("plain", [0.900, 0.910, 0.920])
    write_results("momentum", [0.930, 0.941, 0.949])
    files.write("claims/report_a.yaml", CLAIM)
    copy_of(tmp_path, "variants.yaml", "claims/protocol.yaml")
    edit("claims/protocol.yaml", "pilot_seeds: 6", "pilot_seeds: 0")
    return tmp_path


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the published claims and results."""
    monkeypatch.chdir(tmp_path)
    return copy_of(tmp_path, "claims", "plots", "variants.yaml")


def edit(path: str, old: str, new: str) -> None:
    replace(Path(path), old, new)


def verdicts() -> dict[str, str]:
    return {one["id"]: one["verdict"] for one in judge.judge()["claims"]}


def test_the_threshold_in_the_claims_file_decides(small: Path) -> None:
    # Means 0.94 and 0.91; t(0.975; 4) = 2.776 of sqrt(0.0001 / 3 + 0.0000903 / 3): half is 0.022.
    assert verdicts() == {"a-1": "undecided"}
    edit("claims/report_a.yaml", "margin: 0.01", "margin: 0.001")
    assert verdicts() == {"a-1": "supported"}
    edit("claims/report_a.yaml", "margin: 0.001", "margin: 0.06")
    assert verdicts() == {"a-1": "contradicted"}


def test_a_third_file_of_claims_is_judged_and_counted(small: Path) -> None:
    third = CLAIM.replace("report: A", "report: C").replace("a-1", "c-1")
    files.write("claims/another.yaml", third.replace("margin: 0.01", "margin: 0.001"))
    content = judge.judge()
    assert content["summary"]["C"] == {"seeds": {"supported": 1}}
    assert content["summary"]["all"] == {"seeds": {"supported": 1, "undecided": 1}}
    assert content["contrasts"] == 1


def test_entries_about_causes_are_counted_apart(small: Path) -> None:
    edit("claims/report_a.yaml", "quote: it improved", "explanation: momentum")
    assert judge.judge()["summary"] == {"A": {"seeds": {"undecided": 1}}}


def test_an_unedited_copy_gives_the_published_verdicts(published: Path) -> None:
    judge.main()
    again, before = (folder / "metrics/verdicts.json" for folder in (published, PROJECT))
    assert again.read_text() == before.read_text()


def test_published_verdicts_flip_with_a_threshold_and_with_a_measurement(published: Path) -> None:
    before = verdicts()
    assert before["a-3-init-accuracy"] == before["b-4a-32-accuracy"] == "supported"
    edit("claims/report_a.yaml", "margin: 0.02\n", "margin: 0.2\n")
    path = "plots/seeds/momentum-hidden-32.csv"
    table = dict(files.read_csv(path, ["seed", *COLUMNS["seeds"]]))
    files.write_csv(path, table | {"validation_accuracy": np.full(len(table["seed"]), 0.99)})
    after = verdicts()
    assert after["a-3-init-accuracy"] == after["b-4a-32-accuracy"] == "contradicted"


def test_no_published_interval_disagrees_with_its_verdict() -> None:
    claims = json.loads((PROJECT / "metrics/verdicts.json").read_text())["claims"]
    parts = [part for one in claims for part in one["parts"] if part["kind"] == "seeds"]
    assert parts
    for part in parts:
        (low, high), (first, last) = (ends(part[key]) for key in ("interval", "claimed"))
        assert low <= part["difference"] <= high
        assert (part["p_value"] <= part["level"]) == (part["verdict"] != "undecided")
        assert (part["verdict"] == "supported") == (first <= low and high <= last)
        assert (part["verdict"] == "contradicted") == (high <= first or low >= last)


def ends(interval: list[Any]) -> tuple[float, float]:
    low, high = interval
    return -math.inf if low is None else low, math.inf if high is None else high


def test_the_stage_writes_its_verdicts_and_says_where(small: Path) -> None:
    done = run(small, sys.executable, str(PROJECT / "src/judge.py"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("A, seeds: 1 undecided\n")
    assert done.stdout.endswith("judge: wrote metrics/verdicts.json\n")
    content = json.loads((small / "metrics/verdicts.json").read_text())
    assert [one["id"] for one in content["claims"]] == ["a-1"]


def test_a_fault_ends_in_one_line_and_keeps_the_old_verdicts(small: Path) -> None:
    files.write("metrics/verdicts.json", "published\n")
    edit("claims/report_a.yaml", "margin: 0.01", "margin: .nan")
    line = one_line(run(small, sys.executable, str(PROJECT / "src/judge.py")))
    wrong = "claims/report_a.yaml: claim 'a-1': margin = nan (allowed: a number from 0)"
    assert line.startswith(f"judge: {wrong}")
    assert (small / "metrics/verdicts.json").read_text() == "published\n"
