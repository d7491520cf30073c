"""Stage: MNIST's images, normalized, as ink on a background.

Every pixel is shifted by the mean and divided by the standard deviation of ALL pixels of the first
20,000 training images (Efficient BackProp, section 4.3, with one pair of numbers for all inputs).
The two are taken as they are published, to six digits, so that whoever reads them gets the same
bits.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist import images as datasets
from mnist.source import FILES, check, from_idx
from workflow import files
from workflow.command import run

RAW = Path("data/raw")
NORMALIZED_BY = 20_000  # the training images of both reports


def pixel_statistics(pixels: NDArray[np.uint8]) -> tuple[float, float]:
    """Return mean and standard deviation of all pixels, from exact integer sums, to six digits."""
    counts = np.bincount(pixels.reshape(-1), minlength=256)
    values = np.arange(256)
    mean = int(counts @ values) / pixels.size
    deviation = float(np.sqrt(int(counts @ values**2) / pixels.size - mean**2))
    return float(f"{mean:.6g}"), float(f"{deviation:.6g}")


def normalize(pixels: NDArray[np.uint8], mean: float, deviation: float) -> NDArray[np.float32]:
    """Return images (n, 28, 28) of pixels 0..255 as float32 (n, 784)."""
    table = ((np.arange(256) - mean) / deviation).astype(np.float32)
    return np.take(table, pixels.reshape(len(pixels), -1))


def main() -> None:
    """Write data/normalized/, and the numbers and hashes of metrics/normalization.json."""
    raw = (from_idx(check(name, files.read(RAW / name))) for name in FILES)
    pixels, labels, test_pixels, test_labels = raw
    numbers = pixel_statistics(pixels[:NORMALIZED_BY])
    training = datasets.ink(normalize(pixels, *numbers), labels)
    test = datasets.ink(normalize(test_pixels, *numbers), test_labels, training.background)
    datasets.save({"training": training, "test": test}, *numbers)
    print("normalize: mean {:.4f}, standard deviation {:.4f}".format(*numbers))


if __name__ == "__main__":
    run(main, stage=True)
