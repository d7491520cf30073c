"""Stage: the report, task by task like the originals, each claim beside its verdict and evidence.

    python src/report.py             write report/report.md, readings.md and summary.md
    python src/report.py --readme    put report/summary.md into README.md, between its markers

Prose is written by hand in two templates beside them and holds no result; every number, and every
sentence that depends on the outcome, is put together from metrics/ here and filled in. readings.md
has what the report leaves out: why each claim is read so, all comparisons, all networks.
"""

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

from judging.tricks import TRICKS
from judging.verdicts import VERDICTS, Verdict, read_verdicts
from reporting import findings
from reporting.tables import claims_table, grouped, networks_table, readings, spread_table
from reporting.template import CLAIMS, PLACE, check_templates, fill
from reporting.tricks import comparisons_table, tricks_table
from workflow import files
from workflow.command import UserError, run
from workflow.crossing import read_crossing
from workflow.settings import load_variants

REPORT, READINGS = Path("report/report.md"), Path("report/readings.md")
SUMMARY, README = Path("report/summary.md"), Path("README.md")
COMPARISON, SPREAD = Path("metrics/comparison.json"), Path("metrics/spread_by_source.json")
BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"
NO_CLAIM = "No claim is judged here."


def compose(
    templates: Sequence[str], verdicts: Sequence[Verdict], frozen: str, given: Mapping[str, str]
) -> list[str]:
    """The pages, with the texts given for some of their places. Claims for which no template has
    one come under `more claims`."""
    predictions = [one for one in verdicts if one.explanation]
    tasks = grouped((one for one in verdicts if not one.explanation), place_of)
    places = [place for place in PLACE.findall("".join(templates)) if CLAIMS.fullmatch(place)]
    tables = {name: claims_table(tasks.pop(name)) if name in tasks else NO_CLAIM for name in places}
    seeds = [one.seeds for one in verdicts if one.seeds] or [0]
    texts = {
        "findings": findings.findings(verdicts),
        "frozen": f"the commit `{frozen}`" if frozen else "a commit that is not named yet",
        "seeds": " to ".join(map(str, sorted({min(seeds), max(seeds)}))),
        "predictions": sections("###", predictions, claims_table),
        "more claims": sections("##", chain(*tasks.values()), claims_table),
        "readings": sections("###", verdicts, readings),
        "pilot": findings.changes(verdicts, lambda one: one.since_pilot),
        "freeze": findings.changes(verdicts, lambda one: one.since_freeze),
    }
    return [fill(template, texts | tables | given) for template in templates]


def place_of(claim: Verdict) -> str:
    """The name of the claim's place in the template, as `claims A 3`."""
    return f"claims {claim.report} {claim.where.split(',')[0].removeprefix('task ')}"


def heading_of(verdict: Verdict) -> str:
    """The network that is explained, or the report and its task."""
    if verdict.explanation:
        return f"`{verdict.where}`"
    return f"Report {verdict.report}, {verdict.where.split(',')[0]}"


def sections(
    level: str, verdicts: Iterable[Verdict], listed: Callable[[Sequence[Verdict]], str]
) -> str:
    """The verdicts, listed below a heading for each network or task."""
    groups = grouped(verdicts, heading_of)
    return "\n\n".join(f"{level} {heading}\n\n{listed(own)}" for heading, own in groups.items())


def write_report() -> None:
    """Write the report, its second page and its summary."""
    templates, verdicts, variants = check_templates(), read_verdicts(), load_variants()
    comparison, frozen = files.read_json(COMPARISON), files.read_json(VERDICTS).get("frozen", "")
    if missing := [name for name in variants if name not in comparison]:
        raise UserError(f"{COMPARISON}: has no {missing[0]}; `dvc repro compare` writes it")
    tricks, crossing = files.read_json(TRICKS), read_crossing()
    if missing := [name for name in crossing.tricks if name not in tricks]:
        raise UserError(f"{TRICKS}: has no {missing[0]}; `dvc repro tricks` writes it")
    given = {
        "tricks": tricks_table(tricks, crossing),
        "comparisons": comparisons_table(tricks, crossing),
        "networks": networks_table(variants, comparison),
        "spread": spread_table(files.read_json(SPREAD)),
    }
    pages = compose(templates, verdicts, frozen, given)
    summary = f"{given['tricks']}\n\n{findings.findings(verdicts)}\n"
    for path, text in zip((REPORT, READINGS, SUMMARY), (*pages, summary), strict=True):
        files.write(path, text)
    print(f"report: wrote {REPORT}, {READINGS} and {SUMMARY}")


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
