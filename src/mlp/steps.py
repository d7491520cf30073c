"""A step of training, from the last forward pass to the changed parameters: plain, and fused.

Nearly all weights are the first layer's. Its gradient, a product of images and errors, is written
to memory only to be read once and added to the weights or velocities. BLAS can add a product to
what is there, which NumPy has no function for; so `FusedStep` asks NumPy's own BLAS. On x86-64 it
has the same bits as `PlainStep`, sooner; where it would not, or NumPy has another BLAS, there is
`PlainStep`.
"""

import ctypes
from collections.abc import Callable
from functools import cache, partial
from importlib import import_module

import numpy as np

from mlp.activations import Array
from mlp.network import Network
from mlp.optimizers import SGD

# BLAS sums the products of more rows in parts, and rounds each.
MOST_ROWS = 256
ROW_MAJOR, AS_IT_IS, TRANSPOSED = 101, 111, 112  # of the CBLAS interface


class PlainStep:
    """The step of these networks on whatever `images` holds, (networks, rows, fan_in)."""

    def __init__(self, network: Network, images: Array, parameters: Array, optimizer: SGD) -> None:
        self.network, self.images = network, images
        self.parameters, self.optimizer = parameters, optimizer

    def take(self, targets: Array, scale: float) -> None:
        """Change the parameters by `scale` times the gradient; arguments of `Network.backward`."""
        self.network.backward(self.images, targets, scale)
        self.optimizer.apply(self.parameters, self.network.flat_gradients)


class FusedStep(PlainStep):
    """The same without the first layer's gradient. Only for what `can_fuse`."""

    def __init__(self, network: Network, images: Array, parameters: Array, optimizer: SGD) -> None:
        super().__init__(network, images, parameters, optimizer)
        shape = network.gradients[0].shape[1:]
        first = int(np.prod(shape))
        self.weights, self.velocities = parameters[:, :first], optimizer.velocities[:, :first]
        self.momentum = optimizer.momentum
        changed, alpha, beta = self.weights, -1.0, 1.0
        if self.momentum:
            changed, alpha, beta = self.velocities, 1.0, self.momentum
        self.products = [
            adding_product(batch, errors, alpha, beta, row.reshape(shape))
            for batch, errors, row in zip(images, network.errors[0], changed, strict=True)
        ]
        self.upper_optimizer = optimizer.of_parameters_from(first)
        self.upper_parameters = parameters[:, first:]
        self.upper_steps = network.flat_gradients[:, first:]

    def take(self, targets: Array, scale: float) -> None:
        """As PlainStep's: v := momentum v + images^T errors, w := w - v."""
        self.network.backward_to_first(targets, scale)
        first_layers = zip(self.products, self.weights, self.velocities, strict=True)
        for add_product, weights, velocity in first_layers:
            add_product()
            if self.momentum:
                weights -= velocity
        self.upper_optimizer.apply(self.upper_parameters, self.upper_steps)


def best_step(network: Network, images: Array, parameters: Array, optimizer: SGD) -> PlainStep:
    """The quicker of the two that is right here."""
    kind = FusedStep if can_fuse(network, optimizer) else PlainStep
    return kind(network, images, parameters, optimizer)


def can_fuse(network: Network, optimizer: SGD) -> bool:
    """Whether the bare gradient is added, once, by what is a product of matrices for BLAS too."""
    rows, units = network.errors[0].shape[1:]
    bare = not optimizer.nesterov and not optimizer.shrink
    return bare and units > 1 and 1 < rows <= MOST_ROWS and sgemm() is not None


@cache
def sgemm() -> Callable[..., None] | None:
    """C := alpha A B + beta C of the OpenBLAS in NumPy's wheels, for float32; elsewhere None.

    Arguments: the three numbers of the layout; rows and columns of C, and the length of a sum;
    alpha; address and row length of A and of B; beta; address and row length of C.
    """
    try:
        numpy_core = ctypes.CDLL(import_module("numpy._core._multiarray_umath").__file__)
        function = numpy_core.scipy_cblas_sgemm64_
    except (AttributeError, ImportError, OSError):
        return None
    size, number, matrix = ctypes.c_int64, ctypes.c_float, (ctypes.c_void_p, ctypes.c_int64)
    sizes = (*(ctypes.c_int,) * 3, *(size,) * 3)
    function.argtypes = [*sizes, number, *matrix, *matrix, number, *matrix]
    function.restype = None
    return function


def adding_product(a: Array, b: Array, alpha: float, beta: float, out: Array) -> partial[None]:
    """A function that changes `out` to beta out + alpha a^T b whenever it is called.

    a: (rows, n), b: (rows, m), out: (n, m), which have to outlive it. Raises ValueError where they
    are not float32 and contiguous, or there is no such function.
    """
    (rows, n), m = a.shape, b.shape[1]
    fit = all(array.flags.c_contiguous and array.dtype == np.float32 for array in (a, b, out))
    if not (fit and b.shape == (rows, m) and out.shape == (n, m) and (function := sgemm())):
        raise ValueError("allowed: contiguous float32 matrices of fitting shapes, and OpenBLAS")
    layout = (ROW_MAJOR, TRANSPOSED, AS_IT_IS)
    factors = (alpha, a.ctypes.data, n, b.ctypes.data, m)
    return partial(function, *layout, n, m, rows, *factors, beta, out.ctypes.data, m)
