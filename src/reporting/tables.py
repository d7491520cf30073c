"""Claims, comparisons and networks, as tables and lists in Markdown that GitHub renders."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from own import plus_minus

from judging.verdicts import Part, Verdict
from reporting.wording import (
    NO_BREAK,
    bracket,
    claimed,
    estimate,
    means,
    quantity,
    settings,
    shown,
)
from workflow.settings import Network

ICONS = {
    "supported": "✅",
    "contradicted": "❌",
    "no difference that matters": "🟰",
    "undecided": "❔",
    "reproduced": "✅",
    "not reproduced": "❌",
}


def table(header: Sequence[str], rows: Iterable[Sequence[str]], numeric: int = 0) -> str:
    """A table whose last `numeric` columns are aligned to the right.

    Cells are not padded, as tabulate does: long ones would make every line as long.
    """
    rule = ["---"] * (len(header) - numeric) + ["---:"] * numeric
    cells = [[cell.replace("\n", " ").replace("|", r"\|") for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, rule, *cells))


def grouped(verdicts: Iterable[Verdict], key: Callable[[Verdict], str]) -> dict[str, list[Verdict]]:
    """Verdicts by what `key` gives, in the order of the first of each."""
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(key(verdict), []).append(verdict)
    return groups


def claims_table(claims: Sequence[Verdict]) -> str:
    """Every claim beside its verdict, which leads to its reading, and its evidence."""
    quotes = ["", *(one.quote for one in claims)]
    rows = zip(map(words, claims, quotes), map(verdict, claims), map(measured, claims), strict=True)
    return table(("claim", "verdict, single runs", "measured, claimed"), rows)


def words(claim: Verdict, before: str = "") -> str:
    """The quotation, unless it is that of the row before, and, smaller, how it was read; the
    claim's id is an anchor."""
    said = "the same words" if claim.quote == before else quotation(claim.quote)
    said = claim.explanation or said
    return f'<a id="{claim.id}"></a>{said}<br><sub>{claim.statement}</sub>'


def quotation(quote: str) -> str:
    """A report's words between marks, as Markdown; formulae as GitHub knows them: $`x = 1`$."""
    if "\\" in quote and "$" not in quote:
        quote = f"${quote}$"
    text = re.sub(r"\$([^$]+)\$", r"$`\1`$", quote)
    # A formula is only seen as one next to a space, not next to a quotation mark.
    return f"“{' ' * text.startswith('$`')}{text}{' ' * text.endswith('`$')}”"


def verdict(claim: Verdict) -> str:
    """The verdict, a link to the reading; smaller, how many single runs would have said what the
    report says, what would decide it, and whether other test images could turn it."""
    lines = [f"{ICONS[claim.verdict]}{NO_BREAK}[{claim.verdict}](readings.md#{claim.id})"]
    lines.append(f"<sub>{runs(claim)}</sub>")
    if claim.seeds_needed is not None:
        lines.append(f"<sub>{claim.seeds_needed:,} seeds would decide</sub>")
    if claim.parts[claim.deciding].holds_for_other_images is False:
        lines.append("<sub>⚠️ other images</sub>")
    return "<br>".join(lines)


def measured(claim: Verdict) -> str:
    """What was measured, of several comparisons that on which the verdict rests, and is claimed."""
    part = claim.parts[claim.deciding]
    small = [quantity(part)] if len(claim.parts) > 1 else []
    small.append(f"claimed {claimed(part)}")
    return "<br>".join([estimate(part), *(f"<sub>{line}</sub>" for line in small)])


def runs(claim: Verdict) -> str:
    """How many of the single runs would have said what the report says, or where they fell."""
    if claim.kind == "arithmetic":
        return "exact"
    if claim.kind == "one run" and claim.per_seed:
        view = shown(claim.parts[claim.deciding])
        return f"{view.text(min(claim.per_seed))} to {view.text(max(claim.per_seed))}"
    return f"{claim.single_run_supports}/{claim.seeds}"


def readings(claims: Iterable[Verdict]) -> str:
    """Why each claim is read so and, below it, every comparison; its id is an anchor."""
    lines = []
    for one in claims:
        reading = f"[{one.statement}](report.md#{one.id}) {one.reason}"
        lines.append(f'- <a id="{one.id}"></a>{reading}')
        lines += [f"  - {comparison(part)}" for part in one.parts]
    return "\n".join(lines)


def comparison(part: Part) -> str:
    """What was measured and claimed in one comparison, and what its verdict rests on."""
    texts = [f"{estimate(part)}, claimed {claimed(part)}", means(part)]
    if part.level is not None and part.interval != (None, None):
        texts.append(f"interval at {100 * (1 - part.level):.4g}{NO_BREAK}%")
    if part.image_interval:
        texts.append(f"with other images {bracket(shown(part), part.image_interval)}")
    if part.note and part.kind != "arithmetic":
        texts.append(part.note)
    return f"{ICONS[part.verdict]} {quantity(part)}: {'; '.join(texts)}"


def networks_table(variants: Mapping[str, Network], means: Mapping[str, Mapping[str, Any]]) -> str:
    """The first network's settings, what others change in them, and means over seeds ± deviations.

    means: as in comparison.json.
    """
    numbers = ("weights", "epochs", "training loss", "validation loss", "validation accuracy")
    first = next(iter(variants.values()))
    rows = [
        (
            f"`{name}`",
            settings(network) if network is first else settings(network, first),
            f"{means[name]['parameters']:,}",
            f"{means[name]['epochs']:.1f}",
            f"{means[name]['train_loss']:.4f}",
            plus_minus(means[name], "validation_loss", 4).replace(" ", NO_BREAK),
            plus_minus(means[name], "validation_accuracy", 4).replace(" ", NO_BREAK),
        )
        for name, network in variants.items()
    ]
    return table(("network", "settings", *numbers), rows, numeric=len(numbers))


def spread_table(spread: Mapping[str, Mapping[str, Any]]) -> str:
    """A row a network: how far its runs lie apart by what alone differs between them."""
    sources = list(next(iter(spread.values())))
    rows = [
        (f"`{name}`", *(apart(own[source]) for source in sources)) for name, own in spread.items()
    ]
    return table(("network", *(f"only the {source}" for source in sources)), rows)


def apart(deviations: Mapping[str, Any]) -> str:
    """The deviations of accuracy, in points, and of loss, in nats, with their intervals."""
    texts = []
    for measure, factor, places, unit in (("accuracy", 100, 2, "points"), ("loss", 1, 4, "nats")):
        one = deviations[measure]
        low, high = (f"{factor * end:.{places}f}" for end in one["interval"])
        found = f"{factor * one['standard_deviation']:.{places}f}"
        texts.append(f"{found}{NO_BREAK}{unit} <sub>[{low},{NO_BREAK}{high}]</sub>")
    return "<br>".join(texts)
