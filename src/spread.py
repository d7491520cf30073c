"""Stage: how far single runs lie apart, by what alone differs between them.

Three networks of variants.yaml are trained for a few epochs with runs that share all but one thing:
the first weights, the order of the images, or the images drawn from all 60,000 for training.
Writes metrics/spread_by_source.json: network -> source -> the standard deviation over the runs of
the accuracy on the test set (a fraction) and of the loss there (nats), each with the interval at
95 % that runs with a normal distribution would give it.
"""

from command import run

from collections.abc import Sequence
from functools import cache
from itertools import product
from math import sqrt
from typing import Any

import joblib
import numpy as np
from scipy.special import chdtri

import datasets
import files
from mlp.evaluation import Dataset, SortedDataset
from mlp.training import Trainer
from seeds import end_with_parent
from settings import Network, resolved

SPREAD = "metrics/spread_by_source.json"
NETWORKS = ("plain", "init-sigmoid", "ten-layers")
SOURCES = ("weights", "order", "images")
EPOCHS, RUNS = 5, 12
CONFIDENCE = 0.95


@cache  # a worker process trains many runs on the same data
def _data(validation_images: int) -> tuple[Dataset, SortedDataset]:
    return datasets.load("training"), SortedDataset(datasets.load("validation", validation_images))


def train_run(network: Network, source: str, number: int) -> tuple[float, float]:
    """Train a network whose `source` comes from seed `number`, and all else from seed 0.

    Returns accuracy and loss on the test set after EPOCHS epochs.
    """
    seeds = dict.fromkeys(SOURCES, 0) | {source: number}
    streams = {name: np.random.SeedSequence(seed).spawn(3) for name, seed in seeds.items()}
    training, test = _data(network.validation_images)
    drawn = np.random.default_rng(streams["images"][2]).permutation(len(training.labels))
    drawn = drawn[: network.training_images]
    chosen = Dataset(training.images[drawn], training.labels[drawn])
    trainer = Trainer(network.hyperparameters(), chosen, test, [seeds["weights"]])
    trainer.shuffles = [np.random.default_rng(streams["order"][1])]
    for _ in range(EPOCHS):
        trainer.start_epoch()
        trainer.take_steps(np.arange(trainer.steps_per_epoch))
    [trained] = trainer.runs
    return trained.validation_accuracy[-1], trained.validation_loss[-1]


def deviation(values: Sequence[float]) -> dict[str, Any]:
    """The sample standard deviation, and its interval by the chi-squared distribution."""
    found, degrees = float(np.std(values, ddof=1)), len(values) - 1
    tails = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
    interval = [found * sqrt(degrees / float(chdtri(degrees, tail))) for tail in tails]
    return {"standard_deviation": found, "interval": interval}


def main() -> None:
    """Train and publish."""
    datasets.check()
    from spread import train_run  # by its module's name, which worker processes can import

    jobs = list(product(NETWORKS, SOURCES, range(1, RUNS + 1)))
    parallel = joblib.Parallel(joblib.cpu_count(), batch_size=1, initializer=end_with_parent)
    runs = parallel(joblib.delayed(train_run)(resolved(name), *job) for name, *job in jobs)
    measured = dict(zip(jobs, runs, strict=True))
    content: dict[str, dict[str, Any]] = {}
    for name, source in product(NETWORKS, SOURCES):
        own = [measured[name, source, number] for number in range(1, RUNS + 1)]
        accuracy, loss = map(deviation, zip(*own, strict=True))
        content.setdefault(name, {})[source] = {"accuracy": accuracy, "loss": loss}
    files.write_json(SPREAD, content)
    print(f"spread: {len(jobs)} runs of {len(NETWORKS)} networks, wrote {SPREAD}")


if __name__ == "__main__":
    run(main, stage=True)
