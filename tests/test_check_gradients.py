import json

import numpy as np
import pytest

import check_gradients
from check_gradients import BARS, largest_differences
from mlp import textbook
from mlp.functions import ACTIVATIONS
from mnist import images as datasets
from workflow.command import UserError

GENERATOR = np.random.default_rng(1)
INPUTS, LABELS = GENERATOR.normal(size=(100, 12)), GENERATOR.integers(0, 10, 100)
IMAGES = datasets.ink(INPUTS.astype(np.float32), LABELS)


@pytest.mark.parametrize("hidden", [(5,), (5, 4), (6,) * 10])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_are_within_the_bars(hidden, activation):
    found = largest_differences(hidden, activation, IMAGES)
    assert found.keys() == BARS.keys()
    assert all(difference <= BARS[name] for name, difference in found.items())


def test_a_wrong_derivative_is_caught(monkeypatch):
    """The textbook's, by both comparisons."""
    monkeypatch.setitem(textbook.SLOPES, "sigmoid", textbook.SLOPES["tanh"])
    found = largest_differences((5,), "sigmoid", IMAGES)
    assert all(difference > BARS[name] for name, difference in found.items())


def test_differences_are_published_and_one_beyond_a_bar_or_other_data_stop_the_pipeline(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(check_gradients, "TOPOLOGIES", {"one layer": (5,)})
    images = datasets.ink(GENERATOR.normal(size=(100, 784)).astype(np.float32), LABELS)
    datasets.save({"training": images, "test": images}, 33.5, 78.9)
    with monkeypatch.context() as stricter:
        stricter.setitem(check_gradients.BARS, "rounding", 1e-12)
        with pytest.raises(UserError, match=r"one layer, \w+: rounding .*, allowed: 1e-12"):
            check_gradients.main()
    assert not check_gradients.OUT.exists()
    check_gradients.main()
    content = json.loads(check_gradients.OUT.read_text())
    assert content["bars"] == BARS
    assert set(content["largest"]) == {f"one layer, {activation}" for activation in ACTIVATIONS}
    np.save(datasets.NORMALIZED / "training_labels.npy", np.zeros(100, int))
    with pytest.raises(UserError, match="its SHA-256 is"):
        check_gradients.main()
