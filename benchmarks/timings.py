"""What every peer takes: for a step of one network, and for a whole training."""

from collections.abc import Sequence
from statistics import median
from typing import Any

import cases
from peers import NAMES
from running import Running, running

MOMENTA = (0.0, 0.9)
# Each peer rounds in its own way. One layer multiplies a difference little, ten by so much that the
# losses part after 200 steps: so they are compared after fewer.
CHECK_STEPS = 50
TOLERANCE = 1e-3
SCALING_STEPS = 100
WIDTHS = (32, 64, 128, 256, 512, 1024, 2048)
DEPTHS = (1, 2, 5, 10, 15, 20)
SCALING_PEERS = ("ours", "blas_floor", "jax")
TRAINERS = {
    "plain": ("ours", "ours_alone", "jax", "torch", "textbook"),
    "momentum-ten-layers": ("ours", "ours_alone", "jax", "torch"),
}
# Over 30,000 steps of one hidden layer the peers part a little, over those of ten layers wholly.
WHOLE_TOLERANCE = 1e-2
LEAST_ACCURACY = 0.7  # after the first epoch already


def steps(rounds: int, count: int) -> list[dict[str, Any]]:
    """Time a step in epochs of `count`: one row a network, momentum and peer.

    Raises AssertionError where a loss is another.
    """
    rows = []
    with running((*NAMES, "textbook_tanh")) as peers:
        for name, hidden in cases.HIDDEN.items():
            for momentum in MOMENTA:
                start(peers, hidden, momentum, CHECK_STEPS)
                losses = {peer: process.ask("loss") for peer, process in peers.items()}
                check(name, losses)
                start(peers, hidden, momentum, count)
                timed = time([peers[peer] for peer in NAMES], count, rounds)
                for peer, microseconds in timed.items():
                    row = {"hidden": name, "momentum": momentum, "peer": peer}
                    row |= {"microseconds_per_step": microseconds}
                    loss = {} if peer == "blas_floor" else {"loss": round(losses[peer], 6)}
                    rows.append(row | loss)
                print(f"hidden {name}, momentum {momentum}: done", flush=True)
    return rows


def start(peers: dict[str, Running], hidden: Sequence[int], momentum: float, steps: int) -> None:
    """Let each peer train its first epoch."""
    for peer in peers.values():
        peer.ask("start", hidden=list(hidden), momentum=momentum, steps=steps)


def check(name: str, losses: dict[str, float]) -> None:
    """See that every peer has trained the same network as the textbook."""
    for peer, loss in losses.items():
        wanted = losses["textbook_tanh" if peer == "scikit_learn" else "textbook"]
        same = abs(loss / wanted - 1) < TOLERANCE
        untrained = peer in ("blas_floor", "textbook_tanh")
        assert same or untrained, f"{name}: {peer} reached {loss}, not {wanted}"


def time(peers: Sequence[Running], steps: int, rounds: int) -> dict[str, float]:
    """Return median microseconds a step of each peer, one epoch of each in every round."""
    seconds = [[peer.ask("epoch") for peer in peers] for _ in range(rounds)]
    medians = map(median, zip(*seconds, strict=True))
    return {
        peer.peer: round(of_peer / steps * 1e6, 1)
        for peer, of_peer in zip(peers, medians, strict=True)
    }


def scaling(rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Time a step against the width of one hidden layer, and against the depth at 64 units."""
    with running(SCALING_PEERS) as peers:

        def scaled(*hidden: int) -> dict[str, Any]:
            start(peers, hidden, 0.0, SCALING_STEPS)
            return time(list(peers.values()), SCALING_STEPS, rounds)

        return {
            "width": [{"width": width} | scaled(width) for width in WIDTHS],
            "depth": [{"depth": depth} | scaled(*[64] * depth) for depth in DEPTHS],
        }


def trainings(rounds: int, epochs: int, kernels: dict[str, Any]) -> list[dict[str, Any]]:
    """Time whole trainings: one row a network and peer, the median of its rounds.

    Raises AssertionError where one ends elsewhere.
    """
    rows: list[dict[str, Any]] = []
    for network, names in TRAINERS.items():
        with running(names) as peers:
            answers = [
                {name: peer.ask("train", network=network, epochs=epochs) for name, peer in one}
                for one in [peers.items()] * rounds
            ]
        for peer in names:
            seconds = median(answer[peer]["seconds"] for answer in answers)
            about = {"peer": peer, "network": network, "kernel": kernels[peer]["instructions"]}
            rows.append(about | answers[-1][peer] | {"seconds": round(seconds, 2)})
            print(f"whole training: {rows[-1]}", flush=True)
    wanted = next(row["loss"] for row in rows if row["peer"] == "textbook")
    for row in rows:
        near = row["network"] != "plain" or abs(row["loss"] / wanted - 1) < WHOLE_TOLERANCE
        assert near, f"{row} is not the textbook's {wanted}"
        assert row["accuracy"] > LEAST_ACCURACY, row
    return rows
