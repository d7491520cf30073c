"""Honest times left: early stopping counts, and a reproduction is everything that is to run."""

import pytest
from projects import copy_of
from training import altered

from runs import progress, tables
from runs.progress import Bar, Job, work
from workflow import files
from workflow.settings import SETTINGS, read_crossing, stored

SLOW = altered(epochs=10, patience=5)
FIXED = altered(epochs=10, patience=50)


@pytest.fixture
def bar(monkeypatch):
    """A function that makes a bar as a terminal would show it."""

    def make(jobs):
        made = Bar(jobs, "test")
        monkeypatch.setattr(made.bar, "disable", False)
        monkeypatch.setattr(made.bar, "refresh", lambda *_, **__: None)
        monkeypatch.setattr(made.bar, "close", lambda: None)
        return made

    return make


def test_no_time_is_promised_before_a_run_has_ended_and_then_by_those_that_ended(bar):
    shown = bar([Job(SLOW, seed) for seed in range(3)])
    shown.show([5, 10, 0])
    assert shown.bar.total is None
    assert shown.bar.n == pytest.approx(work(SLOW, 3))
    shown.end(0, 4.0)
    shown.show([20, 30, 0])
    assert shown.bar.n == pytest.approx(work(SLOW, 4 + 6))
    # The second has trained longer already than the first did; the third will take as long.
    assert shown.bar.total == pytest.approx(work(SLOW, 4 + 6 + 4))
    assert shown.bar.postfix == "1 of 3 runs"


def test_where_nothing_can_stop_early_the_time_left_is_known_at_once(bar):
    shown = bar([Job(FIXED, 0), Job(altered(hidden=(16,), epochs=10), 0)])
    shown.show([25, 0])
    assert shown.bar.n / shown.bar.total == pytest.approx(5 / (10 + 10 * 1600 / 800), rel=0.2)


def test_a_reproduction_counts_all_that_is_to_run_by_what_was_published(tmp_path, monkeypatch):
    monkeypatch.chdir(copy_of(tmp_path, "grid.yaml", "variants.yaml"))
    networks = {"train": SLOW, "plain": altered(epochs=10, patience=5, seeds=6)}
    for name, network in networks.items():
        files.write(SETTINGS / f"{name}.json", stored(network))
    files.write_json(tables.metrics_path("plain"), {"epochs": 5.0})
    crossing = read_crossing()
    networks = [crossing.network(tricks, 0.1) for tricks in crossing.combinations]
    tuned = crossing.tuning_seeds * len(crossing.rates)
    grid = sum((tuned + network.seeds) * work(network, network.epochs) for network in networks)
    runs = sum(tuned + network.seeds for network in networks)
    files.write_json(progress.REPRODUCTION, {})
    line = progress.reproduction("train", [Job(SLOW, s) for s in range(4)], [4.0] * 4, 60.0)
    minutes = (6 * work(SLOW, 5.0) + grid) / (4 * work(SLOW, 4.0))
    assert line == f"reproduction: 4 of {10 + runs} runs, about {minutes:.0f} min left"
    progress.reproduction("plain", [Job(SLOW, s) for s in range(6)], [5.0] * 6, 60.0)
    line = progress.reproduction("grid", [Job(networks[0], 0)], [15.0], 60.0)
    assert line == "reproduction: 11 of 11 runs, about 0 min left"
