"""Columns of a plot's CSV file, checked as they are read."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import records

Table = Mapping[str, NDArray[np.float64]]


def read_columns(path: str | Path, names: Iterable[str]) -> Table:
    """The named columns, float64 and finite, of at least one row.

    Raises ValueError in one line that names the file and the column, OSError.
    """
    table = records.read_csv(path)
    columns = {}
    for name in names:
        if name not in table:
            raise ValueError(f"{path}: the column {name} is missing")
        column = table[name]
        if not len(column):
            raise ValueError(f"{path}: there are no rows")
        if column.dtype != np.float64 or not np.isfinite(column).all():
            raise ValueError(f"{path}: the column {name} holds something else than finite numbers")
        columns[name] = column
    return columns
