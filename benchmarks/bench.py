"""Measure this project's trainer beside its peers and write results.json.

One round of everything, in short epochs and short trainings, is a rehearsal (`--quick`); it goes to
rehearsal.json.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from running import HERE, running

sys.path.insert(0, str(HERE.parent / "src"))

import cases
import timings
from peers import NAMES


class Extent(NamedTuple):
    """How much is measured. A whole training ends by early stopping, within its epochs."""

    rounds: int
    steps: int
    whole_rounds: int
    epochs: int


FULL, QUICK = Extent(5, cases.STEPS, 2, 50), Extent(1, timings.CHECK_STEPS, 1, 1)
EXTENSIONS = ("sse4_2", "avx2", "fma", "avx512f", "avx512_bf16", "amx_tile", "asimd", "sve")
PACKAGES = ("numpy", "jax", "jaxlib", "torch", "scikit-learn", "scipy")


def machine() -> dict[str, Any]:
    """Describe the machine: its processor and the vector extensions that it has."""
    information = Path("/proc/cpuinfo").read_text().splitlines()
    pairs = [line.partition(":") for line in information]
    about = {key.strip(): value.strip() for key, _, value in reversed(pairs)}
    flags = about.get("flags", about.get("Features", "")).split()
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": about.get("model name", platform.machine()),
        "architecture": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(pages / 1e9, 1),
        "system": platform.system(),
        "simd": [name for name in EXTENSIONS if name in flags],
    }


def footprint() -> dict[str, Any]:
    """Return what footprint.py measures in the environment of the project."""
    command = [HERE.parent / ".venv/bin/python", HERE / "footprint.py"]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def main() -> None:
    """Measure, then write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a rehearsal")
    quick = parser.parse_args().quick
    extent = QUICK if quick else FULL
    with running((*NAMES, "ours_alone")) as peers:
        kernels = {name: peer.ask("kernel") for name, peer in peers.items()}
        parts = peers["ours"].ask("parts")
    results = {
        "rounds": extent.rounds,
        "whole_rounds": extent.whole_rounds,
        "machine": machine(),
        "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
        "kernels": kernels,
        **parts,
        "rows": timings.steps(extent.rounds, extent.steps),
        **timings.scaling(extent.rounds),
        "whole_training": timings.trainings(extent.whole_rounds, extent.epochs, kernels),
        **footprint(),
    }
    path = HERE / ("rehearsal.json" if quick else "results.json")
    path.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")
    print(f"bench: wrote {path.name}")


main()
