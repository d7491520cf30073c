"""Mini-batch training with early stopping, several networks side by side.

Every network has a seed of its own, from which come two independent streams, one for the weights
and one for the order of the examples: equal seeds see equal batches, whatever the network.
"""

from collections.abc import Callable, Sequence

import numpy as np

from mlp.activations import Array
from mlp.evaluation import Dataset, condense, evaluate, layer_norms, score
from mlp.network import Network, initial_weights, layers_of, one_hot, shapes_of
from mlp.optimizers import SGD
from mlp.runs import Diverged, Hyperparameters, Run
from mlp.steps import best_step

CHECKS_PER_EPOCH = 5


class Trainer:
    """The networks still training, on a leading axis; those that stop leave it."""

    def __init__(
        self,
        settings: Hyperparameters,
        training: Dataset,
        validation: Dataset,
        seeds: Sequence[int],
    ) -> None:
        streams = [np.random.SeedSequence(seed).spawn(2) for seed in seeds]
        self.settings, self.training, self.validation = settings, training, condense(validation)
        self.shuffles = [np.random.default_rng(order) for _, order in streams]
        generators = [np.random.default_rng(weights) for weights, _ in streams]
        inputs = training.images.shape[1]
        self.shapes = shapes_of(inputs, settings.hidden)
        parameters = initial_weights(inputs, settings.hidden, settings.init, generators)
        self.optimizer = SGD(
            parameters,
            settings.learning_rate,
            settings.momentum,
            settings.nesterov,
            settings.weight_decay,
        )
        self.steps_per_epoch = len(training.labels) // settings.batch_size
        self.runs = [Run(seed, self.steps_per_epoch) for seed in seeds]
        self.interval = max(1, self.steps_per_epoch // CHECKS_PER_EPOCH)
        self._hold(parameters)

    def _hold(self, parameters: Array) -> None:
        """Go on with the networks of `parameters`, (networks, parameters), and buffers for them."""
        batch, networks = self.settings.batch_size, len(parameters)
        self.parameters = parameters
        weights = layers_of(parameters, self.shapes)
        self.network = Network(weights, self.settings.activation, batch)
        self.batch = np.empty((networks, batch, self.shapes[0][0]), np.float32)
        self.step = best_step(self.network, self.batch, parameters, self.optimizer)
        self.seen_logits = np.empty((networks, self.interval, *self.network.logits.shape[1:]), "f4")
        self.seen_labels = np.empty(self.seen_logits.shape[:-1], np.intp)

    def start_epoch(self, step: int) -> None:
        """Record the norms of gradients and weights, and draw each network's order of examples."""
        norms = layer_norms(self.network.weights, self.settings.activation, self.training)
        for i, run in enumerate(self.runs):
            run.norm_steps.append(step)
            run.gradient_norms.append(norms.gradient[i])
            run.weight_norms.append(norms.weights[i])
        size = len(self.training.labels)
        shuffle = self.settings.shuffle
        orders = [s.permutation(size) if shuffle else np.arange(size) for s in self.shuffles]
        self.orders = np.stack(orders)
        self.labels = self.training.labels[self.orders]
        self.targets = one_hot(self.labels)

    def take_step(self, position: int, slot: int) -> None:
        """One step of every network on its batch number `position` of the epoch.

        What the networks said of the batch is kept in `slot` until the next check.
        """
        size = self.settings.batch_size
        rows = slice(position * size, (position + 1) * size)
        for order, batch in zip(self.orders, self.batch, strict=True):
            # mode="clip" lets take write straight into `out`, without a copy to fall back on.
            self.training.images.take(order[rows], axis=0, out=batch, mode="clip")
        self.seen_logits[:, slot] = self.network.forward(self.batch)
        self.seen_labels[:, slot] = self.labels[:, rows]
        self.step.take(self.targets[:, rows], self.settings.learning_rate / size)

    def check(self, step: int) -> None:
        """Record losses and accuracies; Diverged if one is not finite."""
        weights, activation = self.network.weights, self.settings.activation
        condensed = self.validation
        validation = evaluate(condensed.weights(weights), activation, condensed.dataset)
        if step == 0:
            training = evaluate(weights, activation, self.training)
        else:
            training = score(self.seen_logits, self.seen_labels)
        for i, run in enumerate(self.runs):
            run.steps.append(step)
            run.train_loss.append(float(training.loss[i]))
            run.train_accuracy.append(float(training.accuracy[i]))
            run.validation_loss.append(float(validation.loss[i]))
            run.validation_accuracy.append(float(validation.accuracy[i]))
            if not np.isfinite(training.loss[i] + validation.loss[i]):
                raise Diverged(f"seed {run.seed}: the loss is no longer finite at step {step}")

    def release(self, leaving: Sequence[bool]) -> list[Run]:
        """Finish the runs marked in `leaving` (one flag a network) and go on with the others."""
        gone, kept = np.flatnonzero(leaving), np.flatnonzero(np.logical_not(leaving))
        if not len(gone):
            return []
        leavers = layers_of(self.parameters[gone], self.shapes)
        final = evaluate(leavers, self.settings.activation, self.training)
        finished = [self.runs[i] for i in gone]
        for i, run in enumerate(finished):
            run.final_train_loss = float(final.loss[i])
            run.final_train_accuracy = float(final.accuracy[i])
            run.weights = [layer[i] for layer in leavers]
        self.runs = [self.runs[i] for i in kept]
        self.shuffles = [self.shuffles[i] for i in kept]
        self.orders, self.labels = self.orders[kept], self.labels[kept]
        self.targets = self.targets[kept]
        self.optimizer.velocities = self.optimizer.velocities[kept]
        self._hold(self.parameters[kept])
        return finished


def train(
    settings: Hyperparameters,
    training: Dataset,
    validation: Dataset,
    seeds: Sequence[int],
    on_check: Callable[[int, int], None] = lambda seed, step: None,
) -> list[Run]:
    """Train one network a seed; runs in the order of `seeds`. Raises Diverged.

    `on_check(seed, step)` is called after every check of a seed.
    """
    trainer = Trainer(settings, training, validation, seeds)
    finished: list[Run] = []
    trainer.check(0)
    per_epoch = trainer.steps_per_epoch
    last = settings.epochs * per_epoch
    # A diverging network overflows before its next check, which says so in one line.
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(last):
            if step % per_epoch == 0:
                trainer.start_epoch(step)
            trainer.take_step(step % per_epoch, step % trainer.interval)
            if (step + 1) % trainer.interval == 0:
                trainer.check(step + 1)
                for run in trainer.runs:
                    on_check(run.seed, step + 1)
                finished += trainer.release(
                    [run.out_of_patience(settings.patience) for run in trainer.runs]
                )
                if not trainer.runs:
                    break
        finished += trainer.release([True] * len(trainer.runs))
    return sorted(finished, key=lambda run: list(seeds).index(run.seed))
