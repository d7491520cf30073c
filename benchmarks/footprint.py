"""Memory of a stage with its workers, and the time that importing src/train.py takes.

Both use the environment of the project, as the pipeline does.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from cases import ROOT
from running import environment

PYTHON = ROOT / ".venv/bin/python"
EPOCHS = 2  # memory no longer grows after the first
SEEDS = 6
POLL_SECONDS = 0.05
IMPORTS = 9


def memory(workers: int) -> int:
    """Peak megabytes (10^6 bytes) of a stage that trains six seeds of `plain`, with its workers.

    It is proportional set size: a page that several processes share, as the data, counts once.
    """
    settings = json.loads((ROOT / "build/settings/plain.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "data").symlink_to(ROOT / "data")
        (Path(folder) / "build/settings").mkdir(parents=True)
        file = Path(folder) / "build/settings/plain.json"
        file.write_text(json.dumps(settings | {"epochs": EPOCHS, "seeds": SEEDS}))
        command = [PYTHON, ROOT / "src/train.py", "plain", "--workers", str(workers)]
        stage = subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL)
        peak = 0
        while stage.poll() is None:
            peak = max(peak, sum(map(proportional_size, family(stage.pid))))
            time.sleep(POLL_SECONDS)
    assert stage.returncode == 0, f"{command}: exit status {stage.returncode}"
    return round(peak / 1e6)


def family(pid: int) -> Iterator[int]:
    """A process and all that descend from it."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            # pid (name) state parent ...; the name may hold spaces and brackets.
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # ended meanwhile
    members = {pid}
    while more := {child for child, parent in parents.items() if parent in members} - members:
        members |= more
    return iter(members)


def proportional_size(pid: int) -> int:
    """Bytes; 0 for a process that has ended."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def import_seconds() -> float:
    """Median seconds of `import train` in a new interpreter, files in the system's cache."""
    code = "import time; t = time.perf_counter(); import train; print(time.perf_counter() - t)"
    env = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    command = [PYTHON, "-c", code]
    seconds = [
        float(subprocess.run(command, env=env, capture_output=True, check=True).stdout)
        for _ in range(IMPORTS)
    ]
    return round(median(seconds), 3)
