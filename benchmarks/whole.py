"""One whole training of the variant `plain`, by one peer, pinned to one core.

    python whole.py PEER CORE EPOCHS

It prints a line of JSON: seconds for one network, steps, and where the validation ended. Peers:
`ours` (seeds 0 to 2 side by side), `ours_alone` (seed 0), `torch` (our protocol), and `textbook`,
which does at every check what the course's code does: the validation images, and all 20,000
training images for their accuracy.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

os.sched_setaffinity(0, {int(sys.argv[2])})
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
if sys.argv[1].startswith("ours"):
    import determinism  # noqa: F401

import json  # noqa: E402
from importlib import import_module  # noqa: E402
from time import process_time  # noqa: E402
from typing import Any  # noqa: E402

import cases  # noqa: E402
import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

INTERVAL, PATIENCE = 125, 50
Step = Callable[[NDArray[np.intp]], object]
Check = Callable[[], tuple[float, float]]


def plain() -> tuple[cases.Case, np.random.Generator]:
    """`plain` as seed 0 starts it, and where its orders of examples come from."""
    images, labels = cases.load("training")
    for_weights, for_order = np.random.SeedSequence(0).spawn(2)
    draw = np.random.default_rng(for_weights).uniform
    weights = [draw(-1, 1, shape).astype(np.float32) for shape in ((785, 64), (64, 10))]
    empty = np.empty((0, cases.BATCH), np.intp)
    case = cases.Case((64,), 0.0, images, labels, weights, empty)
    return case, np.random.default_rng(for_order)


def run(step: Step, check: Check, orders: np.random.Generator, epochs: int) -> dict[str, Any]:
    """Train until early stopping; `check` gives validation loss and accuracy."""
    losses, steps = [check()[0]], 0
    for _ in range(epochs):
        for rows in orders.permutation(cases.STEPS * cases.BATCH).reshape(-1, cases.BATCH):
            step(rows)
            steps += 1
            if steps % INTERVAL == 0:
                loss, accuracy = check()
                losses.append(loss)
                if len(losses) - 1 - losses.index(min(losses)) >= PATIENCE:
                    return {"steps": steps, "loss": loss, "accuracy": accuracy}
    return {"steps": steps, "loss": loss, "accuracy": accuracy}


def textbook(epochs: int) -> dict[str, Any]:
    """The textbook loop of peers/textbook.py, with the standard sigmoid."""
    from peers import textbook

    class Plain(textbook.Peer):
        def activation(self, z: textbook.Array) -> textbook.Array:
            return 1 / (1 + np.exp(-z))

        def derivative(self, z: textbook.Array) -> textbook.Array:
            return self.activation(z) * (1 - self.activation(z))

    case, orders = plain()
    peer = Plain(case)
    images, labels = cases.load("validation")
    validation, targets = images.astype(np.float64), np.eye(10)[labels]
    train_accuracies = []

    def check() -> tuple[float, float]:
        train_accuracies.append((peer.forward(peer.images).argmax(axis=1) == case.labels).mean())
        probabilities = peer.forward(validation)
        loss = -(targets * np.log(probabilities)).sum(axis=1).mean()
        return float(loss), float((probabilities.argmax(axis=1) == labels).mean())

    return run(peer.step, check, orders, epochs)


def torch(epochs: int) -> dict[str, Any]:
    """PyTorch with this project's protocol: training loss and accuracy are means over the steps
    between two checks, the full training set is evaluated once, at the end."""
    import torch
    from peers.torch import Peer

    case, orders = plain()
    peer = Peer(case, torch.nn.Sigmoid)
    images, labels = map(torch.from_numpy, cases.load("validation"))
    seen: list[tuple[float, float]] = []

    def step(rows: NDArray[np.intp]) -> None:
        numbers = torch.from_numpy(rows)
        logits, loss = peer.step(numbers)
        right = (logits.argmax(dim=1) == peer.labels[numbers]).float().mean()
        seen.append((loss.item(), right.item()))

    def score(images: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
        with torch.no_grad():
            logits = peer.model(images)
            accuracy = (logits.argmax(dim=1) == labels).float().mean()
            return peer.loss(logits, labels).item(), accuracy.item()

    result = run(step, lambda: score(images, labels), orders, epochs)
    score(peer.images, peer.labels)
    return result


def ours(epochs: int, seeds: int) -> dict[str, Any]:
    """This project's `train`, which the stages call."""
    from mlp.evaluation import Dataset
    from mlp.runs import Hyperparameters
    from mlp.training import train

    rates = {"learning_rate": 0.1, "momentum": 0.0, "nesterov": False, "weight_decay": 0.0}
    protocol = {"batch_size": 32, "epochs": epochs, "patience": PATIENCE, "shuffle": True}
    settings = Hyperparameters((64,), "sigmoid", "uniform", **rates, **protocol)
    training, validation = (Dataset(*cases.load(name)) for name in ("training", "validation"))
    first = train(settings, training, validation, range(seeds))[0]
    loss, accuracy = first.validation_loss[-1], first.validation_accuracy[-1]
    return {"steps": first.steps[-1], "loss": loss, "accuracy": accuracy}


def main() -> None:
    """Time one peer from its data to its last number, in seconds of the processor."""
    peer, epochs = sys.argv[1], int(sys.argv[3])
    networks = 3 if peer == "ours" else 1
    trainings = {"textbook": textbook, "torch": torch}
    if peer == "torch":
        import_module("peers.torch")  # seconds of importing are no part of training
    started = process_time()
    result = trainings[peer](epochs) if peer in trainings else ours(epochs, networks)
    result["seconds"] = round((process_time() - started) / networks, 2)
    print(json.dumps(result))


main()
