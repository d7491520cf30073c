"""Stage: judge every sentence of the reports by what was measured on the seeds after the pilot.

Writes metrics/verdicts.json:
  claims               the verdict of each claim, as judging/verdicts.py describes it
  frozen, pilot_seeds  as in claims/protocol.yaml
  contrasts            how many distinct tests Holm's correction was for
  summary              by report, and for `all` sentences of reports together, and by what decides
                       (seeds, one run, arithmetic): the number of claims of each verdict
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from judging.claims import SEEDS, read_claims, read_protocol
from judging.quantities import read_runs
from judging.verdicts import VERDICTS, Verdict, judge_claims
from workflow import files
from workflow.command import run
from workflow.settings import load_variants


def judge() -> dict[str, Any]:
    """The content of metrics/verdicts.json."""
    protocol, claims, networks = read_protocol(), read_claims(), load_variants()
    parts = [part for claim in claims for part in claim.parts]
    named = {name for part in parts for name in part.variants}
    runs = {name: read_runs(name, networks[name]) for name in sorted(named)}
    verdicts = judge_claims(claims, runs, protocol)
    return {
        "claims": [asdict(verdict) for verdict in verdicts],
        "frozen": protocol.frozen,
        "pilot_seeds": protocol.pilot_seeds,
        "contrasts": len({part.contrast for part in parts if part.kind == SEEDS}),
        "summary": summary(verdicts),
    }


def summary(verdicts: Sequence[Verdict]) -> dict[str, dict[str, dict[str, int]]]:
    """The number of claims by report, by what decides them, and by verdict."""
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for one in verdicts:
        for name in (one.report,) if one.explanation else (one.report, "all"):
            counts.setdefault(name, {}).setdefault(one.kind, Counter())[one.verdict] += 1
    return counts


def main() -> None:
    """Judge the claims and write the verdicts."""
    content = judge()
    files.write_json(VERDICTS, content)
    for report, kinds in content["summary"].items():
        for kind, counts in kinds.items():
            print(f"{report}, {kind}:", ", ".join(f"{n} {word}" for word, n in counts.items()))
    print(f"judge: wrote {VERDICTS}")


if __name__ == "__main__":
    run(main, stage=True)
