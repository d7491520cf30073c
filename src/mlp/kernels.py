# ruff: noqa
"""The few loops that are shaped by the machine, compiled by Numba: every processor computes the same bits.

Each operation is one that IEEE 754 defines to the last bit (+, -, *, /, comparisons, fused
multiply-add), in an order that the source fixes. There is no fast-math, no BLAS and no function of the
system's mathematical library, so neither processor nor vector width nor compiler can change a bit.

Arrays are float32 and C-contiguous; matrices of units have a unit a row and an image a column, so
that the innermost loop runs over the images of a batch. ink: see `mlp.network.Images`.
"""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite.ir as ir
import numba
import numpy as np
from numba.extending import intrinsic

f4 = np.float32
f8 = np.float64
SOURCE = Path(__file__).parent


def cache_folder() -> str:
    """Return a folder for machine code that belongs to these very sources, or "" for none.

    Numba looks for changes in the file of a cached function, not in those that it calls. Where the
    modules come out of an archive, as on a cluster's workers, nothing is kept.
    """
    sources = sorted(SOURCE.glob("*.py"))
    code = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    for parent in (SOURCE / "__pycache__", Path.home() / ".cache/mlp", Path(tempfile.gettempdir())):
        folder = parent / f"machine-code-{code}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            continue
        return str(folder) if sources else ""
    return ""


numba.config.CACHE_DIR = cache_folder()


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile `function` on its first call, or load what an earlier process compiled.

    By NumPy's error model a division by zero is infinite: one that may raise cannot be vectorized.
    """
    kept = bool(numba.config.CACHE_DIR)
    return numba.njit(error_model="numpy", cache=kept)(function)  # type: ignore[no-any-return]


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile `function` as part of whatever calls it."""
    return numba.njit(error_model="numpy", forceinline=True)(function)  # type: ignore[no-any-return]


@intrinsic
def fma(context: Any, a: Any, b: Any, c: Any) -> Any:  # noqa: ARG001
    """a * b + c, rounded once: LLVM's instruction, done in software where a processor has none."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> ir.Instruction:  # noqa: ARG001
        return builder.fma(*arguments)

    return a(a, a, a), generate


@inlined
def exp(x):
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
def power_of_two(k):
    """2^k as float32, for an int32 k from -126 to 127: k is the number's exponent."""
    return np.int32((k + np.int32(127)) << np.int32(23)).view(np.float32)


@inlined
def log(x):
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
def multiply_add(A, B, out):
    """out += A B, (rows, terms) times (terms, columns); A may be a transposed view.

    Each entry adds its terms one after another, the first term first, each by one fma. Four rows
    and four terms are done at a time, so that an entry is loaded and stored once for four terms.
    """
    rows, terms = A.shape
    columns = B.shape[1]
    whole_rows, whole_terms = rows - rows % 4, terms - terms % 4
    for i in range(0, whole_rows, 4):
        o0, o1, o2, o3 = out[i], out[i + 1], out[i + 2], out[i + 3]
        for k in range(0, whole_terms, 4):
            b0, b1, b2, b3 = B[k], B[k + 1], B[k + 2], B[k + 3]
            p0, p1, p2, p3 = A[i, k], A[i, k + 1], A[i, k + 2], A[i, k + 3]
            q0, q1, q2, q3 = A[i + 1, k], A[i + 1, k + 1], A[i + 1, k + 2], A[i + 1, k + 3]
            r0, r1, r2, r3 = A[i + 2, k], A[i + 2, k + 1], A[i + 2, k + 2], A[i + 2, k + 3]
            s0, s1, s2, s3 = A[i + 3, k], A[i + 3, k + 1], A[i + 3, k + 2], A[i + 3, k + 3]
            for n in range(columns):
                v0, v1, v2, v3 = b0[n], b1[n], b2[n], b3[n]
                o0[n] = fma(p3, v3, fma(p2, v2, fma(p1, v1, fma(p0, v0, o0[n]))))
                o1[n] = fma(q3, v3, fma(q2, v2, fma(q1, v1, fma(q0, v0, o1[n]))))
                o2[n] = fma(r3, v3, fma(r2, v2, fma(r1, v1, fma(r0, v0, o2[n]))))
                o3[n] = fma(s3, v3, fma(s2, v2, fma(s1, v1, fma(s0, v0, o3[n]))))
        for k in range(whole_terms, terms):
            for m in range(i, i + 4):
                for n in range(columns):
                    out[m, n] = fma(A[m, k], B[k, n], out[m, n])
    for i in range(whole_rows, rows):
        for k in range(terms):
            for n in range(columns):
                out[i, n] = fma(A[i, k], B[k, n], out[i, n])


@compiled
def ink_product(places, values, first, end, W, out):
    """out += x W, where x is one image's ink, entries `first` to `end` of places and values.

    Only the rows of W that have ink are visited, in the order of their places, each by one fma.
    """
    whole = end - (end - first) % 4
    for q in range(first, whole, 4):
        w0, w1, w2, w3 = W[places[q]], W[places[q + 1]], W[places[q + 2]], W[places[q + 3]]
        x0, x1, x2, x3 = values[q], values[q + 1], values[q + 2], values[q + 3]
        for n in range(len(out)):
            out[n] = fma(x3, w3[n], fma(x2, w2[n], fma(x1, w1[n], fma(x0, w0[n], out[n]))))
    for q in range(whole, end):
        row = W[places[q]]
        for n in range(len(out)):
            out[n] = fma(values[q], row[n], out[n])


@compiled
def ink_gradient(places, values, first, end, error, G):
    """G += x' error, where x is one image's ink, as above: only the rows that have ink change."""
    for q in range(first, end):
        row, x = G[places[q]], values[q]
        for n in range(len(error)):
            row[n] = fma(x, error[n], row[n])


@compiled
def column_sums(A, sums):
    """sums = 1' A: the rows of A are added one after another, the first first."""
    sums[:] = 0
    for k in range(A.shape[0]):
        for n in range(A.shape[1]):
            sums[n] += A[k, n]


@compiled
def transpose(A, T):
    """T = A'."""
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            T[j, i] = A[i, j]
