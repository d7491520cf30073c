"""Stage: train every combination of the tricks in grid.yaml, at every rate and then at its best.

First every combination at every rate, with the tuning seed; then, at its best rate and at the
reports' own, with the seeds on which the verdicts rest. Writes plots/grid.csv, a row a run:

  cell, tricks                 the combination, its number and its names
  rate, seed                   the effective rate, learning_rate / (1 - momentum)
  tuning_loss, tuning_accuracy at the last step, on the tuning images
  loss, accuracy               at the last step, on the test set
  steps, reached               until 90 % of the tuning images are right; 0: never, in so many steps
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import joblib
import numpy as np
from tqdm import tqdm

from judging.threshold import first_reached
from mlp.evaluation import Dataset, SortedDataset, evaluate
from mlp.training import Diverged, train
from mnist import images as datasets
from runs.executor import MOST_TOGETHER, end_with_parent
from workflow import files
from workflow.command import UserError, run
from workflow.crossing import RUNS, TUNING_SEED, Combination, Crossing, best_rates, read_crossing
from workflow.settings import Network

THRESHOLD = 0.9


class Row(NamedTuple):
    """A run, as plots/grid.csv has it."""

    cell: int
    tricks: str
    rate: float
    seed: int
    tuning_loss: float
    tuning_accuracy: float
    loss: float
    accuracy: float
    steps: float
    reached: int


Job = tuple[Combination, float, Sequence[int]]  # what to train, at which rate, with which seeds


@cache
def _tuning() -> SortedDataset:
    images, labels = datasets.load("training")
    last = slice(len(images) * 5 // 6, None)  # of MNIST's training images 50,001 to 60,000
    return SortedDataset(Dataset(images[last], labels[last]))


def train_job(network: Network, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Train a network in a worker process: a dictionary of results a seed, none if it diverges."""
    training = datasets.load("training", network.training_images)
    try:
        runs = train(network.hyperparameters(), training, _tuning(), seeds)
    except Diverged:
        return []
    weights = [np.stack(layers) for layers in zip(*(run.weights for run in runs), strict=True)]
    test = datasets.load("validation", network.validation_images)
    scores = evaluate(weights, network.activation, test)
    results = []
    for one, loss, accuracy in zip(runs, scores.loss, scores.accuracy, strict=True):
        steps, reached = first_reached(one.steps, one.validation_accuracy, THRESHOLD)
        result = {
            "seed": one.seed,
            "tuning_loss": one.validation_loss[-1],
            "tuning_accuracy": one.validation_accuracy[-1],
            "loss": float(loss),
            "accuracy": float(accuracy),
            "steps": steps,
            "reached": int(reached),
        }
        results.append(result)
    return results


def train_all(crossing: Crossing, jobs: Sequence[Job], label: str) -> Iterator[Row]:
    """Train the jobs side by side, one process a core, the longest first; yield their rows."""
    from grid import train_job  # by its module's name, which worker processes can import

    cells = crossing.combinations
    jobs = sorted(jobs, key=lambda job: -len(crossing.network(*job[:2]).hidden))
    parallel = joblib.Parallel(
        joblib.cpu_count(), batch_size=1, return_as="generator", initializer=end_with_parent
    )
    tasks = (joblib.delayed(train_job)(crossing.network(c, r), seeds) for c, r, seeds in jobs)
    done = tqdm(parallel(tasks), label, total=len(jobs), unit="job", disable=None)
    for (tricks, rate, _), results in zip(jobs, done, strict=True):
        for result in results:
            yield Row(cells.index(tricks), " + ".join(tricks), rate, **result)


def train_grid(crossing: Crossing) -> list[Row]:
    """The rows of all runs, in the order of cells, rates and seeds."""
    cells, rates = crossing.combinations, crossing.rates
    jobs = [(tricks, rate, [TUNING_SEED]) for tricks in cells for rate in rates]
    rows = list(train_all(crossing, jobs, "tuning"))
    columns = dict(zip(Row._fields, zip(*rows, strict=True), strict=True))
    plan = crossing.plan(best_rates(columns, crossing))
    jobs = [
        (tricks, rate, range(first, min(first + MOST_TOGETHER, count + 1)))
        for (tricks, rate), count in plan.items()
        for first in range(TUNING_SEED + 1, count + 1, MOST_TOGETHER)
    ]
    judged = list(train_all(crossing, jobs, "grid"))
    if len(judged) != sum(plan.values()):
        raise UserError("grid.yaml: a network diverges at its best rate or at one_rate")
    return sorted(rows + judged)


def main() -> None:
    """Train and publish."""
    crossing = read_crossing()
    datasets.check()
    rows = train_grid(crossing)
    files.write_csv(RUNS, dict(zip(Row._fields, zip(*rows, strict=True), strict=True)))
    print(f"grid: {len(rows)} runs of {len(crossing.combinations)} combinations, wrote {RUNS}")


if __name__ == "__main__":
    run(main, stage=True)
