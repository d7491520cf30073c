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

from mlp.training import Run
from runs import tables
from runs.executor import TUNING, outcomes
from runs.progress import Job, note_stage
from workflow import files
from workflow.command import UserError, run
from workflow.settings import GRID, Crossing, read_crossing

Key = tuple[int, float, int]  # a combination's number, a rate and a seed
Rows = dict[Key, dict[str, Any]]


def row(crossing: Crossing, key: Key, run: Run) -> dict[str, Any]:
    """Return a run as plots/grid.csv has it."""
    cell, rate, seed = key
    found = {"cell": cell, "tricks": " + ".join(crossing.combinations[cell])}
    found |= {"rate": rate, "seed": seed}
    found |= {"loss": run.validation_loss[-1], "accuracy": run.validation_accuracy[-1]}
    for level in tables.LEVELS:
        reached = tables.first_reached(run.steps, run.validation_accuracy, level / 100)
        found[f"steps_{level}"] = reached
    return found | {"steps": run.steps[-1]}


def tuning(crossing: Crossing) -> dict[Key, Job]:
    """Return the jobs that find the best rates."""
    return {
        (cell, rate, seed): Job(crossing.network(tricks, rate), seed, TUNING)
        for cell, tricks in enumerate(crossing.combinations)
        for rate in crossing.rates
        for seed in range(crossing.tuning_seeds)
    }


def judged(crossing: Crossing, tuned: Rows) -> dict[Key, Job]:
    """Return the jobs on which verdicts rest, each combination at its best rate.

    That is the rate of the lowest mean loss, among those at which no seed diverged.
    """
    jobs = {}
    for cell, tricks in enumerate(crossing.combinations):
        means = []
        for rate in crossing.rates:
            keys = [(cell, rate, seed) for seed in range(crossing.tuning_seeds)]
            if all(key in tuned for key in keys):
                means.append((tables.mean(tuned[key]["loss"] for key in keys), rate))
        if not means:
            raise UserError(f"{GRID}: {' + '.join(tricks) or 'no trick'} diverges at every rate")
        _, best = min(means)
        network = crossing.network(tricks, best)
        jobs |= {(cell, best, seed): Job(network, seed) for seed in network.seed_range}
    return jobs


def train_all(crossing: Crossing, jobs: Mapping[Key, Job], label: str) -> Rows:
    """Return the rows of all jobs that do not diverge."""
    keys = list(jobs)
    return {
        keys[number]: row(crossing, keys[number], outcome)
        for number, outcome in outcomes(list(jobs.values()), label)
        if isinstance(outcome, Run)
    }


def main() -> None:
    """Train and publish."""
    started, crossing = time.monotonic(), read_crossing()
    rows = train_all(crossing, tuning(crossing), "grid, tuning")
    jobs = judged(crossing, rows)
    rows |= train_all(crossing, jobs, "grid, judged")
    if not jobs.keys() <= rows.keys():
        raise UserError(f"{GRID}: a network diverges at its best rate")
    files.write_csv(tables.GRID_RUNS, files.columns(rows[key] for key in sorted(rows)))
    note_stage("grid", time.monotonic() - started)
    print(f"grid: {len(rows)} runs of {len(crossing.combinations)} combinations")


if __name__ == "__main__":
    run(main, stage=True)
