"""Full disks, damaged inputs, wild numbers, old Pythons: one line, and old results intact."""

import os
import resource
import shutil
import sys
from functools import partial

import pytest
from processes import obey_permissions
from projects import copy_of, must, one_line, run, twin_of


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


def contents(project):
    """Every file that stages write, hidden files too."""
    folders = (project / name for name in ("build/settings", "data", "metrics", "models", "plots"))
    files = (file for folder in folders for file in folder.rglob("*") if file.is_file())
    return {str(file): file.read_bytes() for file in files}


def failure(project, command, limit=None):
    """The line with which a stage fails, which must leave every file as it was.

    limit: called in its process first.
    """
    before = contents(project)
    script, *name = command.split()
    line = one_line(run(project, "python", f"src/{script}.py", *name, limit=limit))
    assert contents(project) == before  # and nothing half written, under no name
    assert line.startswith(f"{script}: ")
    return line


def allow_short_files(size):
    """What a full disk is to a process: no file can grow beyond `size` bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize(
    ("command", "size", "where"),
    [("check_settings", 10, "build/settings/train.json"), ("train", 10_000, "models/train.npz")],
)
def test_a_full_disk_is_one_line_and_leaves_every_old_file(project, command, size, where):
    (project / where).unlink()
    (project / where).write_bytes(b"published")
    line = failure(project, command, partial(allow_short_files, size))
    assert f"{where}: cannot be written (" in line


@pytest.mark.parametrize("folder", ["build/settings", "build"])
def test_a_read_only_folder_is_one_line_and_leaves_every_old_file(project, folder):
    (project / folder).chmod(0o555)
    line = failure(project, "check_settings", obey_permissions)
    assert "Permission denied" in line
    assert f"{folder}/" in line


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("data/normalized/training_places.npy", lambda content: content[:-1]),
        ("build/settings/plain.json", lambda content: b'{"hidden": NaN}'),
        ("metrics/normalization.json", lambda content: content[:-2]),
    ],
)
def test_a_damaged_input_ends_a_stage_in_one_line(project, file, change):
    path = project / file
    content = change(path.read_bytes())
    path.unlink()
    path.write_bytes(content)
    assert f"{path.name}: " in failure(project, "train plain")
    path.unlink()
    os.mkfifo(path)  # which could be waited on for ever
    assert path.name in failure(project, "train plain")


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
    assert line in done.stderr.splitlines()
    assert not (tmp_path / ".venv").exists()


@pytest.mark.proof
def test_an_interrupted_setup_is_finished_and_a_finished_one_not_touched(tmp_path):
    must(tmp_path, "python", "-m", "venv", "--without-pip", ".venv")
    done = setup(tmp_path, f"PYTHON='{sys.executable}'")
    assert done.returncode == 0, done.stderr
    must(tmp_path, ".venv/bin/python", "-m", "pip", "--version")
    (tmp_path / "requirements.txt").touch()  # as Git does it where a branch is switched
    assert setup(tmp_path, "PYTHON=false").stdout == ""
