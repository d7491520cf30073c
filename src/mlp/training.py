"""Mini-batch training of one network with early stopping.

A seed is the root of two independent streams, one for the weights and one for the order of the
images: equal seeds see equal batches, whatever the network.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlp.functions import ACTIVATIONS
from mlp.kernels import Images
from mlp.network import (
    CHUNK,
    Rule,
    Weights,
    first,
    gradients,
    initial_weights,
    layers_of,
    make,
    norm,
    readable,
    scores,
    take_steps,
)

CHECKS_PER_EPOCH = 5
NORM_IMAGES = 1000  # training images that the norms of gradients are taken over


@dataclass(frozen=True)
class Hyperparameters:
    """Everything about a training but its data and seed.

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

    def rule(self) -> Rule:
        """Return how a gradient becomes a step, in the numbers of compiled code."""
        nesterov = self.nesterov and self.momentum > 0
        stride = self.learning_rate * (1 + self.momentum if nesterov else 1)
        return Rule(
            rate=np.float32(self.learning_rate),
            stride=np.float32(stride),
            momentum=np.float32(self.momentum),
            decay=np.float32(self.weight_decay),
            nesterov=nesterov,
            plain=self.momentum == self.weight_decay == 0,
        )


class Diverged(ArithmeticError):
    """A loss or a gradient is no longer finite."""


@dataclass
class Run:
    """What a training left: one entry a check, and in the norms one an epoch.

    train_*: means over the steps since the check before; at step 0, and as final_train_*, over the
    whole training set. Norms: Frobenius norms by layer, the first layer first, of the weights and
    of the mean loss's gradient over the first NORM_IMAGES training images. weights: the layers'
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
    gradient_norms: list[list[float]] = field(default_factory=list)
    weight_norms: list[list[float]] = field(default_factory=list)
    final_train_loss: float = float("nan")
    final_train_accuracy: float = float("nan")
    weights: Weights = field(default_factory=list)

    def out_of_patience(self, patience: int) -> bool:
        """Return whether the last `patience` checks brought no loss below the best before."""
        best = self.validation_loss.index(min(self.validation_loss))
        return len(self.validation_loss) - 1 - best >= patience


class Training:
    """A training under way."""

    def __init__(
        self, settings: Hyperparameters, training: Images, test: Images, seed: int
    ) -> None:
        self.settings, self.rule = settings, settings.rule()
        self.training, self.test = readable(training), readable(test)
        self.sample = first(training, min(NORM_IMAGES, len(training.labels)))
        of_weights, of_order = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
        weights = initial_weights(training.inputs + 1, settings.hidden, settings.init, of_weights)
        self.network = make(weights, settings.activation, settings.batch_size, not self.rule.plain)
        if not self.rule.plain:
            np.multiply(self.rule.decay, self.network.weights, out=self.network.velocities)
        room = make(weights, settings.activation, CHUNK)
        self.checked = room._replace(weights=self.network.weights)
        self.of_order = of_order
        self.run = Run(seed, len(training.labels) // settings.batch_size)

    def start_epoch(self, step: int) -> None:
        """Record norms, and draw the order of the images."""
        weights = layers_of(self.network, self.network.weights)
        gradient = [norm(g) for g in gradients(weights, self.settings.activation, self.sample)]
        if not all(map(math.isfinite, gradient)):
            raise Diverged(f"seed {self.run.seed}: a gradient is not finite at step {step}")
        self.run.norm_steps.append(step)
        self.run.gradient_norms.append(gradient)
        self.run.weight_norms.append([norm(w) for w in weights])
        size = len(self.training.labels)
        self.order = self.of_order.permutation(size) if self.settings.shuffle else np.arange(size)

    def take_steps(self, first: int, count: int) -> None:
        """Take `count` steps of the epoch, from number `first` on, and check."""
        size = self.settings.batch_size
        order = self.order[first * size : (first + count) * size]
        loss, right = take_steps(self.network, self.rule, self.training, order)
        self.check(self.run.steps[-1] + count, loss / len(order), right / len(order))

    def check(self, step: int, train_loss: float, train_accuracy: float) -> None:
        """Record these numbers of training images, and loss and accuracy on the test images."""
        run, test = self.run, scores(self.checked, self.test)
        run.steps.append(step)
        run.train_loss.append(train_loss)
        run.train_accuracy.append(train_accuracy)
        run.validation_loss.append(test.loss)
        run.validation_accuracy.append(test.accuracy)
        if not math.isfinite(train_loss + test.loss):
            raise Diverged(f"seed {run.seed}: the loss is not finite at step {step}")

    def finish(self) -> Run:
        """Record what the last weights make of the whole training set, and return the run."""
        run = self.run
        run.final_train_loss, run.final_train_accuracy = scores(self.checked, self.training)
        layers = layers_of(self.network, self.network.weights)
        run.weights = [np.ascontiguousarray(w) for w in layers]
        return run


def train(
    settings: Hyperparameters,
    training: Images,
    test: Images,
    seed: int,
    on_check: Callable[[int], Any] = lambda step: None,
) -> Run:
    """Train one network; `on_check(step)` is called after every check. Raises Diverged."""
    going = Training(settings, training, test, seed)
    run = going.run
    going.check(0, *scores(going.checked, going.training))
    parts = np.array_split(range(run.steps_per_epoch), CHECKS_PER_EPOCH)
    for _ in range(settings.epochs):
        going.start_epoch(run.steps[-1])
        for part in filter(len, parts):
            going.take_steps(int(part[0]), len(part))
            on_check(run.steps[-1])
            if run.out_of_patience(settings.patience):
                return going.finish()
    return going.finish()


# What `answer` is on every processor that computes as IEEE 754 says.
KNOWN_ANSWER = "6a4a23031fee7557"


def answer() -> str:
    """Return a hash of small trainings: of draws, orders, and all that is compiled."""
    draws = np.random.default_rng(0)
    starts, inputs, labels = np.arange(41) * 5, 12, draws.integers(0, 10, 40)
    places = np.concatenate([np.sort(draws.permutation(inputs)[:5]) for _ in range(40)])
    values = draws.normal(1, 1, 200).astype(np.float32)
    images = Images(np.float32(-0.4), starts, places.astype(np.uint16), values, labels, inputs)
    found = hashlib.sha256(values.tobytes())
    for activation, init in zip(ACTIVATIONS, ("fan_in", "uniform", "he", "he"), strict=False):
        nesterov = activation == "tanh"
        momentum, decay = (0.9, 0.01) if nesterov else (0.0, 0.0)
        settings = Hyperparameters(
            (7, 5), activation, init, 0.5, momentum, nesterov, decay, 6, 2, 9, shuffle=True
        )
        run = train(settings, images, images, seed=0)
        for w in run.weights:
            found.update(w.tobytes())
        numbers = (run.train_loss, run.validation_loss), (run.gradient_norms, run.weight_norms)
        found.update(b"".join(np.array(pair).tobytes() for pair in numbers))
    return found.hexdigest()[:16]


def check() -> None:
    """Raise ArithmeticError if this machine computes otherwise than all that were seen.

    It takes milliseconds, but for the first time: then it compiles whatever a training needs.
    """
    found = answer()
    if found != KNOWN_ANSWER:
        raise ArithmeticError(
            f"this machine computes otherwise: a known training gives {found}, not {KNOWN_ANSWER}"
        )
