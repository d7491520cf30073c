"""Stages: train the user's network (params.yaml), or one variant of the reports (variants.yaml).

    python src/train.py                 the network of params.yaml
    python src/train.py plain           the variant `plain`

Every seed of it is trained; metrics, plot data and, for the user's network, weights are written
when all have ended, by this process alone.
"""

import argparse
import time
from collections.abc import Sequence

import numpy as np

from mlp.network import CLASSES, logits
from mlp.training import Run
from mnist import images as datasets
from runs import model, tables
from runs.executor import prepare, train_runs
from runs.progress import Job, note_speed, note_stage
from workflow import files
from workflow.command import UserError, run
from workflow.settings import OWN, Network, changes, load_variants, resolved, words


def confusion(runs: Sequence[Run], network: Network) -> files.Columns:
    """Return how many test images of each digit are read as each digit: the mean over seeds."""
    images = datasets.load("test", network.test_images)
    counts = np.zeros((CLASSES, CLASSES), int)
    for one in runs:
        taken_for = logits(one.weights, network.activation, images).argmax(axis=1)
        np.add.at(counts, (images.labels, taken_for), 1)
    actual, predicted = np.indices(counts.shape).reshape(2, -1)
    return {"actual": actual, "predicted": predicted, "images": counts.reshape(-1) / len(runs)}


def outcome(name: str, network: Network) -> str:
    """Return what came out, and of your network also which variant it differs least from."""
    if name != OWN:
        return f"{words(name)}: {tables.in_words(name)}"
    variants = load_variants()
    nearest = min(variants, key=lambda variant: len(changes(network, variants[variant])))
    different = " ".join(changes(network, variants[nearest]))
    line = f"yours{different and ', with '}{different}: {tables.in_words(OWN)}"
    try:
        tables.check_results(nearest, variants[nearest])
    except UserError:  # that variant is still to be trained
        return line
    other = f"{'without that, ' if different else ''}{words(nearest)}"
    return f"{line}; {other}: {tables.in_words(nearest)}"


def main() -> None:
    """Train and publish."""
    parser = argparse.ArgumentParser(description="Train the network of params.yaml, or a variant.")
    parser.add_argument("name", nargs="?", default=OWN, help="default: params.yaml's")
    parser.add_argument("--workers", type=int, help="processes; default: one a core")
    arguments = parser.parse_args()
    name, workers = arguments.name, arguments.workers
    if workers is not None and workers < 1:
        raise UserError(f"--workers {workers} is not allowed; allowed: from 1 on")
    network = resolved(name)
    prepare()
    started = time.monotonic()
    runs = train_runs([Job(network, seed) for seed in network.seed_range], name, workers)
    tables.publish(name, runs)
    if name == OWN:
        files.write_csv(tables.CONFUSION, confusion(runs, network))
        pixels = datasets.statistics()
        scalars = network.activation, pixels.mean, pixels.standard_deviation
        model.save([one.weights for one in runs], *scalars)
    seconds = time.monotonic() - started
    note_speed(network, [one.steps[-1] / one.steps_per_epoch for one in runs], seconds)
    note_stage(name, seconds)
    print(f"train: {seconds:.0f} s; {outcome(name, network)}")


if __name__ == "__main__":
    run(main, stage=True)
