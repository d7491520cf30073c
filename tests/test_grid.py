"""The stage grid, on a small crossing and made-up images."""

from pathlib import Path

import pytest
import training
from projects import copy_of, edit, must, one_line, run

from runs.executor import train_runs
from runs.progress import Job
from runs.tables import GRID_RUNS
from workflow import files
from workflow.settings import read_crossing

RATES = (0.1, 0.4)
HOT = 100.0  # at which ten layers diverge
LEVELS = ("steps_80", "steps_85", "steps_90", "steps_95")
COLUMNS = ("cell", "rate", "seed", "loss", "accuracy", *LEVELS, "steps")


def shrink(content: dict) -> None:
    small = {"training_images": 320, "test_images": 100, "epochs": 1, "seeds": 2, "first_seed": 2}
    content["protocol"] |= small | {"hidden": 16, "init": "he", "activation": "relu"}
    content["rates"], content["base_seeds"] = [*RATES, HOT], 3
    content["crossed"] = {"momentum": content["crossed"]["momentum"]}
    ten = {"after": {"hidden": [16] * 10, "weight_decay": 0.5}, "levels": {}}
    content["added"] = {"ten layers": ten}
    for trick in (*content["crossed"].values(), *content["added"].values()):
        trick.pop("reported", None)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = training.project(tmp_path_factory.mktemp("grid") / "project")
    edit(copy_of(folder, "grid.yaml") / "grid.yaml", shrink)
    must(folder, "python", "src/grid.py")
    return folder


def best_rate(table, cell):
    """The rate of the lowest mean loss over the two tuning seeds."""
    tuned = (table["cell"] == cell) & (table["seed"] < 2)
    losses = {
        rate: table["loss"][tuned & (table["rate"] == rate)] for rate in set(table["rate"][tuned])
    }
    return min((own.mean(), rate) for rate, own in losses.items() if len(own) == 2)[1]


def test_all_is_tuned_but_what_diverges_and_the_best_is_judged(project, monkeypatch):
    monkeypatch.chdir(project)
    table = files.read_csv(GRID_RUNS, COLUMNS)
    found = sorted(zip(*(table[name] for name in ("cell", "rate", "seed")), strict=True))
    tuned = {(cell, rate, seed) for cell in range(3) for rate in RATES for seed in (0, 1)}
    judged = {
        (cell, best_rate(table, cell), seed)
        for cell, seeds in enumerate((2, 3, 2))
        for seed in range(2, 2 + seeds)
    }
    hot = {(cell, HOT, seed) for cell in (0, 1) for seed in (0, 1)}
    assert set(found) - hot == tuned | judged
    assert len(found) == len(set(found))
    assert found == sorted(found)
    assert (2, HOT, 0) not in found
    assert set(table["steps"]) == {10}


def test_a_judged_run_is_that_of_its_network_on_the_test_images(project, monkeypatch):
    monkeypatch.chdir(project)
    crossing = read_crossing()
    table = files.read_csv(GRID_RUNS, COLUMNS)
    rate = best_rate(table, 1)
    [alone] = train_runs([Job(crossing.network(("momentum",), rate), 3)], "alone", 1)
    row = (table["cell"] == 1) & (table["seed"] == 3)
    assert table["loss"][row].item() == float(f"{alone.validation_loss[-1]:.6g}")
    assert table["accuracy"][row].item() == float(f"{alone.validation_accuracy[-1]:.6g}")
    assert [table[level][row].item() for level in LEVELS] == [0] * 4, "made-up images: never"


def test_where_a_combination_diverges_at_every_rate_it_ends_in_one_line(project):
    published = (project / GRID_RUNS).read_bytes()
    edit(project / "grid.yaml", lambda content: content.update(rates=[90.0, HOT]))
    line = one_line(run(project, "python", "src/grid.py"))
    assert line == "grid: grid.yaml: momentum + ten layers diverges at every rate\n"
    assert (project / GRID_RUNS).read_bytes() == published
