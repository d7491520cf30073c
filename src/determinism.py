"""Pin the arithmetic before NumPy is imported, so that every machine computes the same bits.

`import determinism` comes first in every script, pins and checks. On x86-64 with AVX2 and FMA it fixes the BLAS kernel, one
BLAS thread a process, and NumPy's own vector code; then `check` sees that all of it took effect.
Elsewhere only the threads are fixed, and results agree within a tolerance (docs/reproducibility.md).
Worker processes inherit the environment set here.
"""

import hashlib
import os
import platform
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import numpy as np

IS_X86 = platform.machine().lower() in ("x86_64", "amd64")
PINS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
if IS_X86:
    PINS |= {"OPENBLAS_CORETYPE": "Haswell", "NPY_ENABLE_CPU_FEATURES": "X86_V3"}
# NumPy refuses to load when features are both enabled and disabled.
UNSET = ("NPY_DISABLE_CPU_FEATURES",)
# SHA-256 of the bytes of `known_answer` under the pins.
KNOWN = "944bad1c95857167f4a047faf871fec59e731efad53d0d675abaeeafce32335c"


def refuse(reason: str) -> NoReturn:
    """End with one line: the published bits cannot be had here."""
    sys.exit(f"determinism: this process cannot give the published bits: {reason}")


def pin() -> None:
    """Set what NumPy and OpenBLAS read as they load, whatever it was; exit if that is too late."""
    changed = [name for name, value in PINS.items() if os.environ.get(name) != value]
    changed += [name for name in UNSET if name in os.environ]
    if changed and "numpy" in sys.modules:
        refuse(f"NumPy was imported before determinism, with {changed[0]} not pinned")
    os.environ.update(PINS)
    for name in UNSET:
        os.environ.pop(name, None)


def known_answer() -> Iterator["np.ndarray"]:
    """Results of every kernel that training leans on: products, float32 functions, sums, draws."""
    import numpy as np

    generator = np.random.default_rng(0)
    images = generator.standard_normal((32, 785), dtype=np.float32)
    weights = generator.normal(0, 0.1, (785, 64)).astype(np.float32)
    yield generator.permutation(1000)
    yield generator.uniform(-1, 1, 1000)
    hidden = images @ weights
    yield hidden
    yield images.T @ hidden
    yield hidden @ weights.T
    for function in (np.exp, np.tanh, np.square, np.reciprocal):
        yield function(hidden)
    yield np.log(np.exp(hidden).sum(axis=-1))
    yield hidden.mean(axis=0, dtype=np.float64)


def fingerprint() -> str:
    """SHA-256 of `known_answer`, in hexadecimal."""
    digest = hashlib.sha256()
    for array in known_answer():
        digest.update(array.tobytes())
    return digest.hexdigest()


def check() -> None:
    """See that the pins took effect; exit with one line where they did not."""
    try:
        import numpy as np
        import threadpoolctl
    except RuntimeError as error:  # NumPy's word that the processor lacks AVX2 or FMA
        refuse(" ".join(str(error).split()))
    for library in threadpoolctl.threadpool_info():
        if library["num_threads"] != 1:
            refuse(f"{library['prefix']} has {library['num_threads']} threads, not 1")
        if IS_X86 and library.get("architecture", "Haswell") != "Haswell":
            refuse(f"{library['prefix']} runs {library['architecture']} kernels, not Haswell's")
    if not IS_X86:
        return
    features = np._core._multiarray_umath.__cpu_features__
    if not features["X86_V3"] or features["X86_V4"]:
        refuse("NumPy does not run its X86_V3 code (AVX2 and FMA)")
    if fingerprint() != KNOWN:
        refuse(f"small kernels gave other bits than published; is this NumPy {np.__version__} as locked?")


pin()
check()
