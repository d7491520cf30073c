"""When a curve first reaches a threshold: the one measure of speed."""

import numpy as np
from numpy.typing import ArrayLike


def first_reached(steps: ArrayLike, values: ArrayLike, threshold: float) -> tuple[float, bool]:
    """The step at which `values` first reach `threshold`, on the straight line between two checks;
    the last step, and False, where they never do. steps, values: (checks,)."""
    there = np.flatnonzero(np.asarray(values) >= threshold)
    if not len(there):
        return float(np.asarray(steps)[-1]), False
    around = slice(max(there[0] - 1, 0), there[0] + 1)
    return float(np.interp(threshold, np.asarray(values)[around], np.asarray(steps)[around])), True
