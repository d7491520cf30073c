"""Stage: judge every sentence of the two reports by what was measured over seeds.

Writes metrics/verdicts.json:
  claims       a list, in the order of the reports; for each claim
    id, report, where, quote, statement, reason, variants, quantity, parameters, relation, numbers
                          as in claims/; and the `unit` of the quantity
    scale                 of difference, interval, claimed and per_seed: `value` (one variant),
                          `difference` (first less second), `ratio` (first over second) or `gain`
                          (of the third on the second, less of the second on the first)
    difference, interval  the mean over seeds (of a ratio the geometric mean) and its 95 % interval
                          [low, high]; null is an end that is open, since runs gave bounds
    claimed               [low, high] that the words claim; an end that is open is null
    seeds, per_seed       how many seeds; a number for each
    means                 of the quantity itself, one for each of `variants`
    single_run_supports, single_runs  how many seeds, alone, would have said so; which
    censored              runs that ended before their threshold, measured at their last step
    p_value, p_adjusted   null where there is nothing to test; adjusted by Holm's method
    verdict               supported, contradicted or within seed noise, corrected for the number of
                          claims; null where none can be given
    verdict_uncorrected   what the 95 % interval alone says
    note                  why there is no verdict, no test, or an open end; else empty
  ten_layers   `predictions`, entries as above with `explanation`; `networks`: for each ten-layer
               network how every explanation fared (holds, fails, open), and the `decision`
  summary      A, B and both: the number of claims, of each verdict and of none; of all claims and
               predictions, how many were `tested` and what the correction turned into noise
The methods are described in inference.py.
"""

import determinism  # noqa: F401  (pins the arithmetic before NumPy is imported)

import sys
from pathlib import Path
from typing import Any

import records
import settings
from interruption import one_line
from judging import verdicts
from judging.claims import read_claims
from judging.evidence import EvidenceError, load_runs
from judging.judgement import judge_claim
from knobs import SettingsError

CLAIMS = [Path(f"claims/{name}.yaml") for name in ("report_a", "report_b", "ten_layers")]
OUT = Path("metrics/verdicts.json")


def judge() -> dict[str, Any]:
    """The content of verdicts.json. Raises SettingsError, EvidenceError."""
    networks = settings.load_variants()
    claims = read_claims(CLAIMS, networks)
    needed = dict.fromkeys(variant for claim in claims for variant in claim.variants)
    runs = {name: load_runs(name, networks[name].hyperparameters) for name in needed}
    return verdicts.gather(verdicts.correct([judge_claim(claim, runs) for claim in claims]))


def table(content: dict[str, Any]) -> str:
    """How many claims got which verdict, and what became of the ten-layer explanations."""
    counts = {name: content["summary"][name] for name in ("A", "B", "both")}
    lines = ["report " + "".join(f"{column:>20}" for column in counts["both"])]
    for name, row in counts.items():
        lines.append(f"{name:<7}" + "".join(f"{number:>20}" for number in row.values()))
    for network, found in content["ten_layers"]["networks"].items():
        fared = ", ".join(f"{name} {how}" for name, how in found["explanations"].items())
        lines.append(f"{network}: {fared}; decision: {found['decision']}")
    return "\n".join(lines)


@one_line("judge")
def main() -> None:
    """Judge the claims, or exit with one line."""
    try:
        content = judge()
        records.write_json(OUT, content)
    except (SettingsError, EvidenceError, OSError) as error:
        sys.exit(f"judge: {error}")
    print(table(content))
    print(f"judge: wrote {OUT}")


if __name__ == "__main__":
    main()
