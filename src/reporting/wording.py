"""Quantities, sizes and verdicts in words, as report, README and site show them.

A difference of accuracies is given in points, of losses in nats; of what is counted, and of noise,
in per cent of the network that is compared with. After it stands its interval, in parentheses.
"""

import html
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from judging.claims import Part
from judging.inference import Ends
from judging.verdicts import PartVerdict, Verdict
from workflow.settings import words

NO_BREAK, MINUS = "\u00a0", "−"


class Scale(NamedTuple):
    """A way to show numbers: times `factor`, with so many decimal places and a unit."""

    unit: str = ""
    factor: float = 1.0
    places: int = 0
    signed: bool = False

    def number(self, value: float) -> str:
        """Return one number."""
        digits = f"{abs(value * self.factor):,.{self.places}f}"
        if not digits.strip("0.,"):
            return digits
        return (MINUS if value < 0 else "+" if self.signed else "") + digits

    def size(self, value: float, interval: Ends = None) -> str:
        """Return a number with its unit and its interval: `+4.07 points (+3.66 to +4.48)`."""
        number = self.number(value)
        unit = self.unit.removesuffix("s") if number == "1" else self.unit
        text = f"{number}{NO_BREAK}{unit}".rstrip(NO_BREAK)
        if interval is None or interval == (None, None):
            return text
        low, high = ("…" if end is None else self.number(end) for end in interval)
        return f"{text} ({low} to {high})"


POINTS = Scale("points", 100, 2, signed=True)
NATS = Scale("nats", 1, 3, signed=True)
PER_CENT = Scale("%", 100)
# What a trick brings, by what is asked; and sizes without a direction.
GAINS = {"accuracy": POINTS, "loss": NATS, "speed": Scale("times as fast", 1, 2)}
SIZES = {asked: scale._replace(signed=False) for asked, scale in GAINS.items()}


def quantity(part: Part) -> str:
    """Return a quantity's name for people."""
    return part.measured.words.format(**part.parameters).replace("%", f"{NO_BREAK}%")


def value_scale(part: PartVerdict) -> Scale:
    """Return the scale of a mean of one network."""
    unit = part.measured.unit
    whole = unit == "steps" or all(mean == int(mean) for mean in part.means)
    ratio = Scale(places=2) if part.means[0] >= 0.01 else Scale("millionths", 1e6, 1)
    scales = {"fraction": Scale(places=4), "nats": SIZES["loss"], "ratio": ratio}
    return scales.get(unit, Scale(unit, places=0 if whole else 1))


def difference_scale(part: PartVerdict) -> Scale:
    """Return the scale of a difference between networks."""
    unit = part.measured.unit
    if part.relation == "share":
        return PER_CENT
    if len(part.variants) == 1 or part.relation == "value":
        return value_scale(part)
    if part.quantity.endswith("_noise") or unit not in ("fraction", "nats"):
        if len(part.variants) == 2 and part.means[1]:
            return Scale("%", 100 / part.means[1], signed=True)
        return Scale(unit, signed=True)
    if unit == "fraction":
        return POINTS
    # Differences of training losses near 0 need a fourth place.
    return NATS._replace(places=4) if abs(part.difference or 1) < 0.01 else NATS


def measured(part: PartVerdict) -> str:
    """Return a comparison's difference, with its interval; of arithmetic and of what is measured
    only, the mean of each network."""
    if part.difference is not None:
        return difference_scale(part).size(part.difference, part.interval)
    scale = value_scale(part)
    return " and ".join(dict.fromkeys(scale.size(mean) for mean in part.means))


def compared(part: Part) -> str:
    """Return the quantity and the networks compared: `loss: two layers of 59 less one of 64`."""
    names = [words(name) for name in part.variants]
    if part.relation is None:
        of = joined(names)
    elif part.relation == "smaller_change":
        of = f"the step to {names[2]} less the step to {names[1]}"
    elif part.relation == "share":
        of = f"share of the drop recovered by {names[0]}"
    else:
        of = " less ".join([names[0] + "," * ("," in names[0] and len(names) > 1), *names[1:]])
    return f"{quantity(part)}: {of}"


def in_full(verdict: str, too_small: bool) -> str:
    """Return a verdict in words, of a claim or a trick."""
    return f"{verdict}, but too small to matter" if too_small else verdict


def verdict(claim: Verdict) -> str:
    """Return a claim's verdict in words, with what a reader has to know beside it."""
    needed = f"; {claim.seeds_needed:,} seeds of each would tell" if claim.seeds_needed else ""
    return in_full(claim.verdict, claim.too_small) + needed


def joined(texts: Sequence[str]) -> str:
    """Return an enumeration: `a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(texts[:-1]), *texts[-1:])))


def picture(report: str) -> str:
    """Return the name of the figure with all comparisons of a report."""
    return f"claims-report-{report.lower().replace(' ', '-')}"


def for_people(text: str) -> str:
    """Return words of claims/ as people read them: it is on test images that a run validates."""
    text = text.replace("a validation accuracy", "an accuracy on test images")
    words = "validation ((?:accuracy|loss)(?: and accuracy)?)"
    text = re.sub(words, r"\1 on test images", text, flags=re.IGNORECASE)
    return text[:1].upper() + text[1:].replace("validation", "test images")


def quotation(quote: str) -> Markup:
    """Return a report's words between marks; their formulae as GitHub knows them: $`x = 1`$."""
    texts = re.split(r"\$([^$]+)\$", quote)
    texts[1::2] = [Markup("$`{}`$").format(text) for text in texts[1::2]]
    # A formula is only seen as one next to a space, not next to a quotation mark.
    before, after = (" " * (not texts[end]) for end in (0, -1))
    return Markup("").join(["“", before, *map(plain, texts), after, "”"])


def plain(text: Any) -> Any:
    """Return a text so that it carries no markup of its own, of HTML or of Markdown."""
    if not isinstance(text, str) or isinstance(text, Markup):
        return text
    text = re.sub(r"([\\`*_\[\]|~$#])", r"\\\1", text.replace("\n", " "))
    return Markup(html.escape(text, quote=False))  # noqa: S704 - nothing is left that marks up
