"""Stage: judge every sentence of the reports by what was measured on the seeds after the pilot.

Writes metrics/verdicts.json:
  claims             the verdict of each claim, as judging/verdicts.py describes it, in the order of
                     the claims files; judging/inference.py says how it is decided
  frozen             the commit that froze the claims, empty before there is one
  pilot_seeds        seeds below this one decided nothing
  contrasts          how many distinct tests Holm's correction was for
  summary            by report, and for `all` sentences of reports together, and by what decides
                     (seeds, one run, arithmetic): the number of claims of every verdict that occurs
"""

from command import run

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tabulate import tabulate

import files
from judging.claims import SEEDS, read_claims, read_protocol
from judging.quantities import Results
from judging.verdicts import ORDER, VERDICTS, Verdict, judge_claims
from settings import load_variants


def judge() -> dict[str, Any]:
    """The content of metrics/verdicts.json."""
    protocol, claims = read_protocol(), read_claims()
    results = {name: Results(name, network) for name, network in load_variants().items()}
    verdicts = judge_claims(claims, results, protocol)
    parts = [part for claim in claims for part in claim.parts if part.kind == SEEDS]
    return {
        "claims": [asdict(verdict) for verdict in verdicts],
        "frozen": protocol.frozen,
        "pilot_seeds": protocol.pilot_seeds,
        "contrasts": len({part.contrast for part in parts}),
        "summary": summary(verdicts),
    }


def summary(verdicts: Sequence[Verdict]) -> dict[str, dict[str, dict[str, int]]]:
    """The number of claims by report, by what decides them, and by verdict."""
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for one in verdicts:
        for name in (one.report,) if one.explanation else (one.report, "all"):
            row = counts.setdefault(name, {}).setdefault(one.kind, {})
            row[one.verdict] = row.get(one.verdict, 0) + 1
    return counts


def table(counts: dict[str, dict[str, dict[str, int]]]) -> str:
    """A summary, one row a report and kind."""
    rows = [
        [report, kind, sum(row.values()), *(row.get(verdict, 0) for verdict in ORDER[::-1])]
        for report, kinds in counts.items()
        for kind, row in kinds.items()
    ]
    header = ["report", "decided by", "claims", *ORDER[::-1]]
    return str(tabulate(rows, header, maxheadercolwidths=13))


def main() -> None:
    """Judge the claims and write the verdicts."""
    content = judge()
    files.write_json(VERDICTS, content)
    print(table(content["summary"]))
    print(f"judge: wrote {VERDICTS}")


if __name__ == "__main__":
    run(main, stage=True)
