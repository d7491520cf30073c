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
    *("NPY_DISABLE_CPU_FEATURES", "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA"),
)
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Running:
    """A process that answers requests, on the last core, as the first serves most interrupts."""

    def __init__(self, peer: str) -> None:
        self.peer = peer
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        core = max(os.sched_getaffinity(0))
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "process.py"), peer, str(core)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=kept | ONE_THREAD,
            text=True,
        )

    def ask(self, request: str, **arguments: Any) -> Any:
        """Return the answer to a request. Raises RuntimeError if the process is gone."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps([request, arguments]) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.peer}: the process ended with {self.process.wait()}")
        return json.loads(answer)


@contextmanager
def running(peers: Sequence[str]) -> Iterator[dict[str, Running]]:
    """Start the peers, yield them by name, and end them on leaving."""
    started = {peer: Running(peer) for peer in peers}
    try:
        yield started
    finally:
        for peer in started.values():
            peer.process.kill()
            peer.process.wait()
