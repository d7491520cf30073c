"""Stage: judge every sentence of the reports, and every trick, by what was measured.

Writes metrics/tricks.json and plots/tricks.csv, as judging/tricks.py describes them, and
metrics/verdicts.json:
  claims          each claim, as judging/claims.py describes it, and its verdict, as verdicts.py
                  does; what is not there is none, or false
  summary         by report, the number of claims of each verdict; each comparison counts once
  train_loss      of each network, at its last step, on all its training images
  how_many_seeds  the smallest differences that so many seeds of each network show
"""

from collections import Counter
from typing import Any

from judging.claims import read_claims, read_protocol
from judging.quantities import read_runs
from judging.tricks import POINTS, TRICKS, judge_tricks, points
from judging.verdicts import VERDICTS, Runs, how_many_seeds, judge_claims
from runs.tables import mean
from workflow import files
from workflow.command import run
from workflow.settings import load_variants, read_crossing


def judged_claims(runs: Runs) -> dict[str, Any]:
    """Return the content of metrics/verdicts.json."""
    protocol, claims = read_protocol(), read_claims()
    verdicts = judge_claims(claims, runs, protocol)
    counted = [one for one in verdicts if not one.same_as]
    return {
        "claims": [verdict.model_dump(exclude_defaults=True) for verdict in verdicts],
        "summary": {
            name: Counter(one.verdict for one in counted if one.report == name) for name in claims
        },
        "train_loss": {
            name: mean(run.final("train_loss") for run in each) for name, each in runs.items()
        },
        "how_many_seeds": how_many_seeds(runs, 1 - protocol.confidence),
    }


def main() -> None:
    """Judge and write."""
    runs = {name: read_runs(name, network) for name, network in load_variants().items()}
    content, tricks = judged_claims(runs), judge_tricks(read_crossing(), runs, read_protocol())
    files.write_json(VERDICTS, content)
    files.write_json(TRICKS, tricks)
    files.write_csv(POINTS, points(tricks))
    for report, counts in content["summary"].items():
        print(f"{report}:", ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    print(f"judge: wrote {VERDICTS}, {TRICKS} and {POINTS}")


if __name__ == "__main__":
    run(main, stage=True)
