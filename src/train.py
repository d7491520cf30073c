"""Stages: train the user's network (params.yaml), or one variant of the reports (variants.yaml).

    python src/train.py                 the network of params.yaml
    python src/train.py plain           the variant `plain`

Every seed of it is trained; metrics, plot data and, for the user's network, weights are written
when all have ended, by this process alone.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from mlp.evaluation import predict
from mlp.network import CLASSES, Weights
from mnist import images as datasets
from runs import model as models
from runs import tables as results
from runs.executor import train_seeds
from workflow import files
from workflow.command import UserError, run
from workflow.settings import SETTINGS, Network, resolved

# There while `make reproduce` runs: how many runs it has trained, and in how many seconds.
REPRODUCTION = Path("build/reproduction.json")
CONFUSION = results.path("confusion", results.OWN)


def confusion(weights: Weights, network: Network) -> files.Columns:
    """Count by cell how many validation images of a digit are taken for which: mean over seeds."""
    from sklearn.metrics import confusion_matrix  # takes half a second to import

    images, labels = datasets.load("validation", network.validation_images)
    taken_for = predict(weights, network.activation, images).argmax(axis=-1)
    digits = np.arange(CLASSES)
    counts = [confusion_matrix(labels, one, labels=digits) for one in taken_for]
    actual, predicted = np.indices(counts[0].shape).reshape(2, -1)
    return {
        "actual": actual,
        "predicted": predicted,
        "images": np.mean(counts, axis=0).reshape(-1),
    }


def progress(runs: int, seconds: float) -> str:
    """Add these runs to those that the reproduction has trained, and say how many are left."""
    before = files.read_json(REPRODUCTION)
    done, took = before.get("runs", 0) + runs, before.get("seconds", 0) + seconds
    files.write_json(REPRODUCTION, {"runs": done, "seconds": took})
    every = sum(resolved(path.stem).seeds for path in SETTINGS.glob("*.json"))
    minutes = took / done * (every - done) / 60
    return f"reproduction: {done} runs done, {every - done} left, about {minutes:.0f} min"


def main() -> None:
    """Train and publish."""
    parser = argparse.ArgumentParser(description="Train the network of params.yaml, or a variant.")
    parser.add_argument("name", nargs="?", default=results.OWN, help="default: params.yaml's")
    parser.add_argument("--workers", type=int, help="processes; default: one a core")
    arguments = parser.parse_args()
    name, workers = arguments.name, arguments.workers
    if workers is not None and not 1 <= workers <= 1000:
        raise UserError(f"--workers {workers} is not allowed; allowed: 1 to 1000")
    network = resolved(name)
    datasets.check()
    started = time.monotonic()
    runs = train_seeds(network, name, workers=workers)
    flat = results.publish(name, runs)
    if name == results.OWN:
        weights = [np.stack(layer) for layer in zip(*(run.weights for run in runs), strict=True)]
        files.write_csv(CONFUSION, confusion(weights, network))
        models.save(weights, network.activation)
    seconds = time.monotonic() - started
    accuracy = f"validation accuracy {flat['validation_accuracy']:.4f}"
    print(f"{name}: {len(runs)} seeds, {accuracy}, {seconds:.0f} s")
    if REPRODUCTION.exists():
        print(progress(len(runs), seconds))


if __name__ == "__main__":
    run(main, stage=True)
