"""Entries of metrics/verdicts.json written by hand."""

from typing import Any


def entry(**given: Any) -> dict[str, Any]:
    """A supported claim that `b` is more accurate than `a`, over four seeds, but for `given`."""
    base: dict[str, Any] = {
        **{"id": "x-1", "report": "A", "where": "task 3, first trick", "quote": "it improved"},
        **{"statement": "B is more accurate.", "reason": "The sign decides."},
        **{"variants": ["b", "a"], "quantity": "final_validation_accuracy", "parameters": {}},
        **{"relation": "higher", "numbers": {"margin": 0.0}, "unit": "fraction"},
        **{"scale": "difference", "claimed": [0.0, None], "difference": 0.04073},
        **{"interval": [0.03731, 0.04415], "means": [0.95908, 0.91835], "seeds": 4},
        **{"per_seed": [0.039, 0.04, 0.041, 0.04292], "single_runs": [True] * 4},
        **{"single_run_supports": 4, "censored": 0, "p_value": 1e-5, "p_adjusted": 1e-4},
        **{"verdict": "supported", "verdict_uncorrected": "supported", "note": ""},
    }
    return base | given


def judged(verdict: str | None, **given: Any) -> dict[str, Any]:
    """An entry with that verdict, which the correction did not change."""
    return entry(verdict=verdict, verdict_uncorrected=verdict, **given)


def prediction(explanation: str, network: str) -> dict[str, Any]:
    """A prediction of an explanation of a network's result."""
    content = entry(explanation=explanation, variants=[network, "a"])
    return {key: value for key, value in content.items() if key not in ("where", "quote")}


def ten_layers(**networks: dict[str, str]) -> dict[str, Any]:
    """The section `ten_layers`, from how each explanation fared, by network (`_` for `-`)."""
    named = {name.replace("_", "-"): fared for name, fared in networks.items()}
    return {
        "predictions": [prediction(e, name) for name, fared in named.items() for e in fared],
        "networks": {name: {"explanations": fared} for name, fared in sorted(named.items())},
    }
