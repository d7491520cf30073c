"""The pages on speed and scaling say what was measured."""

import json
import subprocess
import sys
from copy import deepcopy

import pytest
from projects import HERE, copy_of

from workflow.settings import load_variants

GENERATED = ("speed.md", "speed.svg", "scaling.md")
RESULTS = json.loads((HERE / "benchmarks/results.json").read_text())


def whole(results):
    """Return the rows of whole trainings by network and peer."""
    return {(row["network"], row["peer"]): row for row in results["whole_training"]}


def pages(folder):
    """Write the pages of the results in `folder`."""
    (folder / "docs").mkdir()
    command = [sys.executable, "benchmarks/report.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "docs"


@pytest.fixture
def project(tmp_path):
    return copy_of(tmp_path, "src", "benchmarks")


def test_the_pages_are_made_of_the_measurements_that_are_there(project):
    docs = pages(project)
    for name in GENERATED:
        assert (docs / name).read_bytes() == (HERE / "docs" / name).read_bytes(), name


def test_ratios_follow_the_measurements(project):
    results = deepcopy(RESULTS)
    ours, jax = (whole(results)["plain", peer] for peer in ("ours", "jax"))
    jax["seconds"], jax["steps"] = 3.21 * ours["seconds"], ours["steps"]
    (project / "benchmarks/results.json").write_text(json.dumps(results))
    lines = (pages(project) / "speed.md").read_text().splitlines()
    assert "| 3.21 |" in next(line for line in lines if line.startswith("| JAX, our protocol"))


def test_both_networks_are_trained_by_ours_and_by_every_fast_peer():
    for network in ("plain", "momentum-ten-layers"):
        for peer in ("ours", "ours_alone", "jax", "torch"):
            row = whole(RESULTS)[network, peer]
            assert row["kernel"] == RESULTS["kernels"][peer]["instructions"]
            assert min(row[name] for name in ("seconds", "steps", "loss", "accuracy")) > 0
    assert ("plain", "textbook") in whole(RESULTS)


def test_the_page_says_the_machine_and_every_kernel():
    page = (HERE / "docs/speed.md").read_text()
    assert RESULTS["machine"]["processor"] in page
    for kernel in RESULTS["kernels"].values():
        assert f"| {kernel['instructions']}: {kernel['code']} |" in page


def test_the_networks_of_whole_trainings_are_the_variants(monkeypatch):
    monkeypatch.syspath_prepend(HERE / "benchmarks")
    import cases
    from peers.ours import hyperparameters

    variants = load_variants()
    for name, case in cases.TRAININGS.items():
        assert hyperparameters(case, variants[name].epochs) == variants[name].hyperparameters()
        assert variants[name].training_images == cases.IMAGES["training"]
        assert variants[name].validation_images == cases.IMAGES["validation"]
