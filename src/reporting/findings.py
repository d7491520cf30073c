"""What the verdicts say together, in sentences that are worded by rule from the data."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from judging.verdicts import Verdict
from reporting.tables import ICONS, grouped, table

WHY = (
    "**Why are ten layers worse than one?** Both reports blame overfitting. What became of the "
    "predictions of each explanation, for the networks of both:"
)
# What every explanation rests on: something to explain, and an instrument that would see it.
PRESUMED = ("the drop", "vanishing gradients, the instrument")
KINDS = {"seeds": "", "one run": "a number of one run: ", "arithmetic": "by arithmetic alone: "}


def findings(verdicts: Sequence[Verdict]) -> str:
    """How far one run can be trusted, then the verdicts by report, and what explains ten layers."""
    claims = [verdict for verdict in verdicts if not verdict.explanation]
    paragraphs = [*divided_runs(claims), counts_table(claims), *refuted(claims)]
    return "\n\n".join([*paragraphs, *explained(verdicts)])


def counts_table(claims: Sequence[Verdict]) -> str:
    """How many claims of each report got which verdict; arithmetic and single runs apart."""
    reports = list(dict.fromkeys(claim.report for claim in claims))
    rows = []
    for kind, prefix in KINDS.items():
        for verdict, icon in ICONS.items():
            chosen = [one.report for one in claims if (one.kind, one.verdict) == (kind, verdict)]
            if chosen:
                counts = [chosen.count(report) for report in reports]
                rows.append((f"{icon} {prefix}{verdict}", *map(str, [*counts, len(chosen)])))
    header = ("", *(f"report {report}" for report in reports), "all")
    return table(header, rows, numeric=len(reports) + 1)


def refuted(claims: Sequence[Verdict]) -> Iterator[str]:
    """In which tasks claims are contradicted, or numbers not reproduced."""
    for verdict in ("contradicted", "not reproduced"):
        chosen = [claim for claim in claims if claim.verdict == verdict]
        places = [
            f"report {report} in {', '.join(grouped(own, lambda one: one.where.split(',')[0]))}"
            for report, own in grouped(chosen, lambda one: one.report).items()
        ]
        if chosen:
            yield f"**{verdict.capitalize()}:** {'; '.join(places)}."


def explained(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """What became of the predictions of each explanation."""
    predictions = [one for one in verdicts if one.explanation and one.explanation not in PRESUMED]
    texts = []
    for name, own in grouped(predictions, lambda one: one.explanation).items():
        counts = Counter(one.verdict for one in own)
        fates = (f"{count} of {len(own)} {verdict}" for verdict, count in counts.items())
        texts.append(", ".join((name, *fates)))
    if texts:
        yield f"{WHY} {'; '.join(texts)}."


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


def changes(verdicts: Sequence[Verdict], of: Callable[[Verdict], str]) -> str:
    """A list of what changed in the readings, by claim; alike changes are told once."""
    texts = grouped((verdict for verdict in verdicts if of(verdict)), of)
    names = {text: ", ".join(f"[`{one.id}`](#{one.id})" for one in texts[text]) for text in texts}
    return "\n".join(f"- {names[text]}: {text}" for text in texts) or "Nothing."
