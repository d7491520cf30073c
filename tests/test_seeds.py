"""Seeds side by side: the same runs whatever the number of processes."""

import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hand_made import NETWORK
from joblib.externals.loky.process_executor import TerminatedWorkerError

import datasets
from knobs import Training
from mlp.evaluation import Dataset
from mlp.runs import Diverged
from mlp.training import train
from seeds import train_seeds

SHORT = replace(NETWORK, hidden=(8,), epochs=2)


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    """Small made-up data sets, in the place of the normalized ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    generator = np.random.default_rng(0)
    found = {}
    for name, size in (("training", 320), ("validation", 100)):
        images = generator.standard_normal((size, 785), dtype=np.float32)
        found[name] = Dataset(images, generator.integers(0, 10, size))
        datasets.save(found[name], name)
    return found


def same(one, other):
    """Whether two runs agree in every bit of their weights and measurements."""
    weights = [a.tobytes() == b.tobytes() for a, b in zip(one.weights, other.weights, strict=True)]
    return all(weights) and one.validation_loss == other.validation_loss and one.seed == other.seed


@pytest.mark.parametrize("workers", [1, 2, 3, 9])
def test_any_number_of_processes_gives_the_same_runs_in_the_order_of_seeds(data, workers):
    runs = train_seeds(Training(SHORT, seeds=4), "test", workers)
    alone = train(SHORT, data["training"], data["validation"], range(4))
    assert [run.seed for run in runs] == [0, 1, 2, 3]
    assert all(map(same, runs, alone))


def test_one_seed_alone_is_the_same_as_in_company(data):
    (alone,) = train_seeds(Training(SHORT, seeds=1), "test")
    assert same(alone, train_seeds(Training(SHORT, seeds=3), "test", 2)[0])


def test_a_process_bound_to_one_core_gives_the_same_runs(data):
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        runs = train_seeds(Training(SHORT, seeds=2), "test")
    finally:
        os.sched_setaffinity(0, cores)
    assert all(map(same, runs, train(SHORT, data["training"], data["validation"], range(2))))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_divergence_comes_out_with_its_seed_and_step(workers):
    wild = replace(SHORT, activation="relu", learning_rate=100.0)
    with pytest.raises(Diverged, match=r"seed \d: the loss is no longer finite at step \d+"):
        train_seeds(Training(wild, seeds=2), "test", workers)


@pytest.mark.parametrize("workers", [1, 2])
def test_faulty_data_come_out_as_such(workers):
    Path("data/normalized/validation_labels.npy").write_bytes(b"")
    with pytest.raises(datasets.InvalidData, match=r"validation_labels\.npy: not a usable"):
        train_seeds(Training(SHORT, seeds=2), "test", workers)


def workers_of_this_process():
    """Process numbers of the joblib workers that this process has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if int(parent) == os.getpid() and "LokyProcess" in command:
            found.append(int(folder.name))
    return found


def test_a_killed_worker_process_is_an_error_and_not_a_hang():
    killed = []

    def kill() -> None:
        time.sleep(3)
        killed.append(workers_of_this_process()[0])
        os.kill(killed[0], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    with pytest.raises(TerminatedWorkerError):
        train_seeds(Training(replace(SHORT, epochs=10_000, patience=10**6), seeds=2), "test", 2)
    thread.join()
    assert killed
    assert workers_of_this_process() == []
