"""Real `dvc` on a small project: what a user types, in a fresh clone with no remote."""

import json
import os
import re
import sys

import pytest
from processes import wait_until
from projects import HERE, clone_of, dvc, edit, must, results, run, stages_run, twin_of

FIRST = {"check_settings", "download", "normalize"}  # what a fresh clone runs besides


def metrics(project, name="train"):
    """Metrics of a network in `project`."""
    return json.loads((project / f"metrics/{name}.json").read_text())


@pytest.fixture(scope="module")
def own_clone(published, tmp_path_factory):
    return clone_of(published, tmp_path_factory.mktemp("pipeline") / "clone")


@pytest.fixture
def clone(published, own_clone, monkeypatch):
    """A clone with no remote, as it is committed; the first test finds no data and no cache."""
    monkeypatch.setenv("MNIST_MIRROR", str(published / "data/raw"))
    yield own_clone
    must(own_clone, "git", "restore", ".")


def test_repro_leaves_the_results_of_every_network_in_git_and_then_runs_nothing(
    published, tmp_path
):
    """And nothing outside of the project."""
    tracked = set(must(published, "git", "ls-files", "metrics", "plots").split())
    for kind in ("curves", "gradients", "runs", "seeds"):
        assert {f"plots/{kind}/plain.csv", f"plots/{kind}/momentum.csv"} <= tracked
        assert f"plots/train/{kind}.csv" in tracked
    names = ("plain", "momentum", "train", "gradient_check", "normalization")
    assert {f"metrics/{name}.json" for name in names} <= tracked
    assert metrics(published, "plain")["seeds"] == 2
    places = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    assert stages_run(dvc(published, "repro", **places)) == set()
    assert "identical" in must(published, "python", "src/verify.py", **places)
    assert must(published, "git", "status", "--porcelain") == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.proof
def test_another_place_and_environment_change_no_bit(published, tmp_path):
    """Behind links, in a folder with letters of any kind, without a home, one core for all."""
    place = tmp_path / "real ☃ place"
    twin_of(published, place / "project")
    (place / "temporary").mkdir()
    links = {".venv": sys.prefix, "temporary": place / "temporary", "link": place / "project"}
    for name, target in links.items():
        (tmp_path / name).symlink_to(target)
    link, path = tmp_path / "link", f"{tmp_path}/.venv/bin{os.pathsep}{os.environ['PATH']}"
    env = {"PATH": path, "TMPDIR": str(tmp_path / "temporary"), "HOME": "/nowhere"}
    env |= {"MNIST_MIRROR": str(published / "data/raw"), "TZ": "Asia/Tokyo"}
    env |= {"PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "3", "MPLBACKEND": "garbage"}
    assert must(link, "which", "dvc", **env).startswith(f"{tmp_path}/.venv")
    done = run(link, "dvc", "repro", "--force", limit=lambda: os.umask(0o077), **env)
    assert done.returncode == 0, done.stderr
    assert must(link, "git", "status", "--porcelain") == ""
    assert "identical" in must(link, "python", "src/verify.py", **env)


def test_an_experiment_trains_one_network_and_nothing_else(clone):
    before = results(clone)
    assert "no experiments yet" in experiments(clone, 80)
    words = ("exp", "run", "--name", "narrow", "-S", "hidden=[9,7]", "-S", "learning_rate=1e-2")
    output = dvc(clone, *words)
    assert {"train"} < stages_run(output) <= {*FIRST, "train"}
    assert "didn't change" not in output.partition("train: ")[2]  # what came out is read last
    assert metrics(clone)["parameters"] == 785 * 9 + 9 * 7 + 7 * 10
    resolved = json.loads((clone / "build/settings/train.json").read_text())
    assert (resolved["hidden"], resolved["learning_rate"]) == ([9, 7], 0.01)
    after = results(clone)
    changed = {name for name, content in after.items() if content != before[name]}
    assert all(name.startswith(("metrics/train.json", "plots/train/")) for name in changed)
    assert "parameters" in dvc(clone, "metrics", "diff")
    assert re.search(r"hidden\s+64\s+\[9, ?7\]", dvc(clone, "params", "diff"))
    # Asked for again it comes out of the cache.
    must(clone, "git", "restore", ".")
    again = dvc(clone, "exp", "run", "--name", "again", *words[4:])
    assert stages_run(again) == {"check_settings"} or "cached" in again
    assert results(clone) == after


@pytest.mark.proof
def test_a_queue_of_experiments_is_run_side_by_side_and_shown_with_what_failed(clone):
    dvc(clone, "repro", "check_gradients")
    dvc(clone, "exp", "run", "--queue", "-S", "hidden=5,6,-3", "train")
    dvc(clone, "queue", "start", "-j", "2")

    def ended():
        status = dvc(clone, "queue", "status")
        return status.count(" Success"), status.count(" Failed")

    assert wait_until(lambda: ended() == (2, 1), 900, pause=5), ended()
    must(clone, "git", "commit", "--quiet", "--allow-empty", "--message", "Later")
    table = experiments(clone, 80)
    for units in (5, 6):
        assert re.search(rf"\] +0\.\d+ .* {units}$", table, re.MULTILINE)
    assert len(re.findall(r"^\w+ +[\w-]+ .*Failed$", table, re.MULTILINE)) == 1


def experiments(project, columns):
    """The table of `make experiments`, which has to fit."""
    text = (HERE / "Makefile").read_text().replace("\\\n", " ").replace("$$", "$")
    commands = re.search(r"^experiments:.*\n((?:\t@.*\n)+)", text, re.MULTILINE)[1]
    table = must(project, "sh", "-c", commands.replace("\t@", ""), COLUMNS=str(columns))
    assert max(map(len, table.splitlines())) <= columns
    return table


def test_a_changed_variant_is_trained_alone(clone):
    edit(clone / "variants.yaml", lambda content: content["variants"]["plain"].update(hidden=4))
    assert {name for name in stages_run(dvc(clone, "repro")) if "@" in name} == {"variant@plain"}
    assert metrics(clone, "plain")["parameters"] == 785 * 4 + 40


def test_a_bad_setting_or_claim_costs_no_result(clone):
    """As `dvc` runs it, which deletes what a stage will write before it starts the stage."""
    claims = clone / "claims/report_a.yaml"
    claims.write_text(claims.read_text().replace("quantity: ", "quantity: no_"))
    refused = [run(clone, "dvc", "repro")]
    must(clone, "git", "restore", ".")
    refused.append(run(clone, "dvc", "exp", "run", "-S", "hidden=[64,0]"))
    for done, named in zip(refused, ("no_", r"hidden = \[64, 0\] \(allowed"), strict=True):
        assert done.returncode != 0
        assert re.search(rf"^check_settings: .*{named}", done.stderr, re.MULTILINE)
    assert must(clone, "git", "status", "--porcelain") == " M params.yaml\n"


def test_the_lock_of_this_project_is_current():
    output = dvc(HERE, "repro", "--allow-missing", "--dry")
    assert stages_run(output) <= FIRST
