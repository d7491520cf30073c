import numpy as np
import pytest
from matplotlib.figure import Figure

from figures.digits import (
    MOST_MISTAKES,
    MOST_UNITS,
    PAPER,
    Mistakes,
    draw_confusion,
    draw_mistakes,
    draw_weights,
    find_mistakes,
)
from figures.style import use_house_style
from mlp.evaluation import Dataset
from runs.model import Model

MEAN, DEVIATION = 30.0, 80.0  # of the pixels of a training set


@pytest.fixture(autouse=True)
def house_style() -> None:
    use_house_style()


def sheet_of(figure: Figure) -> np.ndarray:
    """The numbers that are drawn as shades; NaN in between."""
    (image,) = figure.axes[0].images
    return np.ma.filled(image.get_array(), np.nan)


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_weights_are_red_above_zero_blue_below_and_lie_in_tiles() -> None:
    weights = np.zeros((785, 17), np.float32)
    weights[:100, 0], weights[:100, 1] = 0.5, -0.5  # the upper rows of pixels
    weights[784] = 9.0  # the bias has no pixel
    figure = draw_weights(weights)
    sheet = sheet_of(figure)
    assert sheet.shape == (2 * 30, 16 * 30)
    assert (sheet[0, 0], sheet[0, 30], sheet[20, 0]) == (1, -1, 0)
    assert not sheet[30:58, :28].any()  # the seventeenth unit
    assert np.isnan(sheet[28:30]).all()
    assert np.isnan(sheet[:, 28:30]).all()
    assert np.isnan(sheet[30:, 30:]).all()  # no further unit
    (image,) = figure.axes[0].images
    red, blue, white = image.cmap(image.norm([1, -1, 0]))[:, :3]
    assert red[0] > red[2] + 0.2
    assert blue[2] > blue[0] + 0.2
    assert (white > 0.95).all()


def test_no_more_units_are_shown_than_can_be_seen() -> None:
    figure = draw_weights(np.zeros((785, MOST_UNITS + 1), np.float32))
    assert sheet_of(figure).shape == (30 * MOST_UNITS // 16, 480)
    assert f"{MOST_UNITS} of {MOST_UNITS + 1} units" in figure.get_suptitle()


def test_a_confusion_matrix_has_every_count_and_the_share_that_is_right() -> None:
    images = np.diag([90.0] * 9 + [0.0])  # a digit that does not occur
    images[4, 9], images[4, 8] = 10.0, 0.5
    figure = draw_confusion(images)
    texts = words(figure)
    assert (texts[44], texts[49], texts[48], texts[40]) == ("90", "10", "0.5", "0")
    assert texts[100:] == ["100.0 %"] * 4 + ["89.6 %"] + ["100.0 %"] * 4


def test_only_mistakes_have_a_colour() -> None:
    images = np.diag([90.0] * 10)
    images[4, 9] = 10.0
    (mesh,) = draw_confusion(images).axes[0].collections
    values = np.ma.asarray(mesh.get_array()).reshape(10, 10)
    assert np.array_equal(np.ma.getmaskarray(values), np.eye(10, dtype=bool))
    assert mesh.get_clim() == (0, values.max()) == (0, 10)


def mistakes(count: int) -> Mistakes:
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 14, 14] = 255
    digits = np.arange(count) % 10
    return Mistakes(images, digits, (digits + 1) % 10, np.linspace(0.999, 0.5, count))


def test_a_mistake_says_what_it_is_what_it_is_taken_for_and_how_surely() -> None:
    figure = draw_mistakes(mistakes(2))
    assert words(figure) == ["0 → 1\n99.90 %", "1 → 2\n50.00 %"]
    assert (sheet_of(figure)[14, 14], sheet_of(figure)[0, 0]) == (0, PAPER)  # dark ink


@pytest.mark.parametrize("count", [0, 40])
def test_the_surest_mistakes_are_shown_and_all_are_counted(count: int) -> None:
    figure = draw_mistakes(mistakes(count))
    assert len(words(figure)) == min(count, MOST_MISTAKES)
    assert f"{count} mistakes in all" in figure.get_supxlabel()
    assert np.isnan(sheet_of(figure)).all() == (count == 0)


def test_mistakes_come_the_surest_first_with_their_pixels() -> None:
    # One pixel decides: the digit is 0 where it is black and 7 where it is bright, the surer the
    # brighter; with weights of 0 for all else. The second seed is sure of nothing.
    first = np.zeros((2, 785, 1), np.float32)
    first[0, 5, 0] = 1.0
    last = np.zeros((2, 1, 10), np.float32)
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
    expected = (np.exp(3 * hidden) / (np.exp(3 * hidden) + 9) + 0.1) / 2  # mean over seeds
    assert found.probability == pytest.approx(expected, rel=1e-5)
