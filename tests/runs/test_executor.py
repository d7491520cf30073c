"""Seeds side by side: the same runs whatever the number of processes."""

import os
import signal
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from hand_made import NETWORK
from joblib.externals.loky.process_executor import TerminatedWorkerError
from processes import wait_until

from mlp.evaluation import Dataset, SortedDataset
from mlp.training import train
from mnist import images as datasets
from runs.executor import shares, train_seeds
from workflow.command import UserError

SHORT = NETWORK.model_copy(
    update={"hidden": (8,), "epochs": 2, "training_images": 320, "validation_images": 100}
)


def short(**changes):
    return SHORT.model_copy(update=changes)


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch, own_workers):
    """Small made-up data sets, in the place of the normalized ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    generator = np.random.default_rng(0)
    sets = {}
    for name, size in (("training", 400), ("validation", 120)):
        images = generator.standard_normal((size, 785), dtype=np.float32)
        sets[name] = Dataset(images, generator.integers(0, 10, size))
        datasets.save(sets[name], name)
    return sets


def alone(data, seeds):
    """What one process gives, of the images that the network asks for."""
    first = Dataset(data["training"].images[:320], data["training"].labels[:320])
    validation = Dataset(data["validation"].images[:100], data["validation"].labels[:100])
    return train(SHORT.hyperparameters(), first, SortedDataset(validation), seeds)


def same(one, other):
    """Whether two runs agree in every bit of their weights and measurements."""
    weights = [a.tobytes() == b.tobytes() for a, b in zip(one.weights, other.weights, strict=True)]
    return all(weights) and one.validation_loss == other.validation_loss and one.seed == other.seed


@pytest.mark.parametrize("workers", [1, 2, 3, 9])
def test_any_number_of_processes_gives_the_same_runs_in_the_order_of_seeds(data, workers):
    runs = train_seeds(short(seeds=7), "test", workers=workers)
    assert [run.seed for run in runs] == list(range(7))
    assert all(map(same, runs, alone(data, range(7))))


def test_any_seeds_can_be_asked_for(data):
    runs = train_seeds(SHORT, "test", [5, 2])
    assert [run.seed for run in runs] == [2, 5]
    assert all(map(same, runs, alone(data, [2, 5])))


def test_a_process_bound_to_one_core_gives_the_same_runs(data):
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        runs = train_seeds(short(seeds=2), "test")
    finally:
        os.sched_setaffinity(0, cores)
    assert all(map(same, runs, alone(data, range(2))))


@pytest.mark.parametrize(("seeds", "processes"), [(1, 1), (2, 2), (6, 2), (30, 2), (30, 7), (5, 9)])
def test_shares_hold_every_seed_once_and_get_smaller(seeds, processes):
    sizes = [len(share) for share in shares(range(seeds), processes)]
    assert [seed for share in shares(range(seeds), processes) for seed in share] == [*range(seeds)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_a_divergence_is_one_line_with_its_seed_step_and_rate(workers):
    wild = short(activation="relu", learning_rate=100.0, seeds=2)
    expected = r"^test: seed \d: .* is not finite at step \d+; learning_rate is 100$"
    with pytest.raises(UserError, match=expected):
        train_seeds(wild, "test", workers=workers)


def workers_of_this_process():
    """Process numbers of the joblib workers that this process has started."""
    numbers = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if int(parent) == os.getpid() and "LokyProcess" in command:
            numbers.append(int(folder.name))
    return numbers


def test_a_killed_worker_process_is_an_error_and_not_a_hang(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def kill() -> None:
        # A file there gets a byte a check, by which the progress bar knows.
        wait_until(lambda: any(path.stat().st_size > 20 for path in tmp_path.glob("tmp*")))
        os.kill(workers_of_this_process()[0], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    with pytest.raises(TerminatedWorkerError):
        train_seeds(short(epochs=10_000, patience=10**6, seeds=2), "test", workers=2)
    thread.join()
    assert wait_until(lambda: not workers_of_this_process())
