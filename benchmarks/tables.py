"""Measurements -> Markdown tables."""

from collections.abc import Iterable, Sequence
from typing import Any

from peers import NAMES

Results = dict[str, Any]

FASTER = ("blas_floor", "jax")
SLOWER = ("torch", "scikit_learn", "textbook")
TITLES = {
    "ours": "ours",
    "ours_unpinned": "ours, unpinned",
    "blas_floor": "products alone",
    "jax": "JAX",
    "torch": "PyTorch",
    "scikit_learn": "scikit-learn",
    "textbook": "textbook",
}
NETWORKS = {
    "64": "64",
    "128": "128",
    "59-59": "59, 59",
    "ten-64": "ten of 64",
}
TRAININGS = {
    "ours": "ours, three seeds side by side (a seed's share)",
    "ours_alone": "ours, one seed alone",
    "jax": "JAX, our protocol",
    "torch": "PyTorch, our protocol",
    "textbook": "textbook, the course's protocol",
}


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table, its first column to the left, the others to the right."""
    rule = ["---"] + ["---:"] * (len(header) - 1)
    lines = [header, rule, *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def by_network(results: Results) -> dict[tuple[str, float], dict[str, float]]:
    """Return microseconds of every peer, for each network and momentum."""
    by_key: dict[tuple[str, float], dict[str, float]] = {}
    for row in results["rows"]:
        peers = by_key.setdefault((row["hidden"], row["momentum"]), {})
        peers[row["peer"]] = row["microseconds_per_step"]
    return by_key


def network(hidden: str, momentum: float) -> str:
    """Return how the tables and the plot name a network."""
    return NETWORKS[hidden] + (f", momentum {momentum}" if momentum else "")


def steps(results: Results) -> str:
    """Return microseconds of a step, a row a network, a column a peer."""
    return table(
        ["hidden", *(TITLES[name] for name in NAMES)],
        (
            [network(*key), *(f"{peers[name]:.0f}" for name in NAMES)]
            for key, peers in by_network(results).items()
        ),
    )


def ratios(results: Results) -> str:
    """Return what ours costs in steps of the fast peers, and what the slow ones cost in ours."""
    return table(
        [
            "hidden",
            *(f"ours / {TITLES[name]}" for name in FASTER),
            *(f"{TITLES[name]} / ours" for name in SLOWER),
        ],
        (
            [
                network(*key),
                *(f"{peers['ours'] / peers[name]:.2f}" for name in FASTER),
                *(f"{peers[name] / peers['ours']:.1f}" for name in SLOWER),
            ]
            for key, peers in by_network(results).items()
        ),
    )


def whole(results: Results, network: str) -> str:
    """Return seconds of a whole training, and of 1,000 steps of it beside ours."""
    rows = [row for row in results["whole_training"] if row["network"] == network]
    ours = rows[0]["seconds"] / rows[0]["steps"]
    header = ["", "kernel", "seconds", "steps", "seconds per 1,000 steps", "times ours"]
    header += ["validation loss", "validation accuracy"]
    return table(
        header,
        (
            [
                TRAININGS[row["peer"]],
                row["kernel"],
                f"{row['seconds']:.2f}",
                f"{row['steps']:,}",
                f"{1000 * row['seconds'] / row['steps']:.3f}",
                f"{row['seconds'] / row['steps'] / ours:.2f}",
                f"{row['loss']:.4f}",
                f"{row['accuracy']:.4f}",
            ]
            for row in rows
        ),
    )


def scaling(results: Results, quantity: str) -> str:
    """Return microseconds against "width" or "depth"."""
    peers = ("ours", "blas_floor", "jax")
    return table(
        [quantity, *(TITLES[peer] for peer in peers), "ours / JAX"],
        (
            [
                row[quantity],
                *(f"{row[peer]:,.0f}" for peer in peers),
                f"{row['ours'] / row['jax']:.2f}",
            ]
            for row in results[quantity]
        ),
    )
