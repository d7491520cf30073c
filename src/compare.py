"""Stage: one table of all variants, mean ± standard deviation over seeds.

It is the gate between training and judging: metrics/comparison.json holds, beside the means, the
SHA-256 of every file of results, so that judge, draw and report, which depend on it, run again
exactly when a result changed. `train` is shown below the variants, but is not part of that file.
"""

import determinism  # noqa: F401

import hashlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import records
from interruption import one_line
from knobs import SettingsError
from settings import load_variants

OUT = Path("metrics/comparison.json")
KINDS = ("curves", "gradients", "runs", "seeds")
HEADER = ("variant", "parameters", "epochs", "train loss", "validation loss", "validation accuracy")


def table(variants: Mapping[str, dict[str, Any]]) -> list[str]:
    """Lines of the table, fit for Markdown too; metrics by variant as in metrics/*.json."""
    rows = [HEADER]
    for name, m in variants.items():
        rows.append(
            (
                name,
                f"{m['parameters']:,}",
                f"{m['epochs']:.1f}",
                f"{m['train_loss']:.4f}",
                plus_minus(m, "validation_loss", 3),
                plus_minus(m, "validation_accuracy", 4),
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADER))]
    rule = ["-" * width for width in widths]
    rule[1:] = [f"{'-' * (width - 1)}:" for width in widths[1:]]
    lines = [rows[0], tuple(rule), *rows[1:]]
    return [
        "| " + " | ".join([r[0].ljust(widths[0]), *map(str.rjust, r[1:], widths[1:])]) + " |"
        for r in lines
    ]


def plus_minus(metrics: dict[str, Any], name: str, digits: int) -> str:
    """Mean ± deviation of `name`; one seed has no deviation."""
    deviation = metrics[f"{name}_std"]
    mean = f"{metrics[name]:.{digits}f}"
    return mean if deviation is None else f"{mean} ± {deviation:.{digits}f}"


def fingerprints(name: str) -> dict[str, str]:
    """SHA-256 of each file of results of a variant, by kind. Raises OSError."""
    files = {kind: Path(f"plots/{kind}/{name}.csv") for kind in KINDS}
    return {kind: hashlib.sha256(file.read_bytes()).hexdigest() for kind, file in files.items()}


@one_line("compare")
def main() -> None:
    """Print the table and write metrics/comparison.json, or exit with one line."""
    try:
        variants = {name: records.read_json(f"metrics/{name}.json") for name in load_variants()}
        own = {"train": records.read_json("metrics/train.json")}
        content = {name: m | {"sha256": fingerprints(name)} for name, m in variants.items()}
        records.write_json(OUT, content)
    except (SettingsError, ValueError, OSError) as error:
        sys.exit(f"compare: {error}")
    print("\n".join(table(variants | own)))
    print(f"compare: wrote {OUT}")


if __name__ == "__main__":
    main()
