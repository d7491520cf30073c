import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from real_mnist import contents
from refusals import refusal

import normalize as stage
from mnist import images as datasets
from normalize import normalize, pixel_statistics


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """data/raw with the real files, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    stage.RAW.mkdir(parents=True)
    for name, content in contents().items():
        (stage.RAW / name).write_bytes(content)
    return stage.RAW


def test_all_images_are_normalized_by_the_first_ones_and_their_hashes_published(raw):
    stage.main()
    images, labels = datasets.load("training")
    assert (images.shape, labels.shape) == ((60_000, 785), (60_000,))
    assert abs(images[: stage.NORMALIZED_BY, :-1].mean(dtype=np.float64)) < 1e-6
    assert abs(images[:, :-1].mean(dtype=np.float64)) > 1e-4
    assert labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert datasets.load("validation").images.shape == (10_000, 785)
    published = datasets.statistics()
    assert (published.mean, published.standard_deviation) == (33.5527, 78.8755)
    datasets.check()


def test_a_raw_file_that_is_not_the_known_one_is_refused_and_nothing_written(raw):
    (raw / "t10k-labels-idx1-ubyte").write_bytes(bytes(10_008))
    assert refusal(stage.main).startswith("t10k-labels-idx1-ubyte: SHA-256 is")
    assert not datasets.NORMALIZED.exists()


@given(arrays(np.uint8, st.tuples(st.integers(1, 5), st.just(28), st.just(28))))
def test_statistics_are_of_all_pixels_and_every_pixel_is_shifted_and_scaled(pixels):
    mean, deviation = pixel_statistics(pixels)
    np.testing.assert_allclose(mean, pixels.astype(np.float64).mean(), atol=1e-12)
    np.testing.assert_allclose(deviation, pixels.astype(np.float64).std(), atol=1e-6)
    images = normalize(pixels, 30.0, 80.0)
    assert images.dtype == np.float32
    expected = (pixels.reshape(len(pixels), 784) - 30.0) / 80.0
    np.testing.assert_array_equal(images[:, :784], expected.astype(np.float32))
    assert (images[:, 784:] == np.ones((len(pixels), 1))).all()
