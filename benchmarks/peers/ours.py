"""This project's trainer: three seeds side by side in a process, as a stage on two cores has them.

The process has imported `determinism` first, so the kernels are those of the published bits.
"""

import cases

from mlp.evaluation import Dataset, layer_norms
from mlp.runs import Hyperparameters
from mlp.training import Trainer
from peers import BasePeer

ACTIVATION = "improved_sigmoid"


class Peer(BasePeer):
    """Seeds 0, 1 and 2; the case is what seed 0 draws."""

    networks = 3

    def __init__(self, case: cases.Case) -> None:
        settings = Hyperparameters(
            hidden=case.hidden,
            activation=ACTIVATION,
            init="fan_in",
            learning_rate=case.learning_rate,
            momentum=case.momentum,
            nesterov=False,
            weight_decay=0.0,
            batch_size=cases.BATCH,
            epochs=1,
            patience=1,
            shuffle=True,
        )
        self.steps = len(case.batches)
        self.data = Dataset(case.images, case.labels)
        self.trainer = Trainer(settings, self.data, self.data, range(self.networks))

    def epoch(self) -> None:
        """Draw an epoch's batches and step through them, keeping what the training curve needs."""
        trainer = self.trainer
        trainer.start_epoch(0)
        for position in range(self.steps):
            trainer.take_step(position, position % trainer.interval)

    def aside(self) -> None:
        """The norms that `start_epoch` records for the study of ten layers: no part of training."""
        layer_norms(self.trainer.network.weights, ACTIVATION, self.data)

    def layers(self) -> list[cases.Layer]:
        """Seed 0's."""
        return [(layer[0], 0.0) for layer in self.trainer.network.weights]
