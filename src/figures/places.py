"""Verdicts as the forest plot shows them: how far each measurement lies from what is claimed.

Claims on losses, accuracies, steps and costs fit one picture when each distance is counted in
half-widths of its own 95 % interval: above 0 the mean lies where the claim says it lies, below 0 it
does not, and every interval reaches one unit to both sides. An interval clear of 0 decides.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import records

VERDICTS = ("supported", "contradicted", "within seed noise")
TEN_LAYERS = "ten layers"


class Place(NamedTuple):
    """A mean and the ends of its interval, as signed distances; an open end is infinite.

    An exact number has no interval, and so no distance: only a side, ±infinity.
    """

    middle: float
    low: float
    high: float

    @property
    def exact(self) -> bool:
        """Whether there is no interval: the number is the same in every seed."""
        return math.isinf(self.middle)


class Judged(NamedTuple):
    """A claim or prediction; no place or verdict: none could be given (a single seed)."""

    id: str
    heading: str
    statement: str
    verdict: str | None
    place: Place | None


def read_verdicts(path: str | Path) -> dict[str, list[Judged]]:
    """The claims of metrics/verdicts.json by report, predictions under TEN_LAYERS.

    Raises ValueError in one line that names the file, OSError.
    """
    content = records.read_json(path)
    judged: dict[str, list[Judged]] = {}
    try:
        for entry in content["claims"]:
            judged.setdefault(entry["report"], []).append(_judged(entry, _task(entry["where"])))
        for entry in content["ten_layers"]["predictions"]:
            heading = f"{entry['variants'][0]}: {entry['explanation']}"
            judged.setdefault(TEN_LAYERS, []).append(_judged(entry, heading))
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"{path}: not as judge writes it ({error!r})") from None
    return judged


def _task(where: str) -> str:
    return where.split(",")[0].capitalize()


def _judged(entry: Mapping[str, Any], heading: str) -> Judged:
    if entry["verdict"] not in (None, *VERDICTS):
        raise ValueError(f"{entry['id']}: verdict {entry['verdict']}")
    statement = entry["statement"].removesuffix(".")
    return Judged(entry["id"], heading, statement, entry["verdict"], place(entry))


def place(entry: Mapping[str, Any]) -> Place | None:
    """Where an entry of verdicts.json stands. Raises ValueError, TypeError, KeyError."""
    if entry["difference"] is None or entry["interval"] in (None, [None, None]):
        return None
    ratio = entry["scale"] == "ratio"
    mean = _number(entry["difference"], ratio)
    low, high = (end if end is None else _number(end, ratio) for end in entry["interval"])
    claimed = (end if end is None else _number(end, ratio) for end in entry["claimed"])
    above, below = (
        math.inf if end is None else sign * (mean - end)
        for end, sign in zip(claimed, (1, -1), strict=True)
    )
    half = max(abs(mean - end) for end in (low, high) if end is not None)
    if half == 0:
        side = math.copysign(math.inf, min(above, below))
        return Place(side, side, side)
    middle = min(above, below) / half
    if below < above:  # seen from the upper edge, which is the nearer, the interval is mirrored
        low, high = high, low
    return Place(
        middle,
        -math.inf if low is None else middle - 1,
        math.inf if high is None else middle + 1,
    )


def _number(value: float, ratio: bool) -> float:
    """The number, of a ratio its logarithm. Raises ValueError where it is not finite."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is not finite")
    return math.log(value) if ratio else value
