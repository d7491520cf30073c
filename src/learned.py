"""What networks learned, for the pages of site/: their weights, and how the first layer got them.

They are trained for it by their settings, as published: equal seeds give equal bits. What was
trained is kept in build/learned, and trained again when settings, code or data have changed.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import datasets
import files
from mlp.evaluation import SortedDataset
from mlp.network import Weights
from mlp.training import Trainer
from seeds import fingerprint, train_seeds
from settings import Network

KEPT = Path("build/learned")
MOST_SEEDS = 6
MOMENTS = ("before training", "after one epoch", "after training")


class Learned(NamedTuple):
    """What the first seeds of a network learned; its settings say how many they are.

    weights: by layer, (seeds, fan_in, fan_out); first_layer: of seed 0 at each of MOMENTS, (3, 785,
    units).
    """

    network: Network
    weights: Weights
    first_layer: NDArray[np.float32]


def learned(name: str, network: Network) -> Learned:
    """Train up to MOST_SEEDS seeds of a network, unless they are kept. Raises UserError."""
    network = network.model_copy(update={"seeds": min(network.seeds, MOST_SEEDS)})
    origin = network.model_dump_json() + fingerprint()
    path = KEPT / f"{hashlib.sha256(origin.encode()).hexdigest()}.npz"
    try:
        with np.load(path, allow_pickle=False) as file:
            *weights, first_layer = (file[part] for part in file.files)
    except Exception:  # there is none; or of a damaged one the reader raises nearly any kind
        weights, first_layer = _train(name, network)
        content = (*weights, first_layer)
        files.write(path, lambda file: np.savez(file, *content, allow_pickle=False))
    return Learned(network, weights, first_layer)


def _train(name: str, network: Network) -> tuple[Weights, NDArray[np.float32]]:
    """Return the last weights of all seeds, and the first layer of seed 0 at each of MOMENTS."""
    datasets.check()
    runs = train_seeds(network, name)
    training = datasets.load("training", network.training_images)
    test = SortedDataset(datasets.load("validation", network.validation_images))
    trainer = Trainer(network.hyperparameters(), training, test, [0])
    before = trainer.weights[0][0].copy()
    trainer.start_epoch()
    trainer.take_steps(np.arange(trainer.steps_per_epoch))
    weights = [np.stack(layer) for layer in zip(*(run.weights for run in runs), strict=True)]
    return weights, np.stack([before, trainer.weights[0][0], weights[0][0]])
