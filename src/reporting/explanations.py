"""What became of the explanations of the ten-layer networks, in words for every outcome."""

from collections.abc import Mapping
from typing import Any

FARED = {"holds": "holds", "fails": "fails", "open": "stays open"}


def decisions(verdicts: Mapping[str, Any]) -> list[str]:
    """What became of the explanations of each network's result, in the order of the predictions."""
    ten_layers = verdicts["ten_layers"]
    order = dict.fromkeys((p["variants"][0], p["explanation"]) for p in ten_layers["predictions"])
    found: dict[str, dict[str, str]] = {}
    for network, explanation in order:
        fared = ten_layers["networks"][network]["explanations"][explanation]
        found.setdefault(network, {})[explanation] = fared
    where = {c["variants"][0]: f" in report {c['report']}" for c in verdicts["claims"]}
    return [
        f"**What explains ten layers{where.get(network, '')}** (`{network}`): "
        f"{decision(explanations)}"
        for network, explanations in found.items()
    ]


def decision(explanations: Mapping[str, str]) -> str:
    """What is left of the explanations; every outcome has its words."""
    fared = ", ".join(f"{name} {FARED[how]}" for name, how in explanations.items())
    named = {how: [n for n, h in explanations.items() if h == how] for how in FARED}
    if named["holds"]:
        end = f"What stands: {' and '.join(named['holds'])}."
    elif named["open"]:
        end = f"Undecided; still possible: {' or '.join(named['open'])}."
    else:
        end = "None of these stands."
    return f"{fared}. {end}"
