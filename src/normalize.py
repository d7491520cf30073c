"""Stage: the first images of MNIST, normalized, with the bias column.

Every pixel, of training and validation alike, is shifted by the mean and divided by the standard
deviation of ALL pixels of the training set (Efficient BackProp, section 4.3, with one pair of
numbers for all inputs). A constant 1 is appended to each image: its weights are the biases.
"""

import determinism  # noqa: F401

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import datasets
import mnist
import records
from interruption import one_line
from mlp.evaluation import Dataset

RAW = Path("data/raw")
STATISTICS = Path("metrics/normalization.json")


def pixel_statistics(pixels: NDArray[np.uint8]) -> tuple[float, float]:
    """Mean and standard deviation of all pixels, from exact integer sums."""
    counts = np.bincount(pixels.reshape(-1), minlength=256)
    values = np.arange(256)
    mean = int(counts @ values) / pixels.size
    return mean, float(np.sqrt(int(counts @ values**2) / pixels.size - mean**2))


def normalize(pixels: NDArray[np.uint8], mean: float, deviation: float) -> NDArray[np.float32]:
    """Images (n, 28, 28) of pixels 0..255 -> float32 (n, 785), the last column all ones."""
    table = ((np.arange(256) - mean) / deviation).astype(np.float32)
    flat = pixels.reshape(len(pixels), -1)
    images = np.ones((len(flat), flat.shape[1] + 1), np.float32)
    np.take(table, flat, out=images[:, :-1])
    return images


def read_raw(name: str, size: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The first `size` images and labels of "train" or "t10k". Raises InvalidMnist, OSError."""
    known = {file.name: file for file in mnist.FILES}
    images, labels = f"{name}-images-idx3-ubyte", f"{name}-labels-idx1-ubyte"
    content = [known[file].check((RAW / file).read_bytes()) for file in (images, labels)]
    return mnist.images_from_idx(content[0])[:size], mnist.labels_from_idx(content[1])[:size]


@one_line("normalize")
def main() -> None:
    """Write data/normalized/ and the two numbers, or exit with one line."""
    try:
        size = records.read_json("build/settings/data.json")
        train_pixels, train_labels = read_raw("train", size["training_images"])
        mean, deviation = pixel_statistics(train_pixels)
        validation_pixels, validation_labels = read_raw("t10k", size["validation_images"])
        for name, pixels, labels in (
            ("training", train_pixels, train_labels),
            ("validation", validation_pixels, validation_labels),
        ):
            images = normalize(pixels, mean, deviation)
            datasets.save(Dataset(images, labels.astype(np.int64)), name)
        records.write_json(STATISTICS, {"mean": mean, "standard_deviation": deviation})
    except (mnist.InvalidMnist, ValueError, OSError) as error:
        sys.exit(f"normalize: {error}")
    print(f"normalize: mean {mean:.4f}, standard deviation {deviation:.4f}; wrote data/normalized")


if __name__ == "__main__":
    main()
