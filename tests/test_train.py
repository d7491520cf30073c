"""The stages that train: on small made-up images, and what this checkout publishes."""

import contextlib
import os
import pty
import subprocess
import termios

import numpy as np
import projects
import pytest
import training
from hand_made import write_lock
from projects import HERE, must, one_line, run
from ruamel.yaml import YAML

from runs import model, tables
from workflow import files
from workflow.settings import changes, load_network, load_variants

OWN = training.altered(hidden=(32,), activation="improved_sigmoid", learning_rate=0.02)
RUNS = ("seed", "step", *tables.QUANTITIES)
SEEDS = ("seed", "steps", "train_loss", "validation_loss", "best_validation_accuracy")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project where `plain` and your network are trained."""
    folder = tmp_path_factory.mktemp("train") / "project"
    made = training.project(folder, train=OWN, plain=training.NETWORK)
    one = training.NETWORK.model_dump(mode="json") | {"words": "the plain one"}
    YAML().dump({"protocol": {}, "variants": {"plain": one}}, made / "variants.yaml")
    must(made, "python", "src/train.py", "plain", "--workers", "1")
    must(made, "python", "src/train.py")
    return made


def agree(name, first_seed):
    """See that the tables of a network say the same of its runs."""
    metrics = files.read_json(tables.metrics_path(name))
    ends = files.read_csv(tables.path("seeds", name), SEEDS)
    runs = files.read_csv(tables.path("runs", name), RUNS)
    curves = files.read_csv(tables.path("curves", name), ("step", *tables.QUANTITIES))
    assert ends["seed"].tolist() == list(range(first_seed, first_seed + metrics["seeds"]))
    for quantity in SEEDS[1:]:
        np.testing.assert_allclose(metrics[quantity], ends[quantity].mean(), rtol=1e-5)
    for row, seed in enumerate(ends["seed"]):
        own = runs["seed"] == seed
        assert runs["step"][own][-1] == ends["steps"][row]
        assert runs["validation_loss"][own][-1] == ends["validation_loss"][row]
        assert runs["validation_accuracy"][own].max() == ends["best_validation_accuracy"][row]
    assert curves["step"][-1] == ends["steps"].min()
    for check, step in enumerate(curves["step"]):
        at = runs["validation_accuracy"][runs["step"] == step]
        np.testing.assert_allclose(curves["validation_accuracy"][check], at.mean(), rtol=1e-5)


def test_the_files_of_a_network_agree_with_each_other(project, monkeypatch):
    monkeypatch.chdir(project)
    agree("plain", 0)
    agree("train", 0)


def test_your_weights_are_kept_and_tell_what_is_confused(project, monkeypatch):
    monkeypatch.chdir(project)
    cells = files.read_csv(tables.CONFUSION, ("actual", "predicted", "images"))
    assert len(cells["images"]) == 100
    assert cells["images"].sum() == OWN.test_images
    right = cells["images"][cells["actual"] == cells["predicted"]].sum() / OWN.test_images
    accuracy = files.read_json(tables.metrics_path("train"))["validation_accuracy"]
    assert right == pytest.approx(accuracy, rel=1e-5)
    assert [layer.shape for layer in model.load().weights] == [(4, 785, 32), (4, 32, 10)]


def test_the_last_line_names_the_variant_that_it_differs_least_from(project, monkeypatch):
    monkeypatch.chdir(project)
    changed = "hidden=32 activation=improved_sigmoid learning_rate=0.02"
    expected = f"yours, with {changed}: accuracy 0."
    [*_, last] = must(project, "python", "src/train.py").splitlines()
    assert expected in last
    assert last.endswith("(seeds: 4)")  # DVC knows of no variant here
    write_lock("plain", training.NETWORK)
    [*_, last] = must(project, "python", "src/train.py").splitlines()
    assert expected in last
    assert "; without that, the plain one: accuracy 0." in last


def test_a_terminal_shows_how_far_the_runs_are(project):
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    command = ["python", "src/train.py", "plain"]
    options = {"stdout": theirs, "stderr": theirs, "env": projects.environment()}
    with subprocess.Popen(command, cwd=project, **options) as stage:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # when nobody writes to a terminal any more
            while part := os.read(ours, 4096):
                shown += part
    assert stage.returncode == 0
    assert all(text in shown.decode() for text in ("0 of 4 runs", "100%", "4 of 4 runs"))


def test_what_cannot_be_trained_is_one_line(project):
    line = one_line(run(project, "python", "src/train.py", "plane"))
    assert line == "train: 'plane': no network of that name; there are plain, train\n"
    line = one_line(run(project, "python", "src/train.py", "--workers", "0"))
    assert line == "train: --workers 0 is not allowed; allowed: from 1 on\n"


# ---- what is published ---------------------------------------------------------------------


@pytest.fixture
def published(monkeypatch):
    monkeypatch.chdir(HERE)
    return {"train": load_network(), **load_variants()}


def test_published_tables_agree_and_are_of_the_published_settings(published):
    for name, network in published.items():
        agree(name, network.first_seed)
        tables.check_results(name, network)


def test_your_network_as_it_is_published_is_a_variant_with_other_seeds(published):
    own, variant = published["train"], published["momentum"]
    assert changes(own, variant) == []
