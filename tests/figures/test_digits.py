from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import files
from figures.digits import (
    MOST_MISTAKES,
    MOST_UNITS,
    PAPER,
    Mistakes,
    draw_confusion,
    draw_mistakes,
    draw_weights,
    find_mistakes,
    mosaic,
    read_confusion,
)
from figures.style import use_house_style
from mlp.evaluation import Dataset
from models import Model


@pytest.fixture(autouse=True)
def house_style() -> None:
    use_house_style()


def sheet_of(figure: Figure) -> np.ndarray:
    (image,) = figure.axes[0].images
    return np.asarray(image.get_array())


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_tiles_lie_in_rows_on_white() -> None:
    tiles = np.stack([np.full((28, 28, 3), 10 * i, np.uint8) for i in range(3)])
    sheet = mosaic(tiles, columns=2, right=1, below=4)
    assert sheet.shape == (2 * 32, 2 * 29, 3)
    assert (sheet[:28, :28] == 0).all()
    assert (sheet[:28, 29:57] == 10).all()
    assert (sheet[32:60, :28] == 20).all()
    assert (sheet[32:60, 29:] == 255).all()  # no fourth tile
    assert (sheet[28:32] == 255).all()
    assert (sheet[:, 28] == 255).all()


def test_weights_are_red_above_zero_blue_below_and_white_at_zero() -> None:
    weights = np.zeros((785, 2), np.float32)
    weights[:100, 0], weights[:100, 1] = 0.5, -0.5  # the upper rows of pixels
    weights[784] = 9.0  # the bias has no pixel
    sheet = sheet_of(draw_weights(weights)).astype(int)
    red, blue, white = sheet[0, 0], sheet[0, 30], sheet[20, 0]
    assert red[0] > red[2] + 50
    assert blue[2] > blue[0] + 50
    assert (white > 240).all()


@pytest.mark.parametrize(
    ("units", "title"),
    [(3, "of its 3 units"), (MOST_UNITS + 1, f"of the first {MOST_UNITS} of its 65 units")],
)
def test_no_more_units_are_shown_than_can_be_seen(units: int, title: str) -> None:
    weights = np.random.default_rng(0).normal(size=(785, units)).astype(np.float32)
    figure = draw_weights(weights)
    assert sheet_of(figure).shape == (30 * -(-min(units, MOST_UNITS) // 16), 480, 3)
    assert title in figure.get_suptitle()


def test_weights_of_zero_can_be_drawn() -> None:
    assert (sheet_of(draw_weights(np.zeros((785, 1), np.float32))) > 240).all()


def confusion() -> np.ndarray:
    images = np.diag(np.full(10, 90.0))
    images[4, 9] = 10.0
    return images


def test_the_confusion_matrix_says_every_number_and_the_share_that_is_correct() -> None:
    found = words(draw_confusion(confusion()))
    assert len(found) == 110
    assert found[4 * 10 + 9] == "10"
    assert found[4 * 10 + 4] == "90"
    assert found[100:106] == ["100.0 %"] * 4 + ["90.0 %", "100.0 %"]


def test_only_mistakes_are_coloured() -> None:
    (mesh,) = draw_confusion(confusion()).axes[0].collections
    values = np.ma.asarray(mesh.get_array()).reshape(10, 10)
    assert np.array_equal(np.ma.getmaskarray(values), np.eye(10, dtype=bool))
    assert values.max() == 10.0
    assert mesh.get_clim() == (0, 10)


def test_a_network_without_mistakes_or_without_some_digit_can_be_drawn() -> None:
    images = np.diag([0.0] + [5.0] * 9)
    assert words(draw_confusion(images))[100:] == ["100.0 %"] * 9


def test_a_confusion_table_is_read_by_actual_and_predicted_digit(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    files.write_csv(path, {"images": confusion().ravel()})
    assert np.array_equal(read_confusion(path), confusion())


def mistakes(count: int) -> Mistakes:
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 14, 14] = 255
    digits = np.arange(count) % 10
    return Mistakes(images, digits, (digits + 1) % 10, np.linspace(0.999, 0.5, count))


def test_a_mistake_says_what_it_is_what_it_is_taken_for_and_how_surely() -> None:
    figure = draw_mistakes(mistakes(2))
    assert words(figure) == ["0 → 1", "99.90 %", "1 → 2", "50.00 %"]
    sheet = sheet_of(figure)
    assert (sheet[14, 14] == 0).all()  # dark ink
    assert (sheet[0, 0] == PAPER).all()


def test_the_surest_mistakes_are_shown_and_all_are_counted() -> None:
    figure = draw_mistakes(mistakes(40))
    assert len(words(figure)) == 2 * MOST_MISTAKES
    assert "40 mistakes in all" in figure.get_supxlabel()


def test_a_network_without_mistakes_has_an_empty_sheet() -> None:
    figure = draw_mistakes(mistakes(0))
    assert words(figure) == []
    assert (sheet_of(figure) == 255).all()


MEAN, DEVIATION = 30.0, 80.0  # of the pixels of a training set


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
