"""A drawing or a scan of one digit -> its pixels as MNIST would have them, and any doubt about it.

Otsu's threshold tells ink from paper; the rest is the recipe of MNIST itself (LeCun et al., 1998):
light on black, scaled to fit 20 x 20 with the aspect kept, and moved in 28 x 28 so that the centre
of mass is pixel (14, 14). What is not one compact object of strokes, clear of the edges, comes with
a doubt. page/digit.js does the same with what one draws there.
"""

import io
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy import ndimage
from scipy.spatial import ConvexHull

from workflow import files
from workflow.command import UserError

Grey = NDArray[np.float64]
Mask = NDArray[np.bool_]

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")
LEAST_SIDE = 5
ALLOWED = (
    f"{', '.join(FORMATS)}, {LEAST_SIDE} pixels a side or more, {Image.MAX_IMAGE_PIXELS:,} in all"
)
WORKING_SIDE = 280  # larger pictures are reduced: a digit needs no more pixels
SIDE, BOX = 28, 20
# Ink is so many of 255 levels from the paper, and so much of all variance lies between the two:
# 0.84 and more in drawings, 0.75 in mere noise and under falling light.
LEAST_CONTRAST, LEAST_APART = 24, 0.8
LEAST_PART = 0.05  # of the largest part's pixels: a part of the digit has more, dirt less
LEAST_SIZE = 0.08  # of the picture's longer side: a digit is larger
REACH = 1 / 16  # of the digit's longer side: parts within twice this belong together
LEAST_STROKE = 2.1  # pixels in 20 x 20: nine of ten digits of MNIST have wider strokes
# Of a digit's convex hull: one in a thousand fills so much, if it is no straight line (whose second
# number, the deviation across by that along, is smaller). A sheet does, with a digit on it or not.
SOLID, SLENDER = 0.82, 0.3


class Digit(NamedTuple):
    """A digit's pixels 0..255, (28, 28), and why they may be none, or ""."""

    pixels: Grey
    doubt: str


def read_digit(path: str | Path) -> Digit:
    """Return the digit in the picture at `path`."""
    content = files.read(path)
    try:
        return mnist_like(brightness(content))
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def brightness(content: bytes) -> Grey:
    """Return brightness 0..255 of a picture as a viewer shows it on white paper, made smaller."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                if min(image.size) < LEAST_SIDE:
                    raise ValueError(image.size)
                seen = ImageOps.exif_transpose(image).convert("RGBA")
                grey = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)
                grey = grey.convert("L")
                grey.thumbnail((WORKING_SIDE, WORKING_SIDE), Image.Resampling.BOX)
                return np.asarray(grey, dtype=np.float64)
    except Exception:  # Pillow's readers raise whatever a broken file provokes
        raise UserError(f"not a usable picture; allowed: {ALLOWED}") from None


def mnist_like(grey: Grey) -> Digit:
    """Return the digit in a picture of brightness 0..255, or raise UserError for none."""
    ink, threshold = ink_of(grey)
    core, at_edge = digit_of(ink > threshold)
    longer = max(core[_box(core)].shape)
    if longer < LEAST_SIZE * max(grey.shape):
        raise UserError("no digit found: nothing but specks on the paper")
    near = ndimage.maximum_filter(core, 1 + 2 * max(1, int(REACH * longer + 0.5)))
    doubt = "something reaches the edge of the picture" if at_edge else doubt_of(core, near)
    full = np.sort(ink[core])[int(0.9 * core.sum())]
    soft = np.where(near & (ink > threshold / 2), np.minimum(ink / full, 1), 0)
    missing = max(0, int(LEAST_STROKE * longer / BOX - stroke_width(core)))
    wide = ndimage.maximum_filter(np.pad(soft, missing), missing + 1)
    return Digit(centred(wide[_box(wide > 0)]), doubt)


def doubt_of(core: Mask, near: Mask) -> str:
    """Return why `core` may be no digit, or ""; near: all pixels in reach of it."""
    things = ndimage.label(near)[1]
    if things > 1:
        return f"{things} things, not one"
    height, width = core[_box(core)].shape
    if width > 2 * height:
        return "wider than any digit"
    places = np.argwhere(core)
    hull = ConvexHull(np.concatenate([places + corner for corner in np.ndindex(2, 2)]))
    across, along = np.linalg.eigvalsh(np.cov(places.T, bias=True))
    corners = near[_box(core)][np.ix_((0, -1), (0, -1))].all()
    if across > SLENDER**2 * along and (corners or len(places) > SOLID * hull.volume):
        return "a sheet, a frame or a patch rather than strokes"
    return ""


def ink_of(grey: Grey) -> tuple[Grey, float]:
    """Return how far each pixel is from the paper, 0..255, and from where on it is ink (Otsu)."""
    # Noise of single pixels goes; a picture as small as MNIST's is not blurred.
    away = ndimage.gaussian_filter(grey, max(grey.shape) / WORKING_SIDE)
    away -= np.median(_edge(away))
    # The few pixels that differ most from the paper are ink, light or dark.
    ink = np.maximum(away if (away**3).sum() > 0 else -away, 0)
    levels, count = np.arange(256), np.bincount(ink.astype(int).reshape(-1), minlength=256)
    below, sums = count.cumsum(), (levels * count).cumsum()
    above = below[-1] - below
    low, high = sums / below, (sums[-1] - sums) / np.maximum(above, 1)
    between = below * above * (high - low) ** 2
    best = int(between.argmax())
    variance = below[-1] * (levels**2 @ count) - sums[-1] ** 2
    if high[best] - low[best] < LEAST_CONTRAST or between[best] < LEAST_APART * variance:
        raise UserError("no digit found: nothing stands out from even paper")
    return ink, (low[best] + high[best]) / 2


def digit_of(mask: Mask) -> tuple[Mask, bool]:
    """Return `mask` without dirt and what reaches its edge, and whether anything large does."""
    labels, _ = ndimage.label(mask, np.ones((3, 3)))
    sizes = np.bincount(labels.reshape(-1))
    sizes[0] = 0
    inner = sizes.copy()
    inner[_edge(labels)] = 0
    least = LEAST_PART * sizes.max()
    at_edge = bool((sizes - inner).max() >= least)
    if inner.max() >= least:  # a digit may touch the edge, unless another thing stands free of it
        sizes, least = inner, LEAST_PART * inner.max()
    return (sizes >= max(least, 1))[labels], at_edge


def stroke_width(mask: Mask) -> float:
    """Return pixels across a line: twice its area by the length of its edges in any direction."""
    edges = sum(np.count_nonzero(np.diff(np.pad(mask, 1), axis=axis)) for axis in (0, 1))
    return 8 / np.pi * np.count_nonzero(mask) / edges


def centred(ink: Grey) -> Grey:
    """Return `ink` scaled to fit 20 x 20, its centre of mass at pixel (14, 14) of 28 x 28."""
    sides = [max(1, int(side * BOX / max(ink.shape) + 0.5)) for side in ink.shape]
    down, across = (_shares(*both) for both in zip(sides, ink.shape, strict=True))
    small = down @ ink @ across.T
    pixels = np.pad(255 * small / small.max(), [(0, SIDE - side) for side in sides])
    # A hair more than a half, so that the last bit of a sum does not decide where a half goes.
    places = zip(ndimage.center_of_mass(small), sides, strict=True)
    shift = [min(max(int(SIDE / 2 - at + 0.500001), 0), SIDE - side) for at, side in places]
    return np.roll(pixels, shift, axis=(0, 1))


def _shares(new: int, old: int) -> Grey:
    """Return which share of each of `new` pixels in a row each of `old` ones has: (new, old)."""
    ends, begin = np.arange(new + 1)[:, None] * old / new, np.arange(old)
    overlap = np.minimum(ends[1:], begin + 1) - np.maximum(ends[:-1], begin)
    return np.maximum(overlap, 0) * new / old


def _box(mask: Mask) -> tuple[slice, ...]:
    return ndimage.find_objects(mask.astype(int))[0]


def _edge(sheet: NDArray[np.generic]) -> NDArray[np.generic]:
    return np.concatenate([sheet[0], sheet[-1], sheet[1:-1, 0], sheet[1:-1, -1]])
