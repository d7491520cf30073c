"""A picture of a digit, as people take and draw them -> its pixels as MNIST would have them.

Photo or drawing, any size, dark on light or light on dark, from anywhere: no file is trusted. First
ink is told from paper; then the recipe of MNIST itself (LeCun et al., 1998) is followed: light on
black, scaled to fit 20 x 20 with the aspect kept, and moved in 28 x 28 so that the centre of mass
is pixel (14, 14).
"""

import io
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy import ndimage

from workflow import files
from workflow.command import UserError

Grey = NDArray[np.float64]
Mask = NDArray[np.bool_]

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")
LEAST_SIDE, LONGEST = 5, 20  # pixels a side, and times the other side
ALLOWED = (
    f"{', '.join(FORMATS)}, {LEAST_SIDE} pixels a side or more, one side up to {LONGEST} times the "
    f"other, {Image.MAX_IMAGE_PIXELS:,} pixels in all"
)
WORKING_SIDE = 560  # larger pictures are reduced: a digit needs no more pixels
SIDE, BOX = 28, 20
# Ink differs from paper by this many of 255 levels, and by this many times the paper's noise.
LEAST_CONTRAST, LEAST_SIGNAL = 12, 5
# Wider than any stroke, in the picture's longer side: what is so wide is a shadow or the table.
WIDEST = 0.4
LEAST_PART = 0.05  # of the largest part's pixels: a part of the digit has more, dirt less
LEAST_GAP = 0.1  # of the height: no nearer are two digits; the strokes of one digit are
LEAST_SIZE = 0.03  # of the picture's longer side: a digit is larger
# Strokes are this wide in the 20 x 20 box at least: nine of ten MNIST digits have wider ones.
LEAST_STROKE = 2.1


class Digit(NamedTuple):
    """A digit's pixels, (28, 28), and how many tall things stand side by side in them."""

    pixels: NDArray[np.uint8]
    objects: int


def read_digit(path: str | Path) -> Digit:
    """Return the digit in the picture at `path`."""
    content = files.read(path)
    try:
        return mnist_like(brightness(content))
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def brightness(content: bytes) -> Grey:
    """Return brightness 0..255 of a picture, (height, width), no side over WORKING_SIDE.

    It is what a viewer would show. A wrong size is refused before a pixel is decoded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                short, long = sorted(image.size)
                if short < LEAST_SIDE or long > LONGEST * short:
                    raise ValueError(image.size)
                return _brightness(ImageOps.exif_transpose(image))
    except Exception:  # Pillow's readers raise whatever a broken file provokes
        raise UserError(f"not a usable picture; allowed: {ALLOWED}") from None


def _brightness(image: Image.Image) -> Grey:
    deep = image.mode.startswith("I")  # 16 bits
    small = image.convert("F" if deep else "RGBA" if image.has_transparency_data else "L")
    small.thumbnail((WORKING_SIDE, WORKING_SIDE), Image.Resampling.BOX)
    grey = np.asarray(small if deep else small.convert("L"), dtype=np.float64)
    if deep:  # from black to white whatever there is
        return (grey - grey.min()) * (255 / max(float(np.ptp(grey)), 1.0))
    if small.mode == "L":
        return grey
    opacity = np.asarray(small.getchannel("A"), dtype=np.float64) / 255
    # What shines through is paper: white under dark ink, black under light ink.
    paper = 255.0 if (grey * opacity).sum() < 127.5 * opacity.sum() else 0.0
    return paper + (grey - paper) * opacity


def mnist_like(grey: Grey) -> Digit:
    """Return the digit in a picture of brightness 0..255, or raise UserError for none."""
    ink = ink_of(grey)
    mask = digit_of(ink)
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    pixels = centred(fitted(thickened(np.where(mask, ink, 0)[box])))
    return Digit(pixels, side_by_side(mask))


def side_by_side(mask: Mask) -> int:
    """Return how many parts, clear of each other from left to right, are half as high as all."""
    columns, height = np.flatnonzero(mask.any(axis=0)), int(mask.any(axis=1).sum())
    parts = np.split(columns, 1 + np.flatnonzero(np.diff(columns) > LEAST_GAP * height))
    return sum(2 * int(mask[:, part].any(axis=1).sum()) >= height for part in parts)


def ink_of(grey: Grey) -> Grey:
    """Return ink, from 0 for paper to 1, in brightness 0..255 with either one the lighter."""
    # Noise of single pixels goes; a picture as small as MNIST's is not blurred.
    smooth = ndimage.gaussian_filter(grey, max(grey.shape) / 280)
    light = smooth_paper(smooth)
    # Sharp shadows, or the table around the paper, are wider than strokes: filters as wide as that
    # find them, and take them for paper.
    size = [min(side, 1 + int(WIDEST * max(grey.shape))) for side in grey.shape]
    # The few pixels that differ most from the paper are ink: their sign is the polarity.
    if ((smooth - light) ** 3).sum() > 0:
        ink = smooth - light
        ink -= ndimage.grey_opening(ink, size=size, mode="nearest")
    else:  # dark ink reflects a share of whatever light there is
        shade = smooth / np.maximum(light, 64)
        paper = ndimage.grey_closing(shade, size=size, mode="nearest")
        ink = 255 * (1 - shade / np.maximum(paper, 0.25))
    ink -= np.median(ink)
    floor = max(LEAST_SIGNAL * 1.4826 * float(np.median(np.abs(ink))), LEAST_CONTRAST)
    if not (ink > floor).any():
        raise UserError("no digit found: nothing stands out from the paper")
    full = float(np.percentile(ink[ink > floor], 90))
    return np.where(ink < min(floor, full / 4), 0, np.minimum(ink / full, 1))


def smooth_paper(grey: Grey) -> Grey:
    """Return the paper's brightness: a quadratic surface through all that is like the border.

    It follows a lamp's falling light, a vignette, a soft shadow.
    """
    step = max(1, max(grey.shape) // 56)
    sample = grey[::step, ::step]
    terms = _quadratic(sample.shape)
    frame = np.ones(sample.shape, bool)
    frame[tuple(slice(side // 14 + 1, -(side // 14) - 1) for side in sample.shape)] = False
    paper = np.full(sample.shape, np.median(sample[frame]))
    for _ in range(6):
        away = np.abs(sample - paper)
        like = away <= max(4.5 * float(np.median(away[frame])), LEAST_CONTRAST / 2)
        weights, *_ = np.linalg.lstsq(terms[like], sample[like], rcond=None)
        paper = terms @ weights
    return _quadratic(grey.shape) @ weights


def _quadratic(shape: tuple[int, ...]) -> Grey:
    """1, x, y, x^2, xy, y^2 at every pixel, x and y from -1 to 1: (height, width, 6)."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in shape), indexing="ij")
    return np.stack([np.ones(shape), x, y, x * x, x * y, y * y], axis=-1)


def digit_of(ink: Grey) -> Mask:
    """Return where the digit is: its parts, soft edges included, without dirt and intruders."""
    labels, count = ndimage.label(ink > 0.5, np.ones((3, 3)))
    sizes = np.bincount(labels.reshape(-1), minlength=count + 1)
    sizes[0] = 0
    inner = sizes.copy()
    inner[[*labels[0], *labels[-1], *labels[:, 0], *labels[:, -1]]] = 0
    # A digit may touch the border, unless another thing stands free of it.
    if inner.max() >= LEAST_PART * sizes.max():
        sizes = inner
    largest = np.nonzero(labels == sizes.argmax())
    if not sizes.any() or max(map(np.ptp, largest)) + 1 < LEAST_SIZE * max(ink.shape):
        raise UserError("no digit found: nothing but specks on the paper")
    core = np.isin(labels, np.flatnonzero(sizes >= max(LEAST_PART * sizes.max(), 1)))
    reach = max(1.5, stroke_width(core) / 2)
    return (ndimage.distance_transform_edt(~core) <= reach) & (ink > 0)


def stroke_width(mask: Mask) -> float:
    """Return pixels across a line: if that is w, the mean distance to the line's edge is w/4."""
    return 4 * float(ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1][mask].mean())


def thickened(ink: Grey) -> Grey:
    """Return `ink` with strokes as wide as MNIST's, where a thin pen made them thinner."""
    missing = int(LEAST_STROKE * max(ink.shape) / BOX - stroke_width(ink > 0.5))
    if missing < 1:
        return ink
    return ndimage.grey_dilation(np.pad(ink, missing), size=(missing + 1, missing + 1))


def fitted(ink: Grey) -> Grey:
    """Return `ink` scaled to fit 20 x 20, its aspect kept."""
    scale = BOX / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    image = Image.fromarray(ink.astype(np.float32)).resize((width, height), Image.Resampling.BOX)
    return np.asarray(image, dtype=np.float64)


def centred(ink: Grey) -> NDArray[np.uint8]:
    """Return `ink` moved in 28 x 28 so that its centre of mass is pixel (14, 14)."""
    mass = zip(ndimage.center_of_mass(ink), ink.shape, strict=True)
    shift = [min(max(round(SIDE / 2 - at), 0), SIDE - side) for at, side in mass]
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    pixels[: ink.shape[0], : ink.shape[1]] = np.rint(255 * ink / ink.max())
    return np.roll(pixels, shift, axis=(0, 1))
