import determinism  # noqa: F401

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hand_made import write_run_data

import judge
import records
from judging.evidence import EvidenceError

PROJECT = Path(__file__).parents[1]
VERDICTS = {"supported", "contradicted", "within seed noise"}

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
    """A project with one claim, two variants and run data written by hand."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(PROJECT / "variants.yaml", "variants.yaml")
    write_run_data(tmp_path, "plain", [0.900, 0.910, 0.920])
    write_run_data(tmp_path, "momentum", [0.930, 0.941, 0.949])
    records.write_text("claims/report_a.yaml", CLAIM)
    monkeypatch.setattr(judge, "CLAIMS", [Path("claims/report_a.yaml")])
    return tmp_path


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the published claims and run data, to be edited by nobody."""
    folder = tmp_path_factory.mktemp("published")
    for name in ("claims", "plots/runs", "plots/seeds", "plots/gradients"):
        shutil.copytree(PROJECT / name, folder / name)
    (folder / "metrics").mkdir()
    for name in ("variants.yaml", "metrics/gradient_check.json"):
        shutil.copy(PROJECT / name, folder / name)
    return folder


@pytest.fixture
def copy(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The published claims and run data, free to be edited."""
    shutil.copytree(published, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def verdict(content: dict[str, Any], claim: str) -> str:
    (entry,) = (entry for entry in content["claims"] if entry["id"] == claim)
    return str(entry["verdict"])


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text()
    assert change(before) != before
    path.write_text(change(before))


def test_the_threshold_in_the_claims_file_decides(small: Path) -> None:
    # Differences 0.030, 0.031, 0.029; half the interval is 4.302653 * 0.001 / sqrt(3) = 0.0025.
    claims = small / "claims/report_a.yaml"
    assert verdict(judge.judge(), "a-1") == "supported"
    edit(claims, lambda text: text.replace("margin: 0.01", "margin: 0.029"))
    assert verdict(judge.judge(), "a-1") == "within seed noise"
    edit(claims, lambda text: text.replace("margin: 0.029", "margin: 0.04"))
    assert verdict(judge.judge(), "a-1") == "contradicted"


def test_a_changed_measurement_changes_the_verdict(small: Path) -> None:
    write_run_data(small, "momentum", [0.900, 0.911, 0.919])
    assert verdict(judge.judge(), "a-1") == "contradicted"
    write_run_data(small, "momentum", [0.930, 0.971, 0.899])
    assert verdict(judge.judge(), "a-1") == "within seed noise"


def test_one_seed_has_a_difference_but_no_verdict(small: Path) -> None:
    write_run_data(small, "plain", [0.9])
    write_run_data(small, "momentum", [0.93])
    (entry,) = judge.judge()["claims"]
    assert entry["verdict"] is entry["interval"] is entry["p_adjusted"] is None
    assert entry["difference"] == pytest.approx(0.03)
    assert (entry["seeds"], entry["single_run_supports"]) == (1, 1)
    assert entry["note"] == "one seed: no interval can be computed"


def test_an_unedited_copy_gives_the_published_verdicts(copy: Path) -> None:
    judge.main()
    published = (PROJECT / "metrics/verdicts.json").read_text()
    assert (copy / "metrics/verdicts.json").read_text() == published


def test_a_published_verdict_flips_with_its_threshold(copy: Path) -> None:
    claim = "a-3-init-accuracy"
    assert verdict(judge.judge(), claim) == "supported"
    report = copy / "claims/report_a.yaml"
    edit(report, lambda text: text.replace("margin: 0.02\n", "margin: 0.2\n"))
    assert verdict(judge.judge(), claim) == "contradicted"


def test_a_published_verdict_flips_with_a_measurement(copy: Path) -> None:
    claim = "b-4a-32-accuracy"
    assert verdict(judge.judge(), claim) == "supported"
    path = copy / "plots/seeds/momentum-hidden-32.csv"
    columns = dict(records.read_csv(path))
    columns["validation_accuracy"] = np.full(len(columns["seed"]), 0.99)
    records.write_csv(path, columns)
    assert verdict(judge.judge(), claim) == "contradicted"


def test_every_claim_comes_out_with_what_others_read(copy: Path) -> None:
    content = judge.judge()
    assert len(content["claims"]) >= 45
    assert len({entry["id"] for entry in content["claims"]}) == len(content["claims"])
    for entry in content["claims"]:
        low, high = entry["interval"]
        assert entry["verdict"] in VERDICTS
        assert entry["report"] in {"A", "B"}
        assert low is None or low <= entry["difference"]
        assert high is None or high >= entry["difference"]
        assert 0 <= entry["single_run_supports"] <= entry["seeds"] == len(entry["per_seed"])
    for found in content["ten_layers"]["networks"].values():
        assert set(found["explanations"].values()) <= {"holds", "fails", "open"}


def test_the_table_counts_every_claim(copy: Path) -> None:
    content = judge.judge()
    both = judge.table(content).splitlines()[3].split()
    assert [int(number) for number in both[1:]] == list(content["summary"]["both"].values())
    assert int(both[1]) == sum(int(number) for number in both[2:]) == len(content["claims"])


def run_stage(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROJECT / "src/judge.py")]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_stage_writes_its_verdicts_and_says_where(copy: Path) -> None:
    done = run_stage(copy)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("judge: wrote metrics/verdicts.json\n")
    assert len(json.loads((copy / "metrics/verdicts.json").read_text())["claims"]) >= 45


@pytest.mark.parametrize(
    ("path", "change", "message"),
    [
        (
            "claims/report_a.yaml",
            lambda text: text.replace("margin: 0.02", "margin: .nan", 1),
            "claims/report_a.yaml: claim 'a-3-init-accuracy': margin = nan is not allowed",
        ),
        ("claims/report_b.yaml", lambda text: text + "  x: [", "claims/report_b.yaml, line "),
        (
            "plots/seeds/plain.csv",
            lambda text: text.replace("epochs", "epoch"),
            "plots/seeds/plain.csv: the column epochs is missing",
        ),
    ],
)
def test_a_fault_ends_in_one_line_and_keeps_the_old_verdicts(
    copy: Path, path: str, change: Callable[[str], str], message: str
) -> None:
    records.write_text("metrics/verdicts.json", "published\n")
    edit(copy / path, change)
    done = run_stage(copy)
    assert done.returncode == 1
    assert done.stderr.startswith(f"judge: {message}")
    assert done.stderr.count("\n") == 1
    assert (copy / "metrics/verdicts.json").read_text() == "published\n"


def test_variants_without_a_common_seed_are_named(small: Path) -> None:
    for table in ("runs", "seeds", "gradients"):
        path = small / f"plots/{table}/momentum.csv"
        columns = dict(records.read_csv(path))
        records.write_csv(path, columns | {"seed": columns["seed"] + 10})
    with pytest.raises(EvidenceError, match="a-1: momentum and plain have no seed in common"):
        judge.judge()
