"""What `train` publishes, on the results in this checkout and on small real runs."""

import json
from pathlib import Path

import numpy as np
import pytest

import records
from settings import load_network, load_variants

PROJECT = Path(__file__).parents[1]


def test_train_and_a_variant_with_its_settings_give_the_same_numbers(monkeypatch):
    monkeypatch.chdir(PROJECT)
    assert load_network() == load_variants()["momentum"]
    for kind in ("curves", "gradients", "runs", "seeds"):
        own = Path(f"plots/{kind}/train.csv").read_bytes()
        assert own == Path(f"plots/{kind}/momentum.csv").read_bytes()
    assert json.loads(Path("metrics/train.json").read_text()) == json.loads(
        Path("metrics/momentum.json").read_text()
    )


@pytest.mark.parametrize("name", ["train", *load_variants(PROJECT / "variants.yaml")])
def test_published_files_of_a_network_agree_with_each_other(monkeypatch, name):
    monkeypatch.chdir(PROJECT)
    metrics = records.read_json(f"metrics/{name}.json")
    seeds = records.read_csv(f"plots/seeds/{name}.csv")
    runs = records.read_csv(f"plots/runs/{name}.csv")
    curves = records.read_csv(f"plots/curves/{name}.csv")
    assert seeds["seed"].tolist() == list(range(metrics["seeds"]))
    for quantity in ("steps", "train_loss", "validation_loss", "best_validation_accuracy"):
        np.testing.assert_allclose(metrics[quantity], seeds[quantity].mean(), rtol=1e-5)
    for row, seed in enumerate(seeds["seed"]):
        own = runs["seed"] == seed
        assert runs["step"][own][-1] == seeds["steps"][row]
        assert runs["validation_loss"][own][-1] == seeds["validation_loss"][row]
        assert runs["validation_accuracy"][own].max() == seeds["best_validation_accuracy"][row]
    assert curves["step"][-1] == seeds["steps"].max()
    first = runs["step"] == 0
    np.testing.assert_allclose(
        curves["validation_loss"][0], runs["validation_loss"][first].mean(), rtol=1e-5
    )
    for quantity in ("train_loss", "validation_accuracy"):
        low, high = curves[f"{quantity}_lo"], curves[f"{quantity}_hi"]
        tolerance = 1e-5 * abs(curves[quantity])
        assert (low <= curves[quantity] + tolerance).all()
        assert (curves[quantity] - tolerance <= high).all()


def test_the_confusion_counts_every_validation_image_once(monkeypatch):
    monkeypatch.chdir(PROJECT)
    cells = records.read_csv("plots/confusion/train.csv")
    assert len(cells["images"]) == 100
    np.testing.assert_allclose(cells["images"].sum(), 10000, rtol=1e-6)
    right = cells["images"][cells["actual"] == cells["predicted"]].sum() / 10000
    accuracy = records.read_json("metrics/train.json")["validation_accuracy"]
    np.testing.assert_allclose(right, accuracy, atol=1e-5)
