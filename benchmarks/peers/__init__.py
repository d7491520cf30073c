"""The peers: the same steps on the same batches, each as its own library would have them written.

Every module of this package but this one has a class `Peer`.
"""

from abc import ABC, abstractmethod

from cases import Case, Layer

# In the order of the tables. `blas_floor` has no loss: it only multiplies.
NAMES = (
    *("ours", "ours_unpinned", "blas_floor", "jax"),
    *("torch", "scikit_learn", "textbook"),
)


class BasePeer(ABC):
    """One network in training. `networks`: how many it trains at once, `seeds` side by side.

    plain_tanh: whether its hidden activation is tanh z instead of the improved sigmoid.
    """

    networks = 1
    plain_tanh = False

    @abstractmethod
    def __init__(self, case: Case) -> None:
        """Take the case's first weights."""

    @abstractmethod
    def epoch(self) -> None:
        """One step on each of the case's batches."""

    def aside(self) -> None:  # noqa: B027 - most peers have nothing to do there
        """Do once more what `epoch` does besides training, so that its time can be taken off."""

    @abstractmethod
    def layers(self) -> list[Layer]:
        """The weights now."""
