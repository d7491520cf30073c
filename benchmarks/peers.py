"""The peers: the same training of the same network, each as its own library would have it written.

    python benchmarks/peers.py NAME

It answers one JSON request a line: the name of a method of `Answers`, and arguments. Seconds are
the processor's: on the one core that it is given, those that pass, less what others take of them.
"""

import json
import os
import sys
import warnings
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))
os.chdir(ROOT)

from mlp import network, textbook, training  # noqa: E402
from mnist import images as datasets  # noqa: E402
from workflow.settings import load_variants  # noqa: E402

BATCH, INTERVAL, PATIENCE = 32, 125, 50  # images, steps between two checks, checks
COUNTS = {"training": 20_000, "test": 10_000}
Scores = tuple[float, float]  # mean loss in nats, and accuracy


class Case(NamedTuple):
    """A network and how it steps."""

    hidden: tuple[int, ...]
    rate: float
    momentum: float
    activation: str = "improved_sigmoid"
    init: str = "fan_in"

    def streams(self) -> list[np.random.Generator]:
        """Return the generators of seed 0: of the weights, and of the order of images."""
        return [np.random.default_rng(seed) for seed in np.random.SeedSequence(0).spawn(2)]

    def weights(self) -> list[NDArray[np.float32]]:
        """Return the first weights of seed 0."""
        return network.initial_weights(785, self.hidden, self.init, self.streams()[0])


@cache
def dense(name: str, dtype: type = np.float32) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return images (n, 785) of "training" or "test", bias column included, and their labels."""
    images = datasets.load(name, COUNTS[name])
    return network.dense(images).astype(dtype), np.array(images.labels)


def scored(probabilities: NDArray[Any], labels: NDArray[np.int64]) -> Scores:
    """Return mean loss and accuracy."""
    loss = -np.log(probabilities[np.arange(len(labels)), labels]).mean()
    return float(loss), float((probabilities.argmax(axis=1) == labels).mean())


class Peer:
    """A network in training, from the first weights of seed 0 and in its order of images.

    A peer has `steps`, which takes a step on each of some batches (numbers of images, (steps, 32)),
    and `scores`, which returns mean loss and accuracy of the "training" or "test" images.
    """

    def train(self, case: Case, epochs: int) -> dict[str, float]:
        """Train by the project's protocol to the early stop, or for so many epochs."""
        order, losses = case.streams()[1], [self.scores("test")[0]]
        for number in range(epochs * COUNTS["training"] // BATCH // INTERVAL):
            if number % 5 == 0:
                batches = order.permutation(COUNTS["training"]).reshape(5, INTERVAL, BATCH)
            self.steps(batches[number % 5])
            loss, accuracy = self.scores("test")
            losses.append(loss)
            if len(losses) - 1 - losses.index(min(losses)) >= PATIENCE:
                break
        self.scores("training")
        return {"steps": INTERVAL * (len(losses) - 1), "loss": loss, "accuracy": accuracy}


class Ours(Peer):
    """The trainer of the stages."""

    def __init__(self, case: Case) -> None:
        known = {"nesterov": False, "weight_decay": 0.0, "shuffle": True, "batch_size": BATCH}
        known |= {"patience": PATIENCE, "learning_rate": case.rate, "epochs": 50}
        known |= {key: value for key, value in case._asdict().items() if key != "rate"}
        self.settings = training.Hyperparameters(**known)
        self.data = {name: datasets.load(name, count) for name, count in COUNTS.items()}
        self.activation, self.images = case.activation, network.readable(self.data["training"])
        self.rule, weights = self.settings.rule(), case.weights()
        self.network = network.make(weights, case.activation, BATCH, not self.rule.plain)

    def steps(self, batches: NDArray[np.int64]) -> None:
        network.take_steps(self.network, self.rule, self.images, batches.reshape(-1))

    def scores(self, name: str) -> Scores:
        layers = network.layers_of(self.network, self.network.weights)
        return network.evaluate(layers, self.activation, self.data[name])

    def train(self, case: Case, epochs: int) -> dict[str, float]:
        """Train as a stage does, with the norms of gradients once an epoch."""
        settings = replace(self.settings, epochs=epochs)
        run = training.train(settings, *self.data.values(), 0)
        loss, accuracy = run.validation_loss[-1], run.validation_accuracy[-1]
        return {"steps": int(run.steps[-1]), "loss": loss, "accuracy": accuracy}


class Textbook(Peer):
    """src/mlp/textbook.py: the assignment's formulas in float64 NumPy, with momentum."""

    def __init__(self, case: Case) -> None:
        self.case, self.layers = case, [w.astype(np.float64) for w in case.weights()]
        self.velocities = [np.zeros_like(w) for w in self.layers]

    def steps(self, batches: NDArray[np.int64]) -> None:
        images, labels = dense("training", np.float64)
        for rows in batches:
            given = self.layers, self.case.activation, images[rows], np.eye(10)[labels[rows]]
            for i, gradient in enumerate(textbook.gradients(*given)):
                self.velocities[i] = self.case.momentum * self.velocities[i] + gradient
                self.layers[i] -= self.case.rate * self.velocities[i]

    def scores(self, name: str) -> Scores:
        images, labels = dense(name, np.float64)
        return scored(textbook.forward(self.layers, self.case.activation, images)[-1], labels)


class Jax(Peer):
    """Automatic differentiation; the steps between two checks compiled as one `lax.scan`."""

    def __init__(self, case: Case) -> None:
        import jax
        import jax.numpy as jnp

        improved = lambda z: 1.7159 * jnp.tanh(2 / 3 * z)  # noqa: E731
        f = jax.nn.sigmoid if case.activation == "sigmoid" else improved

        def scores(weights: Any, images: Any, labels: Any) -> Any:
            for w in weights[:-1]:
                images = f(images @ w)
            logits = images @ weights[-1]
            chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1)
            return -chosen.mean(), (logits.argmax(axis=1) == labels).mean()

        def step(images: Any, labels: Any, state: Any, rows: Any) -> Any:
            weights, velocities = state
            gradient = jax.value_and_grad(scores, has_aux=True)
            seen, g = gradient(weights, images[rows], labels[rows])
            if case.momentum:
                g = velocities = jax.tree.map(lambda g, v: g + case.momentum * v, g, velocities)
            return (jax.tree.map(lambda w, g: w - case.rate * g, weights, g), velocities), seen

        def interval(images: Any, labels: Any, state: Any, batches: Any) -> Any:
            return jax.lax.scan(partial(step, images, labels), state, batches)

        self.data = {name: tuple(map(jnp.asarray, dense(name))) for name in COUNTS}
        self.interval, self.evaluate = jax.jit(interval), jax.jit(scores)
        weights = list(map(jnp.asarray, case.weights()))
        self.state = weights, [jnp.zeros_like(w) for w in weights] if case.momentum else []

    def steps(self, batches: NDArray[np.int64]) -> None:
        self.state, (losses, right) = self.interval(*self.data["training"], self.state, batches)
        float(losses.mean()), float(right.mean())

    def scores(self, name: str) -> Scores:
        loss, accuracy = self.evaluate(self.state[0], *self.data[name])
        return float(loss), float(accuracy)


class Torch(Peer):
    """Eager: automatic differentiation, `cross_entropy`, `optim.SGD`, in the usual loop."""

    def __init__(self, case: Case) -> None:
        import torch

        torch.set_num_threads(1)
        self.torch, self.activation = torch, case.activation
        self.data = {name: tuple(map(torch.tensor, dense(name))) for name in COUNTS}
        self.layers = [torch.tensor(w, requires_grad=True) for w in case.weights()]
        self.optimizer = torch.optim.SGD(self.layers, lr=case.rate, momentum=case.momentum)

    def logits(self, images: Any) -> Any:
        for w in self.layers[:-1]:
            z = images @ w
            images = z.sigmoid() if self.activation == "sigmoid" else 1.7159 * (2 / 3 * z).tanh()
        return images @ self.layers[-1]

    def steps(self, batches: NDArray[np.int64]) -> None:
        images, labels = self.data["training"]
        numbers, seen = self.torch.from_numpy(batches), []
        for rows in numbers:
            logits = self.logits(images[rows])
            self.optimizer.zero_grad()
            self.torch.nn.functional.cross_entropy(logits, labels[rows]).backward()
            self.optimizer.step()
            seen.append(logits.detach())
        self.score(self.torch.cat(seen), labels[numbers].flatten())

    def score(self, logits: Any, labels: Any) -> Scores:
        loss = self.torch.nn.functional.cross_entropy(logits, labels).item()
        return loss, (logits.argmax(dim=1) == labels).float().mean().item()

    def scores(self, name: str) -> Scores:
        images, labels = self.data[name]
        with self.torch.no_grad():
            return self.score(self.logits(images), labels)


class ScikitLearn(Peer):
    """`MLPClassifier` with its own SGD, on hidden units tanh z and biases in every layer.

    It takes no order of images from outside: it gets them in that order, and gathers none.
    """

    def __init__(self, case: Case) -> None:
        from sklearn.neural_network import MLPClassifier

        warnings.simplefilter("ignore")  # it warns of every fit that it has not converged
        self.model = MLPClassifier(
            case.hidden, "tanh", solver="sgd", alpha=0.0, batch_size=BATCH, shuffle=False,
            learning_rate_init=case.rate, momentum=case.momentum, nesterovs_momentum=False,
            max_iter=1, warm_start=True,
        )  # fmt: skip
        images, labels = dense("training")
        self.model.fit(images[:1000], labels[:1000])  # there are no weights to replace before it
        self.model.coefs_ = case.weights()
        self.model.intercepts_ = [np.zeros_like(bias) for bias in self.model.intercepts_]

    def prepare(self, batches: NDArray[np.int64]) -> None:
        """Put the images into the order of the batches."""
        self.images, self.labels = (part[batches.reshape(-1)] for part in dense("training"))

    def steps(self, batches: NDArray[np.int64]) -> None:
        self.model.fit(self.images, self.labels)

    def scores(self, name: str) -> Scores:
        images, labels = dense(name)
        return scored(self.model.predict_proba(images), labels)


NAMES = ("ours", "jax", "torch", "scikit_learn", "textbook")
PEERS = dict(zip(NAMES, (Ours, Jax, Torch, ScikitLearn, Textbook), strict=True))


class Answers:
    """What can be asked of a peer; every answer is plain data."""

    def __init__(self, name: str) -> None:
        self.make = PEERS[name]

    def start(self, hidden: list[int], momentum: float, steps: int) -> Scores:
        """Take so many steps from the first weights; return loss and accuracy in training."""
        case = Case(tuple(hidden), 0.02 if momentum else 0.1, momentum)
        order = case.streams()[1].permutation(COUNTS["training"])[: steps * BATCH]
        self.peer, self.batches = self.make(case), order.reshape(steps, BATCH)
        getattr(self.peer, "prepare", list)(self.batches)
        self.peer.steps(self.batches)
        return self.peer.scores("training")

    def steps(self) -> float:
        started = process_time()
        self.peer.steps(self.batches)
        return process_time() - started

    def evaluate(self) -> float:
        """Return the seconds of an evaluation of the test images."""
        started = process_time()
        self.peer.scores("test")
        return process_time() - started

    def train(self, network: str, epochs: int) -> dict[str, float]:
        """Train a variant to its stop. Neither imports nor compilation count."""
        one = load_variants()[network]
        case = Case(one.hidden, one.learning_rate, one.momentum, one.activation, one.init)
        assert (one.batch_size, one.patience) == (BATCH, PATIENCE)
        peer = self.make(case)
        if isinstance(peer, Jax):
            first = peer.state
            peer.train(case, 1)
            peer.state = first
        started = process_time()
        return peer.train(case, epochs) | {"seconds": process_time() - started}


def main() -> None:
    """Answer until the input ends."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    answers = Answers(sys.argv[1])
    for line in sys.stdin:
        name, arguments = json.loads(line)
        print(json.dumps(getattr(answers, name)(**arguments)), file=replies, flush=True)


if __name__ == "__main__":
    main()
