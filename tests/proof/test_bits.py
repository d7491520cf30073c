"""The same bits on another processor: compiled for one of 2008, and on an emulated ARM."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import bits
import pytest
import qemu

pytestmark = pytest.mark.proof

HERE = Path(__file__).parents[2]
PROGRAM = HERE / "tests/helpers/bits.py"


@pytest.fixture(scope="module")
def expected():
    return bits.digests()


def digests(command, environment):
    done = subprocess.run(
        [*command, PROGRAM],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="Nehalem is an x86-64")
def test_a_processor_of_2008_gives_the_same_bits(expected):
    """Nehalem has neither AVX nor fused multiply-add, which is then done in software."""
    old = {"NUMBA_CPU_NAME": "nehalem", "NUMBA_CPU_FEATURES": "", "PYTHONPATH": str(HERE / "src")}
    assert digests([sys.executable], old) == expected


@pytest.fixture(scope="module")
def aarch64(tmp_path_factory):
    if platform.machine() in ("aarch64", "arm64"):
        pytest.skip("this is one")
    return qemu.aarch64_python(tmp_path_factory.mktemp("aarch64"), ["numpy", "numba", "llvmlite"])


def test_an_arm_gives_the_same_bits(expected, aarch64):
    command = [part.replace("PYTHONPATH=", f"PYTHONPATH={HERE / 'src'}:") for part in aarch64]
    assert digests(command, {}) == expected
