"""Is your network better than another? The judge's inference answers, over all seeds of both.

    python src/ask.py            your network against the one that the last commit publishes
    python src/ask.py plain      against a network of variants.yaml
    python src/ask.py NAME       against your network in an experiment, a branch or a commit

Three quantities are compared, each by Welch's interval at the level that Holm's method gives it;
the margins of no difference are those of claims/protocol.yaml.
"""

from command import UserError, run

import argparse
from collections.abc import Sequence
from math import exp, isfinite, log1p
from typing import NamedTuple

import numpy as np
from tabulate import tabulate

import files
import results
from judging import inference
from judging.claims import Protocol, read_protocol
from judging.inference import TWO, UNDECIDED, Region
from judging.quantities import QUANTITIES, Run, measure
from own import LOCK, PUBLISHED, check_trained, files_of
from reporting.tables import settings
from settings import PARAMS, Network, load_network, load_variants

COLUMNS = {
    "seeds": ("seed", "parameters", "validation_loss", "validation_accuracy"),
    "runs": ("seed", "step", "validation_accuracy"),
}
THRESHOLD = 0.9  # of the validation accuracy that steps are counted to
MOST_SEEDS = 1000  # that a network may have
HEADER = ("", "yours", "the other", "difference", "interval", "yours is")


class Question(NamedTuple):
    """A quantity, and what your network is where its number is higher, and lower. Numbers are shown
    times `factor`. ratio: yours is divided by the other's, and logarithms are compared."""

    title: str
    quantity: str
    higher: str
    lower: str
    places: int
    factor: int = 1
    ratio: bool = False

    def shown(self, difference: float) -> str:
        """Return a difference, or an end of its interval, which may be open."""
        if not isfinite(difference):
            return "..."
        if self.ratio:
            return f"x {exp(difference):.3g}"
        return f"{self.factor * difference:+.{self.places}f}"


QUESTIONS = (
    Question("accuracy, %", "final_validation_accuracy", "better", "worse", 2, factor=100),
    Question("loss, nats", "final_validation_loss", "worse", "better", 4),
    Question("steps to 90 %", "steps_to_validation_accuracy", "slower", "faster", 0, ratio=True),
)


class Answer(NamedTuple):
    """The contrast of two networks, and what can be said of its interval."""

    question: Question
    means: Sequence[float]
    estimate: inference.Estimate
    possible: inference.Readings

    def needed(self, level: float) -> int | None:
        """Return how many seeds of each would tell what these do not, if any number would."""
        if inference.read(self.estimate.interval(level), self.possible) != UNDECIDED:
            return None
        return inference.runs_needed(self.estimate, self.possible, level)

    def row(self, level: float) -> tuple[str, ...]:
        """Return a row below HEADER, its interval at confidence 1 - `level`."""
        asked, interval = self.question, self.estimate.interval(level)
        verdict = inference.read(interval, self.possible)
        if verdict == UNDECIDED:
            verdict += f"; {self.needed(level) or 'no number of'} seeds of each would tell"
        means = (f"{asked.factor * mean:,.{asked.places}f}" for mean in self.means)
        ends = ", ".join(map(asked.shown, interval))
        return asked.title, *means, asked.shown(self.estimate.mean), f"[{ends}]", verdict


def answer(question: Question, both: Sequence[Sequence[Run]], protocol: Protocol) -> Answer:
    """Compare your runs with the other network's, two of each or more."""
    quantity = QUANTITIES[question.quantity]
    parameters = dict.fromkeys(quantity.parameters, THRESHOLD)
    measured = [[measure(question.quantity, one, parameters) for one in runs] for runs in both]
    samples = [np.array([one.value for one in row]) for row in measured]
    bounds = [sum(one.at_least for one in row) for row in measured]
    means = [float(sample.mean()) for sample in samples]
    margin = protocol.margins.of(quantity.unit, means[1])
    if question.ratio:
        samples, margin = [*map(np.log, samples)], log1p(protocol.margins.relative)
    possible = [(question.higher, Region(0)), (question.lower, Region(high=0))]
    possible.append(("not different enough to matter", Region(-margin, margin, closed=True)))
    return Answer(question, means, inference.contrast(TWO, samples, bounds), possible)


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
    answers = [answer(question, both, protocol) for question in QUESTIONS]
    p_values = [inference.p_value(each.estimate, each.possible) for each in answers]
    levels = inference.holm_levels(p_values, 1 - protocol.confidence)
    rows = [each.row(level) for each, level in zip(answers, levels, strict=True)]
    print(f"yours, {own.seeds} seeds: {settings(alike, other)}")
    print(f"the other, {against}, {other.seeds} seeds: {settings(other, alike)}\n")
    print(tabulate(rows, HEADER, disable_numparse=True, colalign=("left", *["right"] * 4, "left")))
    needed = (each.needed(level) for each, level in zip(answers, levels, strict=True))
    if counts := [count for count in needed if count and count <= MOST_SEEDS]:
        print(f"\n`dvc exp run -S seeds={counts[0]}` trains yours with so many", end="")
        print("; the other likewise, as an experiment" if other.seeds < counts[0] else "")


if __name__ == "__main__":
    run(main)
