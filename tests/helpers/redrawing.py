"""MNIST's digits drawn anew, as people draw and photograph them: large, on paper, in some light."""

import numpy as np
from PIL import Image
from scipy import ndimage


def enlarged(pixels, size=160):
    """Ink 0..1 of a digit (28, 28) in size x size pixels, edges smooth."""
    large = Image.fromarray(pixels).resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(large, dtype=np.float64) / 255


def placed(ink, height, width, top, left):
    """`ink` somewhere on a sheet of height x width."""
    sheet = np.zeros((height, width))
    sheet[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return sheet


def drawn(ink, paper, pen):
    """Brightness 0..255 of `ink` in a pen of one brightness on paper of another."""
    return paper + (pen - paper) * ink


def noisy(brightness, deviation, seed=0):
    """The same, as a sensor sees it."""
    noise = np.random.default_rng(seed).normal(0, deviation, brightness.shape)
    return np.clip(np.rint(brightness + noise), 0, 255)


def skeleton(ink):
    """Its middle lines, three pixels wide."""
    depth = ndimage.distance_transform_edt(ink > 0.5)
    ridge = (depth >= ndimage.maximum_filter(depth, 5) - 0.5) & (depth > 1.5)
    return ndimage.binary_dilation(ridge).astype(np.float64)


def dark_on_light(pixels):
    return drawn(placed(enlarged(pixels), 200, 200, 10, 30), 255, 0)


def light_on_dark(pixels):
    return drawn(placed(enlarged(pixels), 200, 200, 10, 30), 0, 255)


def grey_paper_and_noise(pixels):
    return noisy(drawn(placed(enlarged(pixels), 200, 200, 30, 5), 185, 70), 20)


def chalk_on_a_board(pixels):
    return noisy(drawn(placed(enlarged(pixels), 200, 200, 30, 5), 60, 170), 15)


def wide_sheet(pixels):
    return noisy(drawn(placed(enlarged(pixels), 170, 500, 5, 300), 240, 30), 4)


def falling_light(pixels):
    sheet = drawn(placed(enlarged(pixels), 200, 200, 20, 20), 230, 40)
    return noisy(sheet * np.linspace(0.4, 1, 200), 4)


def sharp_shadow(pixels):
    sheet = drawn(placed(enlarged(pixels), 200, 200, 20, 20), 220, 40)
    across = np.subtract.outer(np.arange(200), np.arange(200)) > 24
    return noisy(ndimage.gaussian_filter(np.where(across, 0.6 * sheet, sheet), 0.7), 3)


def small_on_a_large_sheet(pixels):
    return noisy(drawn(placed(enlarged(pixels, 56), 280, 240, 200, 130), 200, 60), 6)


def dark_table_beside(pixels):
    sheet = drawn(placed(enlarged(pixels), 200, 230, 20, 60), 220, 50)
    return noisy(np.where(np.arange(230) < 25, 90, sheet), 4)


def ruled_paper(pixels):
    sheet = drawn(placed(enlarged(pixels, 130), 220, 220, 50, 40), 235, 50)
    lines = np.where(np.arange(220)[:, None] % 32 < 2, 185, 255)
    return noisy(np.minimum(sheet, lines), 3)


def thin_pen(pixels):
    return drawn(skeleton(placed(enlarged(pixels), 200, 200, 20, 20)), 255, 0)
