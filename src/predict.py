"""Say which digits are in these pictures, by the network that `dvc repro train` trained.

    python src/predict.py picture.png ...

A photo or a drawing of one digit, of any size, dark on light or light on dark. One line a picture:
the digit, the probability of each (the mean over the seeds), and how many seeds say so. Above it,
with --show, the 28 x 28 pixels that the network sees.
"""

import argparse
import sys

import numpy as np
import own
from numpy.typing import NDArray
from own import check_trained

from mlp.evaluation import predict
from mnist.images import INPUTS
from mnist.pictures import Digit, read_digit
from runs import model as models
from runs.tables import OWN, metrics_path
from workflow.command import UserError, printable, run
from workflow.settings import load_network

HEADER = "digit" + "".join(f"{digit:6}" for digit in range(10)) + "  seeds  picture"
# Where fewer of the seeds agree on a digit, the line says "unsure".
AGREEMENT = 2 / 3
SHADES = np.array([*" .:-=+*#%@"])  # from black to white


def normalized(pixels: NDArray[np.uint8], model: models.Model) -> NDArray[np.float32]:
    """Return what the network sees of pixels (images, 28, 28): (images, 785), the last all ones."""
    images = np.ones((len(pixels), INPUTS), np.float32)
    images[:, :-1] = (pixels.reshape(len(pixels), -1) - model.mean) / model.deviation
    return images


def network_line() -> str:
    """Name the network, or say what makes it another than that of the files beside it."""
    try:
        check_trained(OWN, load_network(), models.PATH, metrics_path(OWN))
        return own.line()
    except UserError as error:
        return f"not known which network: {printable(str(error))}"


def line(name: str, digit: Digit, model: models.Model) -> str:
    """Return what is printed of a picture's digit, in the columns of HEADER."""
    images = normalized(digit.pixels[None], model)
    chances = models.probabilities(model, images)[0]
    votes = predict(model.weights, model.activation, images)[:, 0].argmax(axis=-1)
    agree = int((votes == chances.argmax()).sum())
    doubt = " (unsure)" if agree < AGREEMENT * len(votes) else ""
    if digit.objects > 1:
        doubt += f" ({digit.objects} things side by side, read as one digit)"
    numbers = "".join(f"{chance:6.3f}" for chance in chances)
    return f"{chances.argmax():5}{numbers}  {f'{agree}/{len(votes)}':>5}  {printable(name)}{doubt}"


def seen(pixels: NDArray[np.uint8]) -> str:
    """Return pixels (28, 28) as 28 lines of text, two letters a pixel."""
    shades = SHADES[pixels.astype(int) * len(SHADES) // 256].repeat(2, axis=1)
    return "\n".join(map("".join, shades))


def main() -> None:
    """Print a line a picture, or one on stderr for each without a digit; exit with 1 if any."""
    parser = argparse.ArgumentParser(description="Say which digits are in these pictures.")
    parser.add_argument("pictures", nargs="+", metavar="picture")
    parser.add_argument("--show", action="store_true", help="print what the network sees")
    options = parser.parse_args()
    model = models.load()
    print(network_line(), HEADER, sep="\n")
    failed = False
    for path in options.pictures:
        try:
            digit = read_digit(path)
            if options.show:
                print(seen(digit.pixels))
            print(line(path, digit, model))
        except UserError as error:
            failed = True
            print(f"predict: {printable(str(error))}", file=sys.stderr)
    sys.exit(failed)


if __name__ == "__main__":
    run(main)
