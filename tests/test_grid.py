"""The stage grid, on a small crossing and real images."""

from pathlib import Path

import pytest
from projects import edit, make_project, must, one_line, run

from workflow import files
from workflow.crossing import best_rates, read_crossing

RATES = (0.1, 0.4)
HOT = 100.0  # at which ten layers diverge
COLUMNS = ("cell", "rate", "seed", "tuning_loss", "tuning_accuracy", "loss", "accuracy", "steps")


def shrink(content: dict) -> None:
    small = {"training_images": 320, "validation_images": 200, "epochs": 1, "seeds": 2}
    content["protocol"].update(small)
    content["rates"] = [*RATES, HOT]
    content["crossed"] = {"momentum": content["crossed"]["momentum"] | {"seeds": 4}}
    content["protocol"].update(init="he", activation="relu")
    content["added"] = {"ten layers": {"after": {"hidden": [64] * 10}}}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_project(tmp_path_factory.mktemp("grid") / "project")
    edit(folder / "grid.yaml", shrink)
    for stage in ("check_settings", "normalize", "grid"):
        must(folder, "python", f"src/{stage}.py")
    return folder


def test_all_is_tuned_but_what_diverges_and_the_best_is_judged(project, monkeypatch):
    monkeypatch.chdir(project)
    crossing = read_crossing()
    table = files.read_csv("plots/grid.csv", COLUMNS)
    found = sorted(zip(*(table[name] for name in ("cell", "rate", "seed")), strict=True))
    tuned = {(cell, rate, 0) for cell in range(3) for rate in RATES}
    judged = {
        (crossing.combinations.index(tricks), rate, seed)
        for (tricks, rate), seeds in crossing.plan(best_rates(table, crossing)).items()
        for seed in range(1, seeds + 1)
    }
    hot = {(0, HOT, 0), (1, HOT, 0)}
    assert (2, HOT, 0) not in found
    assert set(found) - hot == tuned | judged
    assert len(found) == len(set(found))
    assert len(judged) >= 4 + 4 + 2
    assert (table["accuracy"] != table["tuning_accuracy"]).any()


def test_a_run_depends_neither_on_company_nor_on_the_number_of_processes(project, monkeypatch):
    from grid import train_job

    monkeypatch.chdir(project)
    crossing = read_crossing()
    table = files.read_csv("plots/grid.csv", COLUMNS)
    rate = best_rates(table, crossing)["momentum",]
    [alone] = train_job(crossing.network(("momentum",), rate), [3])
    row = (table["cell"] == 1) & (table["rate"] == rate) & (table["seed"] == 3)
    for name in ("tuning_loss", "loss", "accuracy", "steps"):
        assert table[name][row].item() == float(f"{alone[name]:.6g}")


def test_where_a_combination_diverges_at_every_rate_it_ends_in_one_line(project):
    published = (project / "plots/grid.csv").read_bytes()
    edit(project / "grid.yaml", lambda content: content.update(rates=[90.0, HOT], one_rate=90.0))
    line = one_line(run(project, "python", "src/grid.py"))
    assert line == "grid: grid.yaml: momentum + ten layers diverges at every rate\n"
    assert (project / "plots/grid.csv").read_bytes() == published
