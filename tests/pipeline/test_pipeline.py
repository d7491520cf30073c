"""Real `dvc` on a small project: what a user types, in a fresh clone with no remote."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from processes import wait_until
from projects import HERE, dvc, edit, must, replace, results, run, stages_run

OWN_STAGES = {"check_settings", "download", "normalize", "train", "compare"}


def metrics(project, name="train"):
    """Metrics of a network in `project`."""
    return json.loads((project / f"metrics/{name}.json").read_text())


@pytest.fixture
def clone(published, tmp_path, monkeypatch):
    """A fresh clone of it: no data, no cache, no remote."""
    must(tmp_path, "git", "clone", "--quiet", str(published), "clone")
    monkeypatch.setenv("MNIST_MIRROR", str(published / "data/raw"))
    return tmp_path / "clone"


def test_repro_leaves_the_results_of_every_network_in_git(published):
    tracked = run(published, "git", "ls-files", "metrics", "plots").stdout.split()
    kinds = {"curves": "csv", "gradients": "csv", "runs": "csv", "seeds": "csv"}
    for name in ("plain", "momentum", "train"):
        of_variants = {} if name == "train" else {"early": "csv", "correct": "npy"}
        assert f"metrics/{name}.json" in tracked
        for kind, ending in (kinds | of_variants).items():
            assert f"plots/{kind}/{name}.{ending}" in tracked
    assert {"metrics/comparison.json", "metrics/gradient_check.json"} <= set(tracked)
    assert metrics(published, "plain")["seeds"] == 2
    assert (published / "models/train.npz").exists()


def test_repro_again_runs_nothing(published):
    assert stages_run(dvc(published, "repro")) == set()
    assert must(published, "git", "status", "--porcelain") == ""
    assert "identical" in must(published, "python", "src/verify.py")


def test_dvc_leaves_nothing_outside_the_project(published, tmp_path):
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    places = {"HOME": str(home), "TMPDIR": str(temporary)}
    dvc(published, "repro", **places)
    must(published, "python", "src/verify.py", **places)
    assert [*home.rglob("*"), *temporary.rglob("*")] == []


@pytest.mark.proof
def test_the_project_its_environment_and_temporary_folder_may_be_links(published, tmp_path):
    shutil.copytree(published, tmp_path / "real/project")
    (tmp_path / "real/temporary").mkdir()
    places = {".venv": sys.prefix, "temporary": "real/temporary", "link": "real/project"}
    for name, place in places.items():
        (tmp_path / name).symlink_to(place)
    link, path = tmp_path / "link", f"{tmp_path}/.venv/bin{os.pathsep}{os.environ['PATH']}"
    env = {"PATH": path, "TMPDIR": str(tmp_path / "temporary")}
    env |= {"MNIST_MIRROR": str(published / "data/raw")}
    assert must(link, "which", "dvc", **env).startswith(f"{tmp_path}/.venv")
    dvc(link, "repro", "--force", **env)
    assert must(link, "git", "status", "--porcelain") == ""
    assert "identical" in must(link, "python", "src/verify.py", **env)


def test_a_clone_finds_nothing_to_train(clone):
    assert stages_run(dvc(clone, "repro", "--allow-missing", "--dry")) == set()


def test_an_experiment_trains_one_network_and_nothing_else(clone):
    before = results(clone)
    words = ("exp", "run", "--name", "narrow", "-S", "hidden=[9,7]", "-S", "learning_rate=1e-2")
    output = dvc(clone, *words)
    assert stages_run(output) == OWN_STAGES
    assert metrics(clone)["parameters"] == 785 * 9 + 9 * 7 + 7 * 10
    resolved = json.loads((clone / "build/settings/train.json").read_text())
    assert (resolved["hidden"], resolved["learning_rate"]) == ([9, 7], 0.01)
    changed = {name for name, content in results(clone).items() if content != before[name]}
    assert all(Path(name).stem == "train" for name in changed)

    assert "parameters" in dvc(clone, "metrics", "diff")
    assert re.search(r"hidden\s+64\s+\[9, ?7\]", dvc(clone, "params", "diff"))
    assert "hidden" in dvc(clone, "exp", "show", "--only-changed", "--csv")
    assert "accuracy, %" in must(clone, "python", "src/ask.py")
    page = clone / "dvc_plots/index.html"
    for command in (("plots", "show"), ("plots", "diff", "HEAD")):
        page.unlink(missing_ok=True)
        dvc(clone, *command)
        assert page.exists()
    must(clone, "git", "restore", ".")
    assert "the other, narrow, 2 seeds: 2 layers of 9, 7 units" in must(
        clone, "python", "src/ask.py", "narrow"
    )


@pytest.mark.proof
def test_a_queue_of_experiments_is_run_side_by_side(clone):
    dvc(clone, "repro", "check_gradients")
    dvc(clone, "exp", "run", "--queue", "-S", "hidden=5,6", "train")
    dvc(clone, "queue", "start", "-j", "2")

    def states():
        return dvc(clone, "queue", "status").split("Worker status")[0]

    assert wait_until(lambda: not re.search("Queued|Running", states()), 300, pause=5)
    assert len(re.findall(r"\bSuccess\b", states())) == 2, states()
    table = dvc(clone, "exp", "show", "--csv")
    for units in (5, 6):
        assert re.search(rf"\b{785 * units + units * 10}\b", table)


def test_a_changed_variant_is_trained_alone(clone):
    dvc(clone, "exp", "run", "-S", "variants.yaml:variants.plain.hidden=4")
    assert metrics(clone, "plain")["parameters"] == 785 * 4 + 40
    assert metrics(clone, "momentum")["parameters"] == 50880


def spoil_claim(project):
    for path in (project / "claims").glob("*.yaml"):
        path.write_text(path.read_text().replace("quantity: ", "quantity: no_"))
    return "no_"


def spoil_template(project):
    replace(project / "report/template.md", "{{tricks}}", "{{no such text}}")
    return "report/template.md"


def spoil_setting(project):
    edit(project / "params.yaml", lambda params: params.update(hidden=0))
    return "hidden = 0"


def test_a_bad_setting_claim_or_template_costs_no_result(clone):
    """As `dvc` runs it, which deletes what a stage will write before it starts the stage."""
    dvc(clone, "repro", "normalize")
    for spoil in (spoil_setting, spoil_claim, spoil_template):
        named = spoil(clone)
        done = run(clone, "dvc", "repro")
        assert done.returncode != 0
        assert re.search(rf"^check_settings: .*{re.escape(named)}", done.stderr, re.MULTILINE)
        changed = must(clone, "git", "status", "--porcelain")
        assert not re.search(r" (metrics|plots|report/report)", changed)
        must(clone, "git", "restore", ".")


def test_the_lock_of_this_project_is_current():
    output = dvc(HERE, "repro", "--allow-missing", "--dry")
    assert stages_run(output) <= {"check_settings", "download", "normalize"}
