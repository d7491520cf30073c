"""`verify` on a small published project: reproduced by real `dvc`, committed with real Git."""

import os
import platform
import re
import shutil

import projects
import pytest
from projects import commit, dvc, edit, flip_a_bit, one_line, replace, twin_of
from ruamel.yaml import YAML


@pytest.fixture
def project(published, tmp_path):
    return twin_of(published, tmp_path / "project", ignore=shutil.ignore_patterns("tmp", "cache"))


def verify(project, *arguments, **env):
    return projects.run(project, "python", "src/verify.py", *arguments, **env)


def outputs(project):
    """The paths of all that a project publishes."""
    stages = YAML(typ="safe").load(project / "dvc.lock")["stages"].values()
    return {out["path"] for stage in stages for out in stage["outs"]} - {"build/settings"}


def statuses(done):
    """The status of each output that verify names, by its path."""
    line = r"^(missing|differs|other settings) +(\S+)$"
    return {path: status for status, path in re.findall(line, done.stdout, re.M)}


def not_reproduced(project):
    """The same, where verify has to fail."""
    done = verify(project)
    assert (done.returncode, done.stderr) == (1, "")
    assert re.search(
        "^verify: not reproduced on .*\n.*`make reproduce` makes all", done.stdout, re.M
    )
    return statuses(done)


def test_one_flipped_bit_of_any_output_is_noticed_though_its_time_is_unchanged(project):
    done, count = verify(project), len(outputs(project))
    line = (
        f"verify: identical on {platform.machine()}: {count} published outputs, {count} same bits"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{line}\n", "")
    dvc(project, "status")  # DVC has the hashes of all files in its own database
    for name in outputs(project):
        path = project / name
        flip_a_bit(next(file for file in (path, *path.rglob("*")) if file.is_file()))
    assert not_reproduced(project) == dict.fromkeys(outputs(project), "differs")


def test_what_is_missing_or_too_much_is_named(project):
    table = project / "plots/runs/plain.csv"
    table.write_bytes(table.read_bytes().replace(b"\n", b"\r\n"))
    (project / "data/normalized/other.npy").touch()
    (project / "metrics/plain.json").unlink()
    shutil.rmtree(project / "data/raw")
    (project / "models/train.npz").unlink()
    os.mkfifo(project / "models/train.npz")  # which could be waited on for ever
    missing = ("data/raw", "metrics/plain.json", "models/train.npz")
    expected = {str(table.relative_to(project)): "differs", "data/normalized": "differs"}
    assert not_reproduced(project) == expected | dict.fromkeys(missing, "missing")


def test_results_of_other_settings_of_your_network_are_shown_and_not_judged(project):
    edit(project / "params.yaml", lambda params: params.update(hidden=5))
    dvc(project, "repro", "train")
    done = verify(project)
    assert done.returncode == 0, done.stdout
    assert {"metrics/train.json", "models/train.npz"} <= statuses(done).keys()
    assert set(statuses(done).values()) == {"other settings"}
    assert "verify: not as in HEAD: params.yaml" in done.stdout
    assert "verify: identical but for your own settings on " in done.stdout
    commit(project, "Publish other results")
    assert statuses(verify(project)) == {}
    assert statuses(verify(project, "HEAD~1")) == statuses(done)
    flip_a_bit(project / "metrics/plain.json")
    assert statuses(verify(project, "HEAD~1"))["metrics/plain.json"] == "differs"


def test_nothing_else_excuses_a_difference_and_changed_code_is_named(project):
    lock = project / "dvc.lock"
    lock.write_text(re.sub(r"md5: \w{32}", "md5: " + "0" * 32, lock.read_text()))
    (project / "build/settings/train.json").write_text("{}")
    edit(project / "variants.yaml", lambda content: content["variants"]["plain"].update(hidden=5))
    replace(project / "src/predict.py", '"""', '"""Changed. ')
    named = ("metrics/plain.json", "models/train.npz")
    for name in named:
        flip_a_bit(project / name)
    assert "verify: not as in HEAD: src/predict.py, variants.yaml" in verify(project).stdout
    assert not_reproduced(project) == dict.fromkeys(named, "differs")


def test_where_git_has_nothing_to_compare_with_this_is_one_line(project):
    for revision in ("v9", "--output=written", "HEAD:dvc.lock", "", "--help"):
        assert "no published results in Git" in one_line(verify(project, "--", revision))
    assert not (project / "written").exists()
    python = shutil.which("python", path=projects.environment()["PATH"])
    without = projects.run(project, python, "src/verify.py", PATH=os.fspath(project))
    assert "'git'" in one_line(without)
    shutil.rmtree(project / ".git")
    ceiling = {"GIT_CEILING_DIRECTORIES": str(project.parent)}
    assert "not a git repository" in one_line(verify(project, **ceiling))
    state = ("make", "--file", str(projects.HERE / "Makefile"), "git-state")
    assert "no Git repository, which DVC needs" in projects.run(project, *state, **ceiling).stderr


def test_a_damaged_list_of_what_is_published_is_one_line(project):
    incomplete = "stages:\n  train:\n    outs:\n    - path: metrics/train.json\n"
    for text in ("stages: [", incomplete, "[" * 100_000):
        (project / "dvc.lock").write_text(text)
        commit(project, "Damage")
        assert "dvc.lock of HEAD" in one_line(verify(project))
    (project / "params.yaml").write_text("\xff: [", encoding="latin-1")
    assert "params.yaml" in one_line(verify(project))


def test_a_sample_of_runs_trained_again_is_as_published_or_named(project):
    for count in ("0", "5"):
        assert "allowed: 1 to 4" in one_line(verify(project, "--runs", count))
    done = verify(project, "--runs", "3", "--draw", "5")
    assert done.returncode == 0, done.stderr
    assert "audit: 3 of 4 runs, the sample drawn with --draw 5" in done.stdout
    assert "all bits of these runs are equal; with 95% confidence" in done.stdout
    table = project / "plots/runs/momentum.csv"
    lines = table.read_text().splitlines()
    lines[-1] = lines[-1][:-1] + str((int(lines[-1][-1]) + 1) % 10)
    table.write_text("\n".join(lines) + "\n")
    done = verify(project, "--runs", "4")
    assert done.returncode == 1
    assert re.search(r"^momentum, seed 1: differs in runs$", done.stdout, re.MULTILINE)
    assert "audit: 1 of 4 runs are not as published" in done.stdout
