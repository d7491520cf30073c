"""Brightness of a picture -> its digit as MNIST would have it.

Photo or drawing, any size, dark on light or light on dark. First ink is told from paper; then the
recipe of MNIST itself (LeCun et al., 1998) is followed: light on black, scaled to fit 20 x 20 with
the aspect kept, and moved in 28 x 28 so that the centre of mass is pixel (14, 14).
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from predicting.pictures import Grey, InvalidImage

Mask = NDArray[np.bool_]

SIDE, BOX = 28, 20
# Ink differs from paper by this many of 255 levels, and by this many times the paper's noise.
LEAST_CONTRAST, LEAST_SIGNAL = 12, 5
# Wider than any stroke, in the picture's longer side: what is so wide is a shadow or the table.
WIDEST = 0.4
# A part of the digit has this share of the largest part's pixels at least; what has less is dirt.
LEAST_PART = 0.05
# A digit is this share of the picture's longer side at least.
LEAST_SIZE = 0.03
# Strokes are this wide in the 20 x 20 box at least: nine of ten MNIST digits have wider ones.
LEAST_STROKE = 2.1


def mnist_like(grey: Grey) -> NDArray[np.uint8]:
    """The digit in a picture of brightness 0..255, (28, 28). Raises InvalidImage for none."""
    ink = ink_of(grey)
    mask = digit_of(ink)
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return centred(fitted(thickened(np.where(mask, ink, 0)[box])))


def ink_of(grey: Grey) -> Grey:
    """Ink, from 0 for paper to 1, in a picture of brightness 0..255 with either one the lighter.

    Raises InvalidImage where nothing stands out from the paper.
    """
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
        raise InvalidImage("no digit found: nothing stands out from the paper")
    full = float(np.percentile(ink[ink > floor], 90))
    return np.where(ink < min(floor, full / 4), 0, np.minimum(ink / full, 1))


def smooth_paper(grey: Grey) -> Grey:
    """The paper's brightness: a quadratic surface through what is like the border of the picture.

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
    """Where the digit is: its parts, soft edges included, without dirt and intruders.

    Raises InvalidImage if nothing but specks is there.
    """
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
        raise InvalidImage("no digit found: nothing but specks on the paper")
    core = np.isin(labels, np.flatnonzero(sizes >= max(LEAST_PART * sizes.max(), 1)))
    reach = max(1.5, stroke_width(core) / 2)
    return (ndimage.distance_transform_edt(~core) <= reach) & (ink > 0)


def stroke_width(mask: Mask) -> float:
    """Pixels across a line: over a line of width w the mean distance to its edge is w/4."""
    return 4 * float(ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1][mask].mean())


def thickened(ink: Grey) -> Grey:
    """`ink` with strokes as wide as MNIST's, where a thin pen made them thinner."""
    missing = int(LEAST_STROKE * max(ink.shape) / BOX - stroke_width(ink > 0.5))
    if missing < 1:
        return ink
    return ndimage.grey_dilation(np.pad(ink, missing), size=(missing + 1, missing + 1))


def fitted(ink: Grey) -> Grey:
    """`ink` scaled to fit 20 x 20, its aspect kept."""
    scale = BOX / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    image = Image.fromarray(ink.astype(np.float32)).resize((width, height), Image.Resampling.BOX)
    return np.asarray(image, dtype=np.float64)


def centred(ink: Grey) -> NDArray[np.uint8]:
    """`ink`, at most 20 x 20, moved in 28 x 28 so that its centre of mass is pixel (14, 14)."""
    mass = ndimage.center_of_mass(ink)
    box = []
    for at, side in zip(mass, ink.shape, strict=True):
        start = min(max(round(SIDE / 2 - at), 0), SIDE - side)
        box.append(slice(start, start + side))
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    pixels[tuple(box)] = np.rint(255 * ink / ink.max())
    return pixels
