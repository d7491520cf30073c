"""Stage: one table of all variants, mean ± standard deviation over seeds.

It is the gate between training and judging: metrics/comparison.json holds, beside the means, the
SHA-256 of every file of results, so that judge, draw and report, which depend on it, run again
exactly when a result changed. Your network is the last row, but is not part of that file.
"""

from command import run

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tabulate import tabulate

import files
import results
from own import line, plus_minus
from settings import load_variants

OUT = Path("metrics/comparison.json")
KINDS = (*results.TABLES, "correct")
HEADER = ("variant", "parameters", "epochs", "train loss", "validation loss", "validation accuracy")


def table(networks: Mapping[str, dict[str, Any]]) -> str:
    """The metrics of every network, as in metrics/*.json, one row each, fit for Markdown too."""
    rows = [
        (
            name,
            f"{m['parameters']:,}",
            f"{m['epochs']:.1f}",
            f"{m['train_loss']:.4f}",
            plus_minus(m, "validation_loss", 3),
            plus_minus(m, "validation_accuracy", 4),
        )
        for name, m in networks.items()
    ]
    alignment = ("left", *["right"] * 5)
    return str(tabulate(rows, HEADER, "pipe", disable_numparse=True, colalign=alignment))


def fingerprints(name: str) -> dict[str, str]:
    """SHA-256 of each file of results of a variant, by kind."""
    return {kind: files.sha256(results.path(kind, name)) for kind in KINDS}


def main() -> None:
    """Print the table and write metrics/comparison.json."""
    variants = load_variants()
    networks = {n: files.read_json(results.metrics_path(n)) for n in (*variants, results.OWN)}
    files.write_json(OUT, {n: networks[n] | {"sha256": fingerprints(n)} for n in variants})
    networks["train (yours)"] = networks.pop(results.OWN)
    print(table(networks))
    print(line())
    print(f"compare: wrote {OUT}")


if __name__ == "__main__":
    run(main, stage=True)
