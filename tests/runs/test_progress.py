"""Honest times left: early stopping counts, and a reproduction is everything that is to run."""

import io
import re

import pytest
from projects import copy_of
from tqdm import tqdm
from training import altered

from mlp.training import CHECKS_PER_EPOCH
from runs import progress, tables
from runs.progress import Job, work
from workflow import files
from workflow.settings import SETTINGS, read_crossing, stored

SLOW = altered(epochs=10, patience=5)
FIXED = altered(epochs=10, patience=50)


def shown(jobs, epochs, ended):
    """The bar of jobs that have trained so many epochs each."""
    with tqdm(file=io.StringIO()) as bar:
        progress.show(bar, jobs, [int(CHECKS_PER_EPOCH * each) for each in epochs], ended)
        return bar


def test_no_time_is_promised_before_a_run_has_ended_and_then_by_those_that_ended():
    jobs = [Job(SLOW, seed) for seed in range(3)]
    assert re.search(r"  0%\|.*<\?, 0 of 3 runs", str(shown(jobs, [1.0, 2.0, 0.0], set())))
    # The second has trained longer already than the first did; the third will take as long.
    bar = shown(jobs, [4.0, 6.0, 0.0], {0})
    assert (bar.n, bar.total) == pytest.approx((work(SLOW, 4 + 6), work(SLOW, 4 + 6 + 4)))
    assert bar.postfix == "1 of 3 runs"


def test_where_nothing_can_stop_early_the_time_left_is_known_at_once():
    wide = altered(hidden=(16,), epochs=10)
    bar = shown([Job(FIXED, 0), Job(wide, 0)], [5.0, 0.0], set())
    assert bar.total == pytest.approx(work(FIXED, 10) + work(wide, 10))
    assert work(wide, 10) == pytest.approx(2 * work(FIXED, 10), rel=0.2)


def test_a_reproduction_counts_all_that_is_to_run_by_what_was_published(
    tmp_path, monkeypatch, capsys
):
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
    minutes = (6 * work(SLOW, 5.0) + grid) / (4 * work(SLOW, 4.0))
    progress.note_stage("train", 60.0)  # outside of `make reproduce` it is silent
    files.write_json(progress.REPRODUCTION, {})
    for name in ("train", "plain", "grid"):
        progress.note_stage(name, 60.0)
    first, _, last = capsys.readouterr().out.splitlines()
    assert first == f"reproduction: 1 of 3 trainings, about {minutes:.0f} min left"
    assert last == "reproduction: 3 of 3 trainings, about 0 min left"
