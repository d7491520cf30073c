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
_Entries = Annotated[
    list[dict[Any, Any]], Field(description="a list of entries, each with keys and values")
]


class Protocol(BaseModel):
    """The rules of every verdict, as claims/protocol.yaml explains them."""

    model_config = STRICT
    pilot: _Commit
    frozen: _Commit
    confidence: float = Field(gt=0.5, lt=1, description="a number above 0.5, below 1")
    margins: dict[Literal["accuracy", "loss", "share"], Annotated[float, Field(gt=0)]] = Field(
        min_length=3, description="accuracy, loss and share, each a number above 0"
    )

    def margin(self, quantity: Quantity, reference: float) -> float:
        """Return the difference that matters; reference: the mean of which a `share` is taken."""
        return self.margins[quantity.margin] * (abs(reference) if quantity.margin == "share" else 1)


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
        most = len(RELATIONS.get(self.relation, self.variants))
        counts = {1, 2} if self.relation == "value" else {most}
        if len(set(self.variants)) != len(self.variants) or len(self.variants) not in counts:
            raise ValueError(f"variants = {shown(self.variants)} (allowed: {most}, none twice)")
        return self

    @property
    def measured(self) -> Quantity:
        """The quantity that is measured."""
        return QUANTITIES[self.quantity]

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that the quantity is given."""
        given = {name: getattr(self, name) for name in ("level", "gap", "step", "layer")}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def kind(self) -> str:
        """Means over seeds decide, single runs, arithmetic, or nothing."""
        kinds = {None: MEASURED, "value": FIGURE}
        return kinds.get(self.relation, ARITHMETIC if self.measured.exact else COMPARED)

    @property
    def weights(self) -> tuple[float, ...]:
        """The weight of each variant in the contrast."""
        weights = RELATIONS[self.relation][: len(self.variants)]
        # Changes and shares are of what gets better, or worse: below 0 where the words hold.
        good = {"smaller_change": 1, "share": -1}.get(self.relation)
        return tuple(good * self.measured.better * w for w in weights) if good else weights

    @property
    def printed(self) -> Interval:
        """The lowest and the highest number that are printed so; a limit is exact."""
        figure = Decimal(self.value or "0")
        last = figure.as_tuple().exponent
        half = 0 if self.relation == "at_most" else Decimal(5).scaleb(last - 1)
        return float(figure - half), float(figure + half)

    @property
    def contrast(self) -> tuple[object, ...]:
        """A key of the estimate: the same for comparisons that differ in order and sign."""
        weights = sorted(zip(self.variants, self.weights, strict=True))
        scaled = tuple((name, weight * weights[0][1]) for name, weight in weights)
        return self.kind, self.quantity, tuple(self.parameters.items()), scaled


class Claim(BaseModel):
    """One sentence, or part of one: it is true if all its parts come out as stated."""

    model_config = STRICT
    report: str
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
    parts: list[Part]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if bool(self.quote) == bool(self.explanation):
            raise ValueError("expected either a quote or an explanation")
        if any(bool(part.relation) != bool(self.statement) for part in self.parts):
            raise ValueError("a relation and a statement belong together")
        return self

    @property
    def kind(self) -> str:
        """The kind of the part that decides it: arithmetic only where nothing else does."""
        return next((part.kind for part in self.parts if part.kind != ARITHMETIC), ARITHMETIC)


class _File(BaseModel):
    model_config = STRICT
    report: Text
    source: Text
    claims: _Entries = Field(min_length=1)
    without_verdict: _Entries = []


def read_protocol(root: Path = Path()) -> Protocol:
    """Return the rules of claims/protocol.yaml."""
    return validate(Protocol, read_yaml(root / PROTOCOL), str(PROTOCOL))


def read_claims(root: Path = Path()) -> dict[str, list[Claim]]:
    """Return the claims of every other file, by report, in the order of the files' names."""
    known, reports, taken = load_variants(root), {}, set()
    for path in sorted(set((root / FOLDER).glob("*.yaml")) - {root / PROTOCOL}):
        content = validate(_File, read_yaml(path), str(path))
        for entry in (*content.claims, *content.without_verdict):
            where = f"{path}: claim {shown(entry.get('id'))}"
            claim = _claim(where, content.report, entry, known)
            if claim.id in taken:
                raise UserError(f"{where}: id is taken (allowed: a new one)")
            taken.add(claim.id)
            reports.setdefault(content.report, []).append(claim)
    return reports


def _claim(where: str, report: str, entry: dict[Any, Any], known: Mapping[str, Any]) -> Claim:
    """Return a claim, whose parts have the keys of the entry that are not its own, and theirs."""
    words = Claim.model_fields.keys() - {"report", "parts"}
    own = {key: value for key, value in entry.items() if key in words}
    shared = {key: value for key, value in entry.items() if key not in {*own, "all"}}
    each = entry.get("all", [{}])
    if not (each and isinstance(each, list) and all(isinstance(part, dict) for part in each)):
        allowed = "a list of parts, each with keys and values"
        raise UserError(f"{where}: all = {shown(each)} (allowed: {allowed})")
    parts = [validate(Part, shared | part, where) for part in each]
    if unknown := {name for part in parts for name in part.variants} - set(known):
        raise UserError(f"{where}: variants has {unknown} (allowed: {', '.join(known)})")
    return validate(Claim, own | {"report": report, "parts": parts}, where)
