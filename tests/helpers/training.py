"""A project with all that a training needs: small networks, and few images."""

import contextlib
from pathlib import Path
from typing import Any

import real_mnist
from projects import HERE, copy_of

from workflow import files
from workflow.settings import SETTINGS, Network, load_network, stored

# The network of params.yaml, but small.
NETWORK = load_network(HERE).model_copy(
    update={
        **{"hidden": (8,), "activation": "sigmoid", "init": "fan_in", "learning_rate": 0.1},
        **{"momentum": 0.9, "nesterov": False, "weight_decay": 0.0, "batch_size": 32},
        **{"epochs": 2, "patience": 50, "shuffle": True, "seeds": 4, "first_seed": 0},
        **{"training_images": 320, "test_images": 100},
    }
)
ENDLESS = {"hidden": (256,) * 4, "epochs": 10_000, "patience": 1_000_000}
WILD = {"weight_decay": 1.0, "learning_rate": 100.0}  # it diverges within the first checks


def altered(**changes: Any) -> Network:
    """NETWORK with other settings."""
    return NETWORK.model_copy(update=changes)


def project(folder: Path, **networks: Network) -> Path:
    """A project in which `python src/train.py NAME` trains these networks."""
    copy_of(folder, "src", "dvc.yaml", "params.yaml", "variants.yaml")
    with contextlib.chdir(folder):
        real_mnist.save(400, 120)
    for name, network in networks.items():
        files.write(folder / SETTINGS / f"{name}.json", stored(network))
    return folder
