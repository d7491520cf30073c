"""How a published file differs from the one here, and how far it may on another processor.

A file is read as cells: each value, as the text it is, by its place. In tables the place has the
row's keys rather than its number, so that a row more or less shifts nothing.

Processors that are not x86-64 round sums otherwise. In most networks that stays small; in some (ten
layers, momentum in a few) it grows until runs differ as runs of other seeds would. So data must be
the same to the bit, training losses agree closely before rounding can have grown, means agree as
those of two samples of seeds do, and no verdict may turn into its opposite. All else is computed
from these, and is not judged twice (measurements: docs/reproducibility.md).
"""

import csv
import io
import json
import math
import statistics
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

Place = tuple[str, ...]
Cells = Mapping[Place, str]

# The columns that name a row of a table, in whatever table they are.
KEYS = ("seed", "step", "layer", "actual", "predicted")
EXACT = ("data/", "metrics/normalization.json")
# Up to this step the training loss may be off by this part of it: ten times the most measured.
EARLY_STEP, EARLY = 125, 1e-2
# Standard errors of the difference of two means: over six seeds more come by chance once in 2,000
# times. To them comes this part of the mean, for quantities in which seeds hardly differ.
STANDARD_ERRORS, MEANS = 5, 1e-3
# Two units of the last digit published of a difference that is itself rounding noise.
GRADIENT_CHECK = 2e-9
DECIDES_NOTHING = {"undecided", "no difference that matters"}


def cells(path: str, content: bytes) -> Cells:
    """Return the cells of a file: of CSV, JSON and NPY by their structure, else by line."""
    try:
        if path.endswith(".npy"):
            bits = np.unpackbits(np.load(io.BytesIO(content), allow_pickle=False), axis=1)
            return {(f"row {i}", "bits set"): str(row.sum()) for i, row in enumerate(bits)}
        if path.endswith(".csv"):
            return dict(_table(content.decode()))
        if path.endswith(".json"):
            return dict(_tree((), json.loads(content, parse_float=str, parse_int=str)))
    except Exception:  # noqa: S110  a damaged file provokes any: its lines will show where
        pass
    lines = content.decode(errors="replace").splitlines()
    return {(f"line {number}",): line for number, line in enumerate(lines, 1)}


def _table(text: str) -> Iterator[tuple[Place, str]]:
    header, *rows = csv.reader(io.StringIO(text), strict=True)
    for number, row in enumerate(rows, 2):
        rest = dict(zip(header, row, strict=True))
        place = [f"{key} {rest.pop(key)}" for key in KEYS if key in rest] or [f"line {number}"]
        yield from (((*place, name), value) for name, value in rest.items())


def _tree(place: Place, value: Any) -> Iterator[tuple[Place, str]]:
    if isinstance(value, list):
        ids = (item.get("id", i) if isinstance(item, dict) else i for i, item in enumerate(value))
        value = dict(zip(map(str, ids), value, strict=True))
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _tree((*place, key), item)
    else:
        yield place, value if isinstance(value, str) else json.dumps(value)


def relative(one: str, other: str) -> float:
    """Return |a - b| / max(|a|, |b|) of two cells: 0 for equal ones, infinite if no numbers."""
    try:
        a, b = float(one), float(other)
    except ValueError:
        return 0.0 if one == other else math.inf
    size = abs(a - b) / (max(abs(a), abs(b)) or 1.0)
    return size if math.isfinite(size) else math.inf


def largest(published: Cells, here: Cells) -> tuple[float, str]:
    """Return the largest relative deviation of two files whose bytes differ, and its place.

    The place has both values and how many cells differ; a change of words is infinite.
    """
    changed = [p for p, value in published.items() if here.get(p, value) != value]
    gone, new = len(published.keys() - here.keys()), len(here.keys() - published.keys())
    notes = [f"{gone} values missing"] * bool(gone) + [f"{new} values too many"] * bool(new)
    if not changed:
        return math.inf, ", ".join(notes) or "same values, other bytes"
    notes.insert(0, f"{len(changed)} of {len(published)} values")
    size, worst = max((relative(published[place], here[place]), place) for place in changed)
    values = f"{published[worst]:.40} -> {here[worst]:.40}"
    return size, f"{', '.join(worst)}: {values} ({', '.join(notes)})"


def objection(path: str, published: Cells, here: Cells) -> str:
    """Say why a file that differs is not within tolerance; empty where it is."""
    if path.startswith(EXACT):
        return "must be the same on every machine"
    try:
        return next(_objections(path, published, here), "")
    except ValueError as error:
        return f"holds what is no number ({error})"


def _objections(path: str, published: Cells, here: Cells) -> Iterator[str]:
    if path.startswith(("plots/seeds/", "plots/early/")):
        yield from _means(published, here)
    for place, value in published.items():
        now, where = here.get(place, "missing"), ", ".join(place)
        if path.startswith("plots/runs/") and place[-1] == "train_loss":
            step = int(dict(key.split() for key in place[:-1])["step"])
            if step <= EARLY_STEP and relative(value, now) > EARLY:
                yield f"{where}: more than {EARLY:g} of it off"
        elif path == "metrics/gradient_check.json":
            if not abs(float(now) - float(value)) <= GRADIENT_CHECK:
                yield f"{where}: more than {GRADIENT_CHECK:g} off"
        elif path == "metrics/verdicts.json" and place[-1] == "verdict":
            may_move = now != "missing" and {value, now} & DECIDES_NOTHING
            if now != value and not may_move:
                yield f"{where}: {value} -> {now}"


def _means(published: Cells, here: Cells) -> Iterator[str]:
    samples, others = _samples(published), _samples(here)
    for name, before in samples.items():
        now = others.get(name, [])
        if len(before) != len(now) or len(now) < 2:
            yield f"{name}: {len(before)} seeds published, {len(now)} here; both must be 2 or more"
            continue
        spread = (statistics.variance(before) + statistics.variance(now)) / len(now)
        old, new = statistics.fmean(before), statistics.fmean(now)
        if not abs(new - old) <= STANDARD_ERRORS * spread**0.5 + MEANS * abs(old):
            yield f"{name}: mean {old:.6g} -> {new:.6g}, over {STANDARD_ERRORS} standard errors"


def _samples(table: Cells) -> dict[str, list[float]]:
    """Collect the values of all seeds, by the rest of their place."""
    samples: dict[str, list[float]] = {}
    for (_, *rest), value in table.items():
        samples.setdefault(", ".join(rest), []).append(float(value))
    return samples
