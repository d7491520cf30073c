"""This project's trainer: three seeds side by side in a process, as a stage trains them.

The process has imported `determinism` first, so the kernels are those of the published bits.
"""

from collections.abc import Sequence
from dataclasses import asdict

import cases
import numpy as np
from numpy.typing import NDArray

from mlp.evaluation import Dataset, SortedDataset, score
from mlp.training import Hyperparameters, Trainer, train
from peers import BasePeer, Trained


def hyperparameters(case: cases.Case, epochs: int) -> Hyperparameters:
    """Return the case with the protocol of variants.yaml."""
    protocol = {"nesterov": False, "weight_decay": 0.0, "shuffle": True}
    protocol |= {"batch_size": cases.BATCH, "patience": cases.PATIENCE, "epochs": epochs}
    return Hyperparameters(**asdict(case), **protocol)


class Steps(Trainer):
    """The trainer of the stages, whose checks stop at the means over the steps between them."""

    def check(self, logits: NDArray[np.float32], labels: NDArray[np.integer]) -> None:
        """Score what was seen in training, and leave the validation images out."""
        self.seen = score(logits, labels)


class Peer(BasePeer):
    """Seeds 0, 1 and 2; the case is what seed 0 draws."""

    networks = 3

    def __init__(self, case: cases.Case) -> None:
        self.case, self.training = case, cases.load("training")
        unused = SortedDataset(Dataset(*(part[:1] for part in cases.load("validation"))))
        self.trainer = Steps(hyperparameters(case, 1), self.training, unused, range(self.networks))
        self.trainer.start_epoch()  # draws the order of examples, once for all epochs

    def steps(self, numbers: Sequence[int]) -> None:
        """Take the epoch's steps of these numbers, on the batches that each seed has drawn."""
        self.trainer.take_steps(numbers)

    def epoch(self, batches: cases.Batches) -> None:
        """Take as many steps as there are batches."""
        super().epoch(np.arange(len(batches)))

    def train(self, epochs: int) -> Trained:
        """Train as a stage does."""
        validation = SortedDataset(cases.load("validation"))
        seeds = range(self.networks)
        runs = train(hyperparameters(self.case, epochs), self.training, validation, seeds)
        all_steps = sum(run.steps[-1] for run in runs)
        first = runs[0]
        loss, accuracy = first.validation_loss[-1], first.validation_accuracy[-1]
        return Trained(first.steps[-1], loss, accuracy, all_steps)

    def layers(self) -> list[cases.Layer]:
        """Return seed 0's."""
        return [(layer[0], 0.0) for layer in self.trainer.weights]
