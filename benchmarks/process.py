"""One peer in a process of its own, pinned to one core, which does what it is asked.

    python process.py PEER CORE

It reads one JSON request a line, the name of a method of `Answers` with its arguments, and answers
with one. Seconds are the processor's, of all threads: on one core that is the time that passes,
less what other programs take of it.
"""

import os
import sys
from pathlib import Path

PEER, CORE = sys.argv[1], int(sys.argv[2])
# Before any library counts the cores it may start threads on.
os.sched_setaffinity(0, {CORE})

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
if PEER in ("ours", "ours_alone", "blas_floor"):
    import determinism  # noqa: F401

import json  # noqa: E402
from importlib import import_module  # noqa: E402
from time import process_time  # noqa: E402
from typing import Any  # noqa: E402

import cases  # noqa: E402
import parts  # noqa: E402


class Answers:
    """What can be asked of a peer; every answer is plain data."""

    def __init__(self) -> None:
        self.make = import_module(f"peers.{PEER}").Peer

    def kernel(self) -> dict[str, str]:
        """Name the instructions of its products, and whose code they are."""
        return self.make.kernel()._asdict()

    def start(self, hidden: list[int], momentum: float, steps: int) -> None:
        """Train the first epoch of a case, cut to so many steps; compiled code is compiled then."""
        self.batches = next(cases.epochs())[:steps]
        self.peer = self.make(cases.step_case(hidden, momentum))
        self.peer.epoch(self.batches)

    def loss(self) -> float:
        """Return the loss over all training images."""
        return cases.mean_loss(self.peer.layers(), self.peer.plain_tanh)

    def epoch(self) -> float:
        """Train one more epoch and return its seconds for one network."""
        started = process_time()
        self.peer.epoch(self.batches)
        return (process_time() - started) / self.peer.networks

    def train(self, network: str, epochs: int) -> dict[str, float]:
        """Train a network to its stop; `seconds` are seed 0's share, by steps, of all its company.

        Neither imports nor compilation count.
        """
        peer = self.make(cases.TRAININGS[network])
        peer.compile()
        started = process_time()
        trained = peer.train(epochs)
        seconds = (process_time() - started) * trained.steps / trained.all_steps
        return {
            "steps": trained.steps,
            "loss": trained.loss,
            "accuracy": trained.accuracy,
            "seconds": seconds,
        }

    def parts(self) -> dict[str, Any]:
        """Time what makes the trainer quick beside what it takes the place of."""
        pairs = (parts.product_parts, parts.sorted_evaluation)
        return {pair.__name__: pair() for pair in pairs}


def main() -> None:
    """Answer until the input ends."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    answers = Answers()
    for line in sys.stdin:
        name, arguments = json.loads(line)
        print(json.dumps(getattr(answers, name)(**arguments)), file=replies, flush=True)


main()
