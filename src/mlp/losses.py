"""Softmax and cross-entropy, safe for logits of any size.

logits: float, (..., classes); labels: integer, (...); losses in nats per example.
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
    """Return the loss of each example, log sum_j e^z_j - z_label, of shape (...).

    It takes logits, not probabilities: the log of a probability that underflowed would be infinite.
    Sums over ten classes are quicker along the first axis, so the classes are moved there.
    """
    shifted = np.ascontiguousarray(np.moveaxis(logits, -1, 0))
    shifted -= shifted.max(axis=0)
    target = np.take_along_axis(shifted, labels[None], axis=0)[0]
    losses: Array = np.log(np.exp(shifted).sum(axis=0)) - target
    return losses


def correct(logits: Array, labels: Labels) -> NDArray[np.bool_]:
    """Return for each example whether its largest logit is the label's, of shape (...)."""
    hits: NDArray[np.bool_] = logits.argmax(axis=-1) == labels
    return hits
