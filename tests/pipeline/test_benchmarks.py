"""docs/speed.md says what was measured."""

import json
from itertools import product

from projects import HERE, copy_of, must


def test_the_page_and_its_picture_are_made_of_the_measurements_that_are_there(tmp_path):
    (tmp_path / "docs").mkdir()
    must(copy_of(tmp_path, "src", "benchmarks", ".dvc/plots"), "python", "benchmarks/report.py")
    for name in ("docs/speed.md", "docs/speed.svg"):
        assert (tmp_path / name).read_bytes() == (HERE / name).read_bytes()


def test_every_network_was_measured_of_every_peer():
    results = json.loads((HERE / "benchmarks/results.json").read_text())
    peers = ("ours", "jax", "torch", "scikit_learn", "textbook")
    networks = product(("64", "128", "59-59", "ten-64"), (0.0, 0.9), peers)
    steps = {(row["hidden"], row["momentum"], row["peer"]) for row in results["rows"]}
    assert steps == set(networks)
    for row in results["whole_training"]:
        assert min(row["seconds"], row["steps"], row["loss"]) > 0
        assert row["accuracy"] > 0.7
