"""Stage: the report, what surprises first, each claim beside what was measured.

    python src/report.py             write report/report.md
    python src/report.py --readme    put the answer into README.md, between its markers

Prose stands in report/templates and holds no result: every number, and every sentence that depends
on the outcome, follows from metrics/.
"""

import argparse
from pathlib import Path

from reporting import pages
from workflow import files
from workflow.command import UserError, run

REPORT, README = Path("report/report.md"), Path("README.md")
END = "<!-- end -->"


def write_report() -> None:
    """Write the report."""
    files.write(REPORT, pages.report(pages.read_found()))
    print(f"report: wrote {REPORT}")


def write_readme() -> None:
    """Put the generated blocks into README.md, each between its two markers."""
    text = files.read_text(README)
    for name, block in pages.readme(pages.read_found()).items():
        before, mark, rest = text.partition(f"<!-- generated: {name} -->\n")
        _, end, after = rest.partition(END)
        if not end:
            raise UserError(f"{README}: expected <!-- generated: {name} --> and, below it, {END}")
        text = f"{before}{mark}{block}{end}{after}"
    files.write(README, text)
    print(f"report: wrote {README}")


def main() -> None:
    """Write the report or, with --readme, the README's generated blocks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--readme", action="store_true", help="put the answer into README.md")
    (write_readme if parser.parse_args().readme else write_report)()


if __name__ == "__main__":
    run(main, stage=True)
