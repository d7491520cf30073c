from command import UserError

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hand_made import write_results

import files
import judge
from judging.quantities import COLUMNS

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
    shutil.copy(PROJECT / "variants.yaml", "variants.yaml")
    write_results("plain", [0.900, 0.910, 0.920])
    write_results("momentum", [0.930, 0.941, 0.949])
    files.write("claims/report_a.yaml", CLAIM)
    protocol = (PROJECT / "claims/protocol.yaml").read_text()
    files.write("claims/protocol.yaml", protocol.replace("pilot_seeds: 6", "pilot_seeds: 0"))
    return tmp_path


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the published claims and results, to be edited by nobody."""
    folder = tmp_path_factory.mktemp("published")
    for name in ("claims", "plots"):
        shutil.copytree(PROJECT / name, folder / name)
    shutil.copy(PROJECT / "variants.yaml", folder / "variants.yaml")
    return folder


@pytest.fixture
def copy(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The published claims and results, free to be edited."""
    shutil.copytree(published, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def entry(content: dict[str, Any], claim: str) -> dict[str, Any]:
    (one,) = (entry for entry in content["claims"] if entry["id"] == claim)
    return one


def edit(path: str | Path, old: str, new: str) -> None:
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new))


def test_the_threshold_in_the_claims_file_decides(small: Path) -> None:
    # Means 0.94 and 0.91; t(0.975; 4) = 2.776 of sqrt(0.0001 / 3 + 0.0000903 / 3): half is 0.022.
    assert entry(judge.judge(), "a-1")["verdict"] == "undecided"
    edit("claims/report_a.yaml", "margin: 0.01", "margin: 0.001")
    assert entry(judge.judge(), "a-1")["verdict"] == "supported"
    edit("claims/report_a.yaml", "margin: 0.001", "margin: 0.06")
    assert entry(judge.judge(), "a-1")["verdict"] == "contradicted"


def test_a_changed_measurement_changes_the_verdict(small: Path) -> None:
    write_results("momentum", [0.860, 0.861, 0.862])
    assert entry(judge.judge(), "a-1")["verdict"] == "contradicted"


def test_seeds_of_the_pilot_decide_nothing(small: Path) -> None:
    edit("claims/protocol.yaml", "pilot_seeds: 0", "pilot_seeds: 2")
    content = judge.judge()
    assert (entry(content, "a-1")["verdict"], content["pilot_seeds"]) == ("undecided", 2)


def test_a_third_file_of_claims_is_judged_and_counted(small: Path) -> None:
    third = CLAIM.replace("report: A", "report: C").replace("a-1", "c-1")
    files.write("claims/another.yaml", third.replace("margin: 0.01", "margin: 0.001"))
    content = judge.judge()
    assert entry(content, "c-1")["verdict"] == "supported"
    assert content["summary"]["C"] == {"seeds": {"supported": 1}}
    assert content["summary"]["all"] == {"seeds": {"supported": 1, "undecided": 1}}
    assert content["contrasts"] == 1
    rows = [line.split() for line in judge.table(content["summary"]).splitlines()]
    assert ["C", "seeds", "1", "1", "0", "0", "0", "0", "0"] in rows


def test_entries_about_causes_are_counted_apart(small: Path) -> None:
    edit("claims/report_a.yaml", "quote: it improved", "explanation: momentum")
    assert judge.judge()["summary"] == {"A": {"seeds": {"undecided": 1}}}


def test_an_unedited_copy_gives_the_published_verdicts(copy: Path) -> None:
    judge.main()
    published = (PROJECT / "metrics/verdicts.json").read_text()
    assert (copy / "metrics/verdicts.json").read_text() == published


def test_published_verdicts_flip_with_a_threshold_and_with_a_measurement(copy: Path) -> None:
    before = judge.judge()
    assert entry(before, "a-3-init-accuracy")["verdict"] == "supported"
    assert entry(before, "b-4a-32-accuracy")["verdict"] == "supported"
    edit("claims/report_a.yaml", "margin: 0.02\n", "margin: 0.2\n")
    path = "plots/seeds/momentum-hidden-32.csv"
    table = dict(files.read_csv(path, ["seed", *COLUMNS["seeds"]]))
    files.write_csv(path, table | {"validation_accuracy": np.full(len(table["seed"]), 0.99)})
    after = judge.judge()
    assert entry(after, "a-3-init-accuracy")["verdict"] == "contradicted"
    assert entry(after, "b-4a-32-accuracy")["verdict"] == "contradicted"


def ends(interval: list[float | None]) -> tuple[float, float]:
    low, high = interval
    return -np.inf if low is None else low, np.inf if high is None else high


def test_no_published_interval_disagrees_with_its_verdict(copy: Path) -> None:
    parts = [part for one in judge.judge()["claims"] for part in one["parts"]]
    for part in (part for part in parts if part["kind"] == "seeds"):
        low, high = ends(part["interval"])
        first, last = ends(part["claimed"])
        assert low <= part["difference"] <= high
        assert (part["p_value"] <= part["level"]) == (part["verdict"] != "undecided")
        assert (part["verdict"] == "supported") == (first <= low and high <= last)
        assert (part["verdict"] == "contradicted") == (high <= first or low >= last)


def run_stage(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROJECT / "src/judge.py")]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_stage_writes_its_verdicts_and_says_where(small: Path) -> None:
    done = run_stage(small)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("judge: wrote metrics/verdicts.json\n")
    assert len(json.loads((small / "metrics/verdicts.json").read_text())["claims"]) == 1


@pytest.mark.parametrize(
    ("path", "change", "message"),
    [
        (
            "claims/report_a.yaml",
            lambda text: text.replace("margin: 0.01", "margin: .nan"),
            "claims/report_a.yaml: claim 'a-1': margin = nan (allowed: a number from 0)",
        ),
        ("claims/report_a.yaml", lambda text: text + "  x: [", "claims/report_a.yaml, line "),
        (
            "plots/seeds/plain.csv",
            lambda text: text.replace("epochs", "epoch"),
            "plots/seeds/plain.csv: the column epochs is missing",
        ),
        ("claims/protocol.yaml", lambda text: "", "claims/protocol.yaml: expected keys and values"),
    ],
)
def test_a_fault_ends_in_one_line_and_keeps_the_old_verdicts(
    small: Path, path: str, change: Callable[[str], str], message: str
) -> None:
    files.write("metrics/verdicts.json", "published\n")
    files.write(path, change(Path(path).read_text()))
    done = run_stage(small)
    assert done.returncode == 1
    assert done.stderr.startswith(f"judge: {message}")
    assert done.stderr.count("\n") == 1
    assert (small / "metrics/verdicts.json").read_text() == "published\n"


def test_a_network_without_results_is_named(small: Path) -> None:
    Path("plots/correct/momentum.npy").unlink()
    with pytest.raises(UserError, match=r"plots/correct/momentum\.npy: cannot be read"):
        judge.judge()
