"""The seeds of one network, trained side by side: one process a core, several seeds a process.

The number of processes changes nothing but the time: a seed's arithmetic does not depend on its
company. Where DASK_SCHEDULER_ADDRESS names a scheduler, its workers train instead
(docs/scaling.md).
"""

import determinism  # noqa: F401

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from tqdm import tqdm

import cluster
import datasets
from interruption import end_with_parent
from knobs import Training, as_knobs, training_of
from mlp.runs import Hyperparameters, Run
from mlp.training import train

POLL_SECONDS = 0.5


def train_seeds(training: Training, label: str, workers: int | None = None) -> list[Run]:
    """Train seeds 0 to `training.seeds` - 1 on data/normalized; runs in the order of seeds.

    workers: processes; by default one a core, or what the Dask cluster has. Raises Diverged,
    InvalidData, joblib's TerminatedWorkerError when a worker process is killed, ClusterError.
    """
    settings = training.hyperparameters
    per_epoch = len(datasets.load("training").labels) // settings.batch_size
    steps = per_epoch * settings.epochs
    with cluster.backend() as on_cluster, _progress(training.seeds, steps, label) as counters:
        processes = min(workers or joblib.effective_n_jobs(-1), training.seeds)
        groups = [list(range(training.seeds))[i::processes] for i in range(processes)]
        own = {} if on_cluster else {"initializer": end_with_parent}
        parallel = joblib.Parallel(n_jobs=processes, batch_size=1, **own)
        if on_cluster:
            train_group = cluster.by_name(__name__, "train_for_stage")
            given = (as_knobs(training), str(counters), cluster.fingerprint())
            found = parallel(joblib.delayed(train_group)(group, *given) for group in groups)
        else:
            found = parallel(
                joblib.delayed(_train_group)(group, settings, counters) for group in groups
            )
    return sorted((run for runs in found for run in runs), key=lambda run: run.seed)


def train_for_stage(
    seeds: list[int], knobs: dict[str, Any], counters: str, fingerprint: str
) -> list[Run]:
    """Train `seeds` on a cluster's worker, given plain data. Raises as `train_seeds` does."""
    cluster.check_fingerprint(fingerprint)
    settings = training_of("the stage's settings", knobs).hyperparameters
    return _train_group(seeds, settings, Path(counters))


def _train_group(seeds: list[int], settings: Hyperparameters, counters: Path) -> list[Run]:
    steps = np.memmap(counters, np.int64, mode="r+") if counters.exists() else None

    def on_check(seed: int, step: int) -> None:
        if steps is not None:
            steps[seed] = step

    training, validation = datasets.load("training"), datasets.load("validation")
    return train(settings, training, validation, seeds, on_check)


@contextmanager
def _progress(seeds: int, steps: int, label: str) -> Iterator[Path]:
    """A bar over all steps of all seeds, fed through a small file that workers map and write to.

    It yields the file. Where stderr is no terminal there is no bar.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "steps"
        counters = np.memmap(path, np.int64, mode="w+", shape=(seeds,))
        done = threading.Event()
        bar = tqdm(total=seeds * steps, desc=label, unit="step", unit_scale=True, disable=None)

        def follow() -> None:
            while not done.wait(POLL_SECONDS):
                bar.update(int(counters.sum()) - bar.n)

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        try:
            yield path
        finally:
            done.set()
            thread.join()
            bar.update(int(counters.sum()) - bar.n)
            bar.close()
