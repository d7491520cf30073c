"""Trainings side by side: the same runs whatever the number of processes; and their ends."""

import re

import numpy as np
import pytest
import real_mnist
from training import ENDLESS, NETWORK, WILD, altered

from mlp.network import dense, first
from mlp.training import Hyperparameters, train
from runs import executor
from runs.executor import TUNING, train_runs
from runs.progress import Job
from workflow.command import UserError

JOBS = [Job(NETWORK, seed) for seed in range(7)]
FOR_EVER = Job(altered(**ENDLESS), 1)


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    """Few of the normalized images."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    return real_mnist.save(400, 120)


def same(one, other):
    """Whether two runs agree in every bit of their weights and measurements."""
    weights = [a.tobytes() == b.tobytes() for a, b in zip(one.weights, other.weights, strict=True)]
    return all(weights) and one.validation_loss == other.validation_loss and one.seed == other.seed


def alone(data, seed):
    """What this process gives, of the images that the network asks for."""
    images = first(data["training"], 320), first(data["test"], 100)
    return train(Hyperparameters(**NETWORK.hyperparameters), *images, seed)


@pytest.mark.parametrize("workers", [1, 3])
def test_any_number_of_processes_gives_the_same_runs_in_the_order_of_jobs(data, workers):
    jobs = [JOBS[seed] for seed in (5, 0, 2)]
    runs = train_runs(jobs, "test", workers)
    assert [run.seed for run in runs] == [5, 0, 2]
    assert all(same(run, alone(data, run.seed)) for run in runs)


def test_tuning_looks_at_the_last_training_images(data, monkeypatch):
    monkeypatch.setattr(executor, "TUNING_IMAGES", 80)
    executor._images.cache_clear()
    images, training = executor._images(TUNING, 100), data["training"]
    assert images.labels.tolist() == training.labels[-80:].tolist()
    np.testing.assert_array_equal(dense(images), dense(training)[-80:])
    executor._images.cache_clear()


def test_a_divergence_is_one_line_with_its_seed_step_and_rate():
    expected = r"^test: seed \d: .* is not finite at step \d+; learning_rate is 100$"
    jobs = [Job(altered(**WILD), 0), FOR_EVER]  # at once: the other goes on for ever
    with pytest.raises(UserError, match=expected):
        train_runs(jobs, "test", 2)


def test_a_machine_that_computes_otherwise_is_refused_in_one_line(monkeypatch):
    monkeypatch.setattr(executor.training, "KNOWN_ANSWER", "another")
    executor._check.cache_clear()
    with pytest.raises(UserError, match=r"^this machine computes otherwise: .*, not another$"):
        executor._check()


def test_code_is_compiled_by_one_process_with_a_word_and_once(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(executor.numba.config, "CACHE_DIR", str(tmp_path))
    checked = []
    monkeypatch.setattr(executor, "_check", lambda: checked.append(1))
    executor.prepare()
    executor.prepare()
    assert checked == [1]
    assert re.fullmatch(r"compiling the arithmetic .*\n", capsys.readouterr().out)
