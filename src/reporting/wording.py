"""Quantities, numbers and settings in words, as every page shows them.

Numbers are shown with two digits of what is uncertain, a sign on differences, a unit. A ratio that
was claimed to be lower is turned over, so that it reads "17 times lower".
"""

import math
from typing import Any, NamedTuple

from judging.inference import RELATIONS
from judging.verdicts import Ends, Part
from workflow.settings import Network

NO_BREAK, MINUS = "\u00a0", "−"
BILLION = 1e9
# Units that are counted; of these a ratio says how many, not how high.
COUNTED = ("epochs", "multiply-accumulates", "numbers", "steps", "units", "weights")
# Quantities that their own names do not explain, with the numbers that they depend on.
WORDS = {
    "accuracy_parting_step": "step at which training and validation accuracy part",
    "epochs_until_stop": "epochs until the training stops",
    "final_accuracy_gap": "final training accuracy less validation accuracy",
    "final_loss_gap": "final validation loss less training loss",
    "first_to_last_norm": "gradient norm of the first layer over that of the last",
    "hidden_outputs": "number of outputs of hidden units",
    "layer_weights": "number of weights in the {layer} layer",
    "parameters": "number of weights",
    "steps_to_validation_accuracy": "steps to a validation accuracy of {threshold:.0%}",
    "trainer_numbers": "numbers that the trainer keeps",
    "training_multiply_accumulates": "multiply-accumulates until the training stops",
    "two_layer_width": "width of two layers with as many weights",
    "validation_accuracy_noise": "size of the jumps of the validation accuracy",
    "validation_loss_drift": "rise of the validation loss over the last {window} checks",
    "validation_loss_noise": "size of the jumps of the validation loss",
}
# Settings that their own names and values do not explain.
SETTINGS = {
    "activation": "{}",
    "init": "{} initial weights",
    "nesterov": "Nesterov's momentum",
    "batch_size": "batches of {}",
    "epochs": "at most {} epochs",
    "shuffle": "shuffling",
    "training_images": "{:,} training images",
    "validation_images": "{:,} validation images",
    "seeds": "{} seeds",
}


def quantity(part: Part) -> str:
    """What is measured, in words, with the numbers that it depends on."""
    name = WORDS.get(part.quantity, part.quantity.replace("_", " "))
    return name.format(**part.parameters).replace("%", f"{NO_BREAK}%")


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
        if part.unit == "steps" and turned:
            direction = "as fast"
        elif part.unit in COUNTED:
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
    return f"[{', '.join(end or '…' for end in view.ends(interval))}]"


def means(part: Part) -> str:
    """What a comparison is made of: the mean of each network, in the claim's order."""
    view, texts = shown(part)._replace(signed=False), []
    for mean in part.means:
        large = f"{plain(mean / BILLION, 3)} billion" if mean >= BILLION else plain(mean, 3)
        texts.append(large if part.scale == "ratio" else view.text(mean))
    pairs = zip(part.variants, texts, strict=True)
    return ", ".join(f"`{name}`{NO_BREAK}{text}" for name, text in pairs)


def claimed(part: Part) -> str:
    """What the words claim, in the unit of what was measured: `> 0.02`, `500 to 1,000`."""
    view = shown(part)._replace(places=None)
    low, high = view.ends(part.claimed)
    if low and high:
        return low if low == high else f"{low} to {high}"
    closed = RELATIONS[part.relation].region(**part.numbers).closed
    sign = ("≤" if closed else "<") if high else ("≥" if closed else ">")
    text = f"{sign}{NO_BREAK}{low or high}"
    return f"{text} {view.unit}" if part.scale == "ratio" else text


def settings(network: Network, first: Network | None = None) -> str:
    """The settings of a network that are switched on, or those that are not the first one's."""
    given = {key: value for key, value in network if value != getattr(first, key, None)}
    return ", ".join(setting(key, value) for key, value in given.items() if value or first)


def setting(key: str, value: Any) -> str:
    """One setting: `learning rate 0.1`, `2 layers of 59 units`, `no momentum`."""
    if key == "hidden":
        layers = f"{len(value)} layers of " if len(value) > 1 else ""
        widths = value[:1] if len(set(value)) == 1 else value
        return f"{layers}{', '.join(map(str, widths))} units"
    text = SETTINGS.get(key, f"{key} {{}}")
    text = text.format(value) if value else f"no {text.removesuffix(' {}')}"
    return text.replace("_", " ")
