"""Stage: the report, task by task like the originals, each claim beside its verdict and evidence.

    python src/report.py             write report/report.md and report/summary.md
    python src/report.py --readme    put report/summary.md into README.md, between its markers

Prose is written by hand in report/template.md and holds no result; every number, and every sentence
that depends on the outcome, is put together from metrics/ here and filled in: `{{name}}` -> text.
"""

from command import UserError, run

import argparse
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import files
from judging.verdicts import VERDICTS, Verdict, read_verdicts
from reporting import findings
from reporting.tables import claims_table, networks_table
from settings import load_variants

TEMPLATE = Path("report/template.md")
REPORT, SUMMARY, README = Path("report/report.md"), Path("report/summary.md"), Path("README.md")
COMPARISON = Path("metrics/comparison.json")
PLACE = re.compile(r"\{\{([^{}]+)\}\}")
BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"
# Places that the template has beside those of claims, `claims A 3` for report A's task 3.
PLACES = (
    "summary",
    "frozen",
    "changes since the pilot",
    "changes since the freeze",
    "explanations",
    "predictions",
    "further claims",
    "networks",
    "seeds",
)
NO_CLAIM = "No claim is judged here."


def texts_of(verdicts: Sequence[Verdict], frozen: str) -> dict[str, str]:
    """What the verdicts have to say, by the name of its place, but for the claims."""
    predictions: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.explanation:
            predictions.setdefault(verdict.where, []).append(verdict)
    return {
        "summary": findings.summary(verdicts),
        "frozen": f"the commit `{frozen}`" if frozen else "a commit that is not named yet",
        "changes since the pilot": findings.changes(verdicts, lambda one: one.since_pilot),
        "changes since the freeze": findings.changes(verdicts, lambda one: one.since_freeze),
        "explanations": "\n".join(f"- {text}" for text in findings.explained(verdicts)),
        "predictions": "\n\n".join(
            f"**`{name}`**\n\n{claims_table(entries)}" for name, entries in predictions.items()
        ),
        "seeds": findings.counted(v.seeds for v in verdicts if v.seeds),
    }


def by_task(verdicts: Sequence[Verdict]) -> dict[tuple[str, str], list[Verdict]]:
    """The claims of each report and task, in the order of the reports."""
    tasks: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in verdicts:
        if not verdict.explanation:
            task = verdict.where.split(",")[0].removeprefix("task ")
            tasks.setdefault((verdict.report, task), []).append(verdict)
    return tasks


def further_claims(tasks: Mapping[tuple[str, str], Sequence[Verdict]]) -> str:
    """A section for each report whose claims the template has no place for."""
    sections: dict[str, str] = {}
    for (report, task), claims in tasks.items():
        heading = sections.setdefault(report, f"## Report {report}")
        sections[report] = f"{heading}\n\n### Task {task}\n\n{claims_table(claims)}"
    return "\n\n".join(sections.values())


def check_template() -> str:
    """The template, every place of which is known, and none missing. Needs no verdicts."""
    template = files.read_text(TEMPLATE)
    places = PLACE.findall(template)
    unknown = [p for p in places if p not in PLACES and not re.fullmatch(r"claims \S.* \S+", p)]
    if unknown:
        allowed = f"{', '.join(PLACES)}, and claims <report> <task>"
        raise UserError(f"{TEMPLATE}: there is no {unknown[0]!r} to fill in; there are {allowed}")
    missing = [name for name in PLACES if name not in places]
    if missing:
        raise UserError(f"{TEMPLATE}: has no place for {', '.join(missing)}")
    return template


def fill(template: str, texts: Mapping[str, str], verdicts: Sequence[Verdict]) -> str:
    """The template with every place filled; claims without a place come under `further claims`."""
    tasks = by_task(verdicts)
    filled = dict(texts)
    for name in PLACE.findall(template):
        if name not in PLACES:
            report, _, task = name.removeprefix("claims ").rpartition(" ")
            claims = tasks.pop((report, task), None)
            filled[name] = claims_table(claims) if claims else NO_CLAIM
    filled["further claims"] = further_claims(tasks)
    return PLACE.sub(lambda place: filled[place[1]], template)


def write_report() -> None:
    """Write the report and its summary."""
    template = check_template()
    verdicts = read_verdicts()
    texts = texts_of(verdicts, files.read_json(VERDICTS).get("frozen", ""))
    texts["networks"] = networks(files.read_json(COMPARISON))
    files.write(REPORT, fill(template, texts, verdicts))
    files.write(SUMMARY, texts["summary"])
    print(f"report: wrote {REPORT} and {SUMMARY}")


def networks(comparison: Mapping[str, Any]) -> str:
    """The table of all networks; comparison: as in metrics/comparison.json."""
    try:
        return networks_table(load_variants(), comparison)
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{COMPARISON}: a number is missing or of a wrong kind ({error!r})"
        ) from None


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
