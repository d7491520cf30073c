"""Is your network better than another? The judge's inference answers, over all seeds of both.

    python src/ask.py            your network against the variant `momentum`
    python src/ask.py plain      against another network of variants.yaml
    python src/ask.py NAME       against your network in an experiment, a branch or a commit

Accuracy, loss and speed are compared, corrected together by Holm's method; the margins of no
difference are those of claims/protocol.yaml. Speed is steps to the highest accuracy of 95, 90, 85
and 80 % that every run of both reached.
"""

import argparse
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from judging.claims import Protocol, read_protocol
from judging.inference import UNDECIDED, Result
from judging.quantities import LEVELS, Measured, Run, read_runs
from judging.tricks import QUESTIONS, SPEED, compare, judged, of_runs
from runs.tables import KINDS, LOCK, check_results, mean, metrics_path, path
from workflow import files
from workflow.command import UserError, run
from workflow.settings import OWN, PARAMS, Network, changes, load_network, load_variants, words

DEFAULT = "momentum"  # whose settings params.yaml ships
MOST_SEEDS = 1000  # that a network may have
SHOWN = {"accuracy": ("{:.2f} %", "{:+.2f}", 100), "loss": ("{:.4f}", "{:+.4f}", 1)}
SHOWN[SPEED] = ("{:,.0f} steps", "x {:.2f}", 1)


def results_of(name: str, network: Network, root: Path = Path()) -> list[Run]:
    """Return the runs of a network, if what lies there is of its settings."""
    check_results(name, network, root)
    if network.seeds < 2:
        raise UserError(f"{name}: one seed tells no spread (allowed: two or more)")
    return read_runs(name, network, root)


def at_revision(revision: str) -> tuple[Network, list[Run]]:
    """Return your network and its runs as a commit, a branch or an experiment has them."""
    allowed = "a network of variants.yaml, an experiment, a branch or a commit"
    found = _git("for-each-ref", "--format=%(refname)", f"refs/exps/*/*/{revision}").split()
    with TemporaryDirectory() as folder:
        for file in (PARAMS, LOCK, metrics_path(OWN), *(path(kind, OWN) for kind in KINDS)):
            content = _git("show", f"{(found or [revision])[0]}:{file.as_posix()}")
            if not content:
                raise UserError(f"{revision}: has no {file} (allowed: {allowed})")
            files.write(Path(folder, file), content)
        network = load_network(Path(folder))
        return network, results_of(OWN, network, Path(folder))


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)  # noqa: S607
    return done.stdout if done.returncode == 0 else ""


def answers(
    runs: Sequence[Sequence[Run]], protocol: Protocol
) -> dict[str, tuple[list[list[Measured]], Result]]:
    """Return by question what was measured on both networks, and what it says."""
    reached = min(one.final("best_validation_accuracy") for each in runs for one in each)
    level = next((level for level in LEVELS if level <= reached), LEVELS[-1])
    groups = {asked: [of_runs(asked, each, level) for each in runs] for asked in QUESTIONS}
    tests = {("", "", asked): compare(asked, both, protocol) for asked, both in groups.items()}
    found = judged(tests, protocol)
    return {asked: (both, found["", "", asked]) for asked, both in groups.items()}


def row(asked: str, groups: Sequence[Sequence[Measured]], found: Result) -> str:
    """Return a line of the table: both means, their difference or ratio, and the verdict."""
    one, other, factor = SHOWN[asked]
    means = [one.format(factor * mean([m.value for m in group])) for group in groups]
    difference = other.format(factor * found.difference)
    ends = ["..." if end is None else other.format(factor * end) for end in found.interval]
    small = ", too little to matter" if found.too_small else ""
    return (
        f"{asked:9}{means[0]:>14}{means[1]:>14}{difference:>10}  {f'[{ends[0]}, {ends[1]}]':20}"
        f"  {found.verdict}{small}"
    )


def advice(own: Network, runs: Sequence[Run], accuracy: Result) -> str:
    """Return what would tell whether accuracy differs, where that is open."""
    if accuracy.verdict != UNDECIDED:
        return ""
    needed = accuracy.seeds_needed
    if needed is None or needed > MOST_SEEDS:
        return "In accuracy they are too alike for any number of seeds to tell."
    if needed <= own.seeds:
        return f"In accuracy {needed} seeds of the other would tell."
    epochs = mean([one.final("epochs") for one in runs])
    return (
        f"In accuracy {needed} seeds of each would tell: `dvc exp run -S seeds={needed}`"
        f" trains yours{duration(own, needed, epochs)}."
    )


def duration(network: Network, seeds: int, epochs: float) -> str:
    """Return how long so many seeds would train here, by a small training; nothing without data."""
    from mlp.training import train
    from mnist.images import load
    from runs.progress import work

    count = min(network.training_images, max(2000, network.batch_size))
    small = network.model_copy(update={"training_images": count, "test_images": 1000, "epochs": 1})
    try:
        images = load("training", count), load("test", small.test_images)
    except UserError:
        return ""
    for _ in range(2):  # the first may compile
        started = time.perf_counter()
        train(small.hyperparameters(), *images, seed=0)
    seconds = (time.perf_counter() - started) * work(network, epochs) / work(small, 1)
    return f" in about {max(1, round(seconds * seeds / (os.cpu_count() or 1) / 60))} min"


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description="Compare your network with another.")
    parser.add_argument("against", nargs="?", default=DEFAULT, help="a variant, or a revision")
    against = parser.parse_args().against
    own, variants = load_network(), load_variants()
    runs = results_of(OWN, own)
    if against in variants:
        network, title = variants[against], words(against)
        others = results_of(against, network)
    else:
        network, others = at_revision(against)
        title = f"yours at {against}"
    print(f"yours ({own.seeds} seeds), {' '.join(changes(own, network)) or 'the same settings'},")
    print(f"beside {title} ({network.seeds} seeds):\n")
    print(f"{'':9}{'yours':>14}{'other':>14}{'difference':>10}")
    found = answers([runs, others], read_protocol())
    for asked, (groups, result) in found.items():
        print(row(asked, groups, result))
    if text := advice(own, runs, found["accuracy"][1]):
        print(f"\n{text}")


if __name__ == "__main__":
    run(main)
