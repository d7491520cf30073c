"""Verdicts written by hand, as judge gives them."""

from pathlib import Path
from typing import Any

from judging.verdicts import VERDICTS, PartVerdict, Verdict
from workflow import files

FIGURE = {"relation": "value", "value": "0.90", "variants": ["b"], "margin": None}
COUNT = {"quantity": "parameters", "relation": "count", "value": "50880", "single_runs": None}
LOSS = {"quantity": "final_validation_loss"}


def part(**given: Any) -> PartVerdict:
    """`b` is more accurate than `a`, supported by four seeds, but for what is given."""
    base: dict[str, Any] = {
        **{"variants": ["b", "a"], "quantity": "final_validation_accuracy", "relation": "higher"},
        **{"verdict": "supported", "difference": 0.04073, "interval": (0.03731, 0.04415)},
        **{"seeds": 4, "p_value": 1e-4, "margin": 0.0037, "holm_level": 0.05},
        **{"means": [0.95908, 0.91835], "single_runs": 1.0},
    }
    return PartVerdict.model_construct(**(base | given))


def verdict(*parts: PartVerdict, **given: Any) -> Verdict:
    """A claim of these parts, by default one as `part` has it, of which the first decides.

    What is given goes to the claim or, if it is not the claim's own, to its only part.
    """
    own, of_parts = Verdict.model_fields, PartVerdict.model_fields
    parts = parts or (part(**{key: value for key, value in given.items() if key in of_parts}),)
    base: dict[str, Any] = {
        **{"id": "x-1", "report": "A", "where": "task 3, first trick", "quote": "it improved"},
        **{"statement": "B is more accurate.", "reason": "why", "deciding": 0},
    }
    shared = {key: value for key, value in dict(parts[0]).items() if key in own}
    said = {key: value for key, value in given.items() if key in own}
    return Verdict.model_construct(**(shared | base | said), parts=list(parts))


def prediction(explanation: str, network: str, **given: Any) -> Verdict:
    """A prediction of an explanation of a network's result."""
    return verdict(explanation=explanation, where=network, quote="", **given)


def write_verdicts(folder: Path, *verdicts: Verdict, **content: Any) -> None:
    """metrics/verdicts.json in `folder`, with whatever other content is given."""
    claims = [one.model_dump(exclude_defaults=True) for one in verdicts]
    files.write_json(folder / VERDICTS, {"claims": claims} | content)
