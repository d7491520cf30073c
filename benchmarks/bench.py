"""Measure this project's trainer beside its peers and write results.json.

One round of everything is a rehearsal (`--quick`); it goes to rehearsal.json.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import footprint
import machine
import steps
from running import HERE, core, environment

ROUNDS = 9
# A whole training ends by early stopping, within these.
EPOCHS = 50
# float64 and float32 may part a little over 30,000 steps.
TOLERANCE = 1e-2
WHOLE = ("ours", "ours_alone", "torch", "textbook")


def whole(epochs: int) -> list[dict[str, Any]]:
    """One training of `plain` by each peer. Raises AssertionError where one ends elsewhere."""
    found = []
    for peer in WHOLE:
        command = [sys.executable, str(HERE / "whole.py"), peer, str(core()), str(epochs)]
        done = subprocess.run(command, env=environment(), stdout=subprocess.PIPE, check=True)
        found.append({"peer": peer, **json.loads(done.stdout)})
        print(f"whole training: {found[-1]}", flush=True)
    wanted = found[-1]["loss"]
    for row in found:
        assert abs(row["loss"] / wanted - 1) < TOLERANCE, f"{row} is not the textbook's {wanted}"
    return found


def main() -> None:
    """Measure, then write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a rehearsal")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="for each median")
    arguments = parser.parse_args()
    quick, rounds = arguments.quick, 1 if arguments.quick else arguments.rounds
    results = {
        "rounds": rounds,
        "machine": machine.describe(),
        "versions": machine.versions(),
        "rows": steps.rows(rounds),
        **steps.scaling(rounds),
        "whole_training": whole(1 if quick else EPOCHS),
        "memory_mb": {str(workers): footprint.memory(workers) for workers in (2, 3)},
        "import_seconds": footprint.import_seconds(),
    }
    path = Path(HERE, "rehearsal.json" if quick else "results.json")
    path.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")
    print(f"bench: wrote {path.name}")


main()
