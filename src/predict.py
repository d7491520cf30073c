"""Say which digits are in these pictures, by the network that `dvc repro train` trained.

    python src/predict.py picture.png ...

A photo or a drawing of one digit, of any size, dark on light or light on dark. One line a picture:
the digit, the probability of each (the mean over the seeds), and how many seeds say so.
"""

from command import UserError, printable, run

import argparse
import sys
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

import files
import models
from datasets import INPUTS
from mlp.evaluation import predict
from pictures import read_digit
from settings import resolved

HEADER = "digit" + "".join(f"{digit:6}" for digit in range(10)) + "  seeds  picture"
# Where fewer of the seeds agree on a digit, the line says "unsure".
AGREEMENT = 2 / 3


def normalized(pixels: NDArray[np.uint8], model: models.Model) -> NDArray[np.float32]:
    """Return what the network sees of pixels (images, 28, 28): (images, 785), the last all ones."""
    images = np.ones((len(pixels), INPUTS), np.float32)
    images[:, :-1] = (pixels.reshape(len(pixels), -1) - model.mean) / model.deviation
    return images


def network_line(model: models.Model) -> str:
    """Name the network, with what the files of its training say of it, if they fit the weights."""
    hidden = tuple(layer.shape[2] for layer in model.weights[:-1])
    seeds = len(model.weights[0])
    words = [f"hidden {'-'.join(map(str, hidden))}", model.activation, f"{seeds} seeds"]
    with suppress(UserError):
        own = resolved("train")
        if (own.hidden, own.activation, own.seeds) == (hidden, model.activation, seeds):
            words.insert(2, f"learning rate {own.learning_rate:g}, momentum {own.momentum:g}")
    with suppress(UserError, KeyError, ValueError, TypeError):
        known = files.read_json("metrics/train.json")
        parameters = sum(layer[0].size for layer in model.weights)
        if (known["parameters"], known["seeds"]) == (parameters, seeds):
            words.append(f"validation accuracy {known['validation_accuracy']:.4f}")
    return f"network: {', '.join(words)}"


def line(name: str, pixels: NDArray[np.uint8], model: models.Model) -> str:
    """Return what is printed of a picture's digit, (28, 28), in the columns of HEADER."""
    images = normalized(pixels[None], model)
    chances = models.probabilities(model, images)[0]
    votes = predict(model.weights, model.activation, images)[:, 0].argmax(axis=-1)
    agree = int((votes == chances.argmax()).sum())
    unsure = " (unsure)" if agree < AGREEMENT * len(votes) else ""
    numbers = "".join(f"{chance:6.3f}" for chance in chances)
    return f"{chances.argmax():5}{numbers}  {f'{agree}/{len(votes)}':>5}  {printable(name)}{unsure}"


def main() -> None:
    """Print a line a picture, or one on stderr for each without a digit; exit with 1 if any."""
    parser = argparse.ArgumentParser(description="Say which digits are in these pictures.")
    parser.add_argument("pictures", nargs="+", metavar="picture")
    pictures = parser.parse_args().pictures
    model = models.load()
    print(network_line(model), HEADER, sep="\n")
    failed = False
    for path in pictures:
        try:
            print(line(path, read_digit(path), model))
        except UserError as error:
            failed = True
            print(f"predict: {printable(str(error))}", file=sys.stderr)
    sys.exit(failed)


if __name__ == "__main__":
    run(main)
