"""What is published of the networks, on the results in this checkout."""

from pathlib import Path

import numpy as np
import pytest

import judging.quantities
import train
from runs import tables as results
from workflow import files
from workflow.settings import load_network, load_variants

PROJECT = Path(__file__).parents[1]
COLUMNS = judging.quantities.COLUMNS | {
    "curves": ("step", *(f"{q}{end}" for q in results.QUANTITIES for end in ("", "_lo", "_hi")))
}


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch):
    monkeypatch.chdir(PROJECT)


def variants():
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(PROJECT)
        return load_variants()


def table(kind, name):
    return files.read_csv(results.path(kind, name), COLUMNS[kind])


def test_train_and_a_variant_with_its_settings_have_the_same_runs():
    own, variant = load_network(), variants()["momentum"]
    assert own == variant.model_copy(update={"seeds": own.seeds})
    for kind in ("gradients", "runs", "seeds"):
        lines = [files.read_text(results.path(kind, n)).splitlines() for n in ("train", "momentum")]
        assert lines[0] == lines[1][: len(lines[0])]


@pytest.mark.parametrize("name", ["train", *variants()])
def test_published_files_of_a_network_agree_with_each_other(name):
    metrics = files.read_json(results.metrics_path(name))
    ends = files.read_csv(results.path("seeds", name), ("seed", *COLUMNS["seeds"]))
    runs = files.read_csv(results.path("runs", name), ("seed", *COLUMNS["runs"]))
    assert ends["seed"].tolist() == list(range(metrics["seeds"]))
    for quantity in ("steps", "train_loss", "validation_loss", "best_validation_accuracy"):
        np.testing.assert_allclose(metrics[quantity], ends[quantity].mean(), rtol=1e-5)
    for row, seed in enumerate(ends["seed"]):
        own = runs["seed"] == seed
        assert runs["step"][own][-1] == ends["steps"][row]
        assert runs["validation_loss"][own][-1] == ends["validation_loss"][row]
        assert runs["validation_accuracy"][own].max() == ends["best_validation_accuracy"][row]


@pytest.mark.parametrize("name", ["train", *variants()])
def test_a_curve_is_the_mean_of_all_runs_up_to_the_first_stop(name):
    runs = files.read_csv(results.path("runs", name), ("seed", *COLUMNS["runs"]))
    curves = table("curves", name)
    assert curves["step"][-1] == table("seeds", name)["steps"].min()
    for check, step in enumerate(curves["step"]):
        at = runs["validation_accuracy"][runs["step"] == step]
        np.testing.assert_allclose(curves["validation_accuracy"][check], at.mean(), rtol=1e-5)
        assert curves["validation_accuracy_lo"][check] == at.min()
        assert curves["validation_accuracy_hi"][check] == at.max()


@pytest.mark.parametrize("name", variants())
def test_the_images_that_a_run_got_right_are_its_accuracy(name):
    network = variants()[name]
    packed = np.load(results.path("correct", name), allow_pickle=False)
    right = np.unpackbits(packed, axis=1, count=network.validation_images)
    accuracies = table("seeds", name)["validation_accuracy"]
    np.testing.assert_allclose(right.mean(axis=1), accuracies, rtol=1e-5)


def test_the_confusion_counts_every_validation_image_once():
    cells = files.read_csv(train.CONFUSION, ("actual", "predicted", "images"))
    assert len(cells["images"]) == 100
    np.testing.assert_allclose(cells["images"].sum(), 10000, rtol=1e-6)
    right = cells["images"][cells["actual"] == cells["predicted"]].sum() / 10000
    accuracy = files.read_json(results.metrics_path("train"))["validation_accuracy"]
    np.testing.assert_allclose(right, accuracy, atol=1e-5)


def test_a_reproduction_is_told_how_far_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, seeds in (("train", 6), ("plain", 14)):
        network = variants()["plain"].model_copy(update={"seeds": seeds})
        files.write(f"build/settings/{name}.json", network.model_dump_json())
    files.write_json(train.REPRODUCTION, {})
    assert train.progress(2, 60.0) == "reproduction: 2 runs done, 18 left, about 9 min"
    assert train.progress(8, 240.0) == "reproduction: 10 runs done, 10 left, about 5 min"
