"""What each setting accepts, the one line that refuses anything else, and what comes of them."""

import difflib
import math
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mlp.activations import ACTIVATIONS
from mlp.initializers import INITIALIZERS
from mlp.runs import Hyperparameters


class SettingsError(ValueError):
    """A setting that cannot be used; the message is one line for the user."""


class Rule:
    """What a knob accepts: `convert` gives the value to use or raises ValueError."""

    def __init__(self, allowed: str, convert: Callable[[Any], Any]) -> None:
        self.allowed, self.convert = allowed, convert


def _whole(low: int, high: int) -> Rule:
    def convert(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError
        return value

    return Rule(f"a whole number from {low} to {high}", convert)


def _number(allowed: str, fits: Callable[[float], bool]) -> Rule:
    def convert(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError
        try:
            number = float(value)
        except OverflowError:
            raise ValueError from None
        if not math.isfinite(number) or not fits(number):
            raise ValueError
        return number

    return Rule(allowed, convert)


def _choice(names: Mapping[str, object]) -> Rule:
    def convert(value: Any) -> str:
        if not isinstance(value, str) or value not in names:
            raise ValueError
        return value

    return Rule(f"one of {', '.join(names)}", convert)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _layers(value: Any) -> tuple[int, ...]:
    units = _whole(1, 4096)
    layers = value if isinstance(value, list) else [value]
    if not 1 <= len(layers) <= 100:
        raise ValueError
    return tuple(units.convert(width) for width in layers)


KNOBS = {
    "hidden": Rule("a width from 1 to 4096, or a list of 1 to 100 such widths", _layers),
    "activation": _choice(ACTIVATIONS),
    "init": _choice(INITIALIZERS),
    "learning_rate": _number("a number above 0, up to 100", lambda x: 0 < x <= 100),
    "momentum": _number("a number from 0 up to, not including, 1", lambda x: 0 <= x < 1),
    "nesterov": Rule("true or false", _truth),
    "weight_decay": _number("a number from 0 to 1", lambda x: 0 <= x <= 1),
    "batch_size": _whole(1, 60000),
    "epochs": _whole(1, 10000),
    "patience": _whole(1, 1000000),
    "shuffle": Rule("true or false", _truth),
    "seeds": _whole(1, 1000),
}
DATA = {"training_images": _whole(1, 60000), "validation_images": _whole(1, 10000)}


BRIEF = reprlib.Repr()  # reads only as much of a large value as it shows
BRIEF.maxstring = BRIEF.maxother = BRIEF.maxlong = 60


def shown(value: Any) -> str:
    """A value for a message, in one line of at most 60 characters, however large the value is."""
    try:
        return f"{BRIEF.repr(value):.60}"
    except ValueError:
        return "a number of thousands of digits"  # which Python refuses to print


def check(where: str, given: Any, rules: Mapping[str, Rule]) -> dict[str, Any]:
    """`given`, converted by `rules`; every key must be there and no other."""
    if not isinstance(given, dict):
        raise SettingsError(f"{where}: expected keys and values, found {shown(given)}")
    for key in given:
        if key not in rules:
            close = difflib.get_close_matches(shown(key), rules, 1)
            hint = f"did you mean {close[0]}?" if close else f"allowed: {', '.join(rules)}"
            raise SettingsError(f"{where}: unknown key {shown(key)}; {hint}")
    values = {}
    for key, rule in rules.items():
        if key not in given:
            raise SettingsError(f"{where}: {key} is missing; allowed: {rule.allowed}")
        try:
            values[key] = rule.convert(given[key])
        except ValueError:
            text = f"{where}: {key} = {shown(given[key])}"
            raise SettingsError(f"{text} is not allowed; allowed: {rule.allowed}") from None
    return values


@dataclass(frozen=True)
class Training:
    """A network to train: its hyperparameters, and seeds 0 to `seeds` - 1."""

    hyperparameters: Hyperparameters
    seeds: int


def training_of(where: str, given: Any) -> Training:
    """The network that a mapping of all knobs describes; `where` begins the message if it errs."""
    values = check(where, given, KNOBS)
    seeds = values.pop("seeds")
    return Training(Hyperparameters(**values), seeds)


def as_knobs(training: Training) -> dict[str, Any]:
    """The knobs of a network as plain data, the inverse of `training_of`."""
    knobs = asdict(training.hyperparameters)
    return {**knobs, "hidden": list(knobs["hidden"]), "seeds": training.seeds}
