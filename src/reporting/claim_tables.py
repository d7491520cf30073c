"""The report's tables of claims, as Markdown that GitHub renders. `entry`: see judge.py."""

import re
from collections.abc import Iterable, Sequence

from reporting import numbers
from reporting.numbers import Entry

ICONS = {
    "supported": "✅\u00a0supported",
    "within seed noise": "➖\u00a0within seed noise",
    "contradicted": "❌\u00a0contradicted",
    None: "❔\u00a0no verdict",
}
MEASURED = "measured [95 % interval]"
FIGURE = re.compile(r"\d+(?:\.\d+)?")


def table(header: Sequence[str], rows: Iterable[Sequence[str]], numeric: int = 0) -> str:
    """A table whose last `numeric` columns are aligned to the right. Cells may hold anything."""
    rule = ["---"] * (len(header) - numeric) + ["---:"] * numeric
    cells = [[re.sub(r"[\r\n]+", " ", cell).replace("|", r"\|") for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, rule, *cells))


def claims_table(entries: Sequence[Entry]) -> str:
    """Every claim beside its verdict and evidence; how it was read is folded away below."""
    said = ("what the report says, and its reading", "claimed")
    words_head, range_head = ("prediction", "predicted") if "explanation" in entries[0] else said
    header = (words_head, "verdict", MEASURED, range_head, "single runs")
    rows = [(words(e), verdict(e), evidence(e), numbers.claimed(e), runs(e)) for e in entries]
    readings = "\n".join(f"- `{entry['id']}`: {reading(entry)}" for entry in entries)
    fold = "<details><summary>What is compared, and why these margins</summary>"
    return f"{table(header, rows)}\n\n{fold}\n\n{readings}\n\n</details>"


def predictions_tables(predictions: Sequence[Entry]) -> str:
    """A table for each network that is explained, under its name."""
    networks = dict.fromkeys(entry["variants"][0] for entry in predictions)
    return "\n\n".join(
        f"**`{name}`**\n\n{claims_table([e for e in predictions if e['variants'][0] == name])}"
        for name in networks
    )


def words(entry: Entry) -> str:
    """The quotation and, smaller, how it was read; the claim's id is an anchor."""
    anchor = f'<a id="{entry["id"]}"></a>'
    if "explanation" in entry:
        return f"{anchor}{entry['explanation']}: {entry['statement']}"
    return f"{anchor}{quotation(entry['quote'])}<br><sub>{entry['statement']}</sub>"


def quotation(quote: str) -> str:
    """A report's words between marks, as Markdown; formulae as GitHub knows them: $`x = 1`$."""
    if "\\" in quote and "$" not in quote:
        quote = f"${quote}$"
    text = re.sub(r"\$([^$]+)\$", r"$`\1`$", quote)
    # A formula is only seen as one next to a space, not next to a quotation mark.
    return f"“{' ' * text.startswith('$`')}{text}{' ' * text.endswith('`$')}”"


def verdict(entry: Entry) -> str:
    """The verdict and, where the correction took it away, what the interval alone says."""
    shown = ICONS[entry["verdict"]]
    if entry["verdict"] == entry["verdict_uncorrected"]:
        return shown
    return f"{shown}<br><sub>its interval alone: {entry['verdict_uncorrected']}</sub>"


def evidence(entry: Entry) -> str:
    """What was measured and, smaller, what the difference is made of, and any remark."""
    lines = [numbers.means(entry)] if len(entry["means"]) > 1 else []
    if entry["note"] and not is_exact(entry):
        lines.append(entry["note"])
    return "<br>".join([numbers.measured(entry), *(f"<sub>{line}</sub>" for line in lines)])


def runs(entry: Entry) -> str:
    """How many of the single runs would have said what the report says."""
    if is_exact(entry):
        return "exact"
    if not entry["single_runs"]:
        return "–"
    return f"{entry['single_run_supports']} of {len(entry['single_runs'])}"


def is_exact(entry: Entry) -> bool:
    """Whether the number follows from the settings, so that there is nothing to test."""
    return bool(entry["note"].startswith("exact"))


def reading(entry: Entry) -> str:
    """Quantity, networks, p-value and the reason of the margin, in one line."""
    given = ", ".join(f"{name} {value}" for name, value in entry["parameters"].items())
    quantity = entry["quantity"].replace("_", " ") + (f" ({given})" if given else "")
    networks = " against ".join(f"`{name}`" for name in entry["variants"])
    p_value = "" if entry["p_adjusted"] is None else f", adjusted p {entry['p_adjusted']:.2g}"
    return f"{quantity} of {networks}{p_value}. {entry['reason']}"


def stated_numbers(claims: Sequence[Entry]) -> str:
    """The figures that the reports themselves give, beside ours."""
    header = ("report, task", "stated", MEASURED, "single runs", "verdict")
    rows = [
        (
            f"{entry['report']}, {entry['where'].removeprefix('task ')}",
            f"{quotation(entry['quote'])}<br><sub>{entry['statement']}</sub>",
            numbers.measured(entry),
            "exact" if is_exact(entry) else numbers.span(entry),
            ICONS[entry["verdict"]],
        )
        for entry in claims
        if states_number(entry)
    ]
    return table(header, rows)


def states_number(entry: Entry) -> bool:
    """Whether the claim is about a figure: one network's in a quote with digits, or one of its own
    numbers in the quote."""
    found = FIGURE.findall(entry["quote"])
    own = {f"{number:g}" for number in entry["numbers"].values()}
    return bool(found) and (entry["scale"] == "value" or not own.isdisjoint(found))
