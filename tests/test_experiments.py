"""The table of experiments, of one, ten and a hundred that real DVC has saved."""

import contextlib
import re

import pytest
from dvc.repo import Repo
from projects import HERE, copy_of, dvc, edit, environment, make_repository, one_line, run

import files

SCRIPT = ("python", str(HERE / "src/experiments.py"))
HEADER = ["experiment", "what was changed", "seeds", "accuracy", "loss"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A repository with the published settings and metrics, and no stage."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment().items():
            patch.setenv(name, value)
        yield make_folder(tmp_path_factory)


def make_folder(tmp_path_factory):
    made = copy_of(tmp_path_factory.mktemp("project"), ".dvc", "params.yaml", "metrics/train.json")
    files.write(made / "dvc.yaml", "params: [params.yaml]\nmetrics: [metrics/train.json]\n")
    return make_repository(made)


def save(folder, number, name, **results):
    """Save an experiment of two layers with these results."""
    changed = {"hidden": [number, 59], "learning_rate": 0.5, "activation": "relu", "seeds": 2}
    edit(folder / "params.yaml", lambda content: content.update(changed))
    metrics = files.read_json(folder / "metrics/train.json")
    files.write_json(folder / "metrics/train.json", metrics | {"seeds": 2} | results)
    # In this process, as a hundred starts of DVC would take minutes.
    with contextlib.chdir(folder), Repo() as repo:
        repo.experiments.save(name=name)


def cells_of(text):
    """The cells of the first line of each row."""
    lines = [re.split("  +", line.strip()) for line in text.splitlines()]
    return [line for line in lines if len(line) >= 4]


@pytest.mark.parametrize("count", [1, 10, pytest.param(100, marks=pytest.mark.proof)])
def test_every_experiment_has_all_its_columns_in_any_terminal(folder, count):
    known = len(dvc(folder, "exp", "list", "--name-only").splitlines())
    for number in range(known + 1, count + 1):
        name = f"trial-{number}" + (number == 10) * "-with-a-name-that-is-long"
        save(folder, number, name, validation_accuracy=0.9 + number / 2000)
    for width in (80, 120):
        done = run(folder, *SCRIPT, COLUMNS=str(width))
        assert (done.returncode, done.stderr) == (0, "")
        assert max(map(len, done.stdout.splitlines())) <= width
        header, rule, published, *rows = cells_of(done.stdout)
        assert header == HEADER
        assert len(rule) == 5
        assert published == ["HEAD", "6", "0.9626 ± 0.0010", "0.154 ± 0.004"]
        assert len(rows) == count
        for number, row in zip(range(count, 0, -1), rows, strict=True):  # the best first
            assert row[0].startswith(f"trial-{number}"[:12])
            assert row[1].startswith(f"hidden=[{number},59]")
            assert row[2:] == ["2", f"{0.9 + number / 2000:.4f} ± 0.0010", "0.154 ± 0.004"]
        assert all(word in done.stdout for word in ("learning_rate=0.5", "activation=relu"))
        assert not re.search("State|Executor|Created|[0-9a-f]{7}", done.stdout)


def test_what_has_no_result_says_why_and_one_seed_has_no_deviation(folder):
    save(folder, 3, "single", validation_accuracy_std=None, validation_loss_std=None)
    edit(folder / "params.yaml", lambda content: content.update(hidden=4))
    rows = {row[0]: row for row in cells_of(run(folder, *SCRIPT).stdout)}
    assert "±" not in "".join(rows["single"])


def test_outside_of_a_repository_it_ends_in_one_line(tmp_path):
    assert one_line(run(tmp_path, *SCRIPT)).startswith("experiments: ")
