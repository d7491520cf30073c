"""The claims of the reports: YAML -> frozen, validated objects. Thresholds live in claims/ only.

Every file of claims/ but protocol.yaml has a `report`, its `source`, and `claims` with the keys
  id, where, quote    a name of its own, the place in the report, its words; `also`: others there
  statement, reason   what the words are taken to mean, in one sentence, and why
  variants            the networks compared, named as in variants.yaml, the subject first
  quantity            what is measured on each, a key of quantities.QUANTITIES
  relation            how they are said to stand, a key of inference.RELATIONS
and what quantity and relation ask for (level, step, value, ...). Words that need several
comparisons have a list `all`, whose parts share the claim's own keys from `variants` on, or have
theirs. An entry about a cause names the `explanation` in place of a quote. `same_as`: the entry
beside which this one does not count, as both rest on one comparison; `since_freeze`: what changed
after the freeze, and why. Sentences `without_verdict` have no relation: they are only measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from judging.inference import RELATIONS, Interval
from judging.quantities import QUANTITIES, Quantity
from workflow.command import UserError
from workflow.files import read_yaml
from workflow.settings import STRICT, load_variants, shown, validate

FOLDER = Path("claims")
PROTOCOL = FOLDER / "protocol.yaml"
COMPARED, FIGURE, ARITHMETIC, MEASURED = "comparison", "figure", "arithmetic", "measured"

Text = Annotated[str, Field(pattern=r"\S", description="a text")]
_Commit = Annotated[str, Field(pattern="^[0-9a-f]{40}$|^$", description="a commit, or nothing")]


class Protocol(BaseModel):
    """What holds for every verdict, see claims/protocol.yaml."""

    model_config = STRICT
    pilot: _Commit
    frozen: _Commit
    confidence: float = Field(gt=0.5, lt=1, description="a number above 0.5, below 1")
    margins: dict[Literal["accuracy", "loss", "share"], Annotated[float, Field(gt=0)]] = Field(
        min_length=3, description="accuracy, loss and share, each a number above 0"
    )

    def margin(self, quantity: Quantity, reference: float) -> float:
        """The difference of the quantity that matters; `reference`: what it may be a share of."""
        whole = abs(reference) if quantity.margin == "share" else 1.0
        return self.margins[quantity.margin] * whole


class Part(BaseModel):
    """One comparison: what has to be measured, and how it is said to come out."""

    model_config = STRICT
    variants: list[str] = Field(min_length=1, description="a list of networks of variants.yaml")
    quantity: Literal[*QUANTITIES] = Field(description=f"one of {', '.join(QUANTITIES)}")
    relation: Literal[*RELATIONS] | None = Field(
        None, description=f"one of {', '.join(RELATIONS)}, but none where there is no verdict"
    )
    value: str | None = Field(
        None, pattern=r"^-?\d+(\.\d+)?$", description="a number, quoted, with the printed decimals"
    )
    level: float | None = Field(None, gt=0, description="a number above 0")
    gap: float | None = Field(None, gt=0, description="a number above 0")
    step: int | None = Field(None, ge=0, description="a whole number from 0")
    layer: Literal["first", "last"] | None = Field(None, description="first or last")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if set(self.parameters) != set(self.measured.parameters):
            wanted = ", ".join(self.measured.parameters) or "nothing"
            raise ValueError(f"{self.quantity} asks for {wanted} besides")
        if (self.value is not None) != (self.relation in ("value", "at_most", "count")):
            raise ValueError("a value belongs to the relations value, at_most and count alone")
        most = len(RELATIONS.get(self.relation or "", self.variants))
        counts = {1, 2} if self.relation == "value" else {most}
        if len(set(self.variants)) != len(self.variants) or len(self.variants) not in counts:
            raise ValueError(f"variants = {shown(self.variants)} (allowed: {most}, none twice)")
        return self

    @property
    def measured(self) -> Quantity:
        """What is measured."""
        return QUANTITIES[self.quantity]

    @property
    def parameters(self) -> dict[str, Any]:
        """What the quantity is given."""
        given = {name: getattr(self, name) for name in ("level", "gap", "step", "layer")}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def kind(self) -> str:
        """Whether means over seeds decide, single runs, arithmetic, or nothing."""
        decided = ARITHMETIC if self.measured.exact else COMPARED
        return {None: MEASURED, "value": FIGURE}.get(self.relation, decided)

    @property
    def weights(self) -> tuple[float, ...]:
        """What each variant's quantity is multiplied with in the contrast."""
        weights = RELATIONS.get(self.relation or "", (0.0,) * 4)[: len(self.variants)]
        # Changes and shares are of what gets better, or worse: below 0 where the words hold.
        good = {"smaller_change": 1, "share": -1}.get(self.relation or "")
        return tuple(good * self.measured.better * w for w in weights) if good else weights

    @property
    def printed(self) -> Interval:
        """Between which numbers a figure lies that is printed like `value`; a limit is exact."""
        figure = Decimal(self.value or "0")
        last = figure.as_tuple().exponent
        half = 0 if self.relation == "at_most" else Decimal(5).scaleb(last - 1)
        return float(figure - half), float(figure + half)

    @property
    def contrast(self) -> tuple[object, ...]:
        """What is estimated, and how: equal for comparisons that differ in order and sign alone."""
        weights = sorted(zip(self.variants, self.weights, strict=True))
        scaled = tuple((name, weight * weights[0][1]) for name, weight in weights)
        return self.kind, self.quantity, tuple(self.parameters.items()), scaled


class Words(BaseModel):
    """What an entry says in words; either quote or explanation is empty."""

    model_config = STRICT
    id: str = Field(
        pattern="^[a-z0-9]+(-[a-z0-9]+)*$", description="small letters, digits and hyphens"
    )
    where: Text
    quote: Text = ""
    also: list[Text] = Field([], description="a list of texts")
    explanation: Text = ""
    statement: Text = ""
    reason: Text
    same_as: Text = ""
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
    """One sentence, or part of one: it is true if all parts come out as stated."""

    report: str
    words: Words
    parts: tuple[Part, ...]


class _File(BaseModel):
    model_config = STRICT
    report: Text
    source: Text
    claims: list[dict[Any, Any]] = Field(
        min_length=1, description="a list of claims, each with keys and values"
    )
    without_verdict: list[dict[Any, Any]] = Field(
        [], description="a list of sentences, each with keys and values"
    )


def read_protocol(root: Path = Path()) -> Protocol:
    """The rules of claims/protocol.yaml."""
    return validate(Protocol, read_yaml(root / PROTOCOL), str(PROTOCOL))


def read_claims(root: Path = Path()) -> dict[str, list[Claim]]:
    """The claims of every other file of claims/, by report, in the order of the files' names."""
    known, reports, taken = load_variants(root), {}, set()
    for path in sorted(set((root / FOLDER).glob("*.yaml")) - {root / PROTOCOL}):
        content = validate(_File, read_yaml(path), str(path))
        claims = reports.setdefault(content.report, [])
        for entry in (*content.claims, *content.without_verdict):
            where = f"{path}: claim {shown(entry.get('id'))}"
            claim = _claim(where, content.report, entry, known)
            if claim.words.id in taken:
                raise UserError(f"{where}: id is taken (allowed: a new one)")
            if bool(claim.words.statement) != (entry in content.claims):
                raise UserError(f"{where}: statement belongs to claims, and to all of them")
            taken.add(claim.words.id)
            claims.append(claim)
    return reports


def _claim(where: str, report: str, entry: dict[Any, Any], known: Mapping[str, Any]) -> Claim:
    """A claim whose parts have the keys of the entry that are not words, and their own."""
    own = {key: value for key, value in entry.items() if key in Words.model_fields}
    shared = {key: value for key, value in entry.items() if key not in own}
    words = validate(Words, own, where)
    parts = [validate(Part, shared | part, where) for part in words.all]
    for part in parts:
        if unknown := set(part.variants) - set(known):
            raise UserError(f"{where}: variants has {unknown} (allowed: {', '.join(known)})")
        if bool(part.relation) != bool(words.statement):
            raise UserError(f"{where}: a relation and a statement belong together")
    return Claim(report, words, tuple(parts))
