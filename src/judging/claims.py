"""The claims of the reports: YAML -> frozen, validated objects. Thresholds live in claims/ only.

Every file of claims/ but protocol.yaml has a `report`, its `source`, and `claims` with the keys
  id, where, quote           a name of its own, the place in the report, its very words
  statement, reason          what the words are taken to mean, in one sentence, and why
  since_pilot, since_freeze  what changed in this reading after the pilot, or after the claims were
                             frozen, and why; left out where nothing did
  variants                   the networks compared, named as in variants.yaml, the subject first
  quantity                   what is measured on each, a key of quantities.QUANTITIES
  relation                   how they are said to stand, a key of inference.RELATIONS
and the numbers that quantity and relation ask for (threshold, margin, ...). Words that need several
comparisons have a list `all`, whose parts share the claim's own keys from `variants` on, or have
theirs. An entry about a cause names the `explanation` in place of a quote.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, create_model, model_validator
from pydantic_core import PydanticCustomError

from judging.inference import ONE_RUN, RELATIONS, Region, Relation
from judging.quantities import QUANTITIES
from workflow.command import UserError
from workflow.files import read_yaml
from workflow.settings import STRICT, load_variants, shown, validate

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
        """What is estimated, and how: equal for comparisons that differ in order and sign alone."""
        weights = sorted(zip(self.variants, self.weights, strict=True))
        scaled = tuple((name, weight / weights[0][1]) for name, weight in weights)
        parameters = tuple(sorted(self.parameters.items()))
        return self.kind, self.quantity, parameters, self.rule.ratio, scaled


def _named(names: Collection[str]) -> Any:
    return Annotated[Literal[tuple(names)], Field(description=f"one of {', '.join(names)}")]


Text = Annotated[str, Field(pattern=r"\S", description="a text")]
_NotNegative = Annotated[float, Field(ge=0, description="a number from 0")]


class Margins(BaseModel):
    """Differences that do not matter: of accuracies, of losses, and of all else as a share."""

    model_config = STRICT
    fraction: _NotNegative
    nats: _NotNegative
    relative: _NotNegative

    def of(self, unit: str, level: float) -> float:
        """The margin of a difference in that unit; `level`: what it is a share of elsewhere."""
        absolute = {"fraction": self.fraction, "nats": self.nats}
        return absolute.get(unit, self.relative * abs(level))


class Protocol(BaseModel):
    """What holds for every verdict, see claims/protocol.yaml."""

    model_config = STRICT
    pilot_seeds: int = Field(ge=0, description="a whole number from 0")
    confidence: float = Field(gt=0.5, lt=1, description="a number above 0.5, below 1")
    margins: Margins = Field(description="fraction, nats and relative, each a number from 0")
    frozen: str = Field(pattern="^[0-9a-f]{0,40}$", description="a commit, or an empty text")


class _File(BaseModel):
    model_config = STRICT
    report: Text
    source: Text
    claims: list[dict[Any, Any]] = Field(
        min_length=1, description="a list of claims, each with keys and values"
    )


class Words(BaseModel):
    """What an entry says in words; either quote or explanation is empty."""

    model_config = STRICT
    id: str = Field(
        pattern="^[a-z0-9]+(-[a-z0-9]+)*$", description="small letters, digits and hyphens"
    )
    where: Text
    quote: Text = ""
    explanation: Text = ""
    statement: Text
    reason: Text
    since_pilot: Text = ""
    since_freeze: Text = ""
    all: list[dict[str, Any]] = Field(
        [{}], min_length=1, description="a list of parts, each with keys and values"
    )

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if bool(self.quote) == bool(self.explanation):
            raise ValueError("expected either a quote or an explanation")
        return self


@dataclass(frozen=True)
class Claim:
    """One sentence, or part of one: it is true if all comparisons come out as stated."""

    report: str
    words: Words
    parts: tuple[Comparison, ...]


def _only(allowed: Callable[[Any], bool]) -> AfterValidator:
    """Refuses all other values, in the words of the field's description."""

    def check(value: Any) -> Any:
        if not allowed(value):
            raise PydanticCustomError("refused", "refused")
        return value

    return AfterValidator(check)


def _number(allowed: str, *checks: AfterValidator, kind: type = float, **limits: float) -> Any:
    return Annotated[kind, Field(description=allowed, **limits), *checks]


NUMBERS: dict[str, Any] = {
    **dict.fromkeys(("value", "low", "high"), _number("a finite number")),
    **dict.fromkeys(("margin", "tolerance"), _number("a number from 0", ge=0)),
    **dict.fromkeys(("threshold", "gap"), _number("a number above 0", gt=0)),
    "factor": _number("a number above 1", gt=1),
    "window": _number("an odd number from 3", _only(lambda count: count % 2), kind=int, ge=3),
    "from_step": _number("a whole number from 0", kind=int, ge=0),
    "checks": _number("a whole number from 1", kind=int, ge=1),
    "layer": _named(("first", "last")),
}
KINDS: dict[str, Any] = {"quantity": _named(QUANTITIES), "relation": _named(RELATIONS)}
_Kinds = create_model("_Kinds", __config__=STRICT, **KINDS)


def read_protocol() -> Protocol:
    """The rules of claims/protocol.yaml."""
    return validate(Protocol, read_yaml(PROTOCOL), str(PROTOCOL))


def read_claims() -> list[Claim]:
    """The claims of every other file of claims/, in the order of the files' names."""
    variants = tuple(load_variants())
    claims: dict[str, Claim] = {}
    for path in sorted(set(FOLDER.glob("*.yaml")) - {PROTOCOL}):
        content = validate(_File, read_yaml(path), str(path))
        for number, entry in enumerate(content.claims, start=1):
            name = entry.get("id")
            where = f"{path}: claim {shown(name) if isinstance(name, str) else f'number {number}'}"
            claim = _claim(where, content.report, entry, variants)
            if claim.words.id in claims:
                raise UserError(f"{where}: id is taken (allowed: a new one)")
            claims[claim.words.id] = claim
    if not claims:
        raise UserError(f"{FOLDER}: expected files of claims, *.yaml")
    return list(claims.values())


def _claim(where: str, report: str, entry: dict[Any, Any], variants: tuple[str, ...]) -> Claim:
    own = {key: value for key, value in entry.items() if key in Words.model_fields}
    words = validate(Words, own, where)
    shared = {key: value for key, value in entry.items() if key not in own}
    parts = tuple(
        _comparison(f"{where}, part {n}" if "all" in own else where, shared | part, variants)
        for n, part in enumerate(words.all, start=1)
    )
    if len({part.relation == ONE_RUN for part in parts}) > 1:
        raise UserError(f"{where}: relation {ONE_RUN} in some parts (allowed: in all, or in none)")
    return Claim(report, words, parts)


def _comparison(where: str, given: dict[Any, Any], variants: tuple[str, ...]) -> Comparison:
    named = {key: given[key] for key in KINDS if key in given}
    kinds = validate(_Kinds, named, where).model_dump()
    quantity, relation = QUANTITIES[kinds["quantity"]], RELATIONS[kinds["relation"]]
    count = len(relation.weights)
    listed = Field(
        min_length=1 if kinds["relation"] == ONE_RUN else count,
        max_length=count,
        description=f"a list of {count}, no two alike, of {', '.join(variants)}",
    )
    distinct = _only(lambda names: len(set(names)) == len(names))
    asked = {name: NUMBERS[name] for name in (*quantity.parameters, *relation.numbers)}
    asked["variants"] = Annotated[list[Literal[variants]], listed, distinct]
    model = create_model("_Comparison", __base__=_Kinds, **asked)
    values = validate(model, given, where).model_dump()
    if "low" in relation.numbers and not values["low"] < values["high"]:
        raise UserError(f"{where}: low = {values['low']} (allowed: below high, {values['high']})")
    return Comparison(
        variants=tuple(values["variants"]),
        parameters={name: values[name] for name in quantity.parameters},
        numbers={name: values[name] for name in relation.numbers},
        **kinds,
    )
