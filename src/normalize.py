"""Stage: MNIST's images, normalized, with the bias column.

Every pixel is shifted by the mean and divided by the standard deviation of ALL pixels of the first
20,000 training images (Efficient BackProp, section 4.3, with one pair of numbers for all inputs).
A constant 1 is appended to each image: its weights are the biases.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlp.evaluation import Dataset
from mnist import images as datasets
from mnist import source as mnist
from workflow import files
from workflow.command import run

RAW = Path("data/raw")
NORMALIZED_BY = 20_000  # the training images of both reports


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


def read_raw(name: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """All images and labels of "train" or "t10k"."""
    known = (file for file in mnist.FILES if name in file.name)
    images, labels = (file.check(files.read(RAW / file.name)) for file in known)
    return mnist.images_from_idx(images), mnist.labels_from_idx(labels)


def main() -> None:
    """Write data/normalized/, the two numbers, and the hashes of the files."""
    raw = {"training": read_raw("train"), "validation": read_raw("t10k")}
    mean, deviation = pixel_statistics(raw["training"][0][:NORMALIZED_BY])
    for name, (pixels, labels) in raw.items():
        images = normalize(pixels, mean, deviation)
        datasets.save(Dataset(images, labels.astype(np.int64)), name)
    statistics = {"mean": mean, "standard_deviation": deviation}
    files.write_json(datasets.STATISTICS, {**statistics, "sha256": datasets.hashes()})
    print(f"normalize: mean {mean:.4f}, standard deviation {deviation:.4f}; wrote data/normalized")


if __name__ == "__main__":
    run(main, stage=True)
