"""From the entries of single claims to what they say together (the keys: see judge.py)."""

from collections.abc import Mapping, Sequence
from typing import Any

from judging.inference import CONFIDENCE, CONTRADICTED, NOISE, SUPPORTED, holm

Entry = dict[str, Any]
HOLDS, FAILS, OPEN = "holds", "fails", "open"


def correct(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with `p_adjusted` and the `verdict` that stands after Holm's correction.

    The family is every claim and prediction that has a test; exact counts have none.
    """
    tested = [i for i, entry in enumerate(entries) if entry["p_value"] is not None]
    adjusted = dict(zip(tested, holm([entries[i]["p_value"] for i in tested]), strict=True))
    corrected = []
    for i, entry in enumerate(entries):
        p_adjusted = adjusted.get(i)
        lost = p_adjusted is not None and p_adjusted >= 1 - CONFIDENCE
        verdict = NOISE if lost else entry["verdict_uncorrected"]
        corrected.append(entry | {"p_adjusted": p_adjusted, "verdict": verdict})
    return corrected


def gather(entries: Sequence[Entry]) -> dict[str, Any]:
    """The content of verdicts.json from the corrected entries."""
    claims = [entry for entry in entries if "explanation" not in entry]
    predictions = [entry for entry in entries if "explanation" in entry]
    return {
        "claims": claims,
        "ten_layers": {"predictions": predictions, "networks": decide(predictions)},
        "summary": {
            **{name: count([c for c in claims if c["report"] == name]) for name in ("A", "B")},
            "both": count(claims),
            "tested": sum(entry["p_value"] is not None for entry in entries),
            "lost_to_correction": sum(e["verdict"] != e["verdict_uncorrected"] for e in entries),
        },
    }


def count(claims: Sequence[Entry]) -> dict[str, int]:
    """How many claims there are, how many of each verdict and how many without one."""
    found = [claim["verdict"] for claim in claims]
    numbers = {verdict: found.count(verdict) for verdict in (SUPPORTED, CONTRADICTED, NOISE)}
    return {"claims": len(claims), **numbers, "no verdict": found.count(None)}


def decide(predictions: Sequence[Entry]) -> dict[str, Any]:
    """How each explanation fared, and which one stands, for every network that is explained.

    The rules are written down in claims/ten_layers.yaml. The network explained is a prediction's
    first variant.
    """
    networks = dict.fromkeys(prediction["variants"][0] for prediction in predictions)
    return {network: _decide(network, predictions) for network in networks}


def _decide(network: str, predictions: Sequence[Entry]) -> dict[str, Any]:
    found: dict[str, list[str | None]] = {}
    for prediction in predictions:
        if prediction["variants"][0] == network:
            found.setdefault(prediction["explanation"], []).append(prediction["verdict"])
    explanations = {name: _fared(verdicts) for name, verdicts in found.items()}
    return {"explanations": explanations, "decision": _decision(explanations)}


def _fared(verdicts: Sequence[str | None]) -> str:
    if CONTRADICTED in verdicts:
        return FAILS
    return HOLDS if all(verdict == SUPPORTED for verdict in verdicts) else OPEN


def _decision(explanations: Mapping[str, str]) -> str:
    """The explanations that hold; else whether all of them fail or some are still open."""
    holding = [name for name, how in explanations.items() if how == HOLDS]
    if holding:
        return " and ".join(holding)
    return "none of them" if set(explanations.values()) == {FAILS} else OPEN
