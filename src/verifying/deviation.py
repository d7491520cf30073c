"""Where two versions of a published file differ, and by how much.

A file is read as cells: each value, as the text it is, by its place. In tables the place has the
row's keys rather than its number, so that a row more or less shifts nothing.
"""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Place = tuple[str, ...]
Cells = Mapping[Place, str]

# The columns that name a row of a table, in whatever table they are.
KEYS = ("seed", "step", "layer", "actual", "predicted")


class Deviation(NamedTuple):
    """size: the largest |a - b| / max(|a|, |b|), infinite where a value is no number.

    where: the place of it, both values, and how many cells differ.
    """

    size: float
    where: str


def cells(path: str, content: bytes) -> Cells:
    """The cells of a file: of CSV and JSON by their structure, else by line."""
    text = content.decode(errors="replace")
    try:
        if path.endswith(".csv"):
            return dict(_table(text))
        if path.endswith(".json"):
            return dict(_tree((), json.loads(text, parse_float=str, parse_int=str)))
    except (ValueError, csv.Error):
        pass  # damaged: lines will show where
    return {(f"line {number}",): line for number, line in enumerate(text.splitlines(), 1)}


def _table(text: str) -> Iterator[tuple[Place, str]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    keys = [name for name in reader.fieldnames or () if name in KEYS]
    for row in reader:
        if None in row or None in row.values():
            raise ValueError("a ragged row")
        place = [f"{key} {row[key]}" for key in keys] or [f"line {reader.line_num}"]
        yield from (((*place, name), row[name]) for name in row if name not in keys)


def _tree(place: Place, value: Any) -> Iterator[tuple[Place, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _tree((*place, key), item)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            name = item.get("id", str(i)) if isinstance(item, dict) else str(i)
            yield from _tree((*place, name), item)
    else:
        yield place, value if isinstance(value, str) else json.dumps(value)


def relative(one: str, other: str) -> float:
    """|a - b| / max(|a|, |b|) of two cells: 0 for equal ones, infinite if they are not numbers."""
    if one == other:
        return 0.0
    try:
        a, b = float(one), float(other)
    except ValueError:
        return math.inf
    size = abs(a - b) / (max(abs(a), abs(b)) or 1.0)
    return size if math.isfinite(size) else math.inf


def largest(published: Cells, here: Cells) -> Deviation:
    """The largest deviation of `here`; the files' bytes are known to differ."""
    changed = [p for p, value in published.items() if here.get(p, value) != value]
    gone, new = len(published.keys() - here.keys()), len(here.keys() - published.keys())
    notes = [f"{len(changed)} of {len(published)} values"] if changed else []
    notes += [f"{gone} values missing"] if gone else []
    notes += [f"{new} values too many"] if new else []
    if not changed:
        return Deviation(math.inf, ", ".join(notes) or "same values, other bytes")
    worst = max(changed, key=lambda place: relative(published[place], here[place]))
    values = f"{published[worst]:.40} -> {here[worst]:.40}"
    size = relative(published[worst], here[worst])
    return Deviation(size, f"{', '.join(worst)}: {values} ({', '.join(notes)})")
