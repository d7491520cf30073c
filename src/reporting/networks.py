"""The table of all networks: what they were set to, and where they ended."""

from collections.abc import Mapping, Sequence
from typing import Any

from mlp.runs import Hyperparameters
from reporting.claim_tables import table
from reporting.numbers import NO_BREAK


def networks_table(
    networks: Mapping[str, Hyperparameters], means: Mapping[str, Mapping[str, Any]]
) -> str:
    """Settings of every network, and its means ± deviations; means: as in comparison.json."""
    header = ("network", "hidden", "settings")
    measured = ("weights", "epochs", "training loss", "validation loss", "validation accuracy")
    rows = [
        (
            f"`{name}`",
            hidden(network.hidden),
            settings(network),
            f"{means[name]['parameters']:,}",
            f"{means[name]['epochs']:.1f}",
            f"{means[name]['train_loss']:.4f}",
            plus_minus(means[name], "validation_loss"),
            plus_minus(means[name], "validation_accuracy"),
        )
        for name, network in networks.items()
    ]
    return table(header + measured, rows, numeric=len(measured))


def hidden(layers: Sequence[int]) -> str:
    """The hidden layers: `64`, `2 × 59`, or each width."""
    alike = len(layers) > 1 and len(set(layers)) == 1
    return f"{len(layers)} × {layers[0]}" if alike else ", ".join(map(str, layers))


def settings(network: Hyperparameters) -> str:
    """Everything but the layers that sets a network apart from others, in words."""
    words = [network.activation, network.init, f"rate {network.learning_rate:g}"]
    if network.momentum:
        words.append(f"{'Nesterov ' * network.nesterov}momentum {network.momentum:g}")
    if network.weight_decay:
        words.append(f"weight decay {network.weight_decay:g}")
    if not network.shuffle:
        words.append("never shuffled")
    return ", ".join([*words, f"up to {network.epochs} epochs"]).replace("_", " ")


def plus_minus(metrics: Mapping[str, Any], name: str) -> str:
    """Mean ± sample deviation over seeds; one seed has no deviation."""
    deviation = metrics[f"{name}_std"]
    mean = f"{metrics[name]:.4f}"
    return mean if deviation is None else f"{mean}{NO_BREAK}±{NO_BREAK}{deviation:.4f}"
