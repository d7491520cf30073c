"""Train small networks of every kind and print, for each, a hash of all that a training leaves.

It needs NumPy, Numba and src/mlp: run as a script, `python bits.py`, on any machine.
"""

import hashlib
import json

import numpy as np

from mlp.kernels import Images
from mlp.training import Hyperparameters, train

# hidden layers, activation, initial weights, momentum, nesterov, weight decay, batch size
NETWORKS = {
    "sigmoid": ((64,), "sigmoid", "uniform", 0.0, False, 0.0, 32),
    "improved sigmoid": ((64,), "improved_sigmoid", "fan_in", 0.0, False, 0.0, 32),
    "momentum": ((128,), "improved_sigmoid", "fan_in", 0.9, False, 0.0, 32),
    "nesterov": ((59, 59), "tanh", "fan_in", 0.9, True, 0.0, 31),
    "decay": ((59,), "relu", "he", 0.0, False, 0.01, 31),
    "nesterov and decay": ((3, 2, 1), "sigmoid", "fan_in", 0.5, True, 0.01, 1),
    "one unit": ((1,), "tanh", "uniform", 0.9, False, 0.0, 1),
    "two units": ((2,), "relu", "he", 0.0, False, 0.0, 32),
    "ten layers": ((64,) * 10, "improved_sigmoid", "fan_in", 0.0, False, 0.0, 32),
    "ten layers with momentum": ((64,) * 10, "improved_sigmoid", "fan_in", 0.9, False, 0.0, 32),
    "ten layers of relu": ((16,) * 10, "relu", "he", 0.9, True, 0.001, 32),
}


def images(count: int, seed: int) -> Images:
    """784 inputs, a fifth of them with ink, as in MNIST."""
    draws = np.random.default_rng(seed)
    places = np.concatenate([np.sort(draws.permutation(784)[:150]) for _ in range(count)])
    values = draws.random(150 * count, dtype=np.float32) * np.float32(3)
    starts, labels = np.arange(count + 1) * 150, draws.integers(0, 10, count)
    return Images(np.float32(-0.4254), starts, places.astype(np.uint16), values, labels, 784)


def digests() -> dict[str, str]:
    """Return a hash for every network, of its weights, losses, accuracies and norms."""
    training, test, found = images(330, 1), images(70, 2), {}
    for name, (hidden, activation, init, momentum, nesterov, decay, size) in NETWORKS.items():
        rate = 0.02 if momentum else 0.1
        optimizer = (rate, momentum, nesterov, decay, size)
        settings = Hyperparameters(hidden, activation, init, *optimizer, 3, 99, shuffle=True)
        run = train(settings, training, test, seed=7)
        numbers = (
            *(run.train_loss, run.train_accuracy, run.validation_loss, run.validation_accuracy),
            *(run.gradient_norms, run.weight_norms, run.final_train_loss, *run.weights),
        )
        content = b"".join(np.asarray(number).tobytes() for number in numbers)
        found[name] = hashlib.sha256(content).hexdigest()[:16]
    return found


if __name__ == "__main__":
    print(json.dumps(digests(), indent=4))
