"""A drawing or a scan of one digit -> its pixels as MNIST would have them, and any doubt about it.

The recipe is that of MNIST itself (LeCun et al., 1998): light on black, scaled to fit 20 x 20 with
the aspect kept, and moved in 28 x 28 so that the centre of mass is pixel (14, 14). What is not one
compact object of strokes, clear of the edges, comes with a doubt. page/digit.js does the same, but
for doubts, with what one draws there.
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
ALLOWED = f"{', '.join(FORMATS)}, up to {Image.MAX_IMAGE_PIXELS:,} pixels"
WORKING_SIDE = 200  # larger pictures are reduced: a digit needs no more pixels
# Ink is so many of 255 levels from the paper, and so much of all variance lies between the two:
# 0.84 and more in drawings, 0.75 in mere noise and under falling light.
LEAST_CONTRAST, LEAST_APART = 24, 0.8
INK = 0.45  # of full ink: a stroke has more, and half as much is the soft edge of one
LEAST_PART = 0.05  # of the largest part's pixels: a part of the digit has more, dirt less
LEAST_SIZE = 0.08  # of the picture's longer side: a digit is larger
REACH = 1 / 16  # of the digit's longer side: parts within twice this belong together
LEAST_STROKE = 2.1  # pixels in 20 x 20: nine of ten digits of MNIST have wider strokes
# Of a digit's convex hull: one in a thousand fills so much, if it is no straight line (whose hull
# has less area by its squared perimeter). A sheet does, with a digit on it or not.
SOLID, ROUND = 0.82, 0.045


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
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                seen = ImageOps.exif_transpose(image).convert("RGBA")
                grey = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)
                grey = grey.convert("L")
                grey.thumbnail((WORKING_SIDE, WORKING_SIDE), Image.Resampling.BOX)
                return np.asarray(grey, dtype=np.float64)
    except Exception:  # Pillow's readers raise whatever a broken file provokes
        raise UserError(f"not a usable picture; allowed: {ALLOWED}") from None


def mnist_like(grey: Grey) -> Digit:
    """Return the digit in a picture of brightness 0..255, or raise UserError for none."""
    ink = ink_of(grey)
    parts, _ = ndimage.label(ink > INK, np.ones((3, 3)))
    sizes = np.bincount(parts[parts > 0])
    core = (sizes > LEAST_PART * sizes.max())[parts]
    longer = max(core[_box(core)].shape)
    near = spread(core, max(1, int(REACH * longer + 0.5)))
    missing = LEAST_STROKE * longer / 20 - stroke_width(core)
    soft = spread(np.where(near & (ink > INK / 2), ink, 0), max(0, int(missing / 2 + 0.5)))
    return Digit(centred(soft[_box(soft > 0)]), doubt_of(core, near))


def ink_of(grey: Grey) -> Grey:
    """Return how far each pixel is from the paper, 0, on the way to ink, 1."""
    # Noise of single pixels goes; a picture as small as MNIST's is not blurred.
    away = ndimage.gaussian_filter(grey, max(grey.shape) / WORKING_SIDE)
    away -= np.median(_edge(away))
    # The few pixels that differ most from the paper are ink, light or dark.
    ink = np.maximum(away if (away**3).sum() > 0 else -away, 0)
    mask = ink > ink.mean()
    for _ in range(10):  # until it lies halfway between two means: Ridler and Calvard, 1978
        low, high = (ink[side].sum() / max(side.sum(), 1) for side in (~mask, mask))
        mask = ink > (low + high) / 2
    between = mask.mean() * (~mask).mean() * (high - low) ** 2
    if high - low < LEAST_CONTRAST or between < LEAST_APART * ink.var():
        raise UserError("no digit found: nothing stands out from even paper")
    return np.minimum(ink / np.sort(ink[mask])[int(0.75 * mask.sum())], 1)


def doubt_of(core: Mask, near: Mask) -> str:
    """Return why `core` may be no digit, or ""; near: all pixels in reach of it."""
    height, width = core[_box(core)].shape
    things, grounds = (ndimage.label(mask)[1] for mask in (near, ~core))
    places = np.argwhere(core)
    hull = ConvexHull(np.concatenate([places + corner for corner in np.ndindex(2, 2)]))
    corners = near[_box(core)][np.ix_((0, -1), (0, -1))].all()
    doubts = {
        "something reaches the edge of the picture": _edge(core).any(),
        f"{things} things, not one": things > 1,
        "too small for a digit on its sheet": max(height, width) < LEAST_SIZE * max(core.shape),
        "wider than any digit": width > 2 * height,
        "more loops than any digit": grounds > 3,  # the paper around it, and two in an 8
        # In two dimensions `volume` is the hull's area, and `area` its perimeter.
        "a sheet, a frame or a patch rather than strokes": hull.volume > ROUND * hull.area**2
        and (corners or len(places) > SOLID * hull.volume),
    }
    return next((doubt for doubt, is_so in doubts.items() if is_so), "")


def stroke_width(mask: Mask) -> float:
    """Return pixels across a line: twice its area by the length of its edges in any direction."""
    edges = sum(np.count_nonzero(np.diff(np.pad(mask, 1), axis=axis)) for axis in (0, 1))
    return 8 / np.pi * np.count_nonzero(mask) / edges


def spread(sheet: NDArray[np.generic], reach: int) -> NDArray[np.generic]:
    """Return the largest value within `reach` pixels of each."""
    return ndimage.maximum_filter(sheet, 1 + 2 * reach, mode="constant")


def centred(ink: Grey) -> Grey:
    """Return `ink` scaled to fit 20 x 20, its centre of mass at pixel (14, 14) of 28 x 28."""
    sides = [max(1, int(side * 20 / max(ink.shape) + 0.5)) for side in ink.shape]
    image = Image.fromarray(ink.astype(np.float32))
    small = np.asarray(image.resize(sides[::-1], Image.Resampling.BILINEAR), np.float64)
    pixels = np.pad(255 * small / small.max(), [(0, 28 - side) for side in sides])
    # A hair more than a half, so that the last bit of a sum does not decide where a half goes.
    places = zip(ndimage.center_of_mass(small), sides, strict=True)
    shift = [min(max(int(14 - at + 0.50001), 0), 28 - side) for at, side in places]
    return np.roll(pixels, shift, axis=(0, 1))


def _box(mask: Mask) -> tuple[slice, ...]:
    return ndimage.find_objects(mask.astype(int))[0]


def _edge(sheet: NDArray[np.generic]) -> NDArray[np.generic]:
    return np.concatenate([sheet[0], sheet[-1], sheet[1:-1, 0], sheet[1:-1, -1]])
