"""MNIST as bytes: what the four files are, and IDX bytes <-> arrays.

No network, no file access. Bytes that are not what they should be raise InvalidMnist, nothing else.

IDX (LeCun's MNIST page): two zero bytes, 8 for unsigned bytes, the number of dimensions; every
dimension as a big-endian uint32; the values in C order.
"""

import hashlib
import math
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNSIGNED_BYTES = 0x0800
IMAGE_SHAPE = (28, 28)
CLASSES = 10


class InvalidMnist(ValueError):
    """Bytes that are not the MNIST data they should be; the message says in what."""


@dataclass(frozen=True)
class KnownFile:
    """A file whose content is known in advance: its name, length in bytes and SHA-256."""

    name: str
    size: int
    sha256: str

    def check(self, content: bytes) -> bytes:
        """Return `content` if it is this file's; else raise InvalidMnist."""
        if len(content) != self.size:
            raise InvalidMnist(f"{self.name}: {len(content)} bytes, expected {self.size}")
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise InvalidMnist(f"{self.name}: SHA-256 is {found}, expected {self.sha256}")
        return content


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


def images_from_idx(content: bytes) -> NDArray[np.uint8]:
    """Pixels 0..255 of an IDX file of images, as a read-only view: (images, 28, 28)."""
    return _values(content, IMAGE_SHAPE)


def labels_from_idx(content: bytes) -> NDArray[np.uint8]:
    """Digits 0..9 of an IDX file of labels, as a read-only view: (labels,)."""
    labels = _values(content, ())
    wrong = np.flatnonzero(labels >= CLASSES)
    if wrong.size:
        raise InvalidMnist(f"label {labels[wrong[0]]} at position {wrong[0]}, allowed are 0 to 9")
    return labels


def _values(content: bytes, item_shape: tuple[int, ...]) -> NDArray[np.uint8]:
    dimensions = 1 + len(item_shape)
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise InvalidMnist(f"{len(content)} bytes, too few for an IDX header of {start}")
    magic, count, *shape = struct.unpack_from(f">{1 + dimensions}I", content)
    if magic != UNSIGNED_BYTES + dimensions:
        raise InvalidMnist(f"magic number {magic}, expected {UNSIGNED_BYTES + dimensions}")
    if tuple(shape) != item_shape:
        raise InvalidMnist(f"images of {shape[0]} x {shape[1]} pixels, expected 28 x 28")
    expected = start + count * math.prod(item_shape)
    if len(content) != expected:
        raise InvalidMnist(f"{len(content)} bytes, but {count} items make {expected}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(count, *item_shape)


def idx_from_array(array: NDArray[np.uint8]) -> bytes:
    """Images (images, 28, 28) or labels (labels,) as the bytes of an IDX file."""
    magic = UNSIGNED_BYTES + array.ndim
    return struct.pack(f">{1 + array.ndim}I", magic, *array.shape) + array.tobytes()


def gunzip(packed: bytes, limit: int) -> bytes:
    """Expand gzip data, stopping at a gzip bomb: more than `limit` bytes raise InvalidMnist."""
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)  # 16: a gzip header is expected
    try:
        content = stream.decompress(packed, limit + 1)
    except zlib.error as error:
        raise InvalidMnist(f"not gzip data ({error})") from None
    if len(content) > limit:
        raise InvalidMnist(f"gzip data of more than {limit} bytes")
    if not stream.eof:
        raise InvalidMnist(f"gzip data cut short after {len(content)} bytes")
    return content
