"""Where the two reports claim what cannot both be true of the same networks."""

import math
from collections.abc import Iterator, Sequence

from reporting.numbers import Entry, measured


def disagreements(claims: Sequence[Entry]) -> Iterator[str]:
    """One sentence or two on each difference that they disagree on."""
    told_of = set()
    ours, theirs = ([c for c in claims if c["report"] == name] for name in ("A", "B"))
    for one in ours:
        for other in theirs:
            topic = (one["quantity"], frozenset(one["variants"]))
            if topic not in told_of and exclude_each_other(one, other):
                told_of.add(topic)
                yield (
                    f"**The reports disagree on {one['quantity'].replace('_', ' ')}.** "
                    f"A: “{one['statement']}” B: “{other['statement']}” "
                    f"{outcome(one, other)} "
                    f"Measured, as A puts it: {measured(one)}."
                )


def outcome(one: Entry, other: Entry) -> str:
    """Who of the two is right, as far as the verdicts say."""
    by_verdict: dict[str | None, list[str]] = {}
    for claim in (one, other):
        by_verdict.setdefault(claim["verdict"], []).append(claim["report"])
    if "supported" in by_verdict:
        return f"Report {by_verdict['supported'][0]} is right."
    wrong = by_verdict.get("contradicted", [])
    if len(wrong) == 2:
        return "Both are wrong."
    return f"Report {wrong[0]} is wrong." if wrong else "The seeds do not decide it."


def exclude_each_other(one: Entry, other: Entry) -> bool:
    """Whether two claims on one difference leave no number above or below 0 to both."""
    comparable = {one["scale"], other["scale"]} == {"difference"} and all(
        one[key] == other[key] for key in ("quantity", "parameters")
    )
    if not comparable or set(one["variants"]) != set(other["variants"]):
        return False
    low, high = region(one)
    other_low, other_high = region(other)
    if one["variants"] != other["variants"]:
        other_low, other_high = -other_high, -other_low
    return high <= other_low or other_high <= low


def region(entry: Entry) -> tuple[float, float]:
    """What the words claim, with infinite ends where they claim none."""
    low, high = entry["claimed"]
    return (-math.inf if low is None else low, math.inf if high is None else high)
