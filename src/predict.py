"""Which digits are in these pictures, by the network that `dvc repro train` trained.

    python src/predict.py picture.png ...

A photo or a drawing of one digit, of any size, dark on light or light on dark. One line a picture:
the digit, and the probability of each, the mean over the model's seeds.
"""

import determinism  # noqa: F401

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import models
from datasets import INPUTS
from predicting.digits import mnist_like
from predicting.pictures import InvalidImage, brightness

HEADER = "digit" + "".join(f"{digit:6}" for digit in range(10)) + "  picture"


def normalized(pixels: NDArray[np.uint8], model: models.Model) -> NDArray[np.float32]:
    """What the network sees of pixels (images, 28, 28): (images, 785), the last column all ones."""
    images = np.ones((len(pixels), INPUTS), np.float32)
    images[:, :-1] = (pixels.reshape(len(pixels), -1) - model.mean) / model.deviation
    return images


def line(name: str, chances: Sequence[float]) -> str:
    """What is printed of a picture, in the columns of HEADER."""
    return f"{np.argmax(chances):5}" + "".join(f"{chance:6.3f}" for chance in chances) + f"  {name}"


def main() -> None:
    """Print a line a picture, or one on stderr for each without a digit; exit with 1 if any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", nargs="+", type=Path, metavar="picture")
    pictures = parser.parse_args().pictures
    try:
        model = models.load()
    except models.InvalidModel as error:
        sys.exit(f"predict: {error}")
    failed = False
    print(HEADER)
    for path in pictures:
        try:
            pixels = mnist_like(brightness(path))
        except InvalidImage as error:
            failed = True
            print(f"predict: {path}: {error}", file=sys.stderr)
            continue
        print(line(str(path), models.probabilities(model, normalized(pixels[None], model))[0]))
    sys.exit(failed)


if __name__ == "__main__":
    main()
