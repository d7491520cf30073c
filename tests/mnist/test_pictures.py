"""Picture files look the same in every kind; ink is told from paper; MNIST's recipe is followed."""

import contextlib
import io
import itertools
import os
import struct
import zlib

import numpy as np
import pytest
import redrawing
import small_model
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from mnist.pictures import brightness, mnist_like, read_digit
from predict import normalized
from runs import model as models
from workflow.command import UserError

# Digits that were not trained on, and that the small network was not stopped by.
FIRST, COUNT = 1000, 50


@pytest.fixture(scope="module")
def drawing():
    """A digit, dark on light, in whole grey levels: (120, 90)."""
    ink = redrawing.enlarged(small_model.pixels("t10k", 1)[0][0], 80)
    return np.rint(redrawing.drawn(redrawing.placed(ink, 120, 90, 30, 5), 250, 20))


def as_file(image, kind="png", **options):
    """The bytes of an image's file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def grey_image(drawing):
    return Image.fromarray(drawing.astype(np.uint8))


@pytest.mark.parametrize(
    ("kind", "mode", "off"),
    [
        *((kind, "L", 0) for kind in ("png", "bmp", "gif")),
        *((kind, "L", 2) for kind in ("jpeg", "webp")),
        *(("png", mode, 1) for mode in ("RGB", "RGBA", "LA", "P")),
        ("jpeg", "CMYK", 4),  # which is ink, not light
    ],
)
def test_every_kind_of_picture_looks_the_same_as_closely_as_it_allows(drawing, kind, mode, off):
    image = grey_image(drawing).convert(mode)
    found = brightness(as_file(image, kind, **({"quality": 95} if off > 1 else {})))
    assert np.abs(found - drawing).mean() <= off


def test_black_and_white_pixels_are_0_and_255(drawing):
    image = grey_image(drawing).convert("1", dither=Image.Dither.NONE)
    assert np.array_equal(brightness(as_file(image)), np.where(drawing > 127, 255.0, 0.0))


def test_sixteen_bits_span_black_to_white(drawing):
    found = brightness(as_file(Image.fromarray((drawing * 100).astype(np.uint16))))
    stretched = (drawing - drawing.min()) * 255 / np.ptp(drawing)
    assert np.abs(found - stretched).max() < 0.01


@pytest.mark.parametrize(("pen", "paper"), [(0, 255), (255, 0)])
def test_a_transparent_sheet_contrasts_with_the_pen(drawing, pen, paper):
    opacity = np.rint(255 * (drawing < 100)).astype(np.uint8)
    image = Image.merge("LA", (Image.new("L", (90, 120), pen), Image.fromarray(opacity)))
    expected = np.where(opacity > 0, float(pen), float(paper))
    assert np.array_equal(brightness(as_file(image)), expected)


def test_a_photo_taken_on_its_side_is_turned(drawing):
    exif = Image.Exif()
    exif[0x0112] = 6  # "rotate by 90 degrees clockwise to view"
    turned = grey_image(drawing).transpose(Image.Transpose.ROTATE_90)
    assert np.array_equal(brightness(as_file(turned, exif=exif)), drawing)


def test_a_large_picture_is_reduced_with_its_aspect_kept(drawing):
    assert brightness(as_file(grey_image(drawing).resize((1800, 2400)))).shape == (560, 420)


def bomb(width, height):
    """A PNG file whose header promises width x height pixels."""

    def chunk(kind, data):
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(10_000_000))
    content = chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + content


@pytest.mark.parametrize(
    "content",
    [
        bomb(200_000, 200_000),  # would take 40 GB of memory
        bomb(Image.MAX_IMAGE_PIXELS // 1000 + 1, 1000),  # between Pillow's warning and its error
        bomb(1, 89_000_000),
        as_file(Image.new("L", (3, 2))),
        as_file(Image.new("L", (101, 5))),
        as_file(Image.new("L", (90, 120)), "eps"),  # a format that runs another program
        b"no picture",
        b"",
    ],
)
def test_what_is_no_usable_picture_is_refused_with_what_is_allowed(content):
    with pytest.raises(UserError, match=r"allowed: PNG, JPEG, .*, 5 pixels a side or more.*"):
        brightness(content)


def test_what_cannot_be_read_is_named(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")  # which could be waited on for ever
    (tmp_path / "text.png").write_text("no picture")
    reasons = {"missing.png": "No such file", "pipe.png": "no regular file", "": "directory"}
    for name, reason in (reasons | {"text.png": "not a usable picture"}).items():
        with pytest.raises(UserError, match=reason) as refused:
            read_digit(tmp_path / name)
        assert str(refused.value).startswith(str(tmp_path / name))


@pytest.mark.fuzz
@given(
    kind=st.sampled_from(["png", "jpeg", "gif", "bmp", "webp"]),
    length=st.floats(0.02, 1),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8),
)
def test_a_damaged_file_is_read_or_refused(drawing, kind, length, changes):
    content = bytearray(as_file(grey_image(drawing), kind))
    content = content[: max(1, int(length * len(content)))]
    for place, value in changes:
        content[int(place * len(content))] = value
    with contextlib.suppress(UserError):
        assert np.isfinite(brightness(bytes(content))).all()


# ---- from brightness to MNIST's pixels -----------------------------------------------------


def originals(count=COUNT):
    images, labels = small_model.pixels("t10k", FIRST + COUNT)
    return images[FIRST : FIRST + count], labels[FIRST : FIRST + count]


@pytest.fixture(scope="module")
def mistakes(tmp_path_factory):
    """How many of `originals` a small trained network gets wrong in these pixels."""
    folder = tmp_path_factory.mktemp("model")
    small_model.write(folder)
    with contextlib.chdir(folder):
        model = models.load()

    def of(pixels):
        chances = models.probabilities(model, normalized(np.asarray(pixels), model))
        return (chances.argmax(axis=1) != originals()[1]).sum()

    return of


@pytest.mark.parametrize("invert", [False, True])
def test_mnist_itself_comes_back_as_it_was_in_either_polarity(invert):
    for image in originals()[0]:
        grey = image.astype(float)
        found = mnist_like(255 - grey if invert else grey).pixels
        assert np.abs(found - grey).mean() < 2


REDRAWN = ("grey_paper_and_noise", "chalk_on_a_board", "wide_sheet", "falling_light", "thin_pen")
REDRAWN += ("sharp_shadow", "small_on_a_large_sheet", "dark_table_beside", "ruled_paper")


@pytest.mark.parametrize("how", REDRAWN)
def test_digits_drawn_anew_are_recognized_like_the_originals(mistakes, how):
    images, _ = originals()
    more = 7 if how == "thin_pen" else 4  # of a thin pen's strokes the width is gone
    redrawn = [mnist_like(getattr(redrawing, how)(image)).pixels for image in images]
    assert mistakes(redrawn) <= mistakes(images) + more


def test_a_digit_fits_twenty_pixels_and_lies_with_its_mass_in_the_middle():
    for image in originals(20)[0]:
        found = mnist_like(redrawing.light_on_dark(image)).pixels.astype(float)
        extents = [np.ptp(np.flatnonzero(found.any(axis=axis))) + 1 for axis in (0, 1)]
        assert max(extents) == 20
        for axis in (0, 1):
            along = found.sum(axis=axis)
            assert abs(along @ np.arange(28) / along.sum() - 14) <= 0.5


def test_the_aspect_is_kept():
    sheet = np.full((300, 400), 255.0)
    sheet[100:150, 80:280] = 0  # four times as wide as high
    found = mnist_like(sheet).pixels > 127
    assert found.any(axis=0).sum() == 20
    assert found.any(axis=1).sum() == 5


def test_dirt_beside_the_digit_is_left_out():
    for image in originals(20)[0]:
        clean = redrawing.dark_on_light(image)
        dirty = clean.copy()
        dirty[192:195, 6:9] = 0
        dirty[3:5, 190:192] = 0
        assert np.abs(mnist_like(dirty).pixels.astype(float) - mnist_like(clean).pixels).mean() < 1


def cropped(image):
    """A digit, dark on light, without paper at its left and right."""
    sheet = redrawing.dark_on_light(image)
    columns = np.flatnonzero((sheet < 128).any(axis=0))
    return sheet[:, columns[0] : columns[-1] + 1]


def test_two_digits_are_counted_and_one_is_not_taken_for_two():
    images, paper = originals()[0], np.full((200, 60), 255.0)
    for first, second in itertools.pairwise(images):
        pair = [paper, cropped(first), paper[:, :30], cropped(second), paper]
        assert mnist_like(np.hstack(pair)).objects == 2
        assert mnist_like(np.hstack([paper, cropped(first), paper])).objects == 1


@pytest.mark.parametrize("level", [0, 90, 255])
@pytest.mark.parametrize("noise", [0, 5, 12, 40])
def test_an_empty_sheet_has_no_digit(level, noise):
    with pytest.raises(UserError, match="no digit found"):
        mnist_like(redrawing.noisy(np.full((200, 300), float(level)), noise))


def test_a_speck_is_no_digit():
    sheet = np.full((300, 300), 255.0)
    sheet[100:103, 200:203] = 0
    with pytest.raises(UserError, match="nothing but specks"):
        mnist_like(sheet)


SIDES = st.integers(1, 40)


@pytest.mark.fuzz
@given(arrays.arrays(np.uint8, st.tuples(SIDES, SIDES), elements=st.integers(0, 255)))
def test_any_picture_gives_a_digit_or_is_refused(sheet):
    with contextlib.suppress(UserError):
        found = mnist_like(sheet.astype(float)).pixels
        assert found.shape == (28, 28)
        assert found.dtype == np.uint8
        assert found.max() == 255
