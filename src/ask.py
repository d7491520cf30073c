"""Is your network better than another? The judge's inference answers, over all seeds of both.

    python src/ask.py            your network against the variant `momentum`
    python src/ask.py plain      against another network of variants.yaml
    python src/ask.py NAME       against your network in an experiment, a branch or a commit

Accuracy, loss and speed are compared, corrected together by Holm's method; the margins of no
difference are those of claims/protocol.yaml. Speed is steps to the highest accuracy of 95, 90, 85
and 80 % that every run of both reached.
"""

import argparse
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from judging.claims import read_protocol
from judging.inference import UNDECIDED, Result
from judging.quantities import Run, read_runs
from judging.tricks import QUESTIONS, SPEED, Answers, compare, judged, of_runs
from runs.progress import duration
from runs.tables import KINDS, LEVELS, LOCK, check_results, mean, metrics_path, path
from workflow import files, settings
from workflow.command import UserError, run
from workflow.settings import OWN, PARAMS, Network, changes, load_network, load_variants, words

DEFAULT = "momentum"  # whose settings params.yaml ships
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
    commit = _experiment(revision) or revision
    with TemporaryDirectory() as folder:
        for file in (PARAMS, LOCK, metrics_path(OWN), *(path(kind, OWN) for kind in KINDS)):
            content = _git("show", f"{commit}:{file.as_posix()}")
            if not content:
                allowed = "a network of variants.yaml, an experiment, a branch or a commit"
                raise UserError(f"{revision}: has no {file} (allowed: {allowed})")
            files.write(Path(folder, file), content)
        network = load_network(Path(folder))
        return network, results_of(OWN, network, Path(folder))


def _experiment(name: str) -> str:
    """Return the commit of an experiment, of its last one where several have the name, or ""."""
    commits = "--sort=-creatordate", "--format=%(objectname:short)"
    return _git("for-each-ref", "--count=1", *commits, f"refs/exps/*/*/{name}").strip()


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)  # noqa: S607
    return done.stdout if done.returncode == 0 else ""


def level_of(runs: Sequence[Sequence[Run]]) -> float:
    """Return the accuracy up to which speed is measured."""
    reached = min(one.final("best_validation_accuracy") for each in runs for one in each)
    levels = [level / 100 for level in LEVELS]
    return max((level for level in levels if level <= reached), default=levels[0])


def row(asked: str, both: Sequence[Answers], found: Result) -> str:
    """Return a line of the table: both means, their difference or ratio, and the verdict."""
    one, other, factor = SHOWN[asked]
    means = [one.format(factor * mean(run.value for run in runs[asked])) for runs in both]
    difference, *ends = (
        "..." if number is None else other.format(factor * number)
        for number in (found.difference, *found.interval)
    )
    numbers = f"{means[0]:>14}{means[1]:>14}{difference:>12}  {f'[{ends[0]}, {ends[1]}]':20}"
    small = ", too little to matter" if found.too_small else ""
    return f"{asked:9}{numbers}  {found.verdict}{small}"


def advice(own: Network, needed: int | None) -> str:
    """Return what would tell whether accuracy differs; needed: how many seeds, if any number."""
    if needed is None or needed > settings.MOST_SEEDS:
        return "In accuracy they are too alike for any number of seeds to tell."
    if needed <= own.seeds:
        return f"In accuracy {needed} seeds of the other would tell."
    more = own.model_copy(update={"seeds": needed})
    known = duration(more, files.read_json(metrics_path(OWN))["epochs"])
    how_long = f"for {known}" if known else f"{needed / own.seeds:.1f} times as long as before"
    way = f"`dvc exp run -S seeds={needed}` trains {how_long}"
    return f"In accuracy {needed} seeds of each would tell: {way}."


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description="Compare your network with another.")
    parser.add_argument("against", nargs="?", default=DEFAULT, help="a variant, or a revision")
    against = parser.parse_args().against
    own, variants = load_network(), load_variants()
    runs = [results_of(OWN, own)]
    if against in variants:
        if ref := _experiment(against):
            print(f"{against} is the variant here; your experiment of that name: AGAINST={ref}\n")
        network, title = variants[against], words(against)
        runs.append(results_of(against, network))
    else:
        network, others = at_revision(against)
        runs.append(others)
        title = f"yours at {against}"
    print(f"yours ({own.seeds} seeds), {' '.join(changes(own, network)) or 'the same settings'},")
    level, protocol = level_of(runs), read_protocol()
    print(
        f"beside {title} ({network.seeds} seeds); speed in steps to {100 * level:.0f} % accuracy:\n"
    )
    print(f"{'':9}{'yours':>14}{'other':>14}{'difference':>12}")
    both = [of_runs(each, level) for each in runs]
    found = judged({(asked,): test for asked, test in compare(both, protocol).items()}, protocol)
    for asked in QUESTIONS:
        print(row(asked, both, found[asked,]))
    if found["accuracy",].verdict == UNDECIDED:
        print(f"\n{advice(own, found['accuracy',].seeds_needed)}")


if __name__ == "__main__":
    run(main)
