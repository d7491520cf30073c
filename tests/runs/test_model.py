"""The model file: what is saved is read back; anything else is refused in one line."""

import os

import numpy as np
import pytest
from real_mnist import DEVIATION, MEAN
from refusals import refusal
from scipy.special import softmax
from small_model import packed

from mlp.network import logits
from normalize import normalize
from runs import model as models
from workflow import files

GENERATOR = np.random.default_rng(0)
SHAPES = (785, 32), (32, 10)
WEIGHTS = [[GENERATOR.normal(0, 0.1, s).astype(np.float32) for s in SHAPES] for _ in range(2)]


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files.write(models.PATH, packed(WEIGHTS))
    return models.PATH


def test_what_is_saved_is_read_back_and_each_seed_gives_its_networks_probabilities(path):
    model = models.load()
    assert [layer.shape for layer in model.weights] == [(2, 785, 32), (2, 32, 10)]
    assert model[1:] == ("improved_sigmoid", MEAN, DEVIATION)
    pixels = GENERATOR.integers(0, 256, (50, 28, 28), np.uint8)
    found = models.probabilities(model, pixels)
    images = normalize(pixels, np.zeros(50, np.uint8), model.mean, model.deviation)
    for by_seed, weights in zip(found, WEIGHTS, strict=True):
        compiled = logits(weights, model.activation, images)
        np.testing.assert_allclose(by_seed, softmax(compiled, axis=1), atol=1e-5)


class Trap:
    """Fails the test when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("was unpickled",))


FAULTS = {
    "no layer": ({"layer_1": None}, "'layer_1'"),
    "no mean": ({"mean": None}, "'mean'"),
    "activation": ({"activation": np.array("softplus")}, "'softplus'"),
    "deviation": ({"standard_deviation": np.array(5e-324)}, "standard_deviation 4.94066e-324"),
    "inputs": ({"layer_1": np.ones((2, 784, 32), np.float32)}, "matmul: "),
    "outputs": ({"layer_2": np.ones((2, 32, 9), np.float32)}, "no probabilities of ten digits"),
    "dimensions": ({"layer_2": np.ones((32, 10), np.float32)}, ""),
    "not finite": ({"layer_2": np.full((2, 32, 10), np.nan)}, "its weights give no prob"),
    "pickle": ({"activation": np.array(Trap(), dtype=object)}, "Object arrays cannot be loaded"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("changes", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_model_that_cannot_work_is_refused(path, changes, reason):
    with np.load(path) as file:
        content = dict(file) | changes
    np.savez(path, **{name: array for name, array in content.items() if array is not None})
    line = refusal(models.load)
    assert line.startswith("models/train.npz: not a usable model (")
    assert reason in line


def test_a_missing_model_says_how_to_get_one_and_a_pipe_is_not_read(path):
    path.unlink()
    assert refusal(models.load) == "models/train.npz is missing; run `dvc repro train`"
    os.mkfifo(path)
    assert refusal(models.load) == "models/train.npz: is no regular file"
