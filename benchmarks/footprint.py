"""Memory of a stage with its workers, and the time that importing src/train.py takes, as JSON.

Run it in the environment of the project, as the pipeline runs.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

import files  # noqa: E402
from datasets import STATISTICS  # noqa: E402
from settings import SETTINGS, load_variants  # noqa: E402

POLL_SECONDS = 0.05
IMPORTS = 9


def memory(workers: int) -> int:
    """Return peak megabytes (10^6 bytes) of the stage of `plain`, with its workers.

    Memory no longer grows after the first epoch. It is proportional set size: a page that several
    processes share, as the data, counts once.
    """
    network = load_variants()["plain"].model_copy(update={"epochs": 1})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").symlink_to(ROOT / "data")
        files.write(folder / SETTINGS / "plain.json", network.model_dump_json())
        files.write(folder / STATISTICS, files.read(ROOT / STATISTICS))
        command = [sys.executable, ROOT / "src/train.py", "plain", "--workers", str(workers)]
        stage = psutil.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
        peak = 0
        while stage.poll() is None:
            family = [stage, *stage.children(recursive=True)]
            peak = max(peak, sum(map(proportional_size, family)))
            time.sleep(POLL_SECONDS)
    assert stage.returncode == 0, f"{command}: exit status {stage.returncode}"
    return round(peak / 1e6)


def proportional_size(process: psutil.Process) -> int:
    """Return bytes; 0 for a process that has ended."""
    try:
        return process.memory_full_info().pss
    except psutil.Error:
        return 0


def import_seconds() -> float:
    """Return median seconds of `import train` in a new interpreter, files in the system's cache."""
    code = "import time; t = time.perf_counter(); import train; print(time.perf_counter() - t)"
    command = [sys.executable, "-c", code]
    env = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    outputs = [subprocess.check_output(command, env=env) for _ in range(IMPORTS)]
    return round(median(map(float, outputs)), 3)


os.chdir(ROOT)  # where the settings are
figures = {"memory_mb": {workers: memory(workers) for workers in (2, 3)}}
print(json.dumps(figures | {"import_seconds": import_seconds()}))
