"""Picture files -> brightness, as a viewer would show it. Files from anywhere: none is trusted."""

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Grey = NDArray[np.float64]

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")
# Larger pictures are reduced: a digit needs no more pixels, and the work stays small.
WORKING_SIDE = 560


class InvalidImage(ValueError):
    """No picture of a digit; the message is one line for the user, without the file's name."""


def brightness(path: str | Path) -> Grey:
    """Brightness 0..255 of the picture at `path`: (height, width), no side over WORKING_SIDE.

    Raises InvalidImage, for a decompression bomb too: before a single pixel is decoded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as file:
                return _brightness(ImageOps.exif_transpose(file))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        limit = f"{Image.MAX_IMAGE_PIXELS:,} pixels"
        raise InvalidImage(f"too large a picture; allowed: up to {limit}") from None
    except Exception as error:  # Pillow's readers raise whatever a broken file provokes
        system = error.strerror if isinstance(error, OSError) else None
        what = system or f"not a readable picture; allowed: {', '.join(FORMATS)}"
        raise InvalidImage(what) from None


def _brightness(image: Image.Image) -> Grey:
    if image.mode.startswith("I"):  # 16 bits: from black to white whatever there is
        levels = np.asarray(_small(image.convert("F")), dtype=np.float64)
        return (levels - levels.min()) * (255 / max(float(np.ptp(levels)), 1.0))
    if not image.has_transparency_data:
        return np.asarray(_small(image.convert("L")), dtype=np.float64)
    small = _small(image.convert("RGBA"))
    grey = np.asarray(small.convert("L"), dtype=np.float64)
    opacity = np.asarray(small.getchannel("A"), dtype=np.float64) / 255
    # What shines through is paper: white under dark ink, black under light ink.
    paper = 255.0 if (grey * opacity).sum() < 127.5 * opacity.sum() else 0.0
    return paper + (grey - paper) * opacity


def _small(image: Image.Image) -> Image.Image:
    image.thumbnail((WORKING_SIDE, WORKING_SIDE), Image.Resampling.BOX)
    return image
