"""Honest times left: early stopping counts, and a reproduction is everything that is to run."""

import pytest
from projects import copy_of
from training import altered

from runs import progress, tables
from runs.progress import Job, expected, work
from workflow import files
from workflow.settings import SETTINGS, read_crossing, stored

SLOW = altered(epochs=10, patience=5)
FIXED = altered(epochs=10, patience=50)


def test_no_time_is_promised_before_a_run_has_ended_and_then_by_those_that_ended():
    jobs = [Job(SLOW, seed) for seed in range(3)]
    assert expected(jobs, [1.0, 2.0, 0.0], set()) is None
    # The second has trained longer already than the first did; the third will take as long.
    assert expected(jobs, [4.0, 6.0, 0.0], {0}) == pytest.approx(work(SLOW, 4 + 6 + 4))


def test_where_nothing_can_stop_early_the_time_left_is_known_at_once():
    wide = altered(hidden=(16,), epochs=10)
    found = expected([Job(FIXED, 0), Job(wide, 0)], [5.0, 0.0], set())
    assert found == pytest.approx(work(FIXED, 10) + work(wide, 10))
    assert work(wide, 10) == pytest.approx(2 * work(FIXED, 10), rel=0.2)


def test_a_reproduction_counts_all_that_is_to_run_by_what_was_published(tmp_path, monkeypatch):
    monkeypatch.chdir(copy_of(tmp_path, "grid.yaml", "variants.yaml"))
    networks = {"train": SLOW, "plain": altered(epochs=10, patience=5, seeds=6)}
    for name, network in networks.items():
        files.write(SETTINGS / f"{name}.json", stored(network))
    files.write_json(tables.metrics_path("train"), {"epochs": 4.0})
    files.write_json(tables.metrics_path("plain"), {"epochs": 5.0})
    crossing = read_crossing()
    networks = [crossing.network(tricks, 0.1) for tricks in crossing.combinations]
    tuned = crossing.tuning_seeds * len(crossing.rates)
    grid = sum((tuned + network.seeds) * work(network, network.epochs) for network in networks)
    files.write_json(progress.REPRODUCTION, {})
    minutes = (6 * work(SLOW, 5.0) + grid) / (4 * work(SLOW, 4.0))
    line = progress.reproduction("train", 60.0)
    assert line == f"reproduction: 1 of 3 trainings, about {minutes:.0f} min left"
    progress.reproduction("plain", 60.0)
    line = progress.reproduction("grid", 60.0)
    assert line == "reproduction: 3 of 3 trainings, about 0 min left"
