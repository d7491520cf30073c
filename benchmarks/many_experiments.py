"""How DVC's experiments queue carries many small trainings: in a clone of the last commit.

    python many_experiments.py          100 experiments, two at a time; writes scaling.json
    python many_experiments.py 4        a rehearsal, which only prints

Each experiment is of the stage `train` and what it needs, and trains one seed for one epoch, so
what is measured is the queue. Run it in the project's environment: it needs `dvc`.
"""

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FULL = 100
JOBS = 2
POLL_SECONDS = 15


def run(clone: Path, *command: str) -> tuple[float, str]:
    """Seconds and output of a command that must succeed.

    The output goes to a file: a pipe would end only with the workers that a command may start.
    """
    env = os.environ | {"MNIST_MIRROR": str(ROOT / "data/raw")}
    env |= {"PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"}
    with tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter()
        subprocess.run(command, cwd=clone, env=env, stdout=output, check=True)
        seconds = round(time.perf_counter() - started, 1)
        output.seek(0)
        return seconds, output.read()


def megabytes(folder: Path) -> float:
    """Of all files in a folder, 10^6 bytes."""
    files = (file.lstat() for file in folder.rglob("*") if file.is_file())
    return round(sum(file.st_size for file in files) / 1e6, 1)


def queue(clone: Path, count: int) -> float:
    """Queue `count` experiments that differ in learning rate; seconds."""
    rates = ",".join(f"{0.001 * (1 + i):.3f}" for i in range(count))
    settings = ("epochs=1", "seeds=1", f"learning_rate={rates}")
    return run(clone, "dvc", "exp", "run", "--queue", "train", *(f"-S{s}" for s in settings))[0]


def wait(clone: Path, count: int) -> None:
    """Until every experiment has ended. Raises AssertionError if one has failed."""
    while (states := run(clone, "dvc", "queue", "status")[1]).count("Success") < count:
        assert "Failed" not in states, states
        time.sleep(POLL_SECONDS)


def measure(clone: Path, count: int) -> dict[str, Any]:
    """Everything, in a clone that has its data."""
    git = megabytes(clone / ".git")
    result: dict[str, Any] = {"experiments": count, "jobs": JOBS, "cores": os.cpu_count()}
    result["queue_seconds"] = queue(clone, count)
    started = time.perf_counter()
    run(clone, "dvc", "queue", "start", "--jobs", str(JOBS))
    wait(clone, count)
    result["run_seconds"] = round(time.perf_counter() - started, 1)
    result["show_seconds"], table = run(clone, "dvc", "exp", "show", "--csv")
    result["show_again_seconds"], _ = run(clone, "dvc", "exp", "show", "--csv")
    rows = [row for row in csv.DictReader(io.StringIO(table)) if row["typ"] != "baseline"]
    result["rows"] = len(rows)
    result["git_megabytes"] = round(megabytes(clone / ".git") - git, 1)
    result["dvc_megabytes"] = megabytes(clone / ".dvc")
    return result


def main() -> None:
    """Measure in a temporary clone."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FULL
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        clone = Path(folder) / "clone"
        run(Path(folder), "git", "clone", "--quiet", str(ROOT), str(clone))
        run(clone, "dvc", "repro", "normalize", "check_gradients")
        result = measure(clone, count)
        run(clone, "dvc", "queue", "stop")
        print(json.dumps(result, indent=2))
        if count == FULL:
            text = json.dumps(result, indent=2, sort_keys=True) + "\n"
            Path(__file__).with_name("scaling.json").write_text(text)


if __name__ == "__main__":
    main()
