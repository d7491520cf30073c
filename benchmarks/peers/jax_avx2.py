"""JAX again, told to leave out what AVX2 does not have: the instructions that `ours` runs."""

from peers.jax import Peer

__all__ = ["Peer"]
