"""Claims, their numbers and the networks, as Markdown that GitHub renders.

Numbers are shown with two digits of what is uncertain, a sign on differences, a unit. A ratio that
was claimed to be lower is turned over, so that it reads "17 times lower".
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from judging.inference import RELATIONS
from judging.verdicts import Ends, Part, Verdict
from settings import Network

NO_BREAK, MINUS = "\u00a0", "−"
BILLION = 1e9
ICONS = {
    "supported": "✅",
    "contradicted": "❌",
    "no difference that matters": "🟰",
    "undecided": "❔",
    "reproduced": "✅",
    "not reproduced": "❌",
}
# Units that are counted; of these a ratio says how many, not how high.
COUNTED = ("epochs", "multiply-accumulates", "numbers", "steps", "units", "weights")
# Quantities that their own names do not explain.
WORDS = {
    "accuracy_parting_step": "step at which training and validation accuracy part",
    "final_accuracy_gap": "final training accuracy less validation accuracy",
    "final_loss_gap": "final validation loss less training loss",
    "first_to_last_norm": "gradient norm of the first layer over that of the last",
    "hidden_outputs": "number of outputs of hidden units",
    "layer_weights": "number of weights in a layer",
    "parameters": "number of weights",
    "trainer_numbers": "numbers that the trainer keeps",
    "training_multiply_accumulates": "multiply-accumulates until the training stops",
    "two_layer_width": "width of two layers with as many weights",
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
    """Every claim beside its verdict and evidence; how it was read is folded away below."""
    header = ("claim", "verdict", "measured", "claimed", "single runs")
    rows = [(words(one), verdict(one), measured(one), claimed(one), runs(one)) for one in claims]
    readings = "\n".join(f"- `{one.id}`: {reading(one)}" for one in claims)
    fold = "<details><summary>All comparisons, and why these readings</summary>"
    return f"{table(header, rows)}\n\n{fold}\n\n{readings}\n\n</details>"


def words(claim: Verdict) -> str:
    """The quotation and, smaller, how it was read; the claim's id is an anchor."""
    said = claim.explanation or quotation(claim.quote)
    return f'<a id="{claim.id}"></a>{said}<br><sub>{claim.statement}</sub>'


def quotation(quote: str) -> str:
    """A report's words between marks, as Markdown; formulae as GitHub knows them: $`x = 1`$."""
    if "\\" in quote and "$" not in quote:
        quote = f"${quote}$"
    text = re.sub(r"\$([^$]+)\$", r"$`\1`$", quote)
    # A formula is only seen as one next to a space, not next to a quotation mark.
    return f"“{' ' * text.startswith('$`')}{text}{' ' * text.endswith('`$')}”"


def verdict(claim: Verdict) -> str:
    """The verdict; smaller, what would decide it, and whether other test images could turn it."""
    lines = [f"{ICONS[claim.verdict]}{NO_BREAK}{claim.verdict}"]
    if claim.seeds_needed is not None:
        lines.append(f"<sub>{claim.seeds_needed:,} seeds would decide</sub>")
    if claim.parts[claim.deciding].holds_for_other_images is False:
        lines.append("<sub>⚠️ other images</sub>")
    return "<br>".join(lines)


def measured(claim: Verdict) -> str:
    """What was measured, of several comparisons the one on which the verdict rests."""
    part = claim.parts[claim.deciding]
    small = [means(part)] if len(part.means) > 1 else []
    if len(claim.parts) > 1:
        small.append(f"{quantity(part)}, which decides of {len(claim.parts)}")
    if part.level is not None and part.interval != (None, None):
        small.append(f"at {100 * (1 - part.level):.4g}{NO_BREAK}%")
    if part.holds_for_other_images is False and part.image_interval:
        small.append(f"with other images {bracket(shown(part), part.image_interval)}")
    if part.note and claim.kind != "arithmetic":
        small.append(part.note)
    return "<br>".join([estimate(part), *(f"<sub>{line}</sub>" for line in small)])


def runs(claim: Verdict) -> str:
    """How many of the single runs would have said what the report says, or where they fell."""
    if claim.kind == "arithmetic":
        return "exact"
    if claim.kind == "one run" and claim.per_seed:
        view = shown(claim.parts[claim.deciding])
        return f"{view.text(min(claim.per_seed))} to {view.text(max(claim.per_seed))}"
    return f"{claim.single_run_supports}/{claim.seeds}"


def reading(claim: Verdict) -> str:
    """Why the claim is read so; of several comparisons also what came out."""
    parts = claim.parts if len(claim.parts) > 1 else ()
    texts = [f"{quantity(part)}, `{'`/`'.join(part.variants)}`: {estimate(part)}" for part in parts]
    return f"{'; '.join(texts)}{'. ' if texts else ''}{claim.reason}"


def quantity(part: Part) -> str:
    """What is measured, in words, with the numbers that it depends on."""
    given = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in part.parameters.items())
    name = WORDS.get(part.quantity, part.quantity.replace("_", " "))
    return name + (f" ({given})" if given else "")


class Shown(NamedTuple):
    """How the numbers of a comparison are shown: times `factor` or, if `turned`, 1 over the number;
    in which unit; with how many decimal places (None: all that are published)."""

    unit: str
    factor: float = 1.0
    turned: bool = False
    signed: bool = False
    places: int | None = None

    def number(self, value: float) -> float:
        """The number that is shown."""
        return 1 / value if self.turned else value * self.factor

    def text(self, value: float) -> str:
        """One number as it is shown."""
        size = abs(self.number(value))
        digits = plain(size) if self.places is None else rounded(size, self.places)
        sign = MINUS if value < 0 else "+" if self.signed else ""
        return sign + digits if digits.strip("0.,") else digits

    def ends(self, interval: Ends) -> list[str | None]:
        """An interval, the end first that is lower as it is shown."""
        texts = [None if end is None else self.text(end) for end in interval]
        return texts[::-1] if self.turned else texts


def shown(part: Part) -> Shown:
    """How the numbers of a comparison are shown: with two digits of the interval's half-width."""
    view = Shown("" if part.unit in ("fraction", "ratio") else part.unit)
    if part.scale == "ratio":
        turned = part.relation == "times_lower"
        direction = "lower" if turned else "higher"
        if part.unit in COUNTED:
            direction = f"{'fewer' if turned else 'as many'} {part.unit}"
        view = Shown(f"times {direction}", turned=turned)
    elif abs(part.difference or 0) >= BILLION:
        view = Shown(f"billion {part.unit}", factor=1 / BILLION)
    view = view._replace(signed=part.scale in ("difference", "gain"))
    if part.difference is None:
        return view
    ends = [view.number(end) for end in part.interval if end is not None]
    half = max((abs(end - view.number(part.difference)) for end in ends), default=0.0)
    return view._replace(places=1 - math.floor(math.log10(half)) if half else None)


def rounded(value: float, places: int) -> str:
    """`value` to so many decimal places; Python rounds to tens too, but does not print so."""
    return f"{round(value, places):,.{max(places, 0)}f}"


def plain(value: float, digits: int = 6) -> str:
    """`value` in so many significant digits, without an exponent and trailing zeros."""
    text = rounded(value, digits - 1 - math.floor(math.log10(value))) if value else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def estimate(part: Part) -> str:
    """Mean and interval, as `**+0.0407** [+0.0373, +0.0442]`, and the unit."""
    if part.difference is None:
        return "not measurable"
    view = shown(part)
    interval = "" if view.places is None else f" {bracket(view, part.interval)}"
    return f"**{view.text(part.difference)}**{interval} {view.unit}".rstrip()


def bracket(view: Shown, interval: Ends) -> str:
    """An interval between brackets; an end that is open is `…`."""
    return f"[{f',{NO_BREAK}'.join(end or '…' for end in view.ends(interval))}]"


def means(part: Part) -> str:
    """What a difference or ratio is made of: the mean of each network, in the claim's order."""
    view = shown(part)._replace(signed=False)
    texts = [plain(mean, 3) if part.scale == "ratio" else view.text(mean) for mean in part.means]
    pairs = zip(part.variants, texts, strict=True)
    return ", ".join(f"`{name}`{NO_BREAK}{text}" for name, text in pairs)


def claimed(claim: Verdict) -> str:
    """What the words claim, in the unit of what was measured: `> 0.02`, `500 to 1,000`."""
    part = claim.parts[claim.deciding]
    view = shown(part)._replace(places=None)
    low, high = view.ends(part.claimed)
    if low and high:
        return low if low == high else f"{low} to {high}"
    closed = RELATIONS[part.relation].region(**part.numbers).closed
    sign = ("≤" if closed else "<") if high else ("≥" if closed else ">")
    text = f"{sign}{NO_BREAK}{low or high}"
    return f"{text} {view.unit}" if part.scale == "ratio" else text


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
            plus_minus(means[name], "validation_loss"),
            plus_minus(means[name], "validation_accuracy"),
        )
        for name, network in variants.items()
    ]
    return table(("network", "settings", *numbers), rows, numeric=len(numbers))


def settings(network: Network, first: Network | None = None) -> str:
    """The settings of a network, or those that are not the first one's."""
    given = {key: value for key, value in network if value != getattr(first, key, None)}
    if len(layers := given.pop("hidden", ())) > 1 and len(set(layers)) == 1:
        given = {"hidden": f"{len(layers)} × {layers[0]}"} | given
    elif layers:
        given = {"hidden": ", ".join(map(str, layers))} | given
    return ", ".join(f"{key} {value}" for key, value in given.items()).replace("_", " ")


def plus_minus(metrics: Mapping[str, Any], name: str) -> str:
    """Mean ± sample deviation over seeds; one seed has no deviation."""
    deviation = metrics[f"{name}_std"]
    mean = f"{metrics[name]:.4f}"
    return mean if deviation is None else f"{mean}{NO_BREAK}±{NO_BREAK}{deviation:.4f}"
