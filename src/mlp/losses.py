"""Softmax and cross-entropy, safe for logits of any size.

logits: float (..., classes); labels: integer (...); losses in nats per example.
"""

import numpy as np
from numpy.typing import NDArray

from mlp.activations import Array

Labels = NDArray[np.integer]


def softmax(logits: Array, out: Array) -> None:
    """Write e^z_k / sum_j e^z_j into `out`; the largest z is subtracted first: no overflow."""
    np.subtract(logits, logits.max(axis=-1, keepdims=True), out=out)
    np.exp(out, out=out)
    out /= out.sum(axis=-1, keepdims=True)


def cross_entropy(logits: Array, labels: Labels) -> Array:
    """Loss of each example, log sum_j e^z_j - z_label, shape (...).

    It takes logits, not probabilities: the log of a probability that underflowed would be infinite.
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)
    target = np.take_along_axis(shifted, labels[..., None], axis=-1)[..., 0]
    losses: Array = np.log(np.exp(shifted).sum(axis=-1)) - target
    return losses


def correct(logits: Array, labels: Labels) -> NDArray[np.bool_]:
    """Whether the largest logit is the label's, for each example, shape (...)."""
    hits: NDArray[np.bool_] = logits.argmax(axis=-1) == labels
    return hits
