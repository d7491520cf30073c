"""A verdict on one's own network, on results worked by hand in a repository of real Git."""

import re
from pathlib import Path

import pytest
from hand_made import NETWORK, write_lock, write_results
from own import check_trained
from projects import HERE, copy_of, edit, make_repository, one_line, run
from refusals import refusal
from ruamel.yaml import YAML

from ask import main
from runs import tables as results
from workflow.files import read_yaml
from workflow.settings import load_network, load_variants

PLAIN = "variant@plain"


@pytest.fixture(scope="module")
def lock():
    return read_yaml(HERE / "dvc.lock")


@pytest.fixture
def folder(tmp_path, monkeypatch, lock):
    """Published: four seeds at 0.95. Here: with another learning rate, four at 0.90."""
    monkeypatch.chdir(tmp_path)
    copy_of(tmp_path, ".dvc", "claims/protocol.yaml", "variants.yaml", "plots/seeds", "plots/runs")
    YAML().dump({"stages": {PLAIN: lock["stages"][PLAIN]}}, tmp_path / "dvc.lock")
    settings = NETWORK.model_copy(update={"seeds": 4}).model_dump(mode="json")
    YAML().dump(settings, tmp_path / "params.yaml")
    train("train", [0.95, 0.96, 0.94, 0.95])
    make_repository(tmp_path)
    edit(tmp_path / "params.yaml", lambda content: content.update(learning_rate=0.5))
    train("train", [0.90, 0.91, 0.89, 0.90])
    return tmp_path


def train(name, accuracies):
    """Write what a training with params.yaml leaves: results, and dvc.lock, which knows them."""
    write_results(name, accuracies)
    write_lock(Path.cwd(), name, "plots/seeds/train.csv", "plots/runs/train.csv")


def ask(folder, *words):
    return run(folder, "python", str(HERE / "src/ask.py"), *words)


def test_a_network_is_compared_with_the_published_one_by_hand(folder):
    done = ask(folder)
    own, other, _, _, _, *rows = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert own == "yours, 4 seeds: learning rate 0.5"
    assert other == "the other, HEAD, 4 seeds: learning rate 0.1"
    # Both variances are 0.0002 / 3; the loss, the same in every seed, comes first, so Holm's level
    # is 0.05 / 2: t(0.9875; 6) = 2.968687 times sqrt(2 / 60,000) is 0.01714.
    cells = [[cell for cell in row.split("  ") if cell] for row in rows]
    assert [cell.strip() for cell in cells[0]] == [
        *("accuracy, %", "90.00", "95.00", "-5.00", "[-6.71, -3.29]", "worse")
    ]
    assert cells[1][-1].strip() == "no difference that matters"
    assert cells[2][-2].strip() == "[..., ...]"  # no run came so far
    assert cells[2][-1].strip().startswith("undecided")


def test_a_variant_has_its_own_settings_and_seeds(folder):
    done = ask(folder, "plain")
    assert done.stdout.splitlines()[1].startswith(
        "the other, plain, 16 seeds: uniform initial weights, "
    )
    assert "worse" in done.stdout


def test_what_is_undecided_comes_with_the_command_that_would_tell(folder):
    train("train", [0.945, 0.96, 0.94, 0.945])
    found = re.search("undecided; ([0-9]+) seeds of each would tell", (done := ask(folder)).stdout)
    assert f"`dvc exp run -S seeds={found[1]}` trains yours with so many; the other" in done.stdout


def test_the_published_networks_are_those_of_the_settings(monkeypatch):
    monkeypatch.chdir(HERE)
    for name, network in ("train", load_network()), ("plain", load_variants()["plain"]):
        check_trained(name, network, results.path("seeds", name), results.metrics_path(name))


def test_what_cannot_be_compared_is_refused_in_one_line(folder, monkeypatch):
    known = "(allowed: a network of variants.yaml, an experiment, a branch, a commit)"
    assert f"nowhere: unknown Git revision 'nowhere' {known}" in one_line(ask(folder, "nowhere"))

    def refused(*against):
        monkeypatch.setattr("sys.argv", ["ask", *against])
        return refusal(main)

    other_settings = "params.yaml: train was trained with other settings; `dvc repro train`"
    edit(folder / "params.yaml", lambda content: content.update(hidden=32))
    assert other_settings in refused()
    run(folder, "git", "restore", ".")
    assert "yours is HEAD itself" in refused()
    # Only the learning rate was edited since, against whatever network.
    edit(folder / "params.yaml", lambda content: content.update(learning_rate=0.5))
    assert other_settings in refused("HEAD")
    assert other_settings in refused("plain")
    run(folder, "git", "restore", ".")
    with (folder / "plots/seeds/train.csv").open("a") as file:
        file.write("\n")
    assert "seeds/train.csv: not of the network that dvc.lock knows" in refused("plain")
