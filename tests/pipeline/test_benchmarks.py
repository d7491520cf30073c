"""docs/speed.md says what was measured."""

import json

import pytest
from projects import HERE, copy_of, must

RESULTS = json.loads((HERE / "benchmarks/results.json").read_text())


@pytest.fixture
def project(tmp_path):
    (tmp_path / "docs").mkdir()
    return copy_of(tmp_path, "src", "benchmarks", ".dvc/plots")


def page(project):
    must(project, "python", "benchmarks/report.py")
    return (project / "docs/speed.md").read_text()


def test_the_page_and_its_picture_are_made_of_the_measurements_that_are_there(project):
    assert page(project) == (HERE / "docs/speed.md").read_text()
    assert (project / "docs/speed.svg").read_bytes() == (HERE / "docs/speed.svg").read_bytes()


def test_ratios_follow_the_measurements(project):
    results = json.loads((project / "benchmarks/results.json").read_text())
    whole = {(row["network"], row["peer"]): row for row in results["whole_training"]}
    ours, jax = whole["plain", "ours"], whole["plain", "jax"]
    jax["seconds"], jax["steps"] = 3.21 * ours["seconds"], ours["steps"]
    (project / "benchmarks/results.json").write_text(json.dumps(results))
    [line] = [line for line in page(project).splitlines() if line.startswith("| `plain` | JAX")]
    assert line.endswith("| 3.21 |")


def test_every_network_was_measured_of_every_peer():
    peers = ("ours", "jax", "torch", "scikit_learn", "textbook")
    steps = {(row["hidden"], row["momentum"], row["peer"]) for row in RESULTS["rows"]}
    networks = [(h, m) for h in ("64", "128", "59-59", "ten-64") for m in (0.0, 0.9)]
    assert steps == {(*network, peer) for network in networks for peer in peers}
    for row in RESULTS["whole_training"]:
        assert min(row["seconds"], row["steps"], row["loss"]) > 0
        assert row["accuracy"] > 0.7
