"""Full disks, kills at a write, damaged inputs, wild numbers: one line, and old results intact."""

import os
import re
import resource
import shutil
import signal
import sys
from functools import partial

import pytest
from processes import obey_permissions
from projects import copy_of, edit, must, one_line, run, twin_of

SCRIPTS = {
    "check_settings": "src/check_settings.py",
    "normalize": "src/normalize.py",
    "train": "src/train.py",
    "plain": "src/train.py plain",
}
# Kills the process at a write of a file of the project, just before the new file gets its name.
KILL = """\
import os, signal
replace, left = os.replace, [int(os.environ["KILL_AT"])]
def replace_or_die(source, target):
    left[0] -= "__pycache__" not in str(target)
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)
os.replace = replace_or_die
"""
proof = partial(pytest.param, marks=pytest.mark.proof)  # what would take the tests too long


@pytest.fixture
def project(published, tmp_path):
    """A copy of the small project; what no stage and no test changes in place are hard links."""
    copy = tmp_path / "project"
    ignored = shutil.ignore_patterns(".git", "cache", "locks", "tmp")
    twin_of(published, copy, ignore=ignored, copy_function=os.link)
    for name in ("params.yaml", "variants.yaml"):
        (copy / name).unlink()
        shutil.copy(published / name, copy / name)
    return copy


def stage(project, name, limit=None, **env):
    """Run a stage, with `limit` called in its process first."""
    return run(project, "python", *SCRIPTS[name].split(), limit=limit, **env)


def contents(project):
    """Every file that stages write, hidden files too."""
    folders = (project / name for name in ("build/settings", "data", "metrics", "models", "plots"))
    files = (file for folder in folders for file in folder.rglob("*") if file.is_file())
    return {str(file): file.read_bytes() for file in files}


def fails_in_one_line(project, name, limit=None):
    """The line with which a stage fails, which must leave every file as it was."""
    before = contents(project)
    line = one_line(stage(project, name, limit))
    assert contents(project) == before  # and nothing half written, under no name
    script = SCRIPTS[name].split()[0].removeprefix("src/").removesuffix(".py")
    assert line.startswith(f"{script}: ")
    return line


def allow_short_files(size):
    """What a full disk is to a process: no file can grow beyond `size` bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize(
    ("name", "size", "where"),
    [
        ("check_settings", 10, "build/settings/train.json"),
        proof("normalize", 100_000, "data/normalized/training_values.npy"),
        ("train", 10_000, "models/train.npz"),
    ],
)
def test_a_full_disk_is_one_line_and_leaves_every_old_file(project, name, size, where):
    (project / where).unlink()
    (project / where).write_bytes(b"published")
    line = fails_in_one_line(project, name, partial(allow_short_files, size))
    assert ": cannot be written (" in line


@pytest.mark.parametrize(
    ("name", "folder"),
    [("check_settings", "build/settings"), ("check_settings", "build"), proof("train", "models")],
)
def test_a_read_only_folder_is_one_line_and_leaves_every_old_file(project, name, folder):
    (project / folder).chmod(0o555)
    line = fails_in_one_line(project, name, obey_permissions)
    assert "Permission denied" in line
    assert f"{folder}/" in line


@pytest.mark.proof
def test_killed_at_every_write_a_stage_leaves_old_or_new_files(project, tmp_path):
    (tmp_path / "kill").mkdir()
    (tmp_path / "kill/sitecustomize.py").write_text(KILL)
    old = contents(project)
    changes = {"learning_rate": 0.3}
    edit(project / "variants.yaml", lambda content: content["variants"]["plain"].update(changes))
    done = twin_of(project, tmp_path / "done")
    for name in ("check_settings", "plain"):
        must(done, "python", *SCRIPTS[name].split())
        new = {path.replace(str(done), str(project)): c for path, c in contents(done).items()}
        assert new != old
        for count in range(1, 10):
            place = {"PYTHONPATH": str(tmp_path / "kill"), "KILL_AT": str(count)}
            killed = stage(project, name, **place).returncode == -signal.SIGKILL
            now = contents(project)
            half = [path for path in now.keys() - old.keys() if "/." not in path]
            assert not half
            assert all(now[path] in (old[path], new[path]) for path in old)
            if not killed:
                break
        assert count > 2
        assert contents(project) == new  # what kills have left is gone, too
        old = new


@pytest.mark.parametrize(
    ("name", "file", "change", "reason"),
    [
        ("plain", "data/normalized/training_places.npy", lambda b: b[:-1], "training_places.npy"),
        ("plain", "data/normalized/training_labels.npy", lambda b: b[:-1] + b"x", "SHA-256"),
        ("plain", "build/settings/plain.json", lambda b: b'{"hidden": NaN}', "plain.json: "),
        ("plain", "metrics/normalization.json", lambda b: b[:-2], "normalization.json: "),
        proof("normalize", "data/raw/t10k-labels-idx1-ubyte", lambda b: b[:-1], "t10k-labels"),
    ],
)
def test_a_damaged_input_ends_a_stage_in_one_line(project, name, file, change, reason):
    path = project / file
    content = change(path.read_bytes())
    path.unlink()
    path.write_bytes(content)
    assert reason in fails_in_one_line(project, name)
    path.unlink()
    os.mkfifo(path)  # which could be waited on for ever
    assert path.name in one_line(stage(project, name))


def test_a_training_that_diverges_ends_in_one_line_with_seed_and_step(project):
    wild = {"hidden": [64] * 5, "activation": "relu", "learning_rate": 100.0}
    edit(project / "variants.yaml", lambda content: content["variants"]["plain"].update(wild))
    assert stage(project, "check_settings").returncode == 0
    line = fails_in_one_line(project, "plain")
    assert re.match(r"train: .*seed \d.* not finite at step \d+", line)
    assert line.endswith("learning_rate is 100\n")


# ---- make setup ----------------------------------------------------------------------------


def setup(folder, *words):
    """`make setup` as far as packages: these are not installed."""
    copy_of(folder, "Makefile", "requirements.txt")
    return run(folder, "make", "--no-print-directory", "setup", "UV=", "INSTALL=: ", *words)


def test_an_old_python_is_refused_in_one_line(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.version_info = (3, 10, 4)\n")
    done = setup(tmp_path, f"PYTHON=env PYTHONPATH='{tmp_path}' '{sys.executable}'")
    line = "setup: this is Python 3.10; allowed: 3.11 and newer (make setup PYTHON=...)"
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == line
    assert not (tmp_path / ".venv").exists()


@pytest.mark.proof
def test_an_interrupted_setup_is_finished_and_a_finished_one_not_touched(tmp_path):
    must(tmp_path, "python", "-m", "venv", "--without-pip", ".venv")
    done = setup(tmp_path, f"PYTHON={sys.executable}")
    assert done.returncode == 0, done.stderr
    must(tmp_path, ".venv/bin/python", "-m", "pip", "--version")
    (tmp_path / "requirements.txt").touch()  # as Git does it where a branch is switched
    assert setup(tmp_path, "PYTHON=false").stdout == ""
