"""How long trainings will take: one bar for those under way, one line for a whole reproduction.

Durations are reckoned in multiply-accumulates. A training may stop early: how early is known of a
network once a run of it has ended, or from its published results.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from mlp.training import CHECKS_PER_EPOCH, Run
from runs.tables import mean, metrics_path
from workflow import files
from workflow.settings import SETTINGS, Network, read_crossing, resolved

REPRODUCTION = Path("build/reproduction.json")  # it is there while `make reproduce` runs
GRID = "grid"
LAYOUT = "{desc}: {percentage:3.0f}%|{bar}| [{elapsed}<{remaining}{postfix}]"


class Job(NamedTuple):
    """A network to train with a seed; `against` names the images that checks are made on."""

    network: Network
    seed: int
    against: str = "test"


def work(network: Network, epochs: float) -> float:
    """Return the multiply-accumulates of one run of so many epochs."""
    passes = 3 * network.training_images + CHECKS_PER_EPOCH * network.test_images
    return epochs * network.weights * passes


def epochs_of(run: Run) -> float:
    """Return how many epochs a run has trained."""
    return run.steps[-1] / run.steps_per_epoch


class Bar:
    """A bar over these jobs; where stderr is no terminal there is none.

    It names a time left once there is one to be honest about: when as many runs have ended as tell
    how long the others take, or none of them can stop early.
    """

    def __init__(self, jobs: Sequence[Job], label: str) -> None:
        self.jobs, self.epochs = jobs, [0.0] * len(jobs)  # of each job, trained by now
        self.ended: set[int] = set()
        self.bar = tqdm(desc=label, bar_format=LAYOUT, smoothing=0, disable=None)

        self.close = self.bar.close

    def end(self, number: int, epochs: float) -> None:
        """Take notice of a job that has ended."""
        self.epochs[number] = epochs
        self.ended.add(number)

    def show(self, checks: Sequence[int]) -> None:
        """Show how far the jobs are, by the checks that each has made."""
        if self.bar.disable:
            return
        for number, count in enumerate(checks):
            if number not in self.ended:
                self.epochs[number] = count / CHECKS_PER_EPOCH
        networks = [job.network for job in self.jobs]
        self.bar.n = sum(map(work, networks, self.epochs))
        self.bar.total = self._whole()
        self.bar.set_postfix_str(f"{len(self.ended)} of {len(self.jobs)} runs")

    def _whole(self) -> float | None:
        """Return the work of all jobs, if it can be told."""
        ends: dict[Network, list[float]] = {}
        for number in self.ended:
            ends.setdefault(self.jobs[number].network, []).append(self.epochs[number])
        total = 0.0
        for number, (network, _, _) in enumerate(self.jobs):
            if network.patience >= CHECKS_PER_EPOCH * network.epochs:
                ends[network] = [network.epochs]
            if network not in ends:
                return None
            expected = max(mean(ends[network]), self.epochs[number])
            total += work(network, self.epochs[number] if number in self.ended else expected)
        return total


def reproduction(name: str, jobs: Sequence[Job], epochs: Sequence[float], seconds: float) -> str:
    """Note that a stage has trained these jobs, and return how far the reproduction is."""
    done = files.read_json(REPRODUCTION)
    amount = sum(work(job.network, one) for job, one in zip(jobs, epochs, strict=True))
    done[name] = {"runs": len(jobs), "work": amount, "seconds": seconds}
    files.write_json(REPRODUCTION, done)
    left = [ahead for stage, ahead in _ahead().items() if stage not in done]
    runs, rest = (sum(column) for column in zip(*left, strict=True)) if left else (0, 0.0)
    rate = sum(d["seconds"] for d in done.values()) / sum(d["work"] for d in done.values())
    trained = sum(d["runs"] for d in done.values())
    return (
        f"reproduction: {trained} of {trained + runs} runs, about {rest * rate / 60:.0f} min left"
    )


def _ahead() -> dict[str, tuple[int, float]]:
    """Return the runs of each stage that trains, and their work by what was published of them."""
    stages = {}
    for path in SETTINGS.glob("*.json"):
        network, published = resolved(path.stem), metrics_path(path.stem)
        epochs = files.read_json(published)["epochs"] if published.exists() else network.epochs
        stages[path.stem] = network.seeds, network.seeds * work(network, epochs)
    crossing = read_crossing()
    tuned = crossing.tuning_seeds * len(crossing.rates)
    networks = [crossing.network(tricks, crossing.rates[0]) for tricks in crossing.combinations]
    runs = sum(tuned + network.seeds for network in networks)
    amount = sum((tuned + network.seeds) * work(network, network.epochs) for network in networks)
    return stages | {GRID: (runs, amount)}
