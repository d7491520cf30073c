"""The claims of the reports: YAML -> frozen, validated objects. Thresholds live in claims/ only.

A claims file says what `report` it is about, its `source`, and its `claims`, each with the keys
  id, where, quote           a name of its own, the place in the report, its very words
  statement, reason          what the words are taken to mean, in one sentence, and why
  variants                   the networks compared, named as in variants.yaml, the subject first
  quantity                   what is measured on each, one of quantities.QUANTITIES
  relation                   how they are said to stand, one of relations.RELATIONS
and the numbers that quantity and relation ask for (threshold, margin, ...). An entry that is the
prediction of an explanation (ten_layers.yaml) names that `explanation` in place of where and quote.
Every function raises SettingsError, in one line.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judging.quantities import QUANTITIES
from judging.relations import RELATIONS, Region
from knobs import Rule, SettingsError, check, shown
from settings import read_yaml


@dataclass(frozen=True)
class Claim:
    """One sentence, or part of one, as something to measure. `parameters` go to the quantity,
    `numbers` to the relation; where and quote, or else explanation, are empty."""

    id: str
    report: str
    where: str
    quote: str
    explanation: str
    statement: str
    reason: str
    variants: tuple[str, ...]
    quantity: str
    parameters: Mapping[str, Any]
    relation: str
    numbers: Mapping[str, float]

    @property
    def region(self) -> Region:
        """Where the measured number has to lie; logarithms for a ratio."""
        return RELATIONS[self.relation].region(**self.numbers)


def _rule(allowed: str, types: type | tuple[type, ...], fits: Callable[[Any], bool]) -> Rule:
    def convert(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, types) or not fits(value):
            raise ValueError
        return value

    return Rule(allowed, convert)


def _number(allowed: str, fits: Callable[[float], bool]) -> Rule:
    # Comparisons, not math.isfinite: it fails on whole numbers beyond the range of a float.
    return _rule(allowed, (int, float), lambda x: -1e300 < x < 1e300 and fits(x))


def _name_of(names: Collection[str]) -> Rule:
    return _rule(f"one of {', '.join(names)}", str, lambda value: value in names)


TEXT = _rule("a text", str, lambda value: bool(value.strip()))
ANY_NUMBER = _number("a finite number", math.isfinite)
NOT_NEGATIVE = _number("a number from 0", lambda x: x >= 0)
POSITIVE = _number("a number above 0", lambda x: x > 0)
NUMBERS = {
    **{"value": ANY_NUMBER, "low": ANY_NUMBER, "high": ANY_NUMBER},
    **{"margin": NOT_NEGATIVE, "tolerance": NOT_NEGATIVE},
    "factor": _number("a number above 1", lambda x: x > 1),
    **{"threshold": POSITIVE, "gap": POSITIVE},
    "window": _rule("an odd number from 3", int, lambda x: x >= 3 and x % 2 == 1),
    "from_step": _rule("a whole number from 0", int, lambda x: x >= 0),
    "checks": _rule("a whole number from 1", int, lambda x: x >= 1),
    "layer": _name_of(("first", "last")),
}
KINDS = {"quantity": _name_of(QUANTITIES), "relation": _name_of(RELATIONS)}
ID = _rule(
    "small letters, digits and hyphens",
    str,
    lambda x: bool(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", x)),
)


def read_claims(paths: Sequence[Path], variants: Collection[str]) -> list[Claim]:
    """The claims of all files, in order; `variants`: the names that they may compare."""
    claims: dict[str, Claim] = {}
    for path in paths:
        for claim in _read_file(path, variants):
            if claim.id in claims:
                raise SettingsError(f"{path}: claim {claim.id!r}: id is taken; allowed: a new one")
            claims[claim.id] = claim
    return list(claims.values())


def _read_file(path: Path, variants: Collection[str]) -> list[Claim]:
    entries = _rule("a list with at least one claim", list, lambda value: len(value) > 0)
    content = check(str(path), read_yaml(path), {"report": TEXT, "source": TEXT, "claims": entries})
    return [
        _claim(f"{path}: {_name(entry, number)}", content["report"], entry, variants)
        for number, entry in enumerate(content["claims"], start=1)
    ]


def _name(entry: object, number: int) -> str:
    name = entry.get("id") if isinstance(entry, dict) else None
    return f"claim {name!r:.60}" if isinstance(name, str) else f"claim number {number}"


def _claim(where: str, report: str, entry: object, variants: Collection[str]) -> Claim:
    if not isinstance(entry, dict):
        raise SettingsError(f"{where}: expected keys and values, found {shown(entry)}")
    kinds = check(where, {key: entry[key] for key in KINDS if key in entry}, KINDS)
    quantity, relation = QUANTITIES[kinds["quantity"]], RELATIONS[kinds["relation"]]
    place = ("explanation",) if "explanation" in entry else ("where", "quote")
    texts = dict.fromkeys((*place, "statement", "reason"), TEXT)
    rules = {"id": ID, **texts, "variants": _variants(relation.variants, variants), **KINDS}
    numbers = {name: NUMBERS[name] for name in (*quantity.parameters, *relation.numbers)}
    values = check(where, entry, rules | numbers)
    if "low" in relation.numbers and not values["low"] < values["high"]:
        raise SettingsError(
            f"{where}: low = {values['low']}; allowed: below high, {values['high']}"
        )
    parameters = {name: values.pop(name) for name in quantity.parameters}
    given = {name: float(values.pop(name)) for name in relation.numbers}
    empty = dict.fromkeys(("where", "quote", "explanation"), "")
    return Claim(**(empty | values), report=report, parameters=parameters, numbers=given)


def _variants(count: int, known: Collection[str]) -> Rule:
    def convert(value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) != count:
            raise ValueError
        if any(not isinstance(name, str) or name not in known for name in value):
            raise ValueError
        if len(set(value)) != count:
            raise ValueError
        return tuple(value)

    return Rule(f"a list of {count}, no two alike, of {', '.join(known)}", convert)
