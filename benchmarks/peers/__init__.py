"""The peers: the same training, each as its own library would have it written.

Every module of this package has a class `Peer`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import cases
import numpy as np
import threadpoolctl
from cases import Batches, Case, Layer

# In the order of the tables. `blas_floor` has no loss: it only multiplies.
NAMES = (
    *("ours", "ours_unpinned", "blas_floor", "jax"),
    *("torch", "scikit_learn", "textbook"),
)
AVX2, AVX512 = "AVX2", "AVX-512"
OPENBLAS = dict.fromkeys(("Haswell", "Zen"), AVX2) | dict.fromkeys(
    ("SkylakeX", "Cooperlake", "SapphireRapids"), AVX512
)


class Kernel(NamedTuple):
    """The widest instructions that a peer's products use, and whose code that is."""

    instructions: str
    code: str


class Trained(NamedTuple):
    """Where seed 0 stopped: its steps, and loss and accuracy of the validation images.

    all_steps: the steps of every network trained beside it, its own included.
    """

    steps: int
    loss: float
    accuracy: float
    all_steps: int


class BasePeer(ABC):
    """A network in training. `networks`: how many it trains at once, `seeds` side by side.

    plain_tanh: whether its hidden activation is tanh z instead of the improved sigmoid.
    """

    networks = 1
    plain_tanh = False

    @abstractmethod
    def __init__(self, case: Case) -> None:
        """Take the case's first weights."""

    @abstractmethod
    def steps(self, batches: Batches) -> object:
        """Take a step on each batch; return mean loss and accuracy if they are wanted anyway."""

    @abstractmethod
    def layers(self) -> list[Layer]:
        """Return the weights as they are now."""

    def epoch(self, batches: Batches) -> None:
        """Take a step on each batch, as many at a time as lie between two checks."""
        for interval in cases.intervals(batches):
            self.steps(interval)

    def compile(self) -> None:  # noqa: B027 - most peers have nothing to compile
        """Compile what a whole training needs."""

    @staticmethod
    def kernel() -> Kernel:
        """Say what NumPy and its BLAS run in this process."""
        features = np._core._multiarray_umath.__cpu_features__
        levels = [name for name in ("X86_V2", "X86_V3", "X86_V4") if features.get(name)]
        [blas, *_] = [e for e in threadpoolctl.threadpool_info() if e["user_api"] == "blas"]
        name = blas.get("architecture", "unknown")
        code = f"OpenBLAS {name}, NumPy {levels[-1] if levels else 'baseline'}"
        return Kernel(OPENBLAS.get(name, name), code)


class WholePeer(BasePeer):
    """A peer of which a whole training is timed: it also evaluates."""

    @abstractmethod
    def evaluate(self, name: str) -> tuple[float, float]:
        """Return mean loss and accuracy of the images of "training" or "validation"."""

    def check(self) -> tuple[float, float]:
        """Return mean loss and accuracy of the validation images."""
        return self.evaluate("validation")

    def train(self, epochs: int) -> Trained:
        """Train by this project's protocol, to the early stop or for so many epochs."""
        scores = self.check()
        losses = [scores[0]]
        for scores in self._checks(epochs):
            losses.append(scores[0])
            if len(losses) - 1 - losses.index(min(losses)) >= cases.PATIENCE:
                break
        self.evaluate("training")
        steps = cases.INTERVAL * (len(losses) - 1)
        return Trained(steps, *scores, steps)

    def _checks(self, epochs: int) -> Iterator[tuple[float, float]]:
        for batches in islice(cases.epochs(), epochs):
            for interval in cases.intervals(batches):
                self.steps(interval)
                yield self.check()
