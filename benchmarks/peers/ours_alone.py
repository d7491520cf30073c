"""The same trainer with one seed in the process: what training several side by side saves."""

from peers import ours


class Peer(ours.Peer):
    """Seed 0."""

    networks = 1
