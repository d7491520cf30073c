"""Reading picture files: every common kind looks the same; what is no picture is refused."""

import contextlib
import struct
import zlib

import numpy as np
import pytest
import redrawing
import small_model
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from predicting.pictures import InvalidImage, brightness


@pytest.fixture(scope="module")
def drawing():
    """A digit, dark on light, in whole grey levels: (120, 90)."""
    ink = redrawing.enlarged(small_model.pixels("t10k", 1)[0][0], 80)
    return np.rint(redrawing.drawn(redrawing.placed(ink, 120, 90, 30, 5), 250, 20))


def as_file(folder, image, name="digit.png", **options):
    image.save(folder / name, **options)
    return folder / name


def grey_image(drawing):
    return Image.fromarray(drawing.astype(np.uint8))


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.gif"])
def test_a_grey_picture_is_read_to_the_level(tmp_path, drawing, name):
    path = as_file(tmp_path, grey_image(drawing), name)
    assert np.array_equal(brightness(path), drawing)


@pytest.mark.parametrize("name", ["a.jpg", "a.webp"])
def test_a_lossy_picture_is_read_closely(tmp_path, drawing, name):
    path = as_file(tmp_path, grey_image(drawing), name, quality=95)
    assert np.abs(brightness(path) - drawing).mean() < 2


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_every_mode_of_pixels_looks_the_same(tmp_path, drawing, mode):
    path = as_file(tmp_path, grey_image(drawing).convert(mode))
    assert np.abs(brightness(path) - drawing).max() <= 1


def test_cmyk_is_read_as_light_not_as_ink(tmp_path, drawing):
    path = as_file(tmp_path, grey_image(drawing).convert("CMYK"), "a.jpg", quality=95)
    assert np.abs(brightness(path) - drawing).mean() < 4


def test_black_and_white_pixels_are_0_and_255(tmp_path, drawing):
    path = as_file(tmp_path, grey_image(drawing).convert("1", dither=Image.Dither.NONE))
    assert np.array_equal(brightness(path), np.where(drawing > 127, 255.0, 0.0))


def test_sixteen_bits_span_black_to_white(tmp_path, drawing):
    path = as_file(tmp_path, Image.fromarray((drawing * 100).astype(np.uint16)))
    stretched = (drawing - drawing.min()) * 255 / np.ptp(drawing)
    assert np.abs(brightness(path) - stretched).max() < 0.01


@pytest.mark.parametrize(("pen", "paper"), [(0, 255), (255, 0)])
def test_a_transparent_sheet_contrasts_with_the_pen(tmp_path, drawing, pen, paper):
    opacity = np.rint(255 * (drawing < 100)).astype(np.uint8)
    image = Image.merge("LA", (Image.new("L", (90, 120), pen), Image.fromarray(opacity)))
    expected = np.where(opacity > 0, float(pen), float(paper))
    assert np.array_equal(brightness(as_file(tmp_path, image)), expected)


def test_a_photo_taken_on_its_side_is_turned(tmp_path, drawing):
    exif = Image.Exif()
    exif[0x0112] = 6  # "rotate by 90 degrees clockwise to view"
    turned = grey_image(drawing).transpose(Image.Transpose.ROTATE_90)
    path = as_file(tmp_path, turned, "a.png", exif=exif)
    assert np.array_equal(brightness(path), drawing)


def test_a_large_picture_is_reduced_with_its_aspect_kept(tmp_path, drawing):
    image = grey_image(drawing).resize((1800, 2400))
    assert brightness(as_file(tmp_path, image)).shape == (560, 420)


def test_a_decompression_bomb_is_refused_by_its_header(tmp_path):
    side = 200_000  # would take 40 GB of memory

    def chunk(kind, data):
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(10_000_000))
    content = chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + content)
    with pytest.raises(InvalidImage, match=r"too large a picture; allowed: up to .* pixels"):
        brightness(tmp_path / "bomb.png")


def test_what_is_between_pillows_warning_and_its_error_is_refused_too(tmp_path):
    assert Image.MAX_IMAGE_PIXELS is not None
    width = Image.MAX_IMAGE_PIXELS // 1000 + 1
    path = as_file(tmp_path, Image.new("1", (width, 1000)))
    with pytest.raises(InvalidImage, match="too large a picture"):
        brightness(path)


def test_a_missing_file_and_a_folder_are_named_for_what_they_are(tmp_path):
    with pytest.raises(InvalidImage, match="No such file"):
        brightness(tmp_path / "missing.png")
    with pytest.raises(InvalidImage, match="Is a directory"):
        brightness(tmp_path)


def test_a_format_that_runs_another_program_is_not_read(tmp_path, drawing):
    path = as_file(tmp_path, grey_image(drawing), "a.eps")
    with pytest.raises(InvalidImage, match="not a readable picture; allowed: PNG, JPEG"):
        brightness(path)


@pytest.mark.fuzz
@given(
    name=st.sampled_from(["a.png", "a.jpg", "a.gif", "a.bmp", "a.webp"]),
    length=st.floats(0.02, 1),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8),
)
def test_a_damaged_file_is_read_or_refused(tmp_path_factory, drawing, name, length, changes):
    folder = tmp_path_factory.getbasetemp()
    content = bytearray(as_file(folder, grey_image(drawing), name).read_bytes())
    content = content[: max(1, int(length * len(content)))]
    for place, value in changes:
        content[int(place * len(content))] = value
    (folder / name).write_bytes(content)
    with contextlib.suppress(InvalidImage):
        assert np.isfinite(brightness(folder / name)).all()
