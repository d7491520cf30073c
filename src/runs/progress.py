"""How long trainings will take: one bar for those under way, one line for a whole reproduction.

Durations are reckoned in multiply-accumulates. A training may stop early: how early is known of a
network once a run of it has ended, or from its published results.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from mlp.training import CHECKS_PER_EPOCH
from runs.tables import mean, metrics_path
from workflow import files
from workflow.settings import SETTINGS, Network, read_crossing, resolved

SPEED = Path("build/speed.json")  # how much work this machine has lately done in a second
REPRODUCTION = Path("build/reproduction.json")  # it is there while `make reproduce` runs
LAYOUT = "{desc}: {percentage:3.0f}%|{bar}| [{elapsed}<{remaining}{postfix}]"


class Job(NamedTuple):
    """A network to train with a seed; `against` names the images that checks are made on."""

    network: Network
    seed: int
    against: str = "test"

    @property
    def images(self) -> tuple[tuple[str, int], tuple[str, int]]:
        """The images to train and to check on, each by name and count."""
        network = self.network
        return ("training", network.training_images), (self.against, network.test_images)


def work(network: Network, epochs: float) -> float:
    """Return the multiply-accumulates of one run of so many epochs."""
    passes = 3 * network.training_images + CHECKS_PER_EPOCH * network.test_images
    return epochs * network.weights * passes


def note_speed(network: Network, epochs: Iterable[float], seconds: float) -> None:
    """Note how long it took to train a network with one seed for each of `epochs`."""
    done = sum(work(network, each) for each in epochs)
    files.write_json(SPEED, {"work_per_second": done / seconds})


def duration(network: Network, epochs: float) -> str:
    """Return how long all seeds of a network would train here, or "" where nothing was noted."""
    if not SPEED.exists():
        return ""
    seconds = network.seeds * work(network, epochs) / files.read_json(SPEED)["work_per_second"]
    return f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} min"


def show(bar: tqdm, jobs: Sequence[Job], checks: Sequence[int], ended: Collection[int]) -> None:
    """Show on a bar how far the jobs are, by the checks that each has made, and what is left.

    A run that may stop early is expected to train as long as those of its network that have ended;
    before one of them has, no time is promised.
    """
    bar.n, bar.total = 0.0, 0.0
    trained = [count / CHECKS_PER_EPOCH for count in checks]
    for number, (network, *_) in enumerate(jobs):
        if number in ended:
            whole = trained[number]
        elif network.patience >= CHECKS_PER_EPOCH * network.epochs:
            whole = network.epochs
        else:
            others = [trained[n] for n in ended if jobs[n].network == network]
            whole = max(trained[number], mean(others)) if others else math.inf
        bar.n += work(network, trained[number])
        bar.total += work(network, whole)
    if bar.n == 0:
        bar.reset()  # its clock: until now processes were started and images read
    if bar.total == math.inf:
        bar.total = None
    bar.bar_format = LAYOUT if bar.total else LAYOUT.replace("{remaining}", "?")
    bar.set_postfix_str(f"{len(ended)} of {len(jobs)} runs")


def note_stage(stage: str, seconds: float) -> None:
    """Say how long `make reproduce`, if it is that, will go on training after this stage."""
    if not REPRODUCTION.exists():
        return
    done = files.read_json(REPRODUCTION) | {stage: seconds}
    files.write_json(REPRODUCTION, done)
    amounts = _amounts()
    left = sum(amount for name, amount in amounts.items() if name not in done)
    minutes = left * sum(done.values()) / sum(amounts[name] for name in done) / 60
    print(f"reproduction: {len(done)} of {len(amounts)} trainings, about {minutes:.0f} min left")


def _amounts() -> dict[str, float]:
    """Return the work of each stage that trains, by the epochs that were published."""
    amounts = {}
    for path in SETTINGS.glob("*.json"):
        network, published = resolved(path.stem), metrics_path(path.stem)
        epochs = files.read_json(published)["epochs"] if published.exists() else network.epochs
        amounts[path.stem] = network.seeds * work(network, epochs)
    crossing, amounts["grid"] = read_crossing(), 0.0
    for tricks in crossing.combinations:
        network = crossing.network(tricks, crossing.rates[0])
        runs = crossing.tuning_seeds * len(crossing.rates) + network.seeds
        amounts["grid"] += runs * work(network, network.epochs)
    return amounts
