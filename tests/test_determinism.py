"""The pins, each in a fresh process: they must be set before NumPy is imported."""

import determinism

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src"
# Everything that changes bits where it is heeded.
FOREIGN = {
    "OPENBLAS_NUM_THREADS": "2",
    "OMP_NUM_THREADS": "2",
    "MKL_NUM_THREADS": "2",
    "OPENBLAS_CORETYPE": "Nehalem",
    "NPY_ENABLE_CPU_FEATURES": "AVX2",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3",
}
# What no library may fail on.
GARBAGE = dict.fromkeys(determinism.IGNORED, "garbage")
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


def test_pins_override_the_callers_environment():
    done = python(
        "import determinism, os; pins = determinism.PINS.items()\n"
        "print(all(os.environ[name] == value for name, value in pins), *map(os.getenv, "
        "determinism.UNSET))",
        **FOREIGN,
    )
    assert done.stdout == "True None\n", done.stderr


def test_garbage_for_other_libraries_does_not_matter():
    code = (
        "import determinism, joblib, matplotlib.pyplot\n"
        "print(joblib.Parallel(2)(joblib.delayed(abs)(x) for x in (-1, 2)))"
    )
    assert python(code, **GARBAGE).stdout == "[1, 2]\n"


def test_every_blas_that_is_loaded_later_is_pinned_too():
    done = python(
        "import determinism, scipy.linalg, threadpoolctl as t; determinism.check();"
        "print([library['num_threads'] for library in t.threadpool_info()])",
        **FOREIGN,
    )
    assert done.stdout == "[1, 1]\n", done.stderr


def test_workers_inherit_the_pins_and_check_them():
    done = python(
        "import determinism, joblib, os\n"
        "call = joblib.delayed(determinism.fingerprint)\n"
        "here = determinism.fingerprint()\n"
        "print([found == here for found in joblib.Parallel(2)(call() for _ in range(2))])\n"
        "call = joblib.delayed(os.environ.get)\n"
        "print(joblib.Parallel(2)(call(name) for name in determinism.PINS) =="
        "list(determinism.PINS.values()))",
        **FOREIGN,
    )
    assert done.stdout == "[True, True]\nTrue\n", done.stderr


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


def test_the_known_answer_takes_less_than_fifty_milliseconds():
    def seconds() -> float:
        start = time.process_time()
        determinism.fingerprint()
        return time.process_time() - start

    assert min(seconds() for _ in range(5)) < 0.05
