"""Trainings side by side: the same runs whatever the number of processes; and their ends."""

import os
import re
import signal
import threading
from concurrent.futures import BrokenExecutor
from contextlib import closing

import numpy as np
import pytest
from processes import wait_until

from mlp.network import first
from mlp.training import train
from mnist import images as datasets
from runs import executor
from runs.executor import TUNING, outcomes, train_runs
from runs.progress import Job
from workflow.command import UserError
from workflow.settings import Network

SHORT = Network(
    hidden=8,
    activation="sigmoid",
    init="fan_in",
    learning_rate=0.1,
    momentum=0.9,
    nesterov=False,
    weight_decay=0.0,
    batch_size=32,
    epochs=2,
    patience=50,
    shuffle=True,
    training_images=320,
    test_images=100,
    seeds=7,
)
JOBS = [Job(SHORT, seed) for seed in SHORT.seed_range]
ENDLESS = SHORT.model_copy(update={"epochs": 10_000, "patience": 1_000_000})


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    """Small made-up data sets, in the place of the normalized ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    generator = np.random.default_rng(0)
    sets = {}
    for name, size in (("training", 400), ("test", 120)):
        dense = generator.standard_normal((size, datasets.INPUTS), dtype=np.float32)
        dense[dense < 0.5] = 0
        sets[name] = datasets.ink(dense, generator.integers(0, 10, size))
    datasets.save(sets, 33.0, 78.0)
    return sets


def same(one, other):
    """Whether two runs agree in every bit of their weights and measurements."""
    weights = [a.tobytes() == b.tobytes() for a, b in zip(one.weights, other.weights, strict=True)]
    return all(weights) and one.validation_loss == other.validation_loss and one.seed == other.seed


def alone(data, seed):
    """What this process gives, of the images that the network asks for."""
    images = first(data["training"], 320), first(data["test"], 100)
    return train(SHORT.hyperparameters(), *images, seed)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_any_number_of_processes_gives_the_same_runs_in_the_order_of_jobs(data, workers):
    jobs = [JOBS[seed] for seed in (5, 0, 2)]
    runs = train_runs(jobs, "test", workers)
    assert [run.seed for run in runs] == [5, 0, 2]
    assert all(same(run, alone(data, run.seed)) for run in runs)


def test_the_longest_begin(monkeypatch):
    begun = []
    deep = Job(SHORT.model_copy(update={"hidden": (8,) * 9}), 0)

    class Alone:
        def __init__(self, *_):
            pass

        def submit(self, function, number, job):
            begun.append(number)
            return executor.Future()

        def shutdown(self, **_):
            pass

    monkeypatch.setattr(executor, "ProcessPoolExecutor", Alone)
    monkeypatch.setattr(executor, "wait", lambda waiting, *_: (set(), set()))
    assert list(outcomes([JOBS[0], deep, JOBS[1]], "test")) == []
    assert begun == [1, 0, 2]


def test_tuning_looks_at_the_last_training_images(data, monkeypatch):
    monkeypatch.setattr(executor, "TUNING_IMAGES", 80)
    executor._images.cache_clear()
    images, training = executor._images(TUNING, 100), data["training"]
    assert images.labels.tolist() == training.labels[-80:].tolist()
    ink = slice(training.starts[-81], None)
    assert images.places.tolist() == training.places[ink].tolist()
    assert images.values.tolist() == training.values[ink].tolist()
    assert np.diff(images.starts).tolist() == np.diff(training.starts)[-80:].tolist()
    assert (images.starts[0], images.starts[-1]) == (0, len(images.places))
    executor._images.cache_clear()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux binds to a core")
def test_a_process_bound_to_one_core_starts_one_worker():
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert executor.cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_where_nothing_binds_a_process_every_core_counts(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)  # as on macOS
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert 1 <= executor.cores() <= 3


def test_a_divergence_is_one_line_with_its_seed_step_and_rate():
    wild = SHORT.model_copy(update={"weight_decay": 1.0, "learning_rate": 100.0})
    expected = r"^test: seed \d: .* is not finite at step \d+; learning_rate is 100$"
    with pytest.raises(UserError, match=expected):
        train_runs([Job(wild, 0), Job(ENDLESS, 1)], "test", 2)  # at once: the other goes on for ever


def test_a_machine_that_computes_otherwise_is_refused_in_one_line(monkeypatch):
    class Otherwise:
        def result(self):
            raise ArithmeticError("this machine computes otherwise")

    with pytest.raises(UserError, match="^this machine computes otherwise$"):
        executor._result(Otherwise())


def test_a_killed_worker_process_is_an_error_and_not_a_hang():
    def kill() -> None:
        children = executor.multiprocessing.active_children
        assert wait_until(lambda: len(children()) == 2)
        os.kill(children()[0].pid, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    with pytest.raises(BrokenExecutor), closing(outcomes([Job(ENDLESS, 0)] * 2, "test", 2)) as all_:
        list(all_)
    thread.join()
    assert not executor.multiprocessing.active_children()


def test_code_is_compiled_by_one_process_with_a_word_and_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(executor.numba.config, "CACHE_DIR", str(tmp_path))
    checked = []
    monkeypatch.setattr(executor, "_check", lambda: checked.append(1))
    executor.prepare()
    executor.prepare()
    assert checked == [1]
    assert re.fullmatch(r"compiling the arithmetic .*\n", capsys.readouterr().out)
