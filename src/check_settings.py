"""Stage: validate settings, claims, tricks and the templates before anything is trained.

DVC deletes a stage's outputs before it runs it, so a fault is found in a stage of its own, before
any result is lost. Each network's settings are written, resolved, to a file of its own, on which
its training depends, so that a change of one variant trains that one alone.
"""

import os

import psutil

from judging.claims import read_claims
from mlp.network import shapes_of
from mlp.training import CHECKS_PER_EPOCH
from mnist.images import INPUTS
from reporting.template import check_templates
from workflow import files
from workflow.command import UserError, run
from workflow.crossing import read_crossing
from workflow.settings import SETTINGS, Network, load_network, load_variants

# At the least, for a weight: of every seed it is kept to the end, and in training it is there once
# more, with its gradient and its velocity. All are float32.
BYTES_KEPT, BYTES_TRAINED = 4, 12
# About half of what a core with AVX2 could do; only for a word on how long a training takes.
MACS_PER_HOUR = 20e9 * 3600


def check_size(name: str, network: Network) -> None:
    """Refuse a network that cannot fit into this machine's memory; say what takes over an hour."""
    weights = sum(fan_in * fan_out for fan_in, fan_out in shapes_of(INPUTS, network.hidden))
    cores = min(os.cpu_count() or 1, network.seeds)
    needed = weights * (BYTES_KEPT * network.seeds + BYTES_TRAINED * cores)
    size = f"{name}: {network.seeds} seeds of {weights:,} weights"
    if needed > (there := psutil.virtual_memory().total):
        raise UserError(
            f"{size} need {needed / 1e9:,.0f} GB of memory, this machine has {there / 1e9:,.0f}; "
            "allowed: smaller or fewer layers, or fewer seeds"
        )
    # A step passes forward, and twice backward; a check passes forward.
    images = 3 * network.training_images + CHECKS_PER_EPOCH * network.validation_images
    macs = weights * images * network.epochs * network.seeds
    if (hours := macs / cores / MACS_PER_HOUR) > 1:
        print(
            f"{size} take up to {macs:.0e} multiply-accumulates and {needed / 1e9:,.1f} GB of "
            f"memory: about {hours:,.0f} hours on {cores} cores; Ctrl-C ends it at any moment"
        )


def main() -> None:
    """Write build/settings/."""
    networks = {"train": load_network(), **load_variants()}
    for name, network in networks.items():
        check_size(name, network)
    claims = read_claims()
    check_templates()
    read_crossing()
    for name, network in networks.items():
        files.write(SETTINGS / f"{name}.json", network.model_dump_json(indent=2) + "\n")
    print(f"check_settings: params.yaml, {len(networks) - 1} variants, {len(claims)} claims: valid")


if __name__ == "__main__":
    run(main, stage=True)
