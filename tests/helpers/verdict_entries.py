"""Verdicts written by hand, as judge gives them."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from judging.verdicts import VERDICTS, PartVerdict, Verdict
from workflow import files


def part(**given: Any) -> PartVerdict:
    """`b` is more accurate than `a`, supported by four seeds, but for what is given."""
    base: dict[str, Any] = {
        **{"variants": ("b", "a"), "quantity": "final_validation_accuracy", "unit": "fraction"},
        **{"relation": "higher", "verdict": "supported", "difference": 0.04073, "level": 0.05},
        **{"interval": (0.03731, 0.04415), "seeds": 4, "p_value": 1e-4, "margin": 0.0037},
        **{"means": (0.95908, 0.91835), "deviations": (0.001, 0.002), "single_runs": 1.0},
    }
    return PartVerdict(**(base | given))


def verdict(*parts: PartVerdict, **given: Any) -> Verdict:
    """A claim of these parts, by default one as `part` has it, of which the first decides.

    What is given goes to the claim or, if it is not the claim's own, to its only part.
    """
    own = {field.name for field in fields(Verdict)}
    of_parts = {field.name for field in fields(PartVerdict)}
    parts = parts or (part(**{key: given[key] for key in given if key in of_parts}),)
    base: dict[str, Any] = {
        **{"id": "x-1", "report": "A", "where": "task 3, first trick", "quote": "it improved"},
        **{"also": (), "explanation": "", "statement": "B is more accurate.", "same_as": ""},
        **{"kind": "comparison", "deciding": 0, "parts": parts},
    }
    shared = {key: value for key, value in vars(parts[0]).items() if key in own}
    return Verdict(**(shared | base | {key: v for key, v in given.items() if key in own}))


def prediction(explanation: str, network: str, **given: Any) -> Verdict:
    """A prediction of an explanation of a network's result."""
    return verdict(explanation=explanation, where=network, quote="", **given)


def write_verdicts(folder: Path, *verdicts: Verdict, **content: Any) -> None:
    """metrics/verdicts.json in `folder`, with whatever other content is given."""
    claims = [one.published() for one in verdicts]
    files.write_json(folder / VERDICTS, {"claims": claims} | content)
