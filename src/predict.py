"""Say which digits are in these pictures, by the network that `dvc repro train` trained.

    python src/predict.py picture.png ...

A drawing or a scan of one digit, of any size, dark on light or light on dark. One line a picture:
the digit, the probability of each (the mean over the seeds), and how many seeds say so; "unsure",
with the reason, where the picture may hold something else or the seeds disagree.
"""

import argparse
import sys
from pathlib import Path

from mnist.pictures import Digit, read_digit
from runs import model as models
from runs import tables
from workflow.command import UserError, printable, run
from workflow.settings import OWN, load_network

STARTED = Path.cwd()  # the paths that the user gives count from here
HEADER = "digit" + "".join(f"{digit:6}" for digit in range(10)) + "  seeds  picture"
AGREEMENT = 2 / 3  # where fewer of the seeds agree, the answer is unsure


def line(name: str, digit: Digit, model: models.Model) -> str:
    """Return what is printed of a picture's digit, in the columns of HEADER."""
    by_seed = models.probabilities(model, digit.pixels[None])[:, 0]
    chances = by_seed.mean(axis=0)
    agree, seeds = int((by_seed.argmax(axis=1) == chances.argmax()).sum()), len(by_seed)
    doubt = digit.doubt or ("the seeds disagree" if agree < AGREEMENT * seeds else "")
    numbers = "".join(f"{chance:6.3f}" for chance in chances)
    unsure = f" (unsure: {doubt})" if doubt else ""
    return f"{chances.argmax():5}{numbers}  {f'{agree}/{seeds}':>5}  {printable(name)}{unsure}"


def main() -> None:
    """Print a line a picture, or one on stderr for each without a digit; exit with 1 if any."""
    parser = argparse.ArgumentParser(description="Say which digits are in these pictures.")
    parser.add_argument("pictures", nargs="+", metavar="picture")
    pictures, model = parser.parse_args().pictures, models.load()
    try:
        tables.check_results(OWN, load_network(), also=[models.PATH])
        print(f"yours: {tables.in_words(OWN)}", HEADER, sep="\n")
    except UserError as error:
        print(f"not known which network: {printable(str(error))}", HEADER, sep="\n")
    failed = False
    for path in pictures:
        try:
            print(line(path, read_digit(STARTED / path), model))
        except UserError as error:
            failed = True
            print(f"predict: {printable(str(error))}", file=sys.stderr)
    sys.exit(failed)


if __name__ == "__main__":
    run(main)
