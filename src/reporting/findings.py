"""What the verdicts say together, in sentences that are chosen and worded by rule from the data."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reporting.claim_tables import ICONS, is_exact, quotation, table
from reporting.disagreements import disagreements
from reporting.explanations import decisions
from reporting.numbers import Entry, measured

COUNTED = ("supported", "within seed noise", "contradicted")
SHOWN = 3  # examples a finding


def summary(verdicts: Mapping[str, Any]) -> str:
    """The table of verdicts by report, and below it the findings as a list."""
    points = "\n".join(f"- {finding}" for finding in findings(verdicts))
    return f"{counts_table(verdicts['summary'])}\n\n{points}\n"


def counts_table(counts: Mapping[str, Any]) -> str:
    """How many claims of each report got which verdict; `no verdict` only where there are some."""
    columns = [*COUNTED, *(["no verdict"] if counts["both"]["no verdict"] else [])]
    icons = [ICONS[column if column in COUNTED else None] for column in columns]
    rows = [
        (name, *(str(row[column]) for column in ("claims", *columns)))
        for name, row in (
            ("report A", counts["A"]),
            ("report B", counts["B"]),
            ("both", counts["both"]),
        )
    ]
    return table(("", "claims", *icons), rows, numeric=len(columns) + 1)


def findings(verdicts: Mapping[str, Any]) -> list[str]:
    """The findings, each one a sentence or two of Markdown."""
    claims = verdicts["claims"]
    found = [
        supported(claims),
        contradicted(claims),
        undecided(claims, verdicts["summary"]["tested"]),
        luck(claims),
        *disagreements(claims),
        largest_gain(claims),
        *decisions(verdicts),
    ]
    return [finding for finding in found if finding]


def supported(claims: Sequence[Entry]) -> str:
    """How many claims hold, and how many of these would in any run."""
    held = [claim for claim in claims if claim["verdict"] == "supported"]
    exact = sum(is_exact(claim) for claim in held)
    sure = f" Exact, as no seed can change them: {exact}." if exact else ""
    return f"**Supported: {len(held)}.**{sure}" if held else ""


def contradicted(claims: Sequence[Entry]) -> str:
    """The contradicted claims, the surest first."""
    wrong = [claim for claim in claims if claim["verdict"] == "contradicted"]
    if not wrong:
        return "**Contradicted: none.** No sentence of either report is refuted by the seeds."
    wrong.sort(key=lambda claim: claim["p_adjusted"] or 0.0)
    more = f"; and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    return f"**Contradicted: {len(wrong)}.** {'; '.join(map(told, wrong[:SHOWN]))}{more}."


def undecided(claims: Sequence[Entry], tested: int) -> str:
    """How many claims stay within seed noise, and what the correction has to do with it."""
    noise = [claim for claim in claims if claim["verdict"] == "within seed noise"]
    if not noise:
        return ""
    seeds = counted(claim["seeds"] for claim in noise)
    parts = [f"**Within seed noise: {len(noise)}.** {seeds} seeds cannot tell them from chance."]
    alone = [claim["verdict_uncorrected"] for claim in noise]
    would, would_not = alone.count("supported"), alone.count("contradicted")
    if would or would_not:
        parts.append(
            f"Their 95 % intervals alone would support {would} and contradict {would_not}; "
            f"the correction for all {tested} tests takes that back."
        )
    return " ".join(parts)


def luck(claims: Sequence[Entry]) -> str:
    """The claims on which the seed would have decided, the most evenly divided first."""
    divided = [claim for claim in claims if 0 < claim["single_run_supports"] < claim["seeds"]]
    if not divided:
        return ""
    divided.sort(key=lambda claim: abs(claim["single_run_supports"] / claim["seeds"] - 0.5))
    first = divided[0]
    return (
        f"**One run is luck.** On {len(divided)} of {len(claims)} claims some single runs would "
        f"have said yes and others no. Most evenly split: “{first['statement']}” "
        f"{first['single_run_supports']} of {first['seeds']} runs say so."
    )


def largest_gain(claims: Sequence[Entry]) -> str:
    """The largest difference in final validation accuracy that was claimed and holds."""
    held = [
        claim
        for claim in claims
        if claim["verdict"] == "supported"
        and (claim["quantity"], claim["scale"]) == ("final_validation_accuracy", "difference")
    ]
    if not held:
        return ""
    first = max(held, key=lambda claim: abs(claim["difference"]))
    return f"**The largest effect on accuracy that holds:** {told(first)}."


def told(claim: Entry) -> str:
    """A claim in its report's words, and what was measured."""
    place = f"report {claim['report']}, {claim['where']}"
    return f"{quotation(claim['quote'])} ({place}): {measured(claim)}"


def counted(numbers: Iterable[int]) -> str:
    """`6`, or `3 to 6` where not all are alike."""
    ends = sorted(set(numbers))
    return " to ".join(str(end) for end in dict.fromkeys((ends[0], ends[-1])))
