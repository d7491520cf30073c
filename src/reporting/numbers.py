"""Measurements as text: two digits of what is uncertain, a sign on differences, a unit.

A ratio that was claimed to be lower is turned over, so that it reads "17 times lower". `entry` is
always one claim of metrics/verdicts.json (its keys: judge.py).
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

Entry = Mapping[str, Any]

MINUS, NO_BREAK = "−", "\u00a0"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# The relations whose bound still belongs to what is claimed.
CLOSED = {"not_higher", "not_lower", "at_most", "at_least"}
BARE = {"fraction", "ratio"}
BILLION = 1e9


class View(NamedTuple):
    """A claim's numbers as they are shown; None is an end that is open, or no number at all."""

    unit: str
    signed: bool
    mean: float | None
    low: float | None
    high: float | None
    claimed_low: float | None
    claimed_high: float | None


def view(entry: Entry) -> View:
    """The numbers of a claim in the direction and unit of its words."""
    low, high = entry["interval"] or (None, None)
    numbers: list[float | None] = [entry["difference"], low, high, *entry["claimed"]]
    unit, signed = unit_of(entry), entry["scale"] in ("difference", "gain")
    if entry["scale"] == "ratio":
        unit = entry["relation"].replace("_", " ")
        if entry["relation"] == "times_lower":
            mean, low, high, claimed_low, claimed_high = (n and 1 / n for n in numbers)
            numbers = [mean, high, low, claimed_high, claimed_low]
    elif abs(entry["difference"] or 0) >= BILLION:
        unit = f"billion {unit}"
        numbers = [n and n / BILLION for n in numbers]
    return View(unit, signed, *numbers)


def unit_of(entry: Entry) -> str:
    """The unit of the claim's quantity; accuracies and ratios are bare numbers."""
    return "" if entry["unit"] in BARE else str(entry["unit"])


def measured(entry: Entry) -> str:
    """Mean and 95 % interval, as `**+0.0407** [+0.0373, +0.0442]`, and the unit."""
    seen = view(entry)
    if seen.mean is None:
        return "not measurable"
    mean = f"**{_rounded(seen.mean, seen)}**"
    if entry["interval"] is None or seen.low == seen.high is not None:
        return f"{mean} {seen.unit}".rstrip()
    low, high = ("…" if end is None else _rounded(end, seen) for end in (seen.low, seen.high))
    return f"{mean} [{low},{NO_BREAK}{high}] {seen.unit}".rstrip()


def span(entry: Entry) -> str:
    """The lowest and the highest single run, as precise as the interval."""
    seen = view(entry)
    if not entry["per_seed"]:
        return "–"
    low, high = (_rounded(end, seen) for end in (min(entry["per_seed"]), max(entry["per_seed"])))
    return f"{low} to {high} {seen.unit}".rstrip()


def means(entry: Entry) -> str:
    """What a difference or ratio is made of: the mean of each network, in the claim's order."""
    seen, unit = view(entry), unit_of(entry)
    if max(map(abs, entry["means"])) >= BILLION:
        shown = [_three_digits(mean / BILLION) for mean in entry["means"]]
        unit = f"billion {unit}"
    elif seen.signed:
        shown = [_rounded(mean, seen._replace(signed=False)) for mean in entry["means"]]
    else:
        shown = [_three_digits(mean) for mean in entry["means"]]
    joint = " against " if len(shown) == 2 else ", then "
    return f"{joint.join(shown)} {unit}".rstrip()


def claimed(entry: Entry) -> str:
    """The numbers that the words claim, in the unit of what was measured.

    `more than +0.02`, `exactly 640`, `500 to 1,000`, `more than 2 times lower`.
    """
    seen = view(entry)
    low, high = (
        None if end is None else _stated(end, seen.signed)
        for end in (seen.claimed_low, seen.claimed_high)
    )
    closed = entry["relation"] in CLOSED
    if low is None:
        text = f"{'at most' if closed else 'less than'} {high}"
    elif high is None:
        text = f"{'at least' if closed else 'more than'} {low}"
    else:
        text = f"exactly {low}" if low == high else f"{low} to {high}"
    return f"{text} {seen.unit}" if entry["scale"] == "ratio" else text


def _rounded(value: float, seen: View) -> str:
    """`value` with the decimal places that show two digits of the interval's half-width; as it is
    where there is no width."""
    ends = [end for end in (seen.low, seen.high) if end is not None and seen.mean is not None]
    half = max((abs(end - (seen.mean or 0)) for end in ends), default=0)
    if half == 0:
        return _stated(value, seen.signed)
    places = 1 - math.floor(math.log10(half))
    # Python rounds to tens and hundreds too, but does not print so.
    return _signed(f"{round(abs(value), places):,.{max(places, 0)}f}", value, seen.signed)


def _three_digits(value: float) -> str:
    """`value`, where it is small, in three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"


def _stated(value: float, signed: bool) -> str:
    """`value` in the six digits that are published, small ones as `7.9·10⁻⁸`."""
    size = abs(value)
    mantissa, _, exponent = f"{size:,.6g}".partition("e")
    if size >= 1e5:
        return _signed(f"{size:,.0f}", value, signed)
    power = f"·10{str(int(exponent)).translate(SUPERSCRIPTS)}" if exponent else ""
    return _signed(mantissa + power, value, signed)


def _signed(text: str, value: float, signed: bool) -> str:
    if not text.strip("0.,"):
        return text
    return (MINUS if value < 0 else "+" if signed else "") + text
