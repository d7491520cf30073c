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
from projects import copy_of
from ruamel.yaml import YAML

pytestmark = pytest.mark.proof

HERE = Path(__file__).parents[2]
ARITHMETIC = ("numpy", "numba", "llvmlite")
# What src/judge.py, draw.py and report.py import.
STAGES = (
    *("annotated-types", "contourpy", "cycler", "filelock", "fonttools", "jinja2", "kiwisolver"),
    *("markupsafe", "matplotlib", "packaging", "pillow", "pydantic", "pydantic-core", "pyparsing"),
    *("python-dateutil", "ruamel-yaml", "scipy", "six", "typing-extensions", "typing-inspection"),
)


def output(command, environment=None, folder=HERE):
    """What a command in `folder` prints, which must succeed."""
    environment = os.environ | (environment or {})
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def digests(python, environment=None):
    code = f"import sys; sys.path[:0] = {[str(HERE / 'src'), str(HERE / 'tests/helpers')]}"
    program = f"{code}; import bits, json; print(json.dumps(bits.digests()))"
    return json.loads(output([*python, "-c", program], environment))


@pytest.mark.skipif(platform.machine() != "x86_64", reason="Nehalem is an x86-64")
def test_a_processor_of_2008_gives_the_same_bits():
    """Nehalem has neither AVX nor fused multiply-add, which is then done in software."""
    old = {"NUMBA_CPU_NAME": "nehalem", "NUMBA_CPU_FEATURES": ""}
    assert digests([sys.executable], old) == bits.digests()


@pytest.fixture(scope="module")
def aarch64(tmp_path_factory):
    if platform.machine() in ("aarch64", "arm64"):
        pytest.skip("this is one")
    return qemu.aarch64_python(tmp_path_factory.mktemp("aarch64"), [*ARITHMETIC, *STAGES])


def test_an_arm_trains_to_the_same_bits(aarch64):
    assert digests(aarch64) == bits.digests()


@pytest.mark.parametrize("stage", ["judge", "draw", "report"])
def test_an_arm_writes_the_published_files(stage, aarch64, tmp_path):
    """Byte for byte, from the published tables."""
    settings = [path.name for path in HERE.glob("*.yaml")]
    copy_of(tmp_path, "src", "metrics", "plots", "report", "claims", ".dvc/plots", *settings)
    outs = YAML(typ="safe").load(HERE / "dvc.yaml")["stages"][stage]["outs"]
    paths = [tmp_path / path for out in outs for path in out]
    written = [file for path in paths for file in (path, *path.rglob("*")) if file.is_file()]
    assert written
    for file in written:
        file.unlink()
    output([*aarch64, f"src/{stage}.py"], {"MPLCONFIGDIR": str(tmp_path)}, tmp_path)
    for file in written:
        published = HERE / file.relative_to(tmp_path)
        assert file.read_bytes() == published.read_bytes(), published
