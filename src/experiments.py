"""Your experiments in one table: what was changed, and what came out, mean ± deviation over seeds.

The first row is the last commit's network, to which all changes are; then the best come first. The
table fits the terminal: what is long goes on in the next line, and no column is left out.
"""

from command import UserError, run

import shutil
from collections.abc import Mapping
from typing import Any

from tabulate import tabulate

from own import PUBLISHED, plus_minus
from settings import Network

HEADER = ("experiment", "what was changed", "seeds", "accuracy", "loss")
NUMBERS = len("    seeds  0.9626 ± 0.0010  0.154 ± 0.004")  # the last three columns, and gaps
NARROWEST = 70  # characters, below which lines are longer than the terminal
Row = Mapping[str, Any]  # numbers are float; where there are none, DVC has None or a mark


def read_rows() -> list[Row]:
    """Return what DVC knows of the last commit's network, and of every experiment."""
    from dvc.api import exp_show
    from dvc.exceptions import DvcException

    try:
        _, published, *others = exp_show(num=-1)  # also the experiments of earlier commits
    except DvcException as error:
        raise UserError(str(error)) from None
    experiments = [row for row in others if row["typ"] != "baseline"]
    experiments.sort(
        key=lambda row: row["validation_accuracy"] if trained(row) else 0, reverse=True
    )
    return [published | {"Experiment": PUBLISHED}, *experiments]


def trained(row: Row) -> bool:
    """Return whether there are results."""
    return isinstance(row.get("validation_accuracy"), float)


def cells(row: Row, first: Row) -> tuple[str, ...]:
    """Return the cells of a row, below HEADER; changes are written as `-S` takes them."""
    mine, others = (
        # Where a metric has a setting's name, DVC adds the file's name.
        {key: str(one.get(f"params.yaml:{key}", one.get(key))) for key in Network.model_fields}
        for one in (row, first)
    )
    different = [f"{key}={value}" for key, value in mine.items() if value != others[key]]
    changed = "\n".join(one.removesuffix(".0").replace(" ", "") for one in different)
    numbers = {name: value if isinstance(value, float) else None for name, value in row.items()}
    results = [(row["State"] or "no result").lower(), ""]
    if trained(row):
        digits = {"validation_accuracy": 4, "validation_loss": 3}
        results = [plus_minus(numbers, name, places) for name, places in digits.items()]
    return row["Experiment"] or row["rev"], changed, mine["seeds"].removesuffix(".0"), *results


def main() -> None:
    """Print the table, as wide as the terminal at most."""
    first, *others = read_rows()
    rows = [cells(row, first) for row in (first, *others)]
    room = max(shutil.get_terminal_size().columns, NARROWEST) - NUMBERS
    name = min(max(len(row[0]) for row in rows), room // 2)
    widths = (name, room - name, None, None, None)
    print(tabulate(rows, HEADER, disable_numparse=True, maxcolwidths=widths))


if __name__ == "__main__":
    run(main)
