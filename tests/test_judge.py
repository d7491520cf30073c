"""The stage judge, on copies of what is published."""

import sys
from pathlib import Path

import numpy as np
import pytest
from projects import HERE, copy_of, replace, run

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


def judged():
    runs = {name: read_runs(name, network) for name, network in load_variants().items()}
    content = judge.judged_claims(runs)
    return {one["id"]: one for one in content["claims"]}, content["summary"]


def test_the_stage_writes_what_is_published(copy):
    done = run(copy, sys.executable, "src/judge.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("A: ")
    assert done.stdout.endswith(f"judge: wrote {WRITTEN[0]}, {WRITTEN[1]} and {WRITTEN[2]}\n")
    for path in WRITTEN:
        assert (copy / path).read_bytes() == (HERE / path).read_bytes()


def test_published_verdicts_flip_with_a_number_and_with_a_measurement(copy):
    names = ("a-2d-parameters", "b-4a-32-accuracy")
    before = judged()[0]
    assert {before[name]["verdict"] for name in names} == {"supported"}
    replace(Path("claims/report_a.yaml"), "value: '50880'", "value: '50881'")
    path = "plots/seeds/momentum-hidden-32.csv"
    table = dict(files.read_csv(path, ["seed", *COLUMNS["seeds"]]))
    files.write_csv(path, table | {"validation_accuracy": np.full(len(table["seed"]), 0.99)})
    after = judged()[0]
    assert {after[name]["verdict"] for name in names} == {"contradicted"}


def test_another_file_of_claims_leaves_all_other_verdicts_as_they_were(copy):
    before, counts = judged()
    text = Path("claims/report_a.yaml").read_text().replace("report: A", "report: Z")
    text = text.replace("id: a-", "id: z-").replace("same_as: a-", "same_as: z-")
    Path("claims/another.yaml").write_text(text)
    after, counts_after = judged()
    assert {name: after[name] for name in before} == before
    assert after["z-3-init-speed"]["holm_level"] == before["a-3-init-speed"]["holm_level"]
    assert counts_after == counts | {"Z": counts["A"]}
    own = [one for one in before.values() if one["report"] == "A" and "same_as" not in one]
    assert sum(counts["A"].values()) == len(own)
