"""The claims of the reports: YAML -> frozen, validated objects. Thresholds live in claims/ only.

Every file of claims/ but protocol.yaml says what `report` it is about, its `source`, and its
`claims`. The keys of a claim are
  id, where, quote           a name of its own, the place in the report, its very words
  statement, reason          what the words are taken to mean, in one sentence, and why
  since_pilot, since_freeze  what changed in this reading after the pilot, or after the claims were
                             frozen, and why; left out where nothing did
  variants                   the networks compared, named as in variants.yaml, the subject first
  quantity                   what is measured on each, a key of quantities.QUANTITIES
  relation                   how they are said to stand, a key of inference.RELATIONS
and the numbers that quantity and relation ask for (threshold, margin, ...). Words that need several
comparisons have a list `all`: each of its parts has the claim's own keys from `variants` on, and
those given there. An entry about a cause names the `explanation` in place of a quote.
"""

from command import UserError

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, create_model

from files import read_yaml
from judging.inference import ONE_RUN, RELATIONS, Region, Relation
from judging.quantities import QUANTITIES
from settings import STRICT, load_variants, shown, validate

FOLDER = Path("claims")
PROTOCOL = FOLDER / "protocol.yaml"
SEEDS, SINGLE, ARITHMETIC = "seeds", "one run", "arithmetic"  # what can decide a comparison


@dataclass(frozen=True)
class Comparison:
    """What has to be measured; `parameters` go to the quantity, `numbers` to the relation."""

    variants: tuple[str, ...]
    quantity: str
    parameters: Mapping[str, Any]
    relation: str
    numbers: Mapping[str, float]

    @property
    def rule(self) -> Relation:
        """What the relation asks for."""
        return RELATIONS[self.relation]

    @property
    def region(self) -> Region:
        """Where the contrast has to lie; of logarithms for a ratio."""
        return self.rule.region(**self.numbers)

    @property
    def weights(self) -> tuple[float, ...]:
        """What each variant's quantity is multiplied with in the contrast."""
        return self.rule.weights[: len(self.variants)]

    @property
    def kind(self) -> str:
        """Whether means over seeds decide, single runs, or arithmetic alone."""
        if self.relation == ONE_RUN:
            return SINGLE
        return ARITHMETIC if QUANTITIES[self.quantity].exact else SEEDS

    @property
    def contrast(self) -> tuple[object, ...]:
        """What is estimated: equal for comparisons that differ in order and sign alone."""
        weights = dict(zip(self.variants, self.weights, strict=True))
        first = weights[min(weights)]
        scaled = tuple((name, weights[name] / first) for name in sorted(weights))
        return scaled, self.quantity, tuple(sorted(self.parameters.items())), self.rule.ratio


@dataclass(frozen=True)
class Claim:
    """One sentence, or part of one: it is true if all comparisons come out as stated. Either quote
    or explanation is empty."""

    id: str
    report: str
    where: str
    quote: str
    explanation: str
    statement: str
    reason: str
    since_pilot: str
    since_freeze: str
    parts: tuple[Comparison, ...]


def _named(names: Collection[str]) -> Any:
    return Annotated[Literal[tuple(names)], Field(description=f"one of {', '.join(names)}")]


Text = Annotated[str, Field(pattern=r"\S", description="a text")]
_Number = Annotated[float, Field(description="a finite number")]
_NotNegative = Annotated[float, Field(ge=0, description="a number from 0")]
_Positive = Annotated[float, Field(gt=0, description="a number above 0")]
_Count = Annotated[int, Field(ge=1, description="a whole number from 1")]


class Margins(BaseModel):
    """Differences that do not matter: of accuracies, of losses, and of all else as a share."""

    model_config = STRICT
    fraction: _NotNegative
    nats: _NotNegative
    relative: _NotNegative

    def of(self, unit: str, ratio: bool, level: float) -> float:
        """The margin of a difference in that unit; `level`: the number that it is a share of. For a
        ratio it is that of the logarithm."""
        if ratio:
            return math.log1p(self.relative)
        absolute = {"fraction": self.fraction, "nats": self.nats}
        return absolute.get(unit, self.relative * abs(level))


class Protocol(BaseModel):
    """What holds for every verdict. Seeds below `pilot_seeds` do not count; `frozen` is the commit
    of the claims before the other seeds were trained."""

    model_config = STRICT
    pilot_seeds: int = Field(ge=0, description="a whole number from 0")
    confidence: float = Field(gt=0.5, lt=1, description="a number above 0.5, below 1")
    margins: Margins = Field(description="fraction, nats and relative, each a number from 0")
    frozen: str = Field(pattern="^[0-9a-f]{0,40}$", description="a commit, or an empty text")


class _File(BaseModel):
    model_config = STRICT
    report: Text
    source: Text
    claims: list[Any] = Field(min_length=1, description="a list with at least one claim")


class _Words(BaseModel):
    model_config = STRICT
    id: str = Field(
        pattern="^[a-z0-9]+(-[a-z0-9]+)*$", description="small letters, digits and hyphens"
    )
    where: Text
    statement: Text
    reason: Text
    since_pilot: Text = ""
    since_freeze: Text = ""
    all: list[dict[str, Any]] = Field(
        [{}], min_length=1, description="a list of parts, each with keys and values"
    )


class _Sentence(_Words):
    quote: Text
    explanation: Literal[""] = ""


class _Cause(_Words):
    explanation: Text
    quote: Literal[""] = ""


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError(f"window = {value} (allowed: an odd number from 3)")
    return value


def _distinct(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError(f"variants = {names} (allowed: no two alike)")
    return names


NUMBERS: dict[str, Any] = {
    **dict.fromkeys(("value", "low", "high"), _Number),
    **dict.fromkeys(("margin", "tolerance"), _NotNegative),
    **dict.fromkeys(("threshold", "gap"), _Positive),
    "factor": Annotated[float, Field(gt=1, description="a number above 1")],
    "window": Annotated[int, Field(ge=3, description="an odd number from 3"), AfterValidator(_odd)],
    "from_step": Annotated[int, Field(ge=0, description="a whole number from 0")],
    "checks": _Count,
    "layer": _named(("first", "last")),
}
_Kinds = create_model(
    "_Kinds", __config__=STRICT, quantity=_named(QUANTITIES), relation=_named(RELATIONS)
)


def read_protocol() -> Protocol:
    """The rules of claims/protocol.yaml."""
    return validate(Protocol, read_yaml(PROTOCOL), str(PROTOCOL))


def read_claims() -> list[Claim]:
    """The claims of every other file of claims/, in the order of the files' names."""
    variants = tuple(load_variants())
    claims: dict[str, Claim] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        if path == PROTOCOL:
            continue
        content = validate(_File, read_yaml(path), str(path))
        for number, entry in enumerate(content.claims, start=1):
            name = entry.get("id") if isinstance(entry, dict) else None
            where = f"{path}: claim {shown(name) if isinstance(name, str) else f'number {number}'}"
            claim = _claim(where, content.report, entry, variants)
            if claim.id in claims:
                raise UserError(f"{where}: id is taken (allowed: a new one)")
            claims[claim.id] = claim
    if not claims:
        raise UserError(f"{FOLDER}: expected files of claims, *.yaml")
    return list(claims.values())


def _claim(where: str, report: str, entry: Any, variants: tuple[str, ...]) -> Claim:
    if not isinstance(entry, dict):
        raise UserError(f"{where}: expected keys and values, found {shown(entry)}")
    model = _Cause if "explanation" in entry else _Sentence
    given = {key: value for key, value in entry.items() if key in model.model_fields}
    words = validate(model, given, where).model_dump()
    shared = {key: value for key, value in entry.items() if key not in model.model_fields}
    parts = words.pop("all")
    places = [f"{where}, part {n}" if "all" in entry else where for n in range(1, len(parts) + 1)]
    comparisons = tuple(
        _comparison(place, shared | part, variants)
        for place, part in zip(places, parts, strict=True)
    )
    if len({part.relation == ONE_RUN for part in comparisons}) > 1:
        raise UserError(f"{where}: relation {ONE_RUN} in some parts (allowed: in all, or in none)")
    return Claim(report=report, parts=comparisons, **words)


def _comparison(where: str, given: dict[Any, Any], variants: tuple[str, ...]) -> Comparison:
    kinds = {key: given[key] for key in _Kinds.model_fields if key in given}
    names = validate(_Kinds, kinds, where).model_dump()
    quantity, relation = QUANTITIES[names["quantity"]], RELATIONS[names["relation"]]
    count = len(relation.weights)
    listed = Field(
        min_length=1 if names["relation"] == ONE_RUN else count,
        max_length=count,
        description=f"a list of {count}, no two alike, of {', '.join(variants)}",
    )
    asked = {
        "variants": Annotated[
            list[Literal[variants]],  # type: ignore[valid-type]  # known at run time only
            listed,
            AfterValidator(_distinct),
        ],
        **{name: NUMBERS[name] for name in (*quantity.parameters, *relation.numbers)},
    }
    model = create_model("_Comparison", __base__=_Kinds, **asked)
    values = validate(model, given, where).model_dump()
    if "low" in relation.numbers and not values["low"] < values["high"]:
        raise UserError(f"{where}: low = {values['low']} (allowed: below high, {values['high']})")
    return Comparison(
        variants=tuple(values["variants"]),
        parameters={name: values[name] for name in quantity.parameters},
        numbers={name: float(values[name]) for name in relation.numbers},
        **names,
    )
