"""Stage: the report, task by task like the originals, each claim beside its verdict and evidence.

    python src/report.py             write report/report.md and report/summary.md
    python src/report.py --readme    put report/summary.md into README.md, between its markers

Prose is written by hand in report/template.md and holds no result; every number, and every sentence
that depends on the outcome, is made from metrics/ here and filled in.
"""

import determinism  # noqa: F401  (pins the arithmetic before NumPy is imported)

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import records
from interruption import one_line
from knobs import SettingsError
from reporting import findings
from reporting.claim_tables import claims_table, predictions_tables, stated_numbers
from reporting.explanations import decisions
from reporting.networks import networks_table
from reporting.template import TemplateError, fill, paste
from settings import load_variants

TEMPLATE = Path("report/template.md")
REPORT, SUMMARY, README = Path("report/report.md"), Path("report/summary.md"), Path("README.md")
VERDICTS, COMPARISON = Path("metrics/verdicts.json"), Path("metrics/comparison.json")


def of_claims(verdicts: dict[str, Any]) -> dict[str, str]:
    """What the verdicts have to say, by the name of its place in the template."""
    claims = verdicts["claims"]
    return {
        "summary": findings.summary(verdicts),
        **{f"claims {name}": claims_table(found) for name, found in by_task(claims).items()},
        "explanations": "\n\n".join(decisions(verdicts)),
        "predictions": predictions_tables(verdicts["ten_layers"]["predictions"]),
        "stated numbers": stated_numbers(claims),
        "seeds": findings.counted(claim["seeds"] for claim in claims),
        "tests": str(verdicts["summary"]["tested"]),
    }


def of_networks(comparison: dict[str, Any]) -> dict[str, str]:
    """The table of all networks, by the name of its place. Raises SettingsError."""
    trained = {name: training.hyperparameters for name, training in load_variants().items()}
    return {"networks": networks_table(trained, comparison)}


def by_task(claims: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The claims of each report and task, by names such as `A 3`, in the order of the reports."""
    found: dict[str, list[dict[str, Any]]] = {}
    for claim in claims:
        task = claim["where"].split(",")[0].removeprefix("task ")
        found.setdefault(f"{claim['report']} {task}", []).append(claim)
    return found


def made(make: Callable[[dict[str, Any]], dict[str, str]], path: Path) -> dict[str, str]:
    """The texts made from the JSON at `path`. Raises SettingsError, ValueError, OSError."""
    content = records.read_json(path)
    try:
        return make(content)
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"{path}: something is missing or of a wrong kind ({error!r})") from None


def write_report() -> None:
    """Write both files. Raises SettingsError, TemplateError, ValueError, OSError."""
    texts = made(of_claims, VERDICTS) | made(of_networks, COMPARISON)
    page = fill(TEMPLATE.read_text(encoding="utf-8"), texts)
    records.write_text(REPORT, page)
    records.write_text(SUMMARY, texts["summary"])


def write_readme() -> None:
    """Put the summary into README.md. Raises TemplateError, OSError."""
    page, summary = (path.read_text(encoding="utf-8") for path in (README, SUMMARY))
    records.write_text(README, paste(page, summary))


@one_line("report")
def main() -> None:
    """Write the report or, if told so, the README's table; or exit with one line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readme", action="store_true", help="put the summary into README.md")
    readme = parser.parse_args().readme
    try:
        (write_readme if readme else write_report)()
    except TemplateError as error:
        sys.exit(f"report: {README if readme else TEMPLATE}: {error}")
    except (SettingsError, ValueError, OSError) as error:
        sys.exit(f"report: {error}")
    print(f"report: wrote {README if readme else f'{REPORT} and {SUMMARY}'}")


if __name__ == "__main__":
    main()
