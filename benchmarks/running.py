"""Peers as processes: started once, asked in turn, so a slow minute of the machine hits all."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# Whoever runs this may have pinned kernels or threads; peers get what they choose themselves, on
# one thread. `ours` sets its own pins.
FOREIGN = (
    *("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "NPY_ENABLE_CPU_FEATURES", "XLA_FLAGS"),
    "NPY_DISABLE_CPU_FEATURES",
)
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def core() -> int:
    """The core that every peer runs on: the last, as the first serves most interrupts."""
    return max(os.sched_getaffinity(0))


def environment() -> dict[str, str]:
    """This process's environment without settings that would steer a peer."""
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return kept | ONE_THREAD


class Running:
    """A process that answers requests."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "process.py"), peer, str(core())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
            text=True,
        )

    def ask(self, **request: Any) -> dict[str, Any]:
        """The answer to one request. Raises RuntimeError if the process is gone."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.peer}: the process ended with {self.process.wait()}")
        return json.loads(answer)


@contextmanager
def running(peers: Sequence[str]) -> Iterator[dict[str, Running]]:
    """The peers, by name; ended on leaving."""
    started = {peer: Running(peer) for peer in peers}
    try:
        yield started
    finally:
        for peer in started.values():
            peer.process.kill()
            peer.process.wait()
