"""From claims and results to the verdicts of metrics/verdicts.json, corrected report by report."""

from collections.abc import Mapping, Sequence
from itertools import chain, product
from math import fsum, sqrt
from operator import mul
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from judging import inference
from judging.claims import ARITHMETIC, COMPARED, FIGURE, MEASURED, Claim, Part, Protocol
from judging.inference import CONTRADICTED, NO_VERDICT, SUPPORTED, Comparison, Result, Rule
from judging.quantities import Run, measure
from runs.tables import deviation, mean
from workflow.command import UserError
from workflow.files import read_json

VERDICTS = Path("metrics/verdicts.json")
Runs = Mapping[str, Sequence[Run]]  # by network


class PartVerdict(Part, Result):
    """One comparison, and what came out. means: of each network; margin: the difference that
    matters; single_runs: the share of seeds at which one run of each shows what the words claim."""

    means: list[float]
    margin: float | None = None
    single_runs: float | None = None


class Verdict(Claim, Result):
    """One claim, and what came out: its numbers are those of the part on which it rests,
    `parts[deciding]`, but for seeds_needed, which is for all parts."""

    parts: list[PartVerdict]
    deciding: int


def judge_claims(
    reports: Mapping[str, Sequence[Claim]], runs: Runs, protocol: Protocol
) -> list[Verdict]:
    """Return the verdicts of all claims; runs: of every network that they name. Every report has a
    family of comparisons and one of figures, so that no other report changes its verdicts."""
    verdicts = []
    for claims in reports.values():
        cases = [[_measured(part, runs, protocol) for part in claim.parts] for claim in claims]
        levels: dict[object, float] = {}
        for kind in (COMPARED, FIGURE):
            p_values: dict[object, float] = {}  # of each distinct contrast, the largest
            for part, test in chain(*cases):
                if part.kind == kind:
                    known = p_values.get(part.contrast, 0.0)
                    p_values[part.contrast] = max(test.p_value, known)
            levels |= inference.holm_levels(p_values, 1 - protocol.confidence)
        for claim, row in zip(claims, cases, strict=True):
            parts = [
                part.model_copy(update=dict(test.result(levels[part.contrast]))) if test else part
                for part, test in row
            ]
            verdicts.append(_verdict(claim, parts))
    return verdicts


def _measured(part: Part, runs: Runs, protocol: Protocol) -> tuple[PartVerdict, Comparison | None]:
    """Return a part's verdict before any correction, and the test that decides it then."""
    own = [runs[name] for name in part.variants]
    rows = [[measure(part.quantity, run, part.parameters) for run in each] for each in own]
    groups = [[one.value for one in row] for row in rows]
    known: dict[str, Any] = dict(part) | {"means": [*map(mean, groups)], "verdict": NO_VERDICT}
    known |= dict.fromkeys(("difference", "interval", "p_value", "seeds"))
    if part.kind == MEASURED:
        return PartVerdict(**known), None
    margin = protocol.margin(part.measured, known["means"][:2][-1])
    rule = Rule(part.relation, margin, part.printed)
    alone = [fsum(map(mul, part.weights, row)) for row in zip(*groups, strict=False)]
    shown = [rule.read(one, one) for one in alone]
    if part.kind == ARITHMETIC:  # every run has the same
        known |= {"verdict": shown[0], "difference": None if part.relation == "count" else alone[0]}
        return PartVerdict(**known), None
    gaps = None
    if part.relation == "share":
        gaps = tuple(inference.contrast(part.weights[:2], groups[i : i + 2]) for i in (0, 2))
    if part.kind == COMPARED:
        known |= {"margin": margin, "single_runs": mean([one == SUPPORTED for one in shown])}
    bounds = [sum(one.at_least for one in row) for row in rows]
    estimate = inference.contrast(part.weights, groups, bounds, one_run=part.kind == FIGURE)
    return PartVerdict(**known), Comparison(estimate, rule, gaps)


def _verdict(claim: Claim, parts: list[PartVerdict]) -> Verdict:
    """Return all parts of a claim together."""
    verdict = min((part.verdict for part in parts), key=inference.ORDER.index)
    own = [i for i, part in enumerate(parts) if part.verdict == verdict]
    clearest = min if verdict == CONTRADICTED else max  # one part contradicts, all have to support
    deciding = clearest(own, key=lambda i: parts[i].p_value or 0.0)
    numbers = {name: getattr(parts[deciding], name) for name in Result.model_fields}
    needed = [parts[i].seeds_needed for i in own]
    numbers["seeds_needed"] = None if None in needed else max(needed)
    words = claim.model_dump(exclude_unset=True, exclude={"parts"})
    return Verdict(**words, **numbers, parts=parts, deciding=deciding)


def how_many_seeds(runs: Runs, level: float) -> list[dict[str, Any]]:
    """Return, for so many seeds of each of two networks, the smallest differences that are seen
    with 90 % power: of accuracy and of loss, if both spread like one layer, and like ten."""
    rows = []
    for name, seeds in product(("init-sigmoid", "ten-layers"), (1, 3, 6, 12, 24)):
        rows.append({"network": name, "seeds": seeds})
        for key in ("accuracy", "loss"):
            spread = deviation([run.final(f"validation_{key}") for run in runs[name]])
            rows[-1][key] = inference.reach(level) * sqrt(2 / seeds) * spread
    return rows


def read_verdicts(path: Path = VERDICTS) -> dict[str, Any]:
    """Return the content of metrics/verdicts.json, as the stage judge wrote it."""
    content = read_json(path)
    try:
        claims = TypeAdapter(list[Verdict]).validate_python(content.get("claims"))
    except ValidationError as error:
        key = ".".join(map(str, error.errors()[0]["loc"]))
        raise UserError(f"{path}: {key} is missing or wrong; `dvc repro judge` writes it") from None
    return content | {"claims": claims}
