"""What the verdicts say together, in sentences that are worded by rule from the data."""

from collections.abc import Callable, Iterator, Sequence

from judging.verdicts import Verdict
from reporting.tables import ICONS, grouped, quotation, table

KINDS = {"seeds": "", "one run": "a number of one run: ", "arithmetic": "by arithmetic alone: "}


def summary(verdicts: Sequence[Verdict], tricks: str) -> str:
    """The tricks, then how far one run can be trusted, then the verdicts by report, and why."""
    claims = [verdict for verdict in verdicts if not verdict.explanation]
    divided = "".join(f"{sentence}\n\n" for sentence in divided_runs(claims))
    points = "\n".join(f"- {finding}" for finding in [*refuted(claims), *explained(verdicts)])
    return f"{tricks}\n\n{divided}{counts_table(claims)}\n\n{points}\n"


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
    """All claims that are contradicted, or numbers not reproduced, in their reports' words."""
    for verdict in ("contradicted", "not reproduced"):
        chosen = [claim for claim in claims if claim.verdict == verdict]
        quotes = (f"{quotation(one.quote)} ({one.report}, {one.where})" for one in chosen)
        if chosen:
            yield f"**{verdict.capitalize()}: {len(chosen)}.** {'; '.join(quotes)}."


def explained(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """How each explanation fared of each network that is explained, by measure."""
    predictions = [verdict for verdict in verdicts if verdict.explanation]
    for network, own in grouped(predictions, lambda one: one.where).items():
        texts = [
            f"{name}: {', '.join(f'{one.verdict}{measure(one)}' for one in alike)}"
            for name, alike in grouped(own, intervention).items()
        ]
        text = "; ".join(texts)
        yield f"**`{network}`, cause by cause.** {text[0].upper()}{text[1:]}."


def intervention(prediction: Verdict) -> str:
    """The explanation and, if the prediction is on it, the network with one thing changed."""
    networks = (name for part in prediction.parts for name in part.variants)
    changed = next((name for name in networks if name.startswith(f"{prediction.where}-")), "")
    return f"{prediction.explanation} (`{changed}`)" if changed else prediction.explanation


def measure(prediction: Verdict) -> str:
    """What a prediction is about, as ` for accuracy`; nothing where it is neither measure."""
    quantities = {part.quantity for part in prediction.parts}
    words = [name for name in ("accuracy", "loss") if f"final_validation_{name}" in quantities]
    return f" for {' and '.join(words)}" if words else ""


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
    lines = [f"- {', '.join(f'`{one.id}`' for one in own)}: {text}" for text, own in texts.items()]
    return "\n".join(lines) or "Nothing."
