"""Stages: train the user's network (params.yaml), or one variant of the reports (variants.yaml).

    python src/train.py                 the network of params.yaml
    python src/train.py plain           the variant `plain`

Every seed of it is trained; metrics, plot data and, for the user's network, weights are written
when all have ended, by this process alone.
"""

import determinism  # noqa: F401

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from joblib.externals.loky.process_executor import TerminatedWorkerError

import datasets
import records
import results
from interruption import one_line
from knobs import SettingsError, Training, training_of
from lock import exclusive
from mlp.evaluation import predict
from mlp.runs import Diverged, Run
from seeds import train_seeds

SETTINGS = Path("build/settings")
OWN = "train"


def settings_of(name: str) -> Training:
    """The settings of `train` or of a variant. Raises SettingsError, ValueError, OSError."""
    path = SETTINGS / f"{name}.json"
    if not path.exists():
        known = sorted(file.stem for file in SETTINGS.glob("*.json") if file.stem != "data")
        raise SettingsError(f"no settings of that name; there are {', '.join(known) or 'none yet'}")
    return training_of(str(path), records.read_json(path))


def confusion(runs: Sequence[Run], activation: str) -> records.Columns:
    """How many validation images of each digit are taken for which: mean over seeds, by cell."""
    data = datasets.load("validation")
    weights = [np.stack(layer) for layer in zip(*(run.weights for run in runs), strict=True)]
    digits = predict(weights, activation, data.images).argmax(axis=-1)
    counts = np.zeros((10, 10))
    np.add.at(counts, (np.broadcast_to(data.labels, digits.shape), digits), 1 / len(runs))
    actual, predicted = np.indices(counts.shape).reshape(2, -1)
    return {"actual": actual, "predicted": predicted, "images": counts.reshape(-1)}


def save_model(runs: Sequence[Run], activation: str) -> None:
    """Write models/train.npz: layer_1 (seeds, 785, units) and so on, and what they need."""
    layers = zip(*(run.weights for run in runs), strict=True)
    content = {f"layer_{i}": np.stack(layer) for i, layer in enumerate(layers, 1)}
    statistics = records.read_json("metrics/normalization.json")
    content |= {"activation": np.array(activation)}
    content |= {key: np.array(statistics[key]) for key in ("mean", "standard_deviation")}
    records.write_atomically(
        "models/train.npz", lambda file: np.savez(file, allow_pickle=False, **content)
    )


def positive(text: str) -> int:
    """A whole number from 1 on, for argparse. Raises its ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 5 and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; allowed: 1 to 9999")
    return int(text)


def main() -> None:
    """Train and publish, or exit with one line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="?", default=OWN, help="a variant; default: params.yaml's")
    parser.add_argument("--workers", type=positive, help="processes; default: one a core")
    arguments = parser.parse_args()
    name = arguments.name
    try:
        training = settings_of(name)
        with one_line(name), exclusive(name):
            runs = train_seeds(training, name, arguments.workers)
            flat = results.publish(name, runs)
            if name == OWN:
                activation = training.hyperparameters.activation
                records.write_csv("plots/confusion/train.csv", confusion(runs, activation))
                save_model(runs, activation)
    except Diverged as error:
        sys.exit(f"{name}: {error}; settings: {training.hyperparameters}")
    except TerminatedWorkerError:
        sys.exit(f"{name}: a worker process was killed (out of memory?); nothing was written")
    except (SettingsError, ValueError, OSError) as error:
        sys.exit(f"{name}: {error}")
    print(
        f"{name}: {flat['seeds']} seeds, validation accuracy {flat['validation_accuracy']:.4f}; "
        f"wrote metrics/{name}.json and plots/*/{name}.csv"
    )


if __name__ == "__main__":
    main()
