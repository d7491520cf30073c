"""Measure the trainer beside its peers, and write benchmarks/results.json.

    python benchmarks/bench.py            20 minutes of a quiet machine (`make bench`)
    python benchmarks/bench.py --quick    a rehearsal in one round, which writes nothing

Every peer is a process of its own on one and the same core, with one thread and the kernels that
its library chooses. A turn of one is followed by a turn of the next, so that a slow minute of the
machine hits all; medians are taken.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
PEERS = ("ours", "jax", "torch", "scikit_learn", "textbook")
HIDDEN = {"64": [64], "128": [128], "59-59": [59, 59], "ten-64": [64] * 10}
TRAININGS = {"plain": ("ours", "jax", "torch", "textbook"), "momentum-ten-layers": PEERS[:3]}
EPOCH = 625
# Each peer rounds in its own way, and ten layers multiply a difference by so much that losses part
# after 200 steps: they are compared after fewer. scikit-learn's network is another one.
CHECKED_STEPS, TOLERANCE = 50, 1e-3
# What a caller's environment may choose for a peer.
CHOICES = ("OPENBLAS_", "NPY_", "XLA_FLAGS", "ATEN_", "ONEDNN_", "NUMBA_", "OMP_", "MKL_")
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Running:
    """A peer in a process, on the last core, as the first serves most interrupts.

    It ends when this process does, as nobody asks any more.
    """

    def __init__(self, name: str) -> None:
        core = {max(os.sched_getaffinity(0))}
        own = {name: value for name, value in os.environ.items() if not name.startswith(CHOICES)}
        self.process = subprocess.Popen(
            [sys.executable, HERE / "peers.py", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=own | ONE_THREAD,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, core),
        )

    def ask(self, request: str, **arguments: Any) -> Any:
        """Return the answer to a request."""
        print(json.dumps([request, arguments]), file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"bench: a peer ended with {self.process.wait()}")
        return json.loads(answer)


def medians(peers: dict[str, Running], request: str, rounds: int) -> dict[str, float]:
    """Return the median seconds of each peer, one turn of each a round."""
    turns = [{name: peer.ask(request) for name, peer in peers.items()} for _ in range(rounds)]
    return {name: median(turn[name] for turn in turns) for name in peers}


def small(peers: dict[str, Running], rounds: int, steps: int) -> dict[str, Any]:
    """Time steps and evaluations: a row a network, momentum and peer."""
    rows, evaluations = [], []
    for hidden, widths in HIDDEN.items():
        for momentum in (0.0, 0.9):
            about = {"hidden": hidden, "momentum": momentum}
            case = {"hidden": widths, "momentum": momentum}
            losses = {p: peers[p].ask("start", steps=CHECKED_STEPS, **case)[0] for p in PEERS}
            for peer, loss in losses.items():
                same = abs(loss / losses["textbook"] - 1) < TOLERANCE
                assert same or peer == "scikit_learn", f"{about}: losses are {losses}"
            for peer in peers.values():
                peer.ask("start", steps=steps, **case)
            for peer, seconds in medians(peers, "steps", rounds).items():
                microseconds = round(seconds / steps * 1e6, 1)
                rows.append(about | {"peer": peer, "microseconds_per_step": microseconds})
            print(f"bench: {about}: done", flush=True)
        for peer, seconds in medians(peers, "evaluate", rounds + 2).items():
            about = {"hidden": hidden, "peer": peer}
            evaluations.append(about | {"milliseconds": round(seconds * 1e3, 2)})
    return {"rows": rows, "evaluations": evaluations}


def trainings(peers: dict[str, Running], rounds: int, epochs: int) -> list[dict[str, Any]]:
    """Time whole trainings: a row a network and peer."""
    rows = []
    for network, names in TRAININGS.items():
        case = {"network": network, "epochs": epochs}
        turns = [{name: peers[name].ask("train", **case) for name in names} for _ in range(rounds)]
        for peer in names:
            seconds = round(median(turn[peer]["seconds"] for turn in turns), 2)
            rows.append(turns[0][peer] | {"network": network, "peer": peer, "seconds": seconds})
            print(f"bench: {rows[-1]}", flush=True)
    return rows


def machine() -> dict[str, Any]:
    """Describe the processor, and the versions of what was measured."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    packages = ("numpy", "numba", "jax", "torch", "scikit-learn")
    versions = {"python": platform.python_version()} | {p: version(p) for p in packages}
    return {"processor": [*names, platform.machine()][0], "versions": versions}


def main() -> None:
    """Measure, then write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a rehearsal")
    quick = parser.parse_args().quick
    peers = {name: Running(name) for name in PEERS}
    results = machine() | small(peers, 1 if quick else 7, CHECKED_STEPS if quick else EPOCH)
    results["whole_training"] = trainings(peers, 1 if quick else 3, 1 if quick else 50)
    if not quick:
        RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
        print(f"bench: wrote {RESULTS.name}")


if __name__ == "__main__":
    main()
