"""Full disks, read-only folders, damaged inputs, wild numbers: one line, and old results intact."""

import ctypes
import json
import os
import re
import resource
import shutil
import subprocess
import sys
from argparse import ArgumentTypeError
from functools import partial

import numpy as np
import pytest
from projects import HERE, edit, environment, make_project, run

from train import positive

PR_CAPBSET_DROP = 24  # of Linux: give up a capability for good
CAP_DAC_OVERRIDE = 1  # what lets root write to read-only folders
STAGES = {
    "check_settings": "src/check_settings.py",
    "normalize": "src/normalize.py",
    "check_gradients": "src/check_gradients.py",
    "train": "src/train.py",
    "plain": "src/train.py plain",
    "compare": "src/compare.py",
}


proof = partial(pytest.param, marks=pytest.mark.proof)  # what would take the tests too long


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small project with all its results, to be copied and not to be changed."""
    folder = make_project(tmp_path_factory.mktemp("faults") / "project", ["plain"], 96, 50)
    for name in ("check_settings", "normalize", "train", "plain", "compare"):
        done = run(folder, "python", *STAGES[name].split())
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def project(small, tmp_path):
    """A copy of it; the large files that no stage changes in place are hard links."""
    link = shutil.ignore_patterns(".git")
    shutil.copytree(small, tmp_path / "project", ignore=link, copy_function=os.link)
    for name in ("params.yaml", "variants.yaml"):
        (tmp_path / "project" / name).unlink()
        shutil.copy(small / name, tmp_path / "project" / name)
    return tmp_path / "project"


def stage(project, name, limit=None):
    """Run a stage, with `limit` called in its process first."""
    return subprocess.run(
        [sys.executable, *STAGES[name].split()],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        preexec_fn=limit,
        check=False,
    )


def contents(project):
    """Every file that stages write, hidden files too, and when it was written."""
    folders = (project / name for name in ("build/settings", "data", "metrics", "models", "plots"))
    files = (file for folder in folders for file in folder.rglob("*") if file.is_file())
    return {str(file): (file.read_bytes(), file.stat().st_mtime_ns) for file in files}


def bytes_of(found):
    """The same without the times: a stage may well have written some files anew."""
    return {path: content for path, (content, _) in found.items()}


def one_line(done):
    """The one line with which a stage has failed."""
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def allow_short_files(size):
    """What a full disk is to a process: no file can grow beyond `size` bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize(
    ("name", "size", "where"),
    [
        ("check_settings", 10, "build/settings/data.json"),
        ("normalize", 100_000, "data/normalized/training_images.npy"),
        ("plain", 300, "plots/runs/plain.csv"),
        ("compare", 100, "metrics/comparison.json"),
        proof("check_gradients", 100, "metrics/gradient_check.json"),
        proof("train", 10_000, "models/train.npz"),
    ],
)
def test_a_full_disk_is_one_line_and_leaves_every_old_file(project, name, size, where):
    (project / where).unlink(missing_ok=True)
    (project / where).write_bytes(b"published")
    before = bytes_of(contents(project))
    message = one_line(stage(project, name, partial(allow_short_files, size)))
    assert re.fullmatch(rf"{name}: \[Errno \d+\] .*: '{where}'\n", message)
    assert "File too large" in message or "written" in message  # the second is NumPy's word for it
    assert bytes_of(contents(project)) == before  # and nothing half written, under no name


def obey_permissions():
    """Let root be refused what its files do not allow."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl:  # it matters to root only, and is refused to others
        prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("check_settings", "build/settings"),
        ("plain", "plots/curves"),
        proof("normalize", "data/normalized"),
        proof("check_gradients", "metrics"),
        proof("train", "models"),
        proof("compare", "metrics"),
    ],
)
def test_a_read_only_folder_is_one_line_and_leaves_every_old_file(project, name, folder):
    (project / folder).chmod(0o555)
    before = contents(project)
    message = one_line(stage(project, name, obey_permissions))
    assert message.startswith(f"{name}: [Errno 13] Permission denied: '{folder}/")
    assert bytes_of(contents(project)) == bytes_of(before)


def test_a_read_only_folder_of_locks_is_one_line(project):
    (project / "build/locks/plain.lock").unlink()
    (project / "build/locks").chmod(0o555)
    message = one_line(stage(project, "plain", obey_permissions))
    assert message == "plain: [Errno 13] Permission denied: 'build/locks/plain.lock'\n"


@pytest.mark.proof
def test_read_only_data_can_be_trained_on(project):
    (project / "data/normalized").chmod(0o555)
    for file in (project / "data/normalized").iterdir():
        file.chmod(0o444)
    done = stage(project, "plain", obey_permissions)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_a_kill_in_mid_write_left_is_removed_by_the_next_run(project):
    before = bytes_of(contents(project))
    for name in ("plots/runs/.plain.csv.x8f2", "metrics/.plain.json.abcd1234"):
        (project / name).write_bytes(b"half")
    assert stage(project, "plain").returncode == 0
    assert bytes_of(contents(project)) == before


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


@pytest.mark.parametrize("cut", [0, -1])
def test_a_raw_file_cut_short_ends_normalize_in_one_line(project, cut):
    path = project / "data/raw/t10k-labels-idx1-ubyte"
    sound = path.read_bytes()
    path.unlink()
    path.write_bytes(sound[:cut])
    before = contents(project)
    message = one_line(stage(project, "normalize"))
    size = len(sound[:cut])
    expected = f"normalize: t10k-labels-idx1-ubyte: {size} bytes, expected 10008"
    assert message.startswith(expected)
    assert contents(project) == before


@pytest.mark.parametrize("name", ["plain", proof("check_gradients")])
def test_a_data_file_cut_short_ends_a_stage_in_one_line(project, name):
    path = project / "data/normalized/training_images.npy"
    sound = path.read_bytes()
    path.unlink()
    path.write_bytes(sound[:-1])
    before = contents(project)
    message = one_line(stage(project, name))
    assert message.startswith(f"{name}: data/normalized/training_images.npy: not a usable .npy f")
    assert contents(project) == before


@pytest.mark.parametrize("text", ["", '{"hidden": NaN}'])
def test_settings_damaged_after_their_check_end_the_training_in_one_line(project, text):
    path = project / "build/settings/plain.json"
    path.unlink()
    path.write_text(text)
    before = contents(project)
    assert one_line(stage(project, "plain")).startswith("plain: build/settings/plain.json: ")
    assert contents(project) == before


def test_a_network_without_settings_is_refused_with_those_there_are(small):
    done = run(small, "python", "src/train.py", "../plain")
    expected = "../plain: no settings of that name; there are plain, train\n"
    assert (done.returncode, done.stderr) == (1, expected)


def test_a_number_of_workers_that_is_none_is_refused(small):
    done = run(small, "python", "src/train.py", "plain", "--workers", "-1")
    *_, line = done.stderr.splitlines()
    assert done.returncode == 2
    assert line.endswith("argument --workers: '-1' is not allowed; allowed: 1 to 9999")
    for text in ("0", "1.5", "two", "", "99999", "²", " 1"):
        with pytest.raises(ArgumentTypeError, match="is not allowed; allowed: 1 to 9999"):
            positive(text)
    assert [positive(text) for text in ("1", "12", "9999")] == [1, 12, 9999]


@pytest.mark.parametrize("workers", ["1", proof("2")])
def test_a_training_that_diverges_ends_in_one_line_with_step_and_settings(project, workers):
    wild = {"hidden": [64] * 5, "activation": "relu", "learning_rate": 100.0}
    edit(project / "variants.yaml", lambda content: content["variants"]["plain"].update(wild))
    assert stage(project, "check_settings").returncode == 0
    before = contents(project)
    done = run(project, "python", "src/train.py", "plain", "--workers", workers)
    line = one_line(done)
    assert re.match(r"plain: seed \d: the loss is no longer finite at step \d+; settings: ", line)
    assert "learning_rate=100.0" in line
    assert "activation='relu'" in line
    assert contents(project) == before


def test_one_seed_has_results_and_no_deviation(project):
    edit(project / "variants.yaml", lambda content: content["protocol"].update(seeds=1))
    for name in ("check_settings", "plain", "compare"):
        assert stage(project, name).returncode == 0
    metrics = json.loads((project / "metrics/plain.json").read_text())
    assert metrics["seeds"] == 1
    assert metrics["validation_accuracy_std"] is None
    assert np.isfinite(metrics["validation_accuracy"])


def test_a_missing_result_ends_the_comparison_in_one_line(project):
    before = (project / "metrics/comparison.json").read_bytes()
    (project / "plots/seeds/plain.csv").unlink()
    expected = "compare: [Errno 2] No such file or directory: 'plots/seeds/plain.csv'\n"
    assert one_line(stage(project, "compare")) == expected
    assert (project / "metrics/comparison.json").read_bytes() == before


def test_an_old_python_is_refused_in_one_line(tmp_path):
    for name in ("Makefile", "requirements.txt", "requirements-build.txt"):
        shutil.copy(HERE / name, tmp_path)
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.version_info = (3, 10, 4)\n")
    python = f"PYTHON=env PYTHONPATH='{tmp_path}' '{sys.executable}'"
    done = run(tmp_path, "make", "--no-print-directory", "setup", python)
    line = "setup: this is Python 3.10; allowed: 3.11 and newer (make setup PYTHON=...)"
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == line
    assert not (tmp_path / ".venv").exists()
