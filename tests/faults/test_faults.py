"""Full disks, read-only folders, damaged inputs, wild numbers: one line, and old results intact."""

import json
import os
import re
import resource
import shutil
import sys
from functools import partial

import numpy as np
import pytest
from processes import obey_permissions
from projects import copy_of, edit, make_project, must, one_line, run

SCRIPTS = {
    "check_settings": "src/check_settings.py",
    "normalize": "src/normalize.py",
    "check_gradients": "src/check_gradients.py",
    "train": "src/train.py",
    "plain": "src/train.py plain",
    "compare": "src/compare.py",
}
# What a caller's environment may hold; each ended a stage in a traceback once.
STRANGE = {
    "PYTHONOPTIMIZE": "2",
    "PYTHONIOENCODING": "ascii",
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "MPLBACKEND": "garbage",
    "PYTHONWARNINGS": "error",
}
JOBLIB = ("JOBLIB_START_METHOD", "LOKY_PICKLER")  # in which garbage may be refused
proof = partial(pytest.param, marks=pytest.mark.proof)  # what would take the tests too long


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small project with all its results, to be copied and not to be changed."""
    folder = make_project(tmp_path_factory.mktemp("faults") / "project", ["plain"], 128, 50)
    for name in SCRIPTS:
        must(folder, "python", *SCRIPTS[name].split())
    return folder


@pytest.fixture
def project(small, tmp_path):
    """A copy of it; what no stage and no test changes in place are hard links."""
    copy = tmp_path / "project"
    shutil.copytree(small, copy, ignore=shutil.ignore_patterns(".git"), copy_function=os.link)
    for name in ("params.yaml", "variants.yaml"):
        (copy / name).unlink()
        shutil.copy(small / name, copy / name)
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
        ("plain", 300, "plots/runs/plain.csv"),
        proof("normalize", 100_000, "data/normalized/training_images.npy"),
        proof("check_gradients", 40, "metrics/gradient_check.json"),
        proof("train", 10_000, "models/train.npz"),
        proof("compare", 100, "metrics/comparison.json"),
    ],
)
def test_a_full_disk_is_one_line_and_leaves_every_old_file(project, name, size, where):
    (project / where).unlink(missing_ok=True)
    (project / where).write_bytes(b"published")
    line = fails_in_one_line(project, name, partial(allow_short_files, size))
    assert f"{where}: cannot be written (" in line


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("plain", "plots/curves"),
        ("compare", "build/locks"),
        proof("check_settings", "build/settings"),
        proof("normalize", "data/normalized"),
        proof("train", "models"),
    ],
)
def test_a_read_only_folder_is_one_line_and_leaves_every_old_file(project, name, folder):
    for lock in (project / "build/locks").iterdir():
        lock.unlink()
    (project / folder).chmod(0o555)
    line = fails_in_one_line(project, name, obey_permissions)
    assert "Permission denied" in line
    assert f"{folder}/" in line


@pytest.mark.proof
def test_read_only_data_can_be_trained_on(project):
    (project / "data/normalized").chmod(0o555)
    for file in (project / "data/normalized").iterdir():
        file.chmod(0o444)
    done = stage(project, "plain", obey_permissions)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_a_kill_in_mid_write_left_is_removed_by_the_next_run(project):
    before = contents(project)
    for name in ("plots/runs/.plain.csv.x8f2", "metrics/.plain.json.abcd1234"):
        (project / name).write_bytes(b"half")
    assert stage(project, "plain").returncode == 0
    assert contents(project) == before


@pytest.mark.proof
def test_a_linked_folder_is_filled_where_it_is_and_a_linked_file_is_replaced(project, tmp_path):
    data, precious = tmp_path / "disk", tmp_path / "precious"
    (project / "data/normalized").rename(data)
    (project / "data/normalized").symlink_to(data)
    precious.write_bytes(b"the user's own")
    (data / "training_labels.npy").unlink()
    (data / "training_labels.npy").symlink_to(precious)
    assert stage(project, "normalize").returncode == 0
    assert stage(project, "plain").returncode == 0
    assert (project / "data/normalized").is_symlink()
    assert not (data / "training_labels.npy").is_symlink()
    assert precious.read_bytes() == b"the user's own"


@pytest.mark.parametrize(
    ("name", "file", "change", "reason"),
    [
        ("normalize", "data/raw/t10k-labels-idx1-ubyte", lambda b: b[:-1], "10007 bytes, expected"),
        ("plain", "data/normalized/training_images.npy", lambda b: b[:-1], "training_images.npy"),
        ("plain", "data/normalized/training_labels.npy", lambda b: b[:-1] + b"x", "SHA-256"),
        ("plain", "build/settings/plain.json", lambda b: b'{"hidden": NaN}', "plain.json: "),
        ("compare", "metrics/plain.json", lambda b: b"[" * 100_000, "metrics/plain.json: "),
    ],
)
def test_a_damaged_input_ends_a_stage_in_one_line(project, name, file, change, reason):
    path = project / file
    content = change(path.read_bytes())
    path.unlink()
    path.write_bytes(content)
    assert reason in fails_in_one_line(project, name)


def test_an_input_that_is_missing_or_a_pipe_ends_a_stage_in_one_line(project):
    file = project / "plots/seeds/plain.csv"
    file.unlink()
    assert "plots/seeds/plain.csv" in fails_in_one_line(project, "compare")
    os.mkfifo(file)  # which could be waited on for ever
    assert "plots/seeds/plain.csv" in fails_in_one_line(project, "compare")


def test_a_network_without_settings_is_refused_with_those_there_are(small):
    line = one_line(run(small, "python", "src/train.py", "../plain"))
    assert line.endswith("no network of that name; there are plain, train\n")


@pytest.mark.parametrize("text", ["0", "99999", "two"])
def test_a_number_of_workers_that_is_none_is_refused(small, text):
    done = run(small, "python", "src/train.py", "plain", f"--workers={text}")
    assert done.returncode in (1, 2)
    assert "--workers" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_what_the_callers_environment_holds_ends_no_stage(project):
    for name in ("check_settings", "plain", "compare"):
        done = stage(project, name, **STRANGE)
        assert (done.returncode, done.stderr) == (0, "")
    for variable in JOBLIB:
        done = stage(project, "plain", **{variable: "garbage"})
        assert done.returncode == 0 or one_line(done)


def test_a_training_that_diverges_ends_in_one_line_with_seed_and_step(project):
    wild = {"hidden": [64] * 5, "activation": "relu", "learning_rate": 100.0}
    edit(project / "variants.yaml", lambda content: content["variants"]["plain"].update(wild))
    assert stage(project, "check_settings").returncode == 0
    line = fails_in_one_line(project, "plain")
    assert re.match(r"train: .*seed \d.* not finite at step \d+", line)
    assert line.endswith("learning_rate is 100\n")


def test_one_seed_has_results_and_no_deviation(project):
    edit(project / "variants.yaml", lambda content: content["protocol"].update(seeds=1))
    for name in ("check_settings", "plain", "compare"):
        assert stage(project, name).returncode == 0
    metrics = json.loads((project / "metrics/plain.json").read_text())
    assert metrics["seeds"] == 1
    assert metrics["validation_accuracy_std"] is None
    assert np.isfinite(metrics["validation_accuracy"])


# ---- make setup ----------------------------------------------------------------------------


def setup(folder, *words, **env):
    """`make setup` as far as packages: these are not installed."""
    copy_of(folder, "Makefile", "requirements.txt", "requirements-build.txt")
    return run(folder, "make", "--no-print-directory", "setup", "UV=", "INSTALL=:", *words, **env)


def test_an_old_python_is_refused_in_one_line(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.version_info = (3, 10, 4)\n")
    done = setup(tmp_path, f"PYTHON=env PYTHONPATH='{tmp_path}' '{sys.executable}'")
    line = "setup: this is Python 3.10; allowed: 3.11 and newer (make setup PYTHON=...)"
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == line
    assert not (tmp_path / ".venv").exists()


@pytest.mark.proof
def test_an_environment_without_pip_of_an_interrupted_setup_is_made_anew(tmp_path):
    must(tmp_path, "python", "-m", "venv", "--without-pip", ".venv")
    assert not list((tmp_path / ".venv").rglob("pip"))
    done = setup(tmp_path, f"PYTHON={sys.executable}")
    assert done.returncode == 0, done.stderr
    must(tmp_path, ".venv/bin/python", "-m", "pip", "--version")
    (tmp_path / ".venv/kept").touch()
    assert setup(tmp_path, f"PYTHON={sys.executable}").returncode == 0  # of newer locks
    assert (tmp_path / ".venv/kept").exists()  # what is sound is not made anew
