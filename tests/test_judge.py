"""The stage judge, on copies of what is published."""

import sys
from pathlib import Path

import numpy as np
import pytest
from projects import HERE, copy_of, one_line, replace, run

import judge
from judging.quantities import COLUMNS, read_runs
from workflow import files
from workflow.settings import load_variants

WRITTEN = ("metrics/verdicts.json", "metrics/tricks.json", "plots/tricks.csv")


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """The published claims and results, without what judge writes."""
    monkeypatch.chdir(tmp_path)
    copy_of(tmp_path, "claims", "plots/seeds", "plots/runs", "plots/gradients", "plots/grid.csv")
    code = ("src/judge.py", "src/judging", "src/runs", "src/workflow")
    return copy_of(tmp_path, *code, "dvc.yaml", "variants.yaml", "grid.yaml")


def verdicts():
    runs = {name: read_runs(name, network) for name, network in load_variants().items()}
    return {one["id"]: one for one in judge.judged_claims(runs)["claims"]}


def test_the_stage_writes_what_is_published(copy):
    done = run(copy, sys.executable, "src/judge.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("A: ")
    assert done.stdout.endswith(f"judge: wrote {WRITTEN[0]}, {WRITTEN[1]} and {WRITTEN[2]}\n")
    for path in WRITTEN:
        assert (copy / path).read_bytes() == (HERE / path).read_bytes()


def test_published_verdicts_flip_with_a_number_and_with_a_measurement(copy):
    before = verdicts()
    assert before["a-2d-parameters"]["verdict"] == "supported"
    assert before["b-4a-32-accuracy"]["verdict"] == "supported"
    replace(Path("claims/report_a.yaml"), "value: '50880'", "value: '50881'")
    path = "plots/seeds/momentum-hidden-32.csv"
    table = dict(files.read_csv(path, ["seed", *COLUMNS["seeds"]]))
    files.write_csv(path, table | {"validation_accuracy": np.full(len(table["seed"]), 0.99)})
    after = verdicts()
    assert after["a-2d-parameters"]["verdict"] == "contradicted"
    assert after["b-4a-32-accuracy"]["verdict"] == "contradicted"


def test_another_file_of_claims_leaves_all_other_verdicts_as_they_were(copy):
    before = verdicts()
    text = Path("claims/report_a.yaml").read_text().replace("report: A", "report: C")
    text = text.replace("id: a-", "id: c-").replace("same_as: a-", "same_as: c-")
    Path("claims/another.yaml").write_text(text)
    after = verdicts()
    assert {name: after[name] for name in before} == before
    assert after["c-3-init-speed"]["level"] == before["a-3-init-speed"]["level"]


def test_a_fault_ends_in_one_line_and_keeps_the_old_verdicts(copy):
    files.write(WRITTEN[0], "published\n")
    replace(Path("claims/report_a.yaml"), "level: 0.90", "level: .nan")
    line = one_line(run(copy, sys.executable, "src/judge.py"))
    wrong = "claims/report_a.yaml: claim 'a-3-init-speed': level = nan (allowed: a number above 0)"
    assert line.startswith(f"judge: {wrong}")
    assert (copy / WRITTEN[0]).read_text() == "published\n"
