"""Pin the arithmetic before NumPy is imported, so that every machine computes the same bits.

`import determinism` comes first in every script; it pins and checks. On x86-64 with AVX2 and FMA it
fixes the BLAS kernel, one BLAS thread a process, and NumPy's own vector code, then sees that all of
it took effect. Elsewhere only the threads are fixed, and results agree within a tolerance
(docs/reproducibility.md). Worker processes inherit the environment set here, and check as well.
"""

import hashlib
import os
import platform
import sys
from typing import NoReturn

IS_X86 = platform.machine().lower() in ("x86_64", "amd64")
LIBRARIES = ("OPENBLAS", "OMP", "MKL", "BLIS")
PINS = {f"{library}_NUM_THREADS": "1" for library in LIBRARIES} | {"VECLIB_MAXIMUM_THREADS": "1"}
if IS_X86:
    PINS |= {"OPENBLAS_CORETYPE": "Haswell", "NPY_ENABLE_CPU_FEATURES": "X86_V3"}
# NumPy refuses to load when features are both enabled and disabled.
UNSET = ("NPY_DISABLE_CPU_FEATURES",)
# Matplotlib and joblib fail on values that they do not know, and no other one is wanted here.
IGNORED = ("MPLBACKEND", "JOBLIB_START_METHOD", "LOKY_PICKLER")
# `fingerprint` under the pins.
KNOWN = "04b3a3dd01b0dd48f9a17445fbd00d836b3f7f562c5c1fc1e214ea6a283c9946"


def refuse(reason: str) -> NoReturn:
    """End with one line: the published bits cannot be had here."""
    sys.exit(f"determinism: this process cannot give the published bits: {reason}")


def pin() -> None:
    """Set what NumPy and BLAS read as they load, whatever it was; exit if that is too late."""
    changed = [name for name, value in PINS.items() if os.environ.get(name) != value]
    changed += [name for name in UNSET if name in os.environ]
    if changed and "numpy" in sys.modules:
        refuse(f"NumPy was imported before determinism, with {changed[0]} not pinned")
    os.environ.update(PINS)
    for name in (*UNSET, *IGNORED):
        os.environ.pop(name, None)


def fingerprint() -> str:
    """SHA-256 of what every kernel of a training gives: draws, products, functions, sums."""
    import numpy as np

    generator = np.random.default_rng(0)
    images = generator.standard_normal((32, 785), dtype=np.float32)
    weights = generator.normal(0, 0.1, (785, 64)).astype(np.float32)
    draws = generator.permutation(1000), generator.uniform(-1, 1, 1000)
    hidden = images @ weights
    logits = hidden @ weights[:64, :10]
    answers = (
        *draws,
        *(hidden, images.T @ hidden, hidden @ weights.T),
        logits / np.exp(logits - logits.max(axis=-1, keepdims=True)).sum(axis=-1, keepdims=True),
        *(function(hidden) for function in (np.exp, np.tanh, np.square, np.reciprocal)),
        np.log(np.exp(hidden).sum(axis=-1)),
        hidden.mean(axis=0, dtype=np.float64),
        hidden.astype(np.float64) @ weights[:64].astype(np.float64),
    )
    return hashlib.sha256(b"".join(answer.tobytes() for answer in answers)).hexdigest()


def check() -> None:
    """See that the pins took effect in every library loaded; exit with one line where not.

    Answers count, not versions: another NumPy that computes the same bits is as good.
    """
    try:
        import numpy as np
        import threadpoolctl
        from numpy._core._multiarray_umath import __cpu_features__ as features
    except ImportError as error:
        refuse(f"{error}; run `make setup` and use the Python of .venv")
    except RuntimeError as error:
        refuse(f"this processor lacks AVX2 or FMA. NumPy says: {' '.join(str(error).split())}")
    for library in threadpoolctl.threadpool_info():
        if library["num_threads"] != 1:
            refuse(f"{library['prefix']} has {library['num_threads']} threads, not 1")
        if IS_X86 and library.get("architecture", "Haswell") != "Haswell":
            refuse(f"{library['prefix']} runs {library['architecture']} kernels, not Haswell's")
    if not IS_X86:
        return
    locked = f"is NumPy {np.__version__} the one of requirements.txt? `make setup` installs that"
    if not features.get("X86_V3") or features.get("X86_V4"):
        refuse(f"NumPy does not run its X86_V3 code (AVX2 and FMA) alone; {locked}")
    if (found := fingerprint()) != KNOWN:
        refuse(f"small kernels gave other bits, fingerprint {found}; {locked}")


pin()
check()
