"""A verdict on one's own network, on results worked by hand in a repository of real Git."""

import json
import re
import sys

import pytest
from hand_made import NETWORK, write_lock, write_results
from projects import copy_of, edit, make_repository, must, one_line, run
from ruamel.yaml import YAML

from workflow.settings import load_variants

PACKAGES = [f"src/{name}" for name in ("judging", "mlp", "mnist", "runs", "workflow")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Committed: four seeds at 0.95. Here: with another learning rate, four at 0.90."""
    monkeypatch.chdir(tmp_path)
    copy_of(tmp_path, "claims/protocol.yaml", "dvc.yaml", "variants.yaml", "src/ask.py", *PACKAGES)
    edit(tmp_path / "variants.yaml", lambda content: content["protocol"].update(seeds=4))
    edit(tmp_path / "variants.yaml", lambda content: content["variants"]["momentum"].pop("seeds"))
    settings = NETWORK.model_copy(update={"seeds": 4}).model_dump(mode="json")
    settings.pop("first_seed")
    YAML().dump(settings, tmp_path / "params.yaml")
    write_results("momentum", [0.95, 0.96, 0.94, 0.95], first_seed=1000)
    write_lock("momentum", load_variants()["momentum"])
    train(0.95, 0.96, 0.94, 0.95)
    make_repository(tmp_path)
    edit(tmp_path / "params.yaml", lambda content: content.update(learning_rate=0.5))
    train(0.90, 0.91, 0.89, 0.90)
    return tmp_path


def train(*accuracies):
    """Write what a training with params.yaml leaves: results, and dvc.lock, which knows them."""
    write_results("train", accuracies)
    write_lock("train")


def ask(folder, *words):
    return run(folder, sys.executable, "src/ask.py", *words)


def test_a_network_is_compared_with_momentum_by_hand(folder):
    done = ask(folder)
    own, other, _, _, *rows = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert own.startswith("yours (4 seeds), activation=sigmoid learning_rate=0.5 momentum=0.0")
    assert other.startswith("beside one layer of 64, momentum (4 seeds); speed in steps to ")
    # Both variances are 0.0002 / 3; the loss, the same in every seed, comes first, so Holm's level
    # is 0.05 / 2: t(0.9875; 6) = 2.968687 times sqrt(2 / 60,000) is 0.01714.
    accuracy = " ".join(rows[0].split())
    assert accuracy == "accuracy 90.00 % 95.00 % -5.00 [-6.71, -3.29] worse"
    assert rows[1].endswith("no difference that matters")
    assert "[..., ...]" in rows[2]  # no run came so far
    assert len(rows) == 3  # decided accuracy asks for no more seeds


def test_a_network_is_compared_with_itself_at_a_commit_or_in_an_experiment(folder):
    done = ask(folder, "HEAD")
    own, other, *rows = done.stdout.splitlines()
    assert own == "yours (4 seeds), learning_rate=0.5,"
    assert other.startswith("beside yours at HEAD (4 seeds); ")
    assert "-5.00" in rows[2]
    must(folder, "git", "update-ref", "refs/exps/ab/cdef/brave-name", "HEAD")
    assert "beside yours at brave-name" in ask(folder, "brave-name").stdout
    must(folder, "git", "update-ref", "refs/exps/ab/cdef/momentum", "HEAD")
    said = ask(folder, "momentum").stdout
    commit = must(folder, "git", "rev-parse", "--short", "HEAD").strip()
    assert f"momentum is the variant here; your experiment of that name: AGAINST={commit}" in said


def test_open_accuracy_comes_with_the_command_that_would_tell(folder):
    train(0.945, 0.96, 0.94, 0.945)
    done = ask(folder)
    assert "In accuracy " in done.stdout
    assert " seeds of each would tell: `dvc exp run -S seeds=" in done.stdout
    assert done.stdout.endswith(" times as long as before.\n")
    (folder / "build").mkdir()  # 20 epochs of 3 x 20,000 + 5 x 1,000 images a seed; 64 units
    (folder / "build/speed.json").write_text(json.dumps({"work_per_second": 50880 * 65_000}))
    [needed] = map(int, re.findall(r"-S seeds=(\d+)", done.stdout))
    assert ask(folder).stdout.endswith(f" trains for about {needed * 20 / 60:.0f} min.\n")


def test_what_cannot_be_compared_is_refused_in_one_line(folder):
    allowed = "(allowed: a network of variants.yaml, an experiment, a branch or a commit)"
    assert f"nowhere: has no params.yaml {allowed}" in one_line(ask(folder, "nowhere"))
    assert "dvc.lock: variant@plain was not trained yet" in one_line(ask(folder, "plain"))
    edit(folder / "params.yaml", lambda content: content.update(hidden=32))
    assert "params.yaml: the results of train are of other settings" in one_line(ask(folder))
    edit(folder / "params.yaml", lambda content: content.update(hidden=64, seeds=1))
    train(0.9)
    assert "one seed tells no spread (allowed: two or more)" in one_line(ask(folder))
