"""Stage: MNIST's images, normalized, as ink on a background.

Every pixel is shifted by the mean and divided by the standard deviation of ALL pixels of the first
20,000 training images (Efficient BackProp, section 4.3, with one pair of numbers for all inputs).
The two are taken as they are published, to six digits, so that whoever reads them gets the same
bits. Black pixels are the background.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlp.kernels import Images
from mnist.images import ink, save
from mnist.source import FILES, check, from_idx
from workflow import files
from workflow.command import run

RAW = Path("data/raw")
NORMALIZED_BY = 20_000  # the training images of both reports


def pixel_statistics(pixels: NDArray[np.uint8]) -> tuple[float, float]:
    """Return mean and standard deviation of all pixels, from exact integer sums, to six digits."""
    counts, values = np.bincount(pixels.reshape(-1), minlength=256), np.arange(256)
    mean = int(counts @ values) / pixels.size
    deviation = float(np.sqrt(int(counts @ values**2) / pixels.size - mean**2))
    return float(f"{mean:.6g}"), float(f"{deviation:.6g}")


def normalize(
    pixels: NDArray[np.uint8], labels: NDArray[np.uint8], mean: float, deviation: float
) -> Images:
    """Return images (n, 28, 28) of pixels 0..255, normalized, as ink on what black becomes."""
    table = ((np.arange(256) - mean) / deviation).astype(np.float32)
    return ink(table[pixels.reshape(len(pixels), -1)], labels, table[0])


def main() -> None:
    """Write data/normalized/, and the numbers and hashes of metrics/normalization.json."""
    raw = (from_idx(check(name, files.read(RAW / name))) for name in FILES)
    pixels, labels, test_pixels, test_labels = raw
    numbers = pixel_statistics(pixels[:NORMALIZED_BY])
    training = normalize(pixels, labels, *numbers)
    save({"training": training, "test": normalize(test_pixels, test_labels, *numbers)}, *numbers)
    print("normalize: mean {:.4f}, standard deviation {:.4f}".format(*numbers))


if __name__ == "__main__":
    run(main, stage=True)
