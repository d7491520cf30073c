"""Say which digits are in these pictures, by the network that `dvc repro train` trained.

    python src/predict.py picture.png ...

A drawing or a scan of one digit, of any size, dark on light or light on dark. One line a picture:
the digit, the probability of each (the mean over the seeds), and how many seeds say so; "unsure",
with the reason, where the picture may hold something else or the seeds disagree. Above it, with
--show, the 28 x 28 pixels that the network sees.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist.pictures import Digit, read_digit
from runs import model as models
from runs import tables
from workflow.command import UserError, printable, run
from workflow.settings import OWN, load_network

STARTED = Path.cwd()  # the paths that the user gives count from here
HEADER = "digit" + "".join(f"{digit:6}" for digit in range(10)) + "  seeds  picture"
AGREEMENT = 2 / 3  # where fewer of the seeds agree, the answer is unsure
SHADES = np.array([*" .:-=+*#%@"])  # from black to white


def network_line() -> str:
    """Name the network, or say what makes it another than that of the files beside it."""
    try:
        tables.check_results(OWN, load_network(), also=[models.PATH])
        return f"yours: {tables.in_words(OWN)}"
    except UserError as error:
        return f"not known which network: {printable(str(error))}"


def line(name: str, digit: Digit, model: models.Model) -> str:
    """Return what is printed of a picture's digit, in the columns of HEADER."""
    by_seed = models.probabilities(model, digit.pixels[None])[:, 0]
    chances = by_seed.mean(axis=0)
    agree, seeds = int((by_seed.argmax(axis=1) == chances.argmax()).sum()), len(by_seed)
    doubt = digit.doubt or ("the seeds disagree" if agree < AGREEMENT * seeds else "")
    numbers = "".join(f"{chance:6.3f}" for chance in chances)
    unsure = f" (unsure: {doubt})" if doubt else ""
    return f"{chances.argmax():5}{numbers}  {f'{agree}/{seeds}':>5}  {printable(name)}{unsure}"


def seen(pixels: NDArray[np.float64]) -> str:
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
            digit = read_digit(STARTED / path)
            if options.show:
                print(seen(digit.pixels))
            print(line(path, digit, model))
        except UserError as error:
            failed = True
            print(f"predict: {printable(str(error))}", file=sys.stderr)
    sys.exit(failed)


if __name__ == "__main__":
    run(main)
