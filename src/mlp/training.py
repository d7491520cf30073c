"""Mini-batch training with early stopping, several networks side by side.

Every network has a seed of its own, from which come two independent streams, one for the weights
and one for the order of the examples: equal seeds see equal batches, whatever the network.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlp.evaluation import (
    Dataset,
    SortedDataset,
    evaluate,
    layer_norms,
    predict,
    score,
)
from mlp.losses import correct
from mlp.network import Network, Weights, initial_weights, layers_of, one_hot, shapes_of
from mlp.optimizers import SGD

CHECKS_PER_EPOCH = 5
# At the checks of the first epochs the accuracy on so many training images is recorded as well.
EARLY_EPOCHS, EARLY_IMAGES = 3, 10_000


@dataclass(frozen=True)
class Hyperparameters:
    """Everything about a training but its data and seeds.

    hidden: units of each hidden layer; patience: checks without a new lowest validation loss before
    the training stops.
    """

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
    """A loss or a gradient is no longer finite."""


@dataclass
class Run:
    """What one seed's training left: one entry a check, and in the norms one an epoch.

    train_*: means over the steps since the check before; at step 0, and as final_train_*, over the
    whole training set. early_train_accuracy: on the first EARLY_IMAGES training images, one entry a
    check of the first EARLY_EPOCHS epochs. Norms: see `layer_norms`; each entry (layers,).
    correct: which validation images the last weights get right, (images,). weights: the layers'
    (fan_in, fan_out) arrays at the last step.
    """

    seed: int
    steps_per_epoch: int
    steps: list[int] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    early_train_accuracy: list[float] = field(default_factory=list)
    norm_steps: list[int] = field(default_factory=list)
    gradient_norms: list[NDArray[np.float64]] = field(default_factory=list)
    weight_norms: list[NDArray[np.float64]] = field(default_factory=list)
    final_train_loss: float = float("nan")
    final_train_accuracy: float = float("nan")
    correct: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    weights: Weights = field(default_factory=list)

    def out_of_patience(self, patience: int) -> bool:
        """Return whether the last `patience` checks brought no loss below the best before."""
        best = self.validation_loss.index(min(self.validation_loss))
        return len(self.validation_loss) - 1 - best >= patience


class Trainer:
    """The networks still training, on a leading axis; those that stop leave it."""

    def __init__(
        self,
        settings: Hyperparameters,
        training: Dataset,
        validation: SortedDataset,
        seeds: Sequence[int],
    ) -> None:
        self.settings, self.training, self.validation = settings, training, validation
        self.steps_per_epoch = len(training.labels) // settings.batch_size
        self.step = 0
        self.runs = [Run(seed, self.steps_per_epoch) for seed in seeds]
        streams = [np.random.SeedSequence(seed).spawn(2) for seed in seeds]
        self.shuffles = [np.random.default_rng(order) for _, order in streams]
        generators = [np.random.default_rng(weights) for weights, _ in streams]
        inputs = training.images.shape[1]
        parameters = initial_weights(inputs, settings.hidden, settings.init, generators)
        self.optimizer = SGD(
            parameters,
            settings.learning_rate,
            settings.momentum,
            settings.nesterov,
            settings.weight_decay,
        )
        self._train(parameters)

    def _train(self, parameters: NDArray[np.float32]) -> None:
        """Set the networks to be trained, by their parameters (networks, weights)."""
        inputs, batch_size = self.training.images.shape[1], self.settings.batch_size
        self.parameters = parameters
        self.weights = layers_of(parameters, shapes_of(inputs, self.settings.hidden))
        self.network = Network(self.weights, self.settings.activation, batch_size)
        self.batch = np.empty((len(parameters), batch_size, inputs), np.float32)

    def check_start(self) -> None:
        """Check the networks as they were drawn, on the whole training set."""
        logits = predict(self.weights, self.settings.activation, self.training.images)
        self.check(logits, np.broadcast_to(self.training.labels, logits.shape[:-1]))

    def start_epoch(self) -> None:
        """Record the norms of gradients and weights, and draw each network's order of examples."""
        norms = layer_norms(self.weights, self.settings.activation, self.training)
        for run, gradient, weights in zip(self.runs, norms.gradient, norms.weights, strict=True):
            if not np.isfinite(gradient).all():
                raise Diverged(f"seed {run.seed}: a gradient is not finite at step {self.step}")
            run.norm_steps.append(self.step)
            run.gradient_norms.append(gradient)
            run.weight_norms.append(weights)
        size, shuffle = len(self.training.labels), self.settings.shuffle
        orders = [s.permutation(size) if shuffle else np.arange(size) for s in self.shuffles]
        self.order = np.stack(orders)

    def take_steps(self, positions: NDArray[np.intp]) -> None:
        """Take a step on each of these batches of the epoch; then check, and let networks stop."""
        seen_logits, seen_labels = [], []
        for position in positions:
            first = position * self.settings.batch_size
            rows = self.order[:, first : first + self.settings.batch_size]
            labels = self.training.labels[rows]
            for order, images in zip(rows, self.batch, strict=True):
                # mode="clip" lets take write straight into `out`, without a copy to fall back on.
                self.training.images.take(order, axis=0, out=images, mode="clip")
            seen_logits.append(self.network.forward(self.batch).copy())
            seen_labels.append(labels)
            self.network.backward(self.batch, one_hot(labels))
            self.optimizer.step(self.parameters, self.network.flat_gradients)
        self.step += len(positions)
        self.check(np.stack(seen_logits, axis=1), np.stack(seen_labels, axis=1))

    def check(self, logits: NDArray[np.float32], labels: NDArray[np.integer]) -> None:
        """Record losses and accuracies: of validation, and of these logits, seen in training.

        logits: (networks, ..., 10); labels: (networks, ...).
        """
        training = score(logits, labels)
        logits = self.validation.logits(self.weights, self.settings.activation)
        validation = score(logits, np.broadcast_to(self.validation.labels, logits.shape[:-1]))
        for i, run in enumerate(self.runs):
            run.steps.append(self.step)
            run.train_loss.append(float(training.loss[i]))
            run.train_accuracy.append(float(training.accuracy[i]))
            run.validation_loss.append(float(validation.loss[i]))
            run.validation_accuracy.append(float(validation.accuracy[i]))
            if not np.isfinite(training.loss[i] + validation.loss[i]):
                raise Diverged(f"seed {run.seed}: the loss is not finite at step {self.step}")
        if self.step <= EARLY_EPOCHS * self.steps_per_epoch:
            images, labels = self.training
            sample = Dataset(images[:EARLY_IMAGES], labels[:EARLY_IMAGES])
            early = evaluate(self.weights, self.settings.activation, sample)
            for run, accuracy in zip(self.runs, early.accuracy, strict=True):
                run.early_train_accuracy.append(float(accuracy))

    def finish(self, stopping: Sequence[bool]) -> list[Run]:
        """Finish the runs marked in `stopping`, one flag a network, and keep the others."""
        gone, kept = np.flatnonzero(stopping), np.flatnonzero(np.logical_not(stopping))
        if not len(gone):
            return []
        weights = [layer.take(gone, axis=0) for layer in self.weights]
        final = evaluate(weights, self.settings.activation, self.training)
        logits = self.validation.logits(weights, self.settings.activation)
        finished = [self.runs[i] for i in gone]
        for i, run in enumerate(finished):
            run.correct = np.empty(logits.shape[1], np.bool_)
            run.correct[self.validation.examples] = correct(logits[i], self.validation.labels)
            run.final_train_loss = float(final.loss[i])
            run.final_train_accuracy = float(final.accuracy[i])
            run.weights = [layer[i] for layer in weights]
        self.runs = [self.runs[i] for i in kept]
        self.shuffles = [self.shuffles[i] for i in kept]
        self.order = self.order[kept]
        self.optimizer.keep(kept)
        self._train(self.parameters.take(kept, axis=0))
        return finished


def train(
    settings: Hyperparameters,
    training: Dataset,
    validation: SortedDataset,
    seeds: Sequence[int],
    on_check: Callable[[int, int], None] = lambda seed, step: None,
) -> list[Run]:
    """Train one network a seed and return the runs in the order of `seeds`.

    `on_check(seed, step)` is called after every check of a seed. Raises Diverged.
    """
    # A diverging network overflows before its next check, which says so in one line.
    with np.errstate(over="ignore", invalid="ignore"):
        trainer = Trainer(settings, training, validation, seeds)
        return sorted(
            _finished_runs(trainer, on_check), key=lambda run: list(seeds).index(run.seed)
        )


def _finished_runs(trainer: Trainer, on_check: Callable[[int, int], None]) -> Iterator[Run]:
    """Train until no network is left, and yield each run as it ends."""
    trainer.check_start()
    parts = np.array_split(np.arange(trainer.steps_per_epoch), CHECKS_PER_EPOCH)
    for _ in range(trainer.settings.epochs):
        trainer.start_epoch()
        for positions in filter(len, parts):
            trainer.take_steps(positions)
            for run in trainer.runs:
                on_check(run.seed, trainer.step)
            patience = trainer.settings.patience
            yield from trainer.finish([run.out_of_patience(patience) for run in trainer.runs])
            if not trainer.runs:
                return
    yield from trainer.finish([True] * len(trainer.runs))
