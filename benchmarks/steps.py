"""Microseconds of one training step of one network, for every peer and case."""

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


def rows(rounds: int) -> list[dict[str, Any]]:
    """One entry a network, momentum and peer. Raises AssertionError where a loss is another."""
    found = []
    with running((*NAMES, "textbook_tanh")) as peers:
        for name, hidden in cases.HIDDEN.items():
            for momentum in MOMENTA:
                losses = start(peers, hidden, momentum, CHECK_STEPS)
                check(name, losses)
                start(peers, hidden, momentum, cases.STEPS)
                timed = [peers[peer] for peer in NAMES]
                for peer, microseconds in time(timed, cases.STEPS, rounds).items():
                    row = {"hidden": name, "momentum": momentum, "peer": peer}
                    row |= {"microseconds_per_step": microseconds}
                    found.append(
                        row if peer == "blas_floor" else row | {"loss": round(losses[peer], 6)}
                    )
                print(f"hidden {name}, momentum {momentum}: done", flush=True)
    return found


def start(
    peers: dict[str, Running], hidden: Sequence[int], momentum: float, steps: int
) -> dict[str, float]:
    """The loss of each peer after its first epoch; compiled code is compiled then."""
    request = {"hidden": list(hidden), "momentum": momentum, "steps": steps}
    return {name: peer.ask(**request)["loss"] for name, peer in peers.items()}


def check(name: str, losses: dict[str, float]) -> None:
    """See that every peer has trained the same network as the textbook."""
    for peer, loss in losses.items():
        wanted = losses["textbook_tanh" if peer == "scikit_learn" else "textbook"]
        if peer not in ("blas_floor", "textbook_tanh"):
            assert abs(loss / wanted - 1) < TOLERANCE, (
                f"{name}: {peer} reached {loss}, not {wanted}"
            )


def time(peers: Sequence[Running], steps: int, rounds: int) -> dict[str, float]:
    """Median microseconds a step of each peer, one epoch of each in every round."""
    seconds = [{peer.peer: peer.ask()["seconds"] for peer in peers} for _ in range(rounds)]
    return {
        peer.peer: round(median(one[peer.peer] for one in seconds) / steps * 1e6, 1)
        for peer in peers
    }


def scaling(rounds: int) -> dict[str, list[dict[str, Any]]]:
    """The cost of a step against the width of one hidden layer, and the depth at 64 units."""
    with running(SCALING_PEERS) as peers:
        return {
            "width": [_scaled(peers, (width,), rounds) | {"width": width} for width in WIDTHS],
            "depth": [_scaled(peers, (64,) * depth, rounds) | {"depth": depth} for depth in DEPTHS],
        }


def _scaled(peers: dict[str, Running], hidden: Sequence[int], rounds: int) -> dict[str, Any]:
    start(peers, hidden, 0.0, SCALING_STEPS)
    return time(list(peers.values()), SCALING_STEPS, rounds)
