"""Is your network better than another? The judge's inference answers, over all seeds of both.

    python src/ask.py            your network against the one that the last commit publishes
    python src/ask.py plain      against a network of variants.yaml
    python src/ask.py NAME       against your network in an experiment, a branch or a commit

Three quantities are compared, each by Welch's interval at the level that Holm's method gives it;
the margins of no difference are those of claims/protocol.yaml.
"""

from command import UserError, run

import argparse

import numpy as np
from tabulate import tabulate

import files
import results
from judging import inference
from judging.claims import read_protocol
from judging.inference import TWO, UNDECIDED
from judging.quantities import Run
from judging.questions import QUESTIONS, Answer, compare
from own import LOCK, PUBLISHED, check_trained, files_of
from reporting.tables import settings
from settings import PARAMS, Network, load_network, load_variants

COLUMNS = {
    "seeds": ("seed", "parameters", "validation_loss", "validation_accuracy"),
    "runs": ("seed", "step", "validation_accuracy"),
}
MOST_SEEDS = 1000  # that a network may have
HEADER = ("", "yours", "the other", "difference", "interval", "yours is")


def row(answer: Answer, level: float) -> tuple[str, ...]:
    """Return a row below HEADER, its interval at confidence 1 - `level`."""
    asked, verdict = answer.question, answer.verdict(level)
    if verdict == UNDECIDED:
        verdict += f"; {answer.runs_needed(level) or 'no number of'} seeds of each would tell"
    means = (f"{asked.factor * mean:,.{asked.places}f}" for mean in answer.means)
    ends = ", ".join(map(asked.shown, answer.estimate.interval(level)))
    return asked.title, *means, asked.shown(answer.estimate.mean), f"[{ends}]", verdict


def read_runs(name: str, network: Network) -> list[Run]:
    """Return the runs of a network from its tables in this folder."""
    paths = {kind: results.path(kind, name) for kind in COLUMNS}
    check_trained(name, network, *paths.values())
    tables = {kind: files.read_csv(path, COLUMNS[kind]) for kind, path in paths.items()}
    seeds = tables["seeds"]["seed"]
    if len(seeds) < 2:
        raise UserError(f"{name}: {len(seeds)} seed tells no spread (allowed: two or more)")

    def rows(seed: float) -> dict[str, files.Table]:
        each = tables.items()
        return {kind: {n: c[t["seed"] == seed] for n, c in t.items()} for kind, t in each}

    return [Run(network, rows(seed), np.zeros(0, bool)) for seed in seeds]


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
    both = read_runs(results.OWN, own), others
    answers = [
        compare(asked, TWO, [asked.measured(runs) for runs in both], protocol)
        for asked in QUESTIONS.values()
    ]
    levels = inference.holm_levels([each.p_value for each in answers], 1 - protocol.confidence)
    rows = [row(each, level) for each, level in zip(answers, levels, strict=True)]
    print(f"yours, {own.seeds} seeds: {settings(alike, other)}")
    print(f"the other, {against}, {other.seeds} seeds: {settings(other, alike)}\n")
    print(tabulate(rows, HEADER, disable_numparse=True, colalign=("left", *["right"] * 4, "left")))
    needed = (each.runs_needed(level) for each, level in zip(answers, levels, strict=True))
    if counts := [count for count in needed if count and count <= MOST_SEEDS]:
        print(f"\n`dvc exp run -S seeds={counts[0]}` trains yours with so many", end="")
        print("; the other likewise, as an experiment" if other.seeds < counts[0] else "")


if __name__ == "__main__":
    run(main)
