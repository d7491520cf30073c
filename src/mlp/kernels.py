"""The few loops that are shaped by the machine. Every processor computes the same bits.

Numba compiles them. Each operation is one that IEEE 754 defines to the last bit (+, -, *, /,
comparisons, fused multiply-add), in an order that the source fixes. There is no fast-math, no BLAS
and nothing of the system's mathematical library, so that neither processor nor vector width nor
compiler can change a bit.

Matrices are float32 and C-contiguous, with a multiple of PAD columns: those behind the last that
counts hold what nobody reads. A batch is the numbers of its images, int64.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from mlp.vectors import LANES, fma, load, spread, store

f4 = np.float32
f8 = np.float64
Array = NDArray[np.float32]
Batch = NDArray[np.int64]
Function = Callable[..., Any]
PAD = 32
SOURCE = Path(__file__).parent


class Images(NamedTuple):
    """Images as ink on a background, with their labels.

    Input `places[q]` of image i is background + values[q], for q from starts[i] to starts[i + 1];
    all other inputs are background. starts: int64, (images + 1,); places: uint16, (ink,); values:
    float32, (ink,); labels: int64, (images,); inputs: how many, without the bias.
    """

    background: np.float32
    starts: NDArray[np.int64]
    places: NDArray[np.uint16]
    values: Array
    labels: NDArray[np.int64]
    inputs: int


def cache_folder() -> str:
    """Return a folder for machine code that belongs to these very sources, or "" for none.

    Numba looks for changes in the file of a cached function, not in those that it calls. Where the
    modules come out of an archive, as on a cluster's workers, or nobody may write, nothing is kept.
    """
    sources = sorted(SOURCE.glob("*.py"))
    code = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    folder = Path(numba.config.CACHE_DIR or SOURCE / "__pycache__", f"machine-code-{code}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return ""
    return str(folder)


numba.config.CACHE_DIR = cache_folder()


# By NumPy's error model a division by zero is infinite: one that may raise cannot be vectorized.
OPTIONS = {"error_model": "numpy"}
ONLY_COMPILED_CODE_CALLS = OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def entry(function: Function) -> Any:
    """Compile `function` on its first call, or load what an earlier process compiled."""
    return numba.njit(**OPTIONS, cache=bool(numba.config.CACHE_DIR))(function)


def compiled(function: Function) -> Any:
    """Compile `function` for compiled code to call."""
    return numba.njit(**ONLY_COMPILED_CODE_CALLS)(function)


def inlined(function: Function) -> Any:
    """Compile `function` as a part of whatever compiled code calls it."""
    return numba.njit(**ONLY_COMPILED_CODE_CALLS, forceinline=True)(function)


@inlined
def exp(x: np.float32) -> Any:
    """e^x = 2^k e^r with |r| <= log(2) / 2; e^r by the polynomial of Cephes' expf.

    2^k is multiplied in as two halves, so that neither overflows before the product does.
    """
    x = f4(-104) if x < f4(-104) else x  # in this form NaN stays NaN
    x = f4(89) if x > f4(89) else x
    shifted = fma(x, f4(1.44269504), f4(12582912))  # 1.5 * 2^23: rounds to a whole number, k
    k = shifted - f4(12582912)
    r = fma(k, f4(2.12194440e-4), fma(k, f4(-0.693359375), x))
    p = f4(1.9875691500e-4)
    p = fma(p, r, f4(1.3981999507e-3))
    p = fma(p, r, f4(8.3334519073e-3))
    p = fma(p, r, f4(4.1665795894e-2))
    p = fma(p, r, f4(1.6666665459e-1))
    p = fma(p, r, f4(5.0000001201e-1))
    whole = f4(shifted).view(np.int32) - np.int32(0x4B400000)
    half = whole >> np.int32(1)
    return (fma(p, r * r, r) + f4(1)) * power_of_two(half) * power_of_two(whole - half)


@inlined
def power_of_two(k: np.int32) -> Any:
    """2^k as float32, for an int32 k from -126 to 127: k is the number's exponent."""
    return np.int32((k + np.int32(127)) << np.int32(23)).view(np.float32)


@inlined
def log(x: np.float64) -> float:
    """The natural logarithm of a float64 that is 0, normal, infinite or NaN, as float64.

    log(2^k m) = k log(2) + 2 artanh(s), s = (m - 1) / (m + 1), with m from sqrt(1/2) to sqrt(2);
    artanh(s) = s + s^3 / 3 + s^5 / 5 + ...
    """
    bits = f8(x).view(np.int64)
    k = (bits - np.int64(0x3FE6A09E667F3BCD)) >> np.int64(52)
    m = np.int64(bits - (k << np.int64(52))).view(np.float64)
    s = (m - 1.0) / (m + 1.0)
    s2 = s * s
    series = 1 / 21
    series = fma(series, s2, 1 / 19)
    series = fma(series, s2, 1 / 17)
    series = fma(series, s2, 1 / 15)
    series = fma(series, s2, 1 / 13)
    series = fma(series, s2, 1 / 11)
    series = fma(series, s2, 1 / 9)
    series = fma(series, s2, 1 / 7)
    series = fma(series, s2, 1 / 5)
    series = fma(series, s2, 1 / 3)
    # log(2) in two parts: multiplied by k, the first is exact.
    low = fma(f8(k), 1.90821492927058770002e-10, 2.0 * s * s2 * series)
    value = fma(f8(k), 6.93147180369123816490e-01, 2.0 * s + low)
    value = -np.inf if x == 0.0 else value
    value = np.nan if x < 0.0 else value
    return value if x < np.inf else x  # also NaN


@compiled
def multiply_add(A: Array, B: Array, out: Array) -> None:
    """out += A B, (rows, terms) times (terms, columns); A may be a transposed view.

    Each entry adds its terms one after another, the first term first, each by one fma. Four rows
    and two vectors of columns are done at a time: their sums stay in registers.
    """
    rows, columns = out.shape
    terms = B.shape[0]
    for n in range(0, columns, 2 * LANES):
        m = n + LANES
        for i in range(0, rows - 3, 4):
            r0, r1, r2, r3 = i, i + 1, i + 2, i + 3
            n0, n1, n2, n3 = load(out, r0, n), load(out, r1, n), load(out, r2, n), load(out, r3, n)
            m0, m1, m2, m3 = load(out, r0, m), load(out, r1, m), load(out, r2, m), load(out, r3, m)
            for k in range(terms):
                bn, bm = load(B, k, n), load(B, k, m)
                a0, a1 = spread(A[r0, k]), spread(A[r1, k])
                a2, a3 = spread(A[r2, k]), spread(A[r3, k])
                n0, n1, n2, n3 = fma(a0, bn, n0), fma(a1, bn, n1), fma(a2, bn, n2), fma(a3, bn, n3)
                m0, m1, m2, m3 = fma(a0, bm, m0), fma(a1, bm, m1), fma(a2, bm, m2), fma(a3, bm, m3)
            store(out, r0, n, n0), store(out, r0, m, m0)
            store(out, r1, n, n1), store(out, r1, m, m1)
            store(out, r2, n, n2), store(out, r2, m, m2)
            store(out, r3, n, n3), store(out, r3, m, m3)
        for i in range(rows - rows % 4, rows):
            n0, m0 = load(out, i, n), load(out, i, m)
            for k in range(terms):
                a0 = spread(A[i, k])
                n0, m0 = fma(a0, load(B, k, n), n0), fma(a0, load(B, k, m), m0)
            store(out, i, n, n0), store(out, i, m, m0)


@compiled
def ink_product(images: Images, batch: Batch, W: Array, out: Array) -> None:
    """out += X W, where row b of X is the ink of image batch[b].

    Rows of W whose input has no ink are left out. Each entry adds its terms in the order of an
    image's places, each by one fma.
    """
    starts, places, values, columns = images.starts, images.places, images.values, W.shape[1]
    whole = columns - columns % (4 * LANES)
    for b in range(len(batch)):
        begin, end = starts[batch[b]], starts[batch[b] + 1]
        for n in range(0, whole, 4 * LANES):
            n1, n2, n3 = n + LANES, n + 2 * LANES, n + 3 * LANES
            s0, s1, s2, s3 = load(out, b, n), load(out, b, n1), load(out, b, n2), load(out, b, n3)
            for q in range(begin, end):
                k, x = places[q], spread(values[q])
                s0, s1 = fma(x, load(W, k, n), s0), fma(x, load(W, k, n1), s1)
                s2, s3 = fma(x, load(W, k, n2), s2), fma(x, load(W, k, n3), s3)
            store(out, b, n, s0), store(out, b, n1, s1)
            store(out, b, n2, s2), store(out, b, n3, s3)
        for n in range(whole, columns, 2 * LANES):
            s0, s1 = load(out, b, n), load(out, b, n + LANES)
            for q in range(begin, end):
                k, x = places[q], spread(values[q])
                s0, s1 = fma(x, load(W, k, n), s0), fma(x, load(W, k, n + LANES), s1)
            store(out, b, n, s0), store(out, b, n + LANES, s1)


@compiled
def ink_gradient(images: Images, batch: Batch, D: Array, G: Array) -> None:
    """G += X' D, with X as above: only the rows of G whose inputs have ink change.

    Each entry adds its terms in the order of the batch, each by one fma.
    """
    starts, places, values = images.starts, images.places, images.values
    for b in range(len(batch)):
        begin, end = starts[batch[b]], starts[batch[b] + 1]
        for n in range(0, G.shape[1], 2 * LANES):
            d0, d1 = load(D, b, n), load(D, b, n + LANES)
            for q in range(begin, end):
                k, x = places[q], spread(values[q])
                store(G, k, n, fma(x, d0, load(G, k, n)))
                store(G, k, n + LANES, fma(x, d1, load(G, k, n + LANES)))


@compiled
def column_sums(A: Array, sums: Array) -> None:
    """sums = 1' A, (1, columns): the rows of A are added one after another, the first first."""
    sums[:] = 0
    for k in range(A.shape[0]):
        for n in range(sums.shape[1]):
            sums[0, n] += A[k, n]


@compiled
def transpose(A: Array, T: Array) -> None:
    """T = A', as far as A has rows and T has."""
    for i in range(A.shape[0]):
        for j in range(T.shape[0]):
            T[j, i] = A[i, j]
