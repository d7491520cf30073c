"""Your network against another, over all seeds of both: what the judge's inference says."""

from command import UserError

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import files
import results
from judging import inference
from judging.claims import Protocol
from judging.inference import TWO, UNDECIDED
from judging.quantities import Run, rows_of
from judging.questions import QUESTIONS, Answer, compare
from own import LOCK, REVISIONS, check_trained, files_of
from settings import PARAMS, Network, load_network

COLUMNS = {
    "seeds": ("seed", "parameters", "validation_loss", "validation_accuracy"),
    "runs": ("seed", "step", "validation_accuracy"),
}
HEADER = ("quantity", "yours", "the other", "difference", "interval", "yours is")


def read_runs(name: str, network: Network) -> list[Run]:
    """Return the runs of a network from its tables in this folder."""
    paths = {kind: results.path(kind, name) for kind in COLUMNS}
    check_trained(name, network, *paths.values())
    tables = {kind: files.read_csv(path, COLUMNS[kind]) for kind, path in paths.items()}
    seeds = tables["seeds"]["seed"]
    if len(seeds) < 2:
        raise UserError(f"{name}: {len(seeds)} seed tells no spread (allowed: two or more)")
    return [Run(network, rows_of(seed, tables), np.zeros(0, bool)) for seed in seeds]


@contextmanager
def at_revision(
    revision: str, *also: Path, allowed: str = REVISIONS
) -> Iterator[tuple[Network, list[Run]]]:
    """Yield your network and its runs as a commit, a branch or an experiment has them, in a folder
    that also holds its other files that are named."""
    tables = (results.path(kind, results.OWN) for kind in COLUMNS)
    with files_of(revision, PARAMS, LOCK, *tables, *also, allowed=allowed):
        network = load_network()
        yield network, read_runs(results.OWN, network)


def with_seeds_of(own: Network, other: Network, whose: str, against: str) -> Network:
    """Return your network with as many seeds as the other, or refuse to compare it with itself."""
    alike = own.model_copy(update={"seeds": other.seeds})
    if alike == other:
        raise UserError(f"{whose} is {against} itself; `dvc exp run -S hidden=32` trains another")
    return alike


def answers(
    own: Sequence[Run], other: Sequence[Run], protocol: Protocol
) -> list[tuple[Answer, float]]:
    """Return the answer to each question, with the level that Holm's method gives it."""
    answered = [
        compare(asked, TWO, [asked.measured(runs) for runs in (own, other)], protocol)
        for asked in QUESTIONS.values()
    ]
    p_values = [each.p_value for each in answered]
    levels = inference.holm_levels(p_values, 1 - protocol.confidence)
    return list(zip(answered, levels, strict=True))


def row(answer: Answer, level: float) -> tuple[str, ...]:
    """Return a row below HEADER, its interval at confidence 1 - `level`."""
    asked, verdict = answer.question, answer.verdict(level)
    if verdict == UNDECIDED:
        verdict += f"; {answer.runs_needed(level) or 'no number of'} seeds of each would tell"
    means = (f"{asked.factor * mean:,.{asked.places}f}" for mean in answer.means)
    ends = ", ".join(map(asked.shown, answer.estimate.interval(level)))
    return asked.title, *means, asked.shown(answer.estimate.mean), f"[{ends}]", verdict
