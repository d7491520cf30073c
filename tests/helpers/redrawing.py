"""MNIST's digits drawn anew on sheets, as `predict` promises to read them, and as it does not."""

import numpy as np
from PIL import Image, ImageDraw, ImageOps
from scipy import ndimage


def enlarged(pixels, size=160):
    """Ink 0..1 of a digit (28, 28) in size x size pixels, edges smooth."""
    large = Image.fromarray(pixels).resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(large, dtype=np.float64) / 255


def sheet(pixels, size=160, shape=(220, 220), at=(30, 30), paper=240, pen=40):
    """Brightness 0..255 of a digit in a pen of one brightness on paper of another."""
    ink = np.zeros(shape)
    ink[at[0] : at[0] + size, at[1] : at[1] + size] = enlarged(pixels, size)
    return paper + (pen - paper) * ink


def noisy(brightness, deviation, seed=0):
    """The same, as a sensor sees it."""
    noise = np.random.default_rng(seed).normal(0, deviation, brightness.shape)
    return np.clip(np.rint(brightness + noise), 0, 255)


def thin_pen(pixels):
    """Only the middle lines of its strokes, three pixels wide."""
    depth = ndimage.distance_transform_edt(sheet(pixels) < 140)
    ridge = (depth >= ndimage.maximum_filter(depth, 5) - 0.5) & (depth > 1.5)
    return 255.0 - 255 * ndimage.binary_dilation(ridge)


PROMISED = {
    "itself": lambda p: p.astype(float),
    "dark on light": lambda p: sheet(p, paper=255, pen=0),
    "light on dark": lambda p: sheet(p, paper=0, pen=255),
    "grey paper and noise": lambda p: noisy(sheet(p, paper=185, pen=70), 20),
    "chalk on a board": lambda p: noisy(sheet(p, paper=60, pen=170), 15),
    "wide sheet": lambda p: noisy(sheet(p, shape=(170, 500), at=(5, 300)), 4),
    "small": lambda p: noisy(sheet(p, 56, (280, 240), (200, 130), 200, 60), 6),
    "blurred scan": lambda p: ndimage.gaussian_filter(sheet(p), 2),
    "thin pen": thin_pen,
}


def on_a_table(pixels, *sides, table=90):
    """A sheet that lies on a table, which is seen on some sides."""
    photo = sheet(pixels, 140, at=(40, 40))
    for side in sides:
        photo[side] = table
    return noisy(ndimage.gaussian_filter(photo, 0.7), 4)


def turned(pixels, degrees):
    """A sheet that lies askew on a table."""
    lying = Image.fromarray(sheet(pixels, 140, at=(40, 40)).astype(np.uint8))
    photo = ImageOps.expand(lying.rotate(degrees, expand=True, fillcolor=100), 20, 100)
    return noisy(np.asarray(photo, dtype=np.float64), 4)


def framed(pixels, margin, width):
    """A digit in a frame."""
    inner = slice(margin + width, -margin - width)
    frame = np.zeros((220, 220), bool)
    frame[margin : 220 - margin, margin : 220 - margin] = True
    frame[inner, inner] = False
    return np.where(frame, 40.0, sheet(pixels, 120, at=(50, 50)))


def shaded(pixels):
    """Light that falls off towards the corners."""
    y, x = np.mgrid[-1:1:220j, -1:1:220j]
    return noisy(sheet(pixels) * (1 - 0.4 * (x * x + y * y)), 4)


def circled(pixels, radius):
    """A digit with a circle around it, which its ends may touch."""
    y, x = np.mgrid[-110:110, -110:110]
    return np.where(abs(np.hypot(y, x) - radius) < 3, 40.0, sheet(pixels, 110, at=(55, 55)))


def scribbled(pixels):
    """No digit, but one line that crosses itself again and again."""
    corners = np.random.default_rng(int(pixels.sum())).integers(30, 190, (8, 2)).tolist()
    paper = Image.new("L", (220, 220), 240)
    ImageDraw.Draw(paper).line([*map(tuple, corners)], fill=40, width=8)
    return np.asarray(paper, dtype=np.float64)


LEFT, RIGHT, TOP, LOW = np.s_[:, :26], np.s_[:, -26:], np.s_[:26], np.s_[-26:]
UNPROMISED = {
    "table at one side": lambda p: on_a_table(p, LEFT),
    "table at two sides": lambda p: on_a_table(p, LEFT, TOP),
    "table at the left and right": lambda p: on_a_table(p, LEFT, RIGHT, table=160),
    "table at three sides": lambda p: on_a_table(p, LEFT, RIGHT, TOP, table=30),
    "table all around": lambda p: on_a_table(p, LEFT, RIGHT, TOP, LOW),
    "askew": lambda p: turned(p, 10),
    "more askew": lambda p: turned(p, 35),
    "thin frame": lambda p: framed(p, 20, 3),
    "thick frame": lambda p: framed(p, 25, 8),
    "frame at the edge": lambda p: framed(p, 0, 6),
    "two digits": lambda p: np.hstack([sheet(p, 100, (160, 110), (30, 5))] * 2),
    "underlined": lambda p: np.where(np.arange(220)[:, None] // 7 == 27, 40.0, sheet(p, 120)),
    "cut off": lambda p: sheet(p)[:, 60:150],
    "falling light": lambda p: noisy(sheet(p) * np.linspace(0.4, 1, 220), 4),
    "light in the middle": shaded,
    "circled": lambda p: circled(p, 100),
    "circled closely": lambda p: circled(p, 80),
    "a scribble": scribbled,
}
