"""Stage: judge what each trick of grid.yaml brings (judging/tricks.py).

Writes metrics/tricks.json, a key a trick, and plots/tricks.csv, a row a comparison.
"""

from command import run

from collections.abc import Mapping
from typing import Any

import files
from judging.questions import QUESTIONS
from judging.tricks import TRICKS, judge_tricks

TABLE = "plots/tricks.csv"


def rows_of(tricks: Mapping[str, Mapping[str, Any]]) -> files.Columns:
    """A row a comparison, for DVC's plots: points of accuracy, nats of loss, times the steps."""
    rows = [(name, where) for name, one in tricks.items() for where in one["accuracy"]]
    rows = [(name, where) for name, where in rows if where != "verdict"]
    gains = {asked: [tricks[n][asked][w]["difference"] for n, w in rows] for asked in QUESTIONS}
    return {
        "trick": [name for name, _ in rows],
        "compared": [where for _, where in rows],
        "accuracy_points": [100 * gain for gain in gains["accuracy"]],
        "loss_nats": gains["loss"],
        "times_the_steps": gains["steps"],
    }


def main() -> None:
    """Judge the tricks and write what came out."""
    tricks = judge_tricks()
    files.write_json(TRICKS, tricks)
    files.write_csv(TABLE, rows_of(tricks))
    for name, trick in tricks.items():
        print(f"{name}: " + ", ".join(f"{q} {trick[q]['verdict']}" for q in QUESTIONS))
    print(f"tricks: wrote {TRICKS} and {TABLE}")


if __name__ == "__main__":
    run(main, stage=True)
