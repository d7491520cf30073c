"""The stage spread, on real images: what differs between runs, and how far they lie apart."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from projects import make_project, must
from scipy import stats

import datasets
import spread
from mlp.evaluation import Dataset, SortedDataset
from mlp.training import train
from settings import resolved


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_project(tmp_path_factory.mktemp("spread") / "project", spread.NETWORKS)
    for stage in ("check_settings", "normalize", "spread"):
        must(folder, "python", f"src/{stage}.py")
    return folder


def test_a_run_is_a_usual_training_on_the_images_drawn(project, monkeypatch):
    monkeypatch.chdir(project)
    network = resolved("init-sigmoid")
    settings = network.model_copy(update={"epochs": spread.EPOCHS, "patience": 1000})
    images, labels = datasets.load("training")
    _, _, draws = np.random.SeedSequence(0).spawn(3)
    drawn = np.random.default_rng(draws).permutation(len(labels))[: network.training_images]
    test = SortedDataset(datasets.load("validation", network.validation_images))
    training = Dataset(images[drawn], labels[drawn])
    [run] = train(settings.hyperparameters(), training, test, [0])
    expected = run.validation_accuracy[-1], run.validation_loss[-1]
    for source in spread.SOURCES:
        assert spread.train_run(network, source, 0) == expected
        assert spread.train_run(network, source, 1) != expected


def test_every_deviation_is_that_of_the_runs_of_its_network_and_source(project, monkeypatch):
    monkeypatch.chdir(project)
    content = json.loads((project / spread.SPREAD).read_text())
    assert {*content} == {*spread.NETWORKS}
    assert all({*own} == {*spread.SOURCES} for own in content.values())
    network, numbers = resolved("plain"), range(1, spread.RUNS + 1)
    runs = [spread.train_run(network, "order", number) for number in numbers]
    found = content["plain"]["order"]["loss"]
    assert found["standard_deviation"] == pytest.approx(np.std(runs, axis=0, ddof=1)[1], rel=1e-5)


def test_the_interval_is_the_one_of_a_normal_distributions_deviation():
    values = [0.1, 0.4, 0.2, 0.9, 0.5]
    low, high = spread.deviation(values)["interval"]
    squares = 4 * np.var(values, ddof=1)
    assert low == pytest.approx(math.sqrt(squares / stats.chi2.ppf(0.975, 4)))
    assert high == pytest.approx(math.sqrt(squares / stats.chi2.ppf(0.025, 4)))
