"""Brightness of a picture -> its digit as MNIST would have it.

Photo or drawing, any size, dark on light or light on dark. First paper and ink are told apart; then
MNIST's own recipe (LeCun et al., 1998) is followed: light on black, scaled to fit 20 x 20 with its
aspect kept, and moved in 28 x 28 so that the centre of mass is pixel (14, 14).
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from pictures import Grey, InvalidImage

Mask = NDArray[np.bool_]

SIDE, BOX = 28, 20
# Ink differs from paper by this many of 255 levels, and by this many times the paper's noise.
LEAST_CONTRAST, LEAST_SIGNAL = 12, 5
# A part of the digit has at least this share of the largest part's pixels; what has less is dirt.
LEAST_PART = 0.05
# A digit is at least this share of the picture's longer side.
LEAST_SIZE = 0.03
# Strokes are at least this wide in the 20 x 20 box: nine of ten MNIST digits have wider ones.
STROKE = 2.1


def mnist_like(grey: Grey) -> NDArray[np.uint8]:
    """The digit in a picture of brightness 0..255: (28, 28). Raises InvalidImage if there is none."""
    ink = ink_of(grey)
    mask = digit_of(ink)
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return centred(fitted(thickened(np.where(mask, ink, 0)[box])))


def ink_of(grey: Grey) -> Grey:
    """Ink, from 0 for paper to 1, in a picture of brightness 0..255 with either one the lighter.

    Raises InvalidImage where nothing stands out from the paper.
    """
    # Noise of single pixels goes; nothing is blurred in a picture as small as MNIST's.
    smooth = ndimage.gaussian_filter(grey, max(grey.shape) / 280)
    deviation = smooth - paper_of(smooth)
    # The few pixels that differ most from the paper are ink: their sign is the polarity.
    ink = deviation * np.sign((deviation**3).sum())
    noise = 1.4826 * float(np.median(np.abs(ink)))
    floor = max(LEAST_SIGNAL * noise, LEAST_CONTRAST)
    candidates = ink[ink > floor]
    if not candidates.size:
        raise InvalidImage("no digit found: nothing stands out from the paper")
    full = float(np.percentile(candidates, 75))
    ink[ink < min(floor, full / 4)] = 0
    return np.clip(ink / full, 0, 1)


def paper_of(grey: Grey) -> Grey:
    """Brightness of the paper beneath: a quadratic surface through what is like the border.

    It follows a lamp's falling light, a vignette, a soft shadow.
    """
    y, x = (np.linspace(-1, 1, n) for n in grey.shape)
    y, x = np.meshgrid(y, x, indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y]).reshape(6, -1)
    frame = (np.maximum(np.abs(x), np.abs(y)) > 0.85).reshape(-1)
    flat = grey.reshape(-1)
    paper = np.full(flat.shape, np.median(flat[frame]))
    for _ in range(6):
        rest = np.abs(flat - paper)
        like = rest <= max(3 * 1.4826 * float(np.median(rest[frame])), LEAST_CONTRAST / 2)
        columns = terms[:, like]
        paper = np.linalg.solve(columns @ columns.T + 1e-6 * np.eye(6), columns @ flat[like]) @ terms
    return paper.reshape(grey.shape)


def digit_of(ink: Grey) -> Mask:
    """Where the digit is: its parts and their soft edges, without dirt or what enters from outside.

    Raises InvalidImage if nothing but specks is there.
    """
    labels, count = ndimage.label(ink > 0.5, np.ones((3, 3)))
    sizes = np.bincount(labels.reshape(-1), minlength=count + 1)
    sizes[0] = 0
    inner = sizes.copy()
    inner[np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))] = 0
    # A digit may touch the border, but not if another thing stands free of it.
    if inner.max() >= LEAST_PART * sizes.max():
        sizes = inner
    core = np.isin(labels, np.flatnonzero(sizes >= LEAST_PART * max(sizes.max(), 1)))
    extent = max(np.ptp(where) + 1 for where in np.nonzero(core))
    if extent < LEAST_SIZE * max(ink.shape):
        raise InvalidImage("no digit found: nothing but specks on the paper")
    reach = ndimage.distance_transform_edt(~core) <= max(1.5, stroke(core) / 2)
    return reach & (ink > 0)


def stroke(mask: Mask) -> float:
    """Width of the strokes in pixels: over a line of width w the mean distance to its edge is w/4."""
    return 4 * float(ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1][mask].mean())


def thickened(ink: Grey) -> Grey:
    """`ink` with strokes as wide as MNIST's, where a thin pen made them thinner."""
    wanted = STROKE * max(ink.shape) / BOX
    missing = int(wanted - stroke(ink > 0.5))
    if missing < 1:
        return ink
    return ndimage.grey_dilation(np.pad(ink, missing), size=(missing + 1, missing + 1))


def fitted(ink: Grey) -> Grey:
    """`ink` scaled to fit 20 x 20 with its aspect kept."""
    scale = BOX / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    image = Image.fromarray(ink.astype(np.float32)).resize((width, height), Image.Resampling.BOX)
    return np.asarray(image, dtype=np.float64)


def centred(ink: Grey) -> NDArray[np.uint8]:
    """`ink`, at most 20 x 20, moved in 28 x 28 so that its centre of mass is pixel (14, 14)."""
    mass = ndimage.center_of_mass(ink)
    corner = [
        min(max(round(SIDE / 2 - at), 0), SIDE - side) for at, side in zip(mass, ink.shape, strict=True)
    ]
    pixels = np.zeros((SIDE, SIDE), np.uint8)
    where = tuple(slice(start, start + side) for start, side in zip(corner, ink.shape, strict=True))
    pixels[where] = np.rint(255 * np.clip(ink / max(float(ink.max()), 1e-9), 0, 1))
    return pixels
