"""Stage: the report, task by task like the originals, each claim beside its verdict and evidence.

    python src/report.py             write report/report.md and report/summary.md
    python src/report.py --readme    put report/summary.md into README.md, between its markers

Prose is written by hand in report/template.md and holds no result; every number, and every sentence
that depends on the outcome, is put together from metrics/ here and filled in.
"""

from command import UserError, run

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import files
from judging.verdicts import VERDICTS, Verdict, read_verdicts
from reporting import findings
from reporting.tables import claims_table, networks_table
from reporting.template import CLAIMS, check_template, fill
from settings import load_variants

REPORT, SUMMARY, README = Path("report/report.md"), Path("report/summary.md"), Path("README.md")
COMPARISON = Path("metrics/comparison.json")
BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"
NO_CLAIM = "No claim is judged here."


def compose(template: str, verdicts: Sequence[Verdict], frozen: str, networks: str) -> str:
    """The report. Claims for which the template has no place come under `further claims`."""
    tasks = by_task(verdicts)
    tables = {}
    for name in CLAIMS.findall(template):
        claims = tasks.pop(name, None)
        tables["claims {} {}".format(*name)] = claims_table(claims) if claims else NO_CLAIM
    texts = {
        "summary": findings.summary(verdicts),
        "frozen": f"the commit `{frozen}`" if frozen else "a commit that is not named yet",
        "seeds": findings.counted(one.seeds for one in verdicts if one.seeds),
        "explanations": "\n".join(f"- {text}" for text in findings.explained(verdicts)),
        "predictions": predictions(verdicts),
        "further claims": further_claims(tasks),
        "networks": networks,
        "changes since the pilot": findings.changes(verdicts, lambda one: one.since_pilot),
        "changes since the freeze": findings.changes(verdicts, lambda one: one.since_freeze),
    }
    return fill(template, (texts | tables).__getitem__)


def by_task(verdicts: Sequence[Verdict]) -> dict[tuple[str, str], list[Verdict]]:
    """The claims by report and task, in the order of the reports."""
    tasks: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in verdicts:
        if not verdict.explanation:
            task = verdict.where.split(",")[0].removeprefix("task ")
            tasks.setdefault((verdict.report, task), []).append(verdict)
    return tasks


def predictions(verdicts: Sequence[Verdict]) -> str:
    """A table for each network that is explained."""
    networks: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.explanation:
            networks.setdefault(verdict.where, []).append(verdict)
    return "\n\n".join(f"**`{name}`**\n\n{claims_table(own)}" for name, own in networks.items())


def further_claims(tasks: Mapping[tuple[str, str], Sequence[Verdict]]) -> str:
    """A section for each report, with a table for each task."""
    sections: dict[str, str] = {}
    for (report, task), claims in tasks.items():
        section = sections.setdefault(report, f"## Report {report}")
        sections[report] = f"{section}\n\n### Task {task}\n\n{claims_table(claims)}"
    return "\n\n".join(sections.values())


def write_report() -> None:
    """Write the report and its summary."""
    template, verdicts = check_template(), read_verdicts()
    frozen, comparison = files.read_json(VERDICTS).get("frozen", ""), files.read_json(COMPARISON)
    try:
        networks = networks_table(load_variants(), comparison)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{COMPARISON}: a number is missing or is none ({error!r})") from None
    files.write(REPORT, compose(template, verdicts, frozen, networks))
    files.write(SUMMARY, findings.summary(verdicts))
    print(f"report: wrote {REPORT} and {SUMMARY}")


def write_readme() -> None:
    """Put the summary into README.md, between its two markers."""
    before, *after = files.read_text(README).split(BEGIN)
    rest = after[0].split(END) if len(after) == 1 else []
    if len(rest) != 2:
        raise UserError(f"{README}: expected {BEGIN} and, below it, {END}, each of them once")
    summary = files.read_text(SUMMARY).strip()
    files.write(README, f"{before}{BEGIN}\n{summary}\n{END}{rest[1]}")
    print(f"report: wrote {README}")


def main() -> None:
    """Write the report or, with --readme, the README's summary."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--readme", action="store_true", help="put the summary into README.md")
    if parser.parse_args().readme:
        write_readme()
    else:
        write_report()


if __name__ == "__main__":
    run(main, stage=True)
