import numpy as np
import pytest

from figures.trained import find_mistakes
from mlp.evaluation import Dataset
from models import Model

MEAN, DEVIATION = 30.0, 80.0


def test_mistakes_come_the_surest_first_with_their_pixels() -> None:
    # One pixel decides: the digit is 0 where it is black and 7 where it is bright, the surer the
    # brighter; with weights of 0 for all else.
    first = np.zeros((1, 785, 1), np.float32)
    first[0, 5, 0], first[0, 784, 0] = 1.0, 0.0
    last = np.zeros((1, 1, 10), np.float32)
    last[0, 0, 7] = 3.0
    pixels = np.zeros((4, 784))
    pixels[:, 5] = [30.0, 230.0, 130.0, 230.0]
    images = np.ones((4, 785), np.float32)
    images[:, :784] = (pixels - MEAN) / DEVIATION
    data = Dataset(images, np.array([1, 1, 2, 7]))
    found = find_mistakes(Model([first, last], "sigmoid", MEAN, DEVIATION), data)
    assert found.actual.tolist() == [1, 2, 1]  # the last image is a 7, and taken for one
    assert found.taken_for.tolist() == [7, 7, 7]
    assert found.images[:, 0, 5].tolist() == [230, 130, 30]
    hidden = 1 / (1 + np.exp(-np.array([200, 100, 0]) / DEVIATION))
    expected = np.exp(3 * hidden) / (np.exp(3 * hidden) + 9)
    assert found.probability == pytest.approx(expected, rel=1e-5)


def test_the_probability_of_a_mistake_is_the_mean_over_seeds() -> None:
    first = np.zeros((2, 785, 1), np.float32)  # sigmoid(0) = 1/2 in every hidden unit
    last = np.zeros((2, 1, 10), np.float32)
    last[0, 0, 3], last[1, 0, 4] = 2.0, 1.0
    data = Dataset(np.ones((1, 785), np.float32), np.array([0]))
    found = find_mistakes(Model([first, last], "sigmoid", MEAN, DEVIATION), data)
    expected = (np.e / (np.e + 9) + 1 / (np.exp(0.5) + 9)) / 2
    assert found.taken_for.tolist() == [3]
    assert found.probability == pytest.approx([expected], rel=1e-5)
