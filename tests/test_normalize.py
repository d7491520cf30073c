"""The stage `normalize`, on MNIST itself."""

import numpy as np
import pytest
import real_mnist
from refusals import refusal

import normalize as stage
from mlp.network import dense
from mnist import images as datasets
from workflow import files


@pytest.fixture(autouse=True)
def raw(tmp_path, monkeypatch):
    """data/raw with the four files."""
    contents = real_mnist.contents()
    monkeypatch.chdir(tmp_path)
    for name, content in contents.items():
        files.write(stage.RAW / name, content)


def test_all_images_are_normalized_by_the_first_20_000_to_the_published_digits():
    stage.main()
    published = datasets.statistics()
    mean, deviation = published.mean, published.standard_deviation
    pixels, _ = real_mnist.pixels("train", 20_000)
    assert (mean, deviation) == (float(f"{pixels.mean():.6g}"), float(f"{pixels.std():.6g}"))
    assert (mean, deviation) == (33.5527, 78.8755)
    for name, file in (("training", "train"), ("test", "t10k")):
        pixels, labels = real_mnist.pixels(file, 500)
        images = datasets.load(name, 500)
        assert images.background == np.float32(-mean / deviation)
        assert len(images.places) == np.count_nonzero(pixels)
        normalized = (pixels.reshape(500, -1) - mean) / deviation
        np.testing.assert_allclose(dense(images)[:, :-1], normalized, atol=1e-6)
        np.testing.assert_array_equal(images.labels, labels)
    assert [len(datasets.load(name).labels) for name in ("training", "test")] == [60_000, 10_000]


def test_a_raw_file_that_is_not_the_known_one_is_refused_and_nothing_written():
    files.write(stage.RAW / "t10k-labels-idx1-ubyte", bytes(10_008))
    assert refusal(stage.main).startswith("t10k-labels-idx1-ubyte: 10008 bytes of SHA-256")
    assert not datasets.NORMALIZED.exists()
