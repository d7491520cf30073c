"""Is your network better than another? The judge's inference answers, over all seeds of both.

    python src/ask.py            your network against the one that the last commit publishes
    python src/ask.py plain      against a network of variants.yaml
    python src/ask.py NAME       against your network in an experiment, a branch or a commit

Three quantities are compared, each by Welch's interval at the level that Holm's method gives it;
the margins of no difference are those of claims/protocol.yaml.
"""

import argparse

from contest import HEADER, answers, at_revision, read_runs, row, with_seeds_of
from own import PUBLISHED, REVISIONS
from tabulate import tabulate

from judging.claims import read_protocol
from reporting.wording import settings
from runs import tables as results
from workflow.command import run
from workflow.settings import VARIANTS, load_network, load_variants

MOST_SEEDS = 1000  # that a network may have


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description="Compare your network with another.")
    parser.add_argument("against", nargs="?", default=PUBLISHED, help="a variant, or a revision")
    against = parser.parse_args().against
    own, protocol, variants = load_network(), read_protocol(), load_variants()
    if against in variants:
        other, others = variants[against], read_runs(against, variants[against])
    else:
        allowed = f"a network of {VARIANTS}, {REVISIONS}"
        with at_revision(against, allowed=allowed) as found:
            other, others = found
    alike = with_seeds_of(own, other, "yours", against)
    answered = answers(read_runs(results.OWN, own), others, protocol)
    rows = [row(answer, level) for answer, level in answered]
    print(f"yours, {own.seeds} seeds: {settings(alike, other)}")
    print(f"the other, {against}, {other.seeds} seeds: {settings(other, alike)}\n")
    print(tabulate(rows, HEADER, disable_numparse=True, colalign=("left", *["right"] * 4, "left")))
    needed = (answer.runs_needed(level) for answer, level in answered)
    if counts := [count for count in needed if count and count <= MOST_SEEDS]:
        print(f"\n`dvc exp run -S seeds={counts[0]}` trains yours with so many", end="")
        print("; the other likewise, as an experiment" if other.seeds < counts[0] else "")


if __name__ == "__main__":
    run(main)
