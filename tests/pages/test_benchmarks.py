"""The pages on speed and scaling say what was measured."""

import shutil
import subprocess
import sys

from projects import HERE

GENERATED = ("speed.md", "speed.svg", "scaling.md")


def test_the_pages_are_made_of_the_measurements_that_are_there(tmp_path):
    without = shutil.ignore_patterns("__pycache__", ".venv")
    for name in ("src", "benchmarks"):
        shutil.copytree(HERE / name, tmp_path / name, ignore=without)
    (tmp_path / "docs").mkdir()
    command = [sys.executable, "benchmarks/report.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in GENERATED:
        assert (tmp_path / "docs" / name).read_bytes() == (HERE / "docs" / name).read_bytes(), name
