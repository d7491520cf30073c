"""One peer in a process of its own, pinned to one core, which trains when it is told to.

    python process.py PEER CORE

It reads one JSON request a line and answers with one: {"hidden", "momentum", "steps"} makes a case,
trains its first epoch and tells the loss; {} trains one more epoch and tells the seconds.
"""

import os
import sys
from pathlib import Path

PEER, CORE = sys.argv[1], int(sys.argv[2])
# Before any library counts the cores it may start threads on.
os.sched_setaffinity(0, {CORE})

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
if PEER in ("ours", "blas_floor"):
    import determinism  # noqa: F401

import json  # noqa: E402
from importlib import import_module  # noqa: E402
from time import process_time  # noqa: E402
from typing import Any  # noqa: E402

import cases  # noqa: E402
from peers import BasePeer  # noqa: E402


def make(request: dict[str, Any]) -> tuple[BasePeer, dict[str, Any]]:
    """A peer after its first epoch, and the loss it has reached."""
    case = cases.make(request["hidden"], request["momentum"], request["steps"])
    peer: BasePeer = import_module(f"peers.{PEER}").Peer(case)
    peer.epoch()
    return peer, {"loss": cases.mean_loss(case, peer.layers(), peer.plain_tanh)}


def train(peer: BasePeer) -> float:
    """Seconds of one more epoch, for one network.

    They are the processor's, of all threads: on one core that is the time that passes, less what
    other programs take of it.
    """
    started = process_time()
    peer.epoch()
    ended = process_time()
    peer.aside()
    return (ended - started - (process_time() - ended)) / peer.networks


def kernels() -> dict[str, Any]:
    """Which code NumPy and its BLAS run in this process."""
    import numpy as np
    import threadpoolctl

    features = np._core._multiarray_umath.__cpu_features__
    levels = [name for name in ("X86_V2", "X86_V3", "X86_V4") if features.get(name)]
    blas = [entry for entry in threadpoolctl.threadpool_info() if entry["user_api"] == "blas"]
    return {
        "numpy": levels[-1] if levels else "baseline",
        "blas": blas[0].get("architecture", blas[0]["internal_api"]) if blas else "none",
        "blas_threads": max((entry["num_threads"] for entry in blas), default=0),
    }


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    peer: BasePeer | None = None
    for line in sys.stdin:
        request = json.loads(line)
        if request.get("kernels"):
            answer = kernels()
        elif "hidden" in request:
            del peer  # two at once would need twice the memory
            peer, answer = make(request)
        else:
            assert peer is not None
            answer = {"seconds": train(peer)}
        print(json.dumps(answer), file=answers, flush=True)


main()
