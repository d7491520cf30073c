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
from crossing import read_crossing
from judging.tricks import TRICKS
from judging.verdicts import VERDICTS, Verdict, read_verdicts
from reporting import findings
from reporting.tables import claims_table, grouped, networks_table
from reporting.template import CLAIMS, PLACE, check_template, fill
from reporting.tricks import comparisons_table, tricks_table
from settings import load_variants

REPORT, SUMMARY, README = Path("report/report.md"), Path("report/summary.md"), Path("README.md")
COMPARISON = Path("metrics/comparison.json")
BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"
NO_CLAIM = "No claim is judged here."


def compose(
    template: str, verdicts: Sequence[Verdict], frozen: str, given: Mapping[str, str]
) -> str:
    """The report, with the texts given for some of its places. Claims for which the template has
    none come under `further claims`."""
    predictions = grouped((one for one in verdicts if one.explanation), lambda one: one.where)
    tasks = grouped((one for one in verdicts if not one.explanation), place_of)
    places = [place for place in PLACE.findall(template) if CLAIMS.fullmatch(place)]
    tables = {name: claims_table(tasks.pop(name)) if name in tasks else NO_CLAIM for name in places}
    seeds = [one.seeds for one in verdicts if one.seeds] or [0]
    texts = {
        "frozen": f"the commit `{frozen}`" if frozen else "a commit that is not named yet",
        "seeds": " to ".join(map(str, sorted({min(seeds), max(seeds)}))),
        "predictions": sections({f"### `{name}`": own for name, own in predictions.items()}),
        "further claims": sections({heading_of(own[0]): own for own in tasks.values()}),
        "changes since the pilot": findings.changes(verdicts, lambda one: one.since_pilot),
        "changes since the freeze": findings.changes(verdicts, lambda one: one.since_freeze),
    }
    return fill(template, texts | tables | given)


def place_of(claim: Verdict) -> str:
    """The name of the claim's place in the template, as `claims A 3`."""
    return f"claims {claim.report} {claim.where.split(',')[0].removeprefix('task ')}"


def heading_of(claim: Verdict) -> str:
    """The heading of the task in a report that the template does not know."""
    return f"## Report {claim.report}, {claim.where.split(',')[0]}"


def sections(claims: Mapping[str, Sequence[Verdict]]) -> str:
    """A table of claims below each heading."""
    return "\n\n".join(f"{heading}\n\n{claims_table(own)}" for heading, own in claims.items())


def write_report() -> None:
    """Write the report and its summary."""
    template, verdicts, variants = check_template(), read_verdicts(), load_variants()
    comparison, frozen = files.read_json(COMPARISON), files.read_json(VERDICTS).get("frozen", "")
    if missing := [name for name in variants if name not in comparison]:
        raise UserError(f"{COMPARISON}: has no {missing[0]}; `dvc repro compare` writes it")
    tricks, crossing = files.read_json(TRICKS), read_crossing()
    if missing := [name for name in crossing.tricks if name not in tricks]:
        raise UserError(f"{TRICKS}: has no {missing[0]}; `dvc repro tricks` writes it")
    given = {
        "summary": findings.summary(verdicts, tricks_table(tricks, crossing)),
        "tricks": comparisons_table(tricks, crossing),
        "networks": networks_table(variants, comparison),
    }
    files.write(REPORT, compose(template, verdicts, frozen, given))
    files.write(SUMMARY, given["summary"])
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
