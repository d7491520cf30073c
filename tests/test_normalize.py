"""The stage `normalize`: what it writes of raw files, made up or real."""

import hashlib

import numpy as np
import pytest
import real_mnist
from refusals import refusal

import normalize as stage
from mlp.network import dense, first
from mnist import images as datasets
from mnist.source import FILES, to_idx

SIZES = {"train": 30, "t10k": 10}


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """data/raw with made-up files, paper with some ink, which count as the known ones."""
    monkeypatch.chdir(tmp_path)
    stage.RAW.mkdir(parents=True)
    generator, pixels = np.random.default_rng(0), {}
    for name, count in SIZES.items():
        images = generator.integers(0, 256, (count, 28, 28), np.uint8)
        images[generator.random(images.shape) < 0.8] = 0
        pixels[name] = images
        for part, array in (("images-idx3", images), ("labels-idx1", np.zeros(count, np.uint8))):
            file, content = f"{name}-{part}-ubyte", to_idx(array)
            (stage.RAW / file).write_bytes(content)
            monkeypatch.setitem(FILES, file, hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(stage, "NORMALIZED_BY", 20)
    return pixels


def test_all_images_are_normalized_by_the_first_ones_and_their_hashes_published(raw):
    stage.main()
    mean, deviation = raw["train"][:20].mean(), raw["train"][:20].std()
    published = datasets.statistics()
    assert published.mean == float(f"{mean:.6g}")
    assert published.standard_deviation == float(f"{deviation:.6g}")
    mean, deviation = published.mean, published.standard_deviation
    for name, file in (("training", "train"), ("test", "t10k")):
        images, pixels = datasets.load(name), raw[file].reshape(SIZES[file], -1)
        assert images.background == np.float32(-mean / deviation)
        np.testing.assert_allclose(dense(images)[:, :-1], (pixels - mean) / deviation, atol=1e-6)
        assert len(images.places) == np.count_nonzero(pixels)


def test_mnist_has_the_published_mean_and_deviation(tmp_path, monkeypatch):
    contents = real_mnist.contents()
    monkeypatch.chdir(tmp_path)
    stage.RAW.mkdir(parents=True)
    for name, content in contents.items():
        (stage.RAW / name).write_bytes(content)
    stage.main()
    published = datasets.statistics()
    assert (published.mean, published.standard_deviation) == (33.5527, 78.8755)
    training = datasets.load("training")
    assert training.labels[:5].tolist() == [5, 0, 4, 1, 9]
    first_ones = first(training, stage.NORMALIZED_BY)
    total = first_ones.values.sum(dtype=np.float64)
    assert abs(total / (stage.NORMALIZED_BY * datasets.INPUTS) + training.background) < 1e-6
    assert len(datasets.load("test").labels) == 10_000


def test_a_raw_file_that_is_not_the_known_one_is_refused_and_nothing_written(raw):
    (stage.RAW / "t10k-labels-idx1-ubyte").write_bytes(bytes(10_008))
    assert refusal(stage.main).startswith("t10k-labels-idx1-ubyte: 10008 bytes of SHA-256")
    assert not datasets.NORMALIZED.exists()
