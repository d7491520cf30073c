"""Verdicts written by hand, as judge gives them."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from judging.verdicts import VERDICTS, Part, Verdict
from workflow import files


def part(**given: Any) -> Part:
    """`b` is more accurate than `a`, supported by four seeds, but for what is given."""
    base: dict[str, Any] = {
        **{"variants": ("b", "a"), "quantity": "final_validation_accuracy", "parameters": {}},
        **{"relation": "higher", "numbers": {"margin": 0.0}, "scale": "difference"},
        **{"unit": "fraction", "difference": 0.04073, "interval": (0.03731, 0.04415)},
        **{"level": 0.05, "claimed": (0.0, None), "seeds": 4, "seeds_needed": None},
        **{"per_seed": (0.039, 0.04, 0.041, 0.04292), "means": (0.95908, 0.91835)},
        **{"p_value": 1e-4, "note": "", "kind": "seeds", "verdict": "supported", "censored": 0},
        **{"single_runs": (True,) * 4, "image_interval": None, "holds_for_other_images": None},
    }
    return Part(**(base | given))


def verdict(*parts: Part, **given: Any) -> Verdict:
    """A claim of these parts, by default one as `part` has it, of which the first decides.

    What is given goes to the claim or, if it is not the claim's own, to its only part.
    """
    own = {field.name for field in fields(Verdict)}
    for_part = {key: value for key, value in given.items() if key in {f.name for f in fields(Part)}}
    parts = parts or (part(**for_part),)
    base: dict[str, Any] = {
        **{"id": "x-1", "report": "A", "where": "task 3, first trick", "quote": "it improved"},
        **{"explanation": "", "statement": "B is more accurate.", "reason": "The sign decides."},
        **{"since_pilot": "", "since_freeze": "", "single_run_supports": 4},
        **{"deciding": 0, "parts": parts},
    }
    shared = {key: value for key, value in vars(parts[0]).items() if key in own}
    return Verdict(**(shared | base | {key: v for key, v in given.items() if key in own}))


def prediction(explanation: str, network: str, **given: Any) -> Verdict:
    """A prediction of an explanation of a network's result."""
    return verdict(explanation=explanation, where=network, quote="", **given)


def write_verdicts(folder: Path, *verdicts: Verdict, frozen: str = "1a2b3c") -> None:
    """metrics/verdicts.json in `folder`."""
    claims = [asdict(one) for one in verdicts]
    files.write_json(folder / VERDICTS, {"claims": claims, "frozen": frozen, "pilot_seeds": 6})
