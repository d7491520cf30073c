"""Is your network better than another? The judge's inference answers, over all seeds of both.

    python src/ask.py            your network against the one that the last commit publishes
    python src/ask.py plain      against a network of variants.yaml
    python src/ask.py NAME       against your network in an experiment, a branch or a commit

Three quantities are compared, each by Welch's interval at the level that Holm's method gives it;
the margins of no difference are those of claims/protocol.yaml.
"""

from command import UserError, run

import argparse

from tabulate import tabulate

import results
from contest import COLUMNS, HEADER, answers, read_runs, row
from judging.claims import read_protocol
from judging.quantities import Run
from own import LOCK, PUBLISHED, files_of
from reporting.tables import settings
from settings import PARAMS, Network, load_network, load_variants

MOST_SEEDS = 1000  # that a network may have


def at_revision(revision: str) -> tuple[Network, list[Run]]:
    """Return your network as a commit, a branch or an experiment has it."""
    tables = [results.path(kind, results.OWN) for kind in COLUMNS]
    with files_of(revision, PARAMS, LOCK, *tables):
        network = load_network()
        return network, read_runs(results.OWN, network)


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description="Compare your network with another.")
    parser.add_argument("against", nargs="?", default=PUBLISHED, help="a variant, or a revision")
    against = parser.parse_args().against
    own, protocol, variants = load_network(), read_protocol(), load_variants()
    if against in variants:
        other, others = variants[against], read_runs(against, variants[against])
    else:
        other, others = at_revision(against)
    alike = own.model_copy(update={"seeds": other.seeds})
    if alike == other:
        raise UserError(f"yours is {against} itself; `dvc exp run -S hidden=32` trains another")
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
