"""What the verdicts say together, in sentences that are chosen and worded by rule from the data."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations

from judging.verdicts import Part, Verdict
from reporting.tables import ICONS, estimate, quantity, quotation, table

KINDS = {"seeds": "", "one run": "a number of one run: ", "arithmetic": "by arithmetic alone: "}
# How an explanation fared whose prediction got that verdict; what is not decided is open.
FARED = {"supported": "holds", "contradicted": "fails"}
# What the largest effect is looked for in: unit and scale of a comparison.
EFFECTS = {
    "accuracy": ("fraction", "difference"),
    "loss": ("nats", "difference"),
    "speed": ("steps", "ratio"),
}


def summary(verdicts: Sequence[Verdict]) -> str:
    """The table of verdicts by report, and below it the findings as a list."""
    claims = [verdict for verdict in verdicts if not verdict.explanation]
    findings = [
        *named(claims, "contradicted"),
        *named(claims, "not reproduced"),
        *explained(verdicts),
        *largest_effects(claims),
        *divided_runs(claims),
        *disagreements(claims),
        *other_images(claims),
    ]
    points = "\n".join(f"- {finding}" for finding in findings)
    return f"{counts_table(claims)}\n\n{points}\n"


def counts_table(claims: Sequence[Verdict]) -> str:
    """How many claims of each report got which verdict; arithmetic and single runs apart."""
    reports = list(dict.fromkeys(claim.report for claim in claims))
    rows = []
    for kind, prefix in KINDS.items():
        for verdict, icon in ICONS.items():
            counts = [
                sum((c.report, c.kind, c.verdict) == (report, kind, verdict) for c in claims)
                for report in reports
            ]
            if any(counts):
                words = f"{icon} {prefix}{verdict}"
                rows.append((words, *map(str, counts), str(sum(counts))))
    header = ("", *(f"report {report}" for report in reports), "all")
    return table(header, rows, numeric=len(reports) + 1)


def named(claims: Sequence[Verdict], verdict: str) -> Iterator[str]:
    """All claims that got a verdict, in their reports' words."""
    chosen = [claim for claim in claims if claim.verdict == verdict]
    if chosen:
        yield f"**{verdict.capitalize()}: {len(chosen)}.** {'; '.join(map(cited, chosen))}."
    elif verdict == "contradicted":
        yield "**Contradicted: none.** No sentence of a report is refuted."


def explained(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """How each explanation fared of each network that is explained, by measure."""
    networks: dict[str, dict[str, list[str]]] = {}
    for verdict in verdicts:
        if verdict.explanation:
            heading = f"{verdict.explanation}{intervention(verdict)}"
            fared = FARED.get(verdict.verdict, "stays open") + measure(verdict)
            networks.setdefault(verdict.where, {}).setdefault(heading, []).append(fared)
    for network, explanations in networks.items():
        text = "; ".join(f"{name}: {', '.join(fared)}" for name, fared in explanations.items())
        yield f"**What explains `{network}`?** {text[0].upper()}{text[1:]}."


def intervention(verdict: Verdict) -> str:
    """The network in which one thing was changed, as ` (with ...)`; nothing where there is none."""
    networks = (name for part in verdict.parts for name in part.variants)
    changed = (name for name in networks if name.startswith(f"{verdict.where}-"))
    name = next(changed, "")
    return f" (`{name}`)" if name else ""


def measure(verdict: Verdict) -> str:
    """What an explanation is judged on, as ` for accuracy`; nothing where it is neither measure."""
    quantities = [part.quantity for part in verdict.parts]
    words = [name for name in ("accuracy", "loss") if f"final_validation_{name}" in quantities]
    return f" for {' and '.join(words)}" if words else ""


def largest_effects(claims: Sequence[Verdict]) -> Iterator[str]:
    """The largest effects on accuracy, loss and speed that were claimed and hold."""
    found = []
    for name, like in EFFECTS.items():
        held = [
            claim
            for claim in claims
            if claim.verdict == "supported" and (claim.unit, claim.scale) == like
        ]
        if held:
            found.append(f"{name}: {cited(max(held, key=size))}")
    if found:
        yield f"**The largest effects that hold.** {'; '.join(found)}."


def size(claim: Verdict) -> float:
    """How far a measurement is from no effect."""
    value = claim.difference or 0.0
    return max(value, 1 / value) if claim.scale == "ratio" else abs(value)


def divided_runs(claims: Sequence[Verdict]) -> Iterator[str]:
    """The claims on which some single runs say yes and others no, the most even as the example."""
    tested = [claim for claim in claims if claim.kind == "seeds"]
    divided = [claim for claim in tested if 0 < claim.single_run_supports < claim.seeds]
    if divided:
        first = min(divided, key=lambda claim: abs(claim.single_run_supports / claim.seeds - 0.5))
        yield (
            f"**One run is not enough.** On {len(divided)} of {len(tested)} claims some runs "
            f"say yes and others no. Most evenly split: “{first.statement}” "
            f"{first.single_run_supports} of {first.seeds} runs say so."
        )


def disagreements(claims: Sequence[Verdict]) -> Iterator[str]:
    """Where two reports claim what cannot both be true of the same networks, once a topic."""
    topics: dict[tuple[object, ...], list[tuple[float, float, Verdict]]] = {}
    for claim in claims:
        part = claim.parts[0]
        if len(claim.parts) == 1 and part.scale == "difference":
            topic = (part.quantity, str(part.parameters), *sorted(part.variants))
            topics.setdefault(topic, []).append((*region(part), claim))
    for rivals in topics.values():
        for (low, high, one), (other_low, other_high, other) in combinations(rivals, 2):
            if one.report != other.report and (high <= other_low or other_high <= low):
                said = [f"{c.report}: “{c.statement}” ({c.verdict})." for c in (one, other)]
                yield f"**The reports disagree on {quantity(one.parts[0])}.** {' '.join(said)}"
                break


def region(part: Part) -> tuple[float, float]:
    """What the words claim of two networks, taken in alphabetical order; ends can be infinite."""
    low = -math.inf if part.claimed[0] is None else part.claimed[0]
    high = math.inf if part.claimed[1] is None else part.claimed[1]
    return (low, high) if part.variants[0] < part.variants[1] else (-high, -low)


def other_images(claims: Sequence[Verdict]) -> Iterator[str]:
    """How many verdicts another test set of the same size could turn."""
    holds = [claim.parts[claim.deciding].holds_for_other_images for claim in claims]
    if False in holds:
        yield (
            f"**Other test images could turn {holds.count(False)}** of the "
            f"{len(holds) - holds.count(None)} verdicts on accuracies: they are marked."
        )


def changes(verdicts: Sequence[Verdict], of: Callable[[Verdict], str]) -> str:
    """A list of what changed in the readings, by claim; alike changes are told once."""
    found: dict[str, list[str]] = {}
    for verdict in verdicts:
        if of(verdict):
            found.setdefault(of(verdict), []).append(f"`{verdict.id}`")
    return "\n".join(f"- {', '.join(ids)}: {text}" for text, ids in found.items()) or "Nothing."


def cited(claim: Verdict) -> str:
    """A claim in its report's words, and what was measured."""
    place = f"report {claim.report}, {claim.where}"
    return f"{quotation(claim.quote)} ({place}): {estimate(claim.parts[claim.deciding])}"


def counted(numbers: Iterable[int]) -> str:
    """`6`, or `3 to 6` where not all are alike."""
    ends = sorted(set(numbers)) or [0]
    return " to ".join(f"{end:,}" for end in dict.fromkeys((ends[0], ends[-1])))
