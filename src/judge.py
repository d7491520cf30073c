"""Stage: judge every sentence of the reports, and every trick, by what was measured.

Writes metrics/tricks.json and plots/tricks.csv, as judging/tricks.py describes them, and
metrics/verdicts.json:
  claims          the verdict of each claim, as judging/verdicts.py describes it
  summary         by report, the number of claims of each verdict; each comparison counts once
  ten_layers      why ten layers are worse, for each report's network
  how_many_seeds  the smallest differences that so many seeds of each network show
  pilot, frozen, confidence, margins   as in claims/protocol.yaml
"""

from typing import Any

from judging.claims import read_claims, read_protocol
from judging.quantities import read_runs
from judging.tricks import POINTS, TRICKS, judge_tricks, points
from judging.verdicts import VERDICTS, Runs, how_many_seeds, judge_claims, summary, ten_layers
from workflow import files
from workflow.command import run
from workflow.settings import load_variants, read_crossing


def judged_claims(runs: Runs) -> dict[str, Any]:
    """Return the content of metrics/verdicts.json."""
    protocol = read_protocol()
    verdicts = judge_claims(read_claims(), runs, protocol)
    return protocol.model_dump() | {
        "claims": [verdict.published() for verdict in verdicts],
        "summary": summary(verdicts),
        "ten_layers": ten_layers(verdicts, runs),
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
