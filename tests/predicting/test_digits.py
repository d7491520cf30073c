"""Telling ink from paper, and MNIST's recipe, on MNIST's digits drawn anew."""

import contextlib

import numpy as np
import pytest
import redrawing
import small_model
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import models
from predict import normalized
from predicting.digits import mnist_like
from predicting.pictures import InvalidImage

# Digits that were not trained on, and that the small network was not stopped by.
FIRST, COUNT = 1000, 50


def originals(count=COUNT):
    images, labels = small_model.pixels("t10k", FIRST + COUNT)
    return images[FIRST : FIRST + count], labels[FIRST : FIRST + count]


@pytest.fixture(scope="module")
def mistakes(tmp_path_factory):
    """How many of `originals` a small trained network gets wrong in these pixels."""
    model = models.load(small_model.write(tmp_path_factory.mktemp("model")))

    def of(pixels):
        chances = models.probabilities(model, normalized(np.asarray(pixels), model))
        return (chances.argmax(axis=1) != originals()[1]).sum()

    return of


@pytest.mark.parametrize("invert", [False, True])
def test_mnist_itself_comes_back_as_it_was_in_either_polarity(invert):
    for image in originals()[0]:
        grey = image.astype(float)
        found = mnist_like(255 - grey if invert else grey)
        assert np.abs(found - grey).mean() < 2


@pytest.mark.parametrize(
    ("redraw", "more"),
    [
        (redrawing.grey_paper_and_noise, 4),
        (redrawing.chalk_on_a_board, 4),
        (redrawing.wide_sheet, 4),
        (redrawing.falling_light, 4),
        (redrawing.sharp_shadow, 4),
        (redrawing.small_on_a_large_sheet, 4),
        (redrawing.dark_table_beside, 4),
        (redrawing.ruled_paper, 4),
        (redrawing.thin_pen, 7),  # the width of the strokes is gone
    ],
)
def test_digits_drawn_anew_are_recognised_like_the_originals(mistakes, redraw, more):
    images, _ = originals()
    assert mistakes([mnist_like(redraw(image)) for image in images]) <= mistakes(images) + more


def test_a_digit_fits_twenty_pixels_and_lies_with_its_mass_in_the_middle():
    for image in originals(20)[0]:
        found = mnist_like(redrawing.light_on_dark(image)).astype(float)
        extents = [np.ptp(np.flatnonzero(found.any(axis=axis))) + 1 for axis in (0, 1)]
        assert max(extents) == 20
        for axis in (0, 1):
            along = found.sum(axis=axis)
            assert abs(along @ np.arange(28) / along.sum() - 14) <= 0.5


def test_the_aspect_is_kept():
    sheet = np.full((300, 400), 255.0)
    sheet[100:150, 80:280] = 0  # four times as wide as high
    found = mnist_like(sheet) > 127
    assert found.any(axis=0).sum() == 20
    assert found.any(axis=1).sum() == 5


def test_where_the_digit_lies_on_the_sheet_does_not_matter():
    ink = redrawing.enlarged(originals(1)[0][0])
    found = [
        mnist_like(redrawing.drawn(redrawing.placed(ink, 300, 300, top, left), 250, 20))
        for top, left in ((10, 10), (120, 60), (60, 130))
    ]
    for other in found[1:]:
        assert np.abs(other.astype(float) - found[0]).mean() < 2


def test_dirt_beside_the_digit_is_left_out():
    for image in originals(20)[0]:
        clean = redrawing.dark_on_light(image)
        dirty = clean.copy()
        dirty[192:195, 6:9] = 0
        dirty[3:5, 190:192] = 0
        assert np.abs(mnist_like(dirty).astype(float) - mnist_like(clean)).mean() < 1


@pytest.mark.parametrize("level", [0, 90, 255])
@pytest.mark.parametrize("noise", [0, 5, 12, 40])
def test_an_empty_sheet_has_no_digit(level, noise):
    with pytest.raises(InvalidImage, match="no digit found"):
        mnist_like(redrawing.noisy(np.full((200, 300), float(level)), noise))


def test_a_speck_is_no_digit():
    sheet = np.full((300, 300), 255.0)
    sheet[100:103, 200:203] = 0
    with pytest.raises(InvalidImage, match="nothing but specks"):
        mnist_like(sheet)


SHEETS = arrays.arrays(
    np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.integers(0, 255)
)


@pytest.mark.fuzz
@given(SHEETS)
def test_any_picture_gives_a_digit_or_is_refused(sheet):
    with contextlib.suppress(InvalidImage):
        found = mnist_like(sheet.astype(float))
        assert found.shape == (28, 28)
        assert found.dtype == np.uint8
        assert found.max() == 255
