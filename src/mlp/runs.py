"""What goes into a training besides data and seeds, and what each seed's training leaves."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlp.network import Weights


@dataclass(frozen=True)
class Hyperparameters:
    """Everything about a training but its data and seeds. `hidden`: units of each hidden layer;
    `patience`: checks without a new lowest validation loss before stopping."""

    hidden: tuple[int, ...]
    activation: str
    init: str
    learning_rate: float
    momentum: float
    nesterov: bool
    weight_decay: float
    batch_size: int
    epochs: int
    patience: int
    shuffle: bool


class Diverged(ArithmeticError):
    """The loss is no longer finite."""


@dataclass
class Run:
    """What one seed's training left: one entry a check, and in the norms one an epoch.

    train_*: means over the steps since the check before; at step 0, and as final_train_*, over the
    whole training set. Norms: see `layer_norms`; each entry (layers,). `weights`: the layers'
    (fan_in, fan_out) arrays at the last step.
    """

    seed: int
    steps_per_epoch: int
    steps: list[int] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    norm_steps: list[int] = field(default_factory=list)
    gradient_norms: list[NDArray[np.float64]] = field(default_factory=list)
    weight_norms: list[NDArray[np.float64]] = field(default_factory=list)
    final_train_loss: float = float("nan")
    final_train_accuracy: float = float("nan")
    weights: Weights = field(default_factory=list)

    def out_of_patience(self, patience: int) -> bool:
        """Whether the last `patience` checks brought no validation loss below the best before."""
        best = self.validation_loss.index(min(self.validation_loss))
        return len(self.validation_loss) - 1 - best >= patience
