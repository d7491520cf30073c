"""Quantities, sizes and verdicts in words, as report, README and site show them.

A difference of accuracies is given in points, of losses in nats; of what is counted, and of noise,
in per cent of the network that is compared with. After it stands its interval, in parentheses.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from judging.inference import UNDECIDED, Ends
from judging.verdicts import PartVerdict, Verdict
from workflow.settings import words

NO_BREAK, MINUS = "\u00a0", "−"
# What is measured; in braces, what it depends on.
QUANTITIES = {
    "best_validation_accuracy": "best accuracy",
    "epochs_until_stop": "epochs until the training stops",
    "extra_inputs": "inputs that are no pixels",
    "final_accuracy_gap": "training accuracy less accuracy",
    "final_training_loss": "training loss",
    "final_validation_accuracy": "accuracy",
    "final_validation_loss": "loss",
    "first_to_last_norm": "gradient of the first layer over that of the last",
    "hidden_outputs": "outputs of hidden units",
    "layer_weights": "weights of the {layer} layer",
    "overfitting": "last loss less the lowest",
    "parameters": "weights",
    "parting_step": "step at which training and test accuracy are {gap:.0%} apart",
    "steps_to_accuracy": "steps to {level:.0%} accuracy",
    "trainer_numbers": "numbers that the trainer keeps",
    "training_multiply_accumulates": "arithmetic until the training stops",
    "two_layer_width": "width of two layers with as many weights",
    "validation_accuracy_at": "accuracy at step {step:,}",
    "validation_accuracy_noise": "jumps of the accuracy",
    "validation_loss_at": "loss at step {step:,}",
    "validation_loss_noise": "jumps of the loss",
}


class Scale(NamedTuple):
    """How numbers are shown: times `factor`, with so many decimal places and a unit."""

    unit: str = ""
    factor: float = 1.0
    places: int = 0
    signed: bool = False

    def number(self, value: float) -> str:
        """One number."""
        digits = f"{abs(value * self.factor):,.{self.places}f}"
        if not digits.strip("0.,"):
            return digits
        return (MINUS if value < 0 else "+" if self.signed else "") + digits

    def size(self, value: float, interval: Ends = None) -> str:
        """A number with its unit and its interval: `+4.07 points (3.66 to 4.48)`."""
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


def quantity(part: PartVerdict) -> str:
    """What is measured."""
    name = QUANTITIES.get(part.quantity, part.quantity.replace("_", " "))
    return name.format(**part.parameters).replace("%", f"{NO_BREAK}%")


def value_scale(part: PartVerdict) -> Scale:
    """How a mean of one network is shown."""
    if part.unit == "fraction":
        return Scale(places=4)
    if part.unit == "nats":
        return NATS._replace(signed=False)
    if part.unit == "ratio":
        return Scale("", 1, 2 if part.means[0] >= 0.01 else 7)
    whole = all(mean == int(mean) for mean in part.means)
    return Scale(part.unit, 1, 0 if whole or part.unit == "steps" else 1)


def difference_scale(part: PartVerdict) -> Scale:
    """How what a comparison found is shown."""
    if part.relation == "share":
        return PER_CENT
    if len(part.variants) == 1 or part.relation == "value":
        return value_scale(part)
    if part.quantity.endswith("_noise") or part.unit not in ("fraction", "nats"):
        if len(part.variants) == 2 and part.means[1]:
            return Scale("%", 100 / part.means[1], 0, signed=True)
        return Scale(part.unit, 1, 0, signed=True)
    return POINTS if part.unit == "fraction" else NATS


def measured(part: PartVerdict) -> str:
    """What a comparison found, with its interval; of arithmetic and of what is measured only, the
    mean of each network."""
    if part.difference is not None:
        return difference_scale(part).size(part.difference, part.interval)
    scale = value_scale(part)
    return " and ".join(dict.fromkeys(scale.size(mean) for mean in part.means))


def compared(part: PartVerdict) -> str:
    """What was measured, of which networks: `loss: two layers of 59 less one layer of 64`."""
    names = [words(name) for name in part.variants]
    if part.relation is None:
        return f"{quantity(part)}: {joined(names)}"
    if part.relation == "smaller_change":
        return f"{quantity(part)}: the step to {names[2]} less the step to {names[1]}"
    if part.relation == "share":
        return f"{quantity(part)}: share of the drop recovered by {names[0]}"
    first = names[0] + "," * ("," in names[0] and len(names) > 1)
    return f"{quantity(part)}: {' less '.join([first, *names[1:]])}"


def verdict(claim: Verdict) -> str:
    """The verdict in words, with what a reader has to know beside it."""
    text = claim.verdict
    if claim.too_small:
        text += ", but too small to matter"
    if claim.verdict == UNDECIDED and claim.seeds_needed:
        text += f"; {claim.seeds_needed:,} seeds of each would tell"
    return text


def joined(texts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(texts[:-1]), *texts[-1:])))


def quotation(quote: str) -> Markup:
    """A report's words between marks; their formulae as GitHub knows them: $`x = 1`$."""
    texts = re.split(r"\$([^$]+)\$", quote)
    texts[1::2] = [Markup("$`{}`$").format(text) for text in texts[1::2]]
    # A formula is only seen as one next to a space, not next to a quotation mark.
    before, after = (" " * (not texts[end]) for end in (0, -1))
    return Markup("").join(["“", before, *map(plain, texts), after, "”"])


def plain(text: Any) -> Any:
    """A text so that it carries no markup of its own, of HTML or of Markdown."""
    if not isinstance(text, str) or isinstance(text, Markup):
        return text
    text = re.sub(r"([\\`*_\[\]|~$#])", r"\\\1", text.replace("\n", " "))
    for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(mark, entity)
    return Markup(text)  # noqa: S704 - nothing is left that marks up
