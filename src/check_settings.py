"""Stage: validate settings, claims, tricks and the template before anything is trained.

DVC deletes a stage's outputs before it runs it, so a fault is found in a stage of its own, before
any result is lost. Each network's settings are written, resolved, to a file of its own, on which
its training depends, so that a change of one variant trains that one alone.
"""

from command import UserError, run

import psutil

import files
from crossing import read_crossing
from datasets import INPUTS
from judging.claims import read_claims
from mlp.network import shapes_of
from reporting.template import check_template
from settings import SETTINGS, Network, load_network, load_variants

# What training needs for a weight, at the least: itself, its gradient, its velocity, all float32.
BYTES_PER_WEIGHT = 12


def check_memory(name: str, network: Network) -> None:
    """Refuse a network whose seeds, trained side by side, cannot fit into this machine's memory."""
    weights = sum(fan_in * fan_out for fan_in, fan_out in shapes_of(INPUTS, network.hidden))
    needed = BYTES_PER_WEIGHT * weights * network.seeds
    if needed > (there := psutil.virtual_memory().total):
        raise UserError(
            f"{name}: {network.seeds} seeds of {weights:,} weights need {needed / 1e9:,.0f} GB of "
            f"memory, this machine has {there / 1e9:,.0f}; allowed: smaller or fewer layers"
        )


def main() -> None:
    """Write build/settings/."""
    networks = {"train": load_network(), **load_variants()}
    for name, network in networks.items():
        check_memory(name, network)
    claims = read_claims()
    check_template()
    read_crossing()
    for name, network in networks.items():
        files.write(SETTINGS / f"{name}.json", network.model_dump_json(indent=2) + "\n")
    print(f"check_settings: params.yaml, {len(networks) - 1} variants, {len(claims)} claims: valid")


if __name__ == "__main__":
    run(main, stage=True)
