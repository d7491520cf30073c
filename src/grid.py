"""Stage: train every combination of the tricks in grid.yaml, at every rate and then at its best.

First every combination at every rate with the tuning seeds, looking at the tuning images; then at
its best rate with the judged seeds, looking at the test images. Writes plots/grid.csv, a row a run:

  cell, tricks             the combination, its number and its names
  rate, seed               the effective rate, learning_rate / (1 - momentum)
  loss, accuracy           at the last step, on the images looked at
  steps_80 to steps_95     when its accuracy first reached 80 to 95 %, on the line between two
                           checks; 0: never
  steps                    how many it took
"""

import time
from collections.abc import Mapping
from typing import Any

from mlp.training import Diverged, Run
from mnist import images as datasets
from runs import tables
from runs.executor import TUNING, outcomes
from runs.progress import REPRODUCTION, Job, reproduction
from workflow import files
from workflow.command import UserError, run
from workflow.settings import GRID, Combination, Crossing, read_crossing

LEVELS = (80, 85, 90, 95)
Jobs = Mapping[tuple[Combination, float, int], Job]  # by tricks, rate and seed


def row(crossing: Crossing, key: tuple[Combination, float, int], run: Run) -> dict[str, Any]:
    """Return a run as plots/grid.csv has it."""
    tricks, rate, seed = key
    row = {"cell": crossing.combinations.index(tricks), "tricks": " + ".join(tricks)}
    row |= {"rate": rate, "seed": seed}
    row |= {"loss": run.validation_loss[-1], "accuracy": run.validation_accuracy[-1]}
    for level in LEVELS:
        reached = tables.first_reached(run.steps, run.validation_accuracy, level / 100)
        row[f"steps_{level}"] = reached
    return row | {"steps": run.steps[-1]}


def tuning(crossing: Crossing) -> Jobs:
    """Return the jobs that find the best rates."""
    return {
        (tricks, rate, seed): Job(crossing.network(tricks, rate), seed, TUNING)
        for tricks in crossing.combinations
        for rate in crossing.rates
        for seed in range(crossing.tuning_seeds)
    }


def judged(crossing: Crossing, best: Mapping[Combination, float]) -> Jobs:
    """Return the jobs on which verdicts rest."""
    networks = {tricks: crossing.network(tricks, rate) for tricks, rate in best.items()}
    return {
        (tricks, best[tricks], seed): Job(network, seed)
        for tricks, network in networks.items()
        for seed in network.seed_range
    }


def train_all(crossing: Crossing, jobs: Jobs, label: str) -> list[dict[str, Any]]:
    """Return the rows of all jobs that do not diverge."""
    keys, rows = list(jobs), []
    for number, outcome in outcomes(list(jobs.values()), label):
        if not isinstance(outcome, Diverged):
            rows.append(row(crossing, keys[number], outcome))
    return rows


def main() -> None:
    """Train and publish."""
    crossing = read_crossing()
    datasets.check()
    started = time.monotonic()
    first = tuning(crossing)
    rows = train_all(crossing, first, "grid, tuning")
    then = judged(crossing, tables.best_rates(files.columns(rows), crossing))
    found = train_all(crossing, then, "grid, judged")
    if len(found) < len(then):
        raise UserError(f"{GRID}: a network diverges at its best rate")
    rows = sorted(rows + found, key=lambda row: (row["cell"], row["rate"], row["seed"]))
    files.write_csv(tables.GRID_RUNS, files.columns(rows))
    if REPRODUCTION.exists():
        jobs = [*first.values(), *then.values()]
        epochs = [float(job.network.epochs) for job in jobs]
        print(reproduction("grid", jobs, epochs, time.monotonic() - started))
    print(f"grid: {len(rows)} runs of {len(crossing.combinations)} combinations")


if __name__ == "__main__":
    run(main, stage=True)
