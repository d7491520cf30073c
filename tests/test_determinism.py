"""The pins, each in a fresh process: they must be set before NumPy is imported."""

import determinism

import os
import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src"
# Everything that changes bits where it is heeded, and what other libraries fail on.
FOREIGN = {name: "2" for name in determinism.PINS if name.endswith("THREADS")}
FOREIGN |= {"OPENBLAS_CORETYPE": "Nehalem", "NPY_ENABLE_CPU_FEATURES": "AVX2"}
FOREIGN |= {"NPY_DISABLE_CPU_FEATURES": "X86_V3"} | dict.fromkeys(determinism.IGNORED, "garbage")
only_x86 = pytest.mark.skipif(not determinism.IS_X86, reason="only x86-64 has these pins")


def python(code: str, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh interpreter that has none of this one's pins."""
    pinned = {*determinism.PINS, *determinism.UNSET, *determinism.IGNORED}
    bare = {name: value for name, value in os.environ.items() if name not in pinned}
    return subprocess.run(
        [sys.executable, *options, "-c", code],
        env=bare | {"PYTHONPATH": str(SRC)} | env,
        capture_output=True,
        text=True,
        check=False,
    )


def assert_refused(done: subprocess.CompletedProcess[str], reason: str) -> None:
    """One line, and it says why."""
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("determinism: this process cannot give the published bits: ")
    assert reason in done.stderr


def test_pins_override_the_callers_environment_here_in_workers_and_in_a_blas_loaded_later():
    done = python(
        "import determinism, os, joblib, matplotlib.pyplot, scipy.linalg, threadpoolctl\n"
        "print({library['num_threads'] for library in threadpoolctl.threadpool_info()})\n"
        "print({name: os.getenv(name) for name in determinism.PINS} == determinism.PINS)\n"
        "call = joblib.delayed(determinism.fingerprint)\n"
        "print({*joblib.Parallel(2)(call() for _ in range(2))} == {determinism.fingerprint()})\n"
        "call = joblib.delayed(os.getenv)\n"
        "names = (*determinism.PINS, *determinism.UNSET)\n"
        "print([*map(os.getenv, names)] == joblib.Parallel(2)(call(name) for name in names))",
        **FOREIGN,
    )
    assert done.stdout == "{1}\nTrue\nTrue\nTrue\n", done.stderr


REFUSED = {
    "NumPy first": ("import numpy, determinism", {}, "NumPy was imported before determinism, with"),
    "two threads": (
        "import determinism, threadpoolctl as t; t.threadpool_limits(2); determinism.check()",
        {},
        "has 2 threads, not 1",
    ),
    "other kernels": (
        "import os, numpy; os.environ['OPENBLAS_CORETYPE'] = 'Haswell'; import determinism",
        determinism.PINS | {"OPENBLAS_CORETYPE": "Nehalem"},
        "runs Nehalem kernels, not Haswell's",
    ),
    # A misspelt feature is no error to NumPy: it leaves all features off.
    "other vector code": (
        "import os, numpy; os.environ['NPY_ENABLE_CPU_FEATURES'] = 'X86_V3'; import determinism",
        determinism.PINS | {"NPY_ENABLE_CPU_FEATURES": "x86_v3"},
        "NumPy does not run its X86_V3 code",
    ),
}


@only_x86
@pytest.mark.parametrize(("code", "env", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_process_without_the_pins_is_refused(code, env, reason):
    assert_refused(python(code, **env), reason)


def test_numpy_imported_first_with_the_pins_is_accepted():
    done = python("import numpy, determinism", **determinism.PINS)
    assert done.returncode == 0, done.stderr


@only_x86
@pytest.mark.parametrize("kernels", ["Nehalem", "Sandybridge"])
def test_the_known_answer_tells_kernels_apart(kernels):
    done = python(
        "import sys; from unittest import mock; import numpy\n"
        "with mock.patch('sys.exit'): import determinism\n"
        "print(determinism.fingerprint() == determinism.KNOWN)",
        **determinism.PINS | {"OPENBLAS_CORETYPE": kernels},
    )
    assert done.stdout == "False\n", done.stderr


@only_x86
def test_another_known_answer_is_refused(monkeypatch):
    monkeypatch.setattr(determinism, "KNOWN", "0" * 64)
    with pytest.raises(
        SystemExit, match=f"small kernels gave other bits, fingerprint {determinism.fingerprint()}"
    ):
        determinism.check()


def test_missing_packages_are_named_in_one_line():
    done = python("import determinism", "-S")
    assert_refused(done, "No module named 'numpy'; run `make setup`")
