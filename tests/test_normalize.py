import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from real_mnist import contents

import mnist
from normalize import normalize, pixel_statistics


def test_the_training_set_has_the_known_mean_and_deviation():
    content = contents()["train-images-idx3-ubyte"]
    mean, deviation = pixel_statistics(mnist.images_from_idx(content)[:20000])
    assert round(mean, 4) == 33.5527
    assert round(deviation, 4) == 78.8755


pixels = arrays(np.uint8, st.tuples(st.integers(1, 5), st.just(28), st.just(28)))


@given(pixels)
def test_statistics_are_those_of_all_pixels_together(pixels):
    mean, deviation = pixel_statistics(pixels)
    np.testing.assert_allclose(mean, pixels.astype(np.float64).mean(), atol=1e-12)
    np.testing.assert_allclose(deviation, pixels.astype(np.float64).std(), atol=1e-6)


@given(pixels)
def test_every_pixel_is_shifted_and_scaled_and_a_one_appended(pixels):
    images = normalize(pixels, 30.0, 80.0)
    assert images.shape == (len(pixels), 785)
    assert images.dtype == np.float32
    expected = (pixels.reshape(len(pixels), 784) - 30.0) / 80.0
    np.testing.assert_array_equal(images[:, :784], expected.astype(np.float32))
    assert (images[:, 784] == 1).all()
