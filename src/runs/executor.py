"""The seeds of one network, trained side by side: one process a core, a few seeds at a time.

Neither the number of processes nor a seed's company changes anything but the time. Where
DASK_SCHEDULER_ADDRESS names a scheduler, its workers train instead (docs/scaling.md): each has a
checkout of its own, is given plain settings only, and refuses them unless its code and data are
those of the stage.
"""

import hashlib
import json
import logging
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import joblib
from tqdm import tqdm

from mlp.evaluation import Dataset, SortedDataset
from mlp.training import CHECKS_PER_EPOCH, Diverged, Run, train
from mnist import images as datasets
from workflow import files
from workflow.command import UserError
from workflow.settings import Network

ADDRESS = "DASK_SCHEDULER_ADDRESS"
MOST_TOGETHER = 3  # more seeds at a time share no more of Python's cost worth having
POLL_SECONDS = 0.5
MLP = Path(__file__).with_name("mlp")


def train_seeds(
    network: Network, label: str, seeds: Sequence[int] | None = None, workers: int | None = None
) -> list[Run]:
    """Train a network on data/normalized and return its runs in the order of the seeds.

    seeds: by default 0 to `network.seeds` - 1; workers: processes, by default one a core, or what
    the Dask cluster has. Raises UserError.
    """
    seeds = range(network.seeds) if seeds is None else seeds
    checks = network.epochs * CHECKS_PER_EPOCH * len(seeds)
    try:
        with _backend() as on_cluster, _progress(checks, label) as ticks:
            processes = min(workers or joblib.effective_n_jobs(-1), len(seeds))
            given = (network.model_dump_json(), str(ticks), fingerprint() if on_cluster else "")
            task = by_name(__name__, "train_task") if on_cluster else train_task
            own = {} if on_cluster else {"initializer": end_with_parent}
            parallel = joblib.Parallel(processes, batch_size=1, pre_dispatch="all", **own)
            tasks = (joblib.delayed(task)(share, *given) for share in shares(seeds, processes))
            runs = [run for share in parallel(tasks) for run in share]
    except Diverged as error:
        raise UserError(f"{label}: {error}; learning_rate is {network.learning_rate:g}") from None
    return sorted(runs, key=lambda run: run.seed)


def shares(seeds: Sequence[int], processes: int) -> Iterator[list[int]]:
    """Yield the seeds in shares that get smaller, so that all processes end at about one time."""
    done = 0
    while done < len(seeds):
        size = (len(seeds) - done) // (2 * processes)
        share = seeds[done : done + min(max(size, 1), MOST_TOGETHER)]
        yield list(share)
        done += len(share)


def train_task(seeds: list[int], settings: str, ticks: str, expected: str) -> list[Run]:
    """Train `seeds` in a worker process, given plain data.

    settings: a Network as JSON; ticks: a file that gets a byte a check, where it exists; expected:
    the fingerprint of the stage's code and data, or nothing on the stage's own machine.
    """
    if expected and expected != fingerprint():
        where = f"{os.uname().nodename}:{Path.cwd()}"
        raise UserError(f"the worker in {where} has other code or data than the stage")
    network = Network.model_validate_json(settings)

    def on_check(seed: int, step: int) -> None:
        if Path(ticks).exists():
            with open(ticks, "ab") as file:
                file.write(b".")

    data = _data(network.training_images, network.validation_images)
    return train(network.hyperparameters(), *data, seeds, on_check)


@cache  # a worker process trains many shares on the same data
def _data(training_images: int, validation_images: int) -> tuple[Dataset, SortedDataset]:
    validation = datasets.load("validation", validation_images)
    return datasets.load("training", training_images), SortedDataset(validation)


@contextmanager
def _progress(checks: int, label: str) -> Iterator[Path]:
    """Show a bar that counts the bytes of a file, and yield the file.

    Where stderr is no terminal there is no bar.
    """
    with (
        tempfile.NamedTemporaryFile() as file,
        tqdm(total=checks, desc=label, unit="check", disable=None) as bar,
    ):
        done = threading.Event()

        def follow() -> None:
            while not done.wait(POLL_SECONDS):
                bar.update(os.stat(file.name).st_size - bar.n)

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        try:
            yield Path(file.name)
        finally:
            done.set()
            thread.join()


@cache  # once a process: a thread for each task would be too many for a worker that lives long
def end_with_parent() -> None:
    """See in a worker process that it ends within a second of its parent, however that ends.

    A killed stage cannot tell its workers. They would go on to the end of their task, and then
    wait minutes for the next.
    """

    def follow(parent: int) -> None:
        while os.getppid() == parent:
            time.sleep(POLL_SECONDS)
        os._exit(1)

    parent = multiprocessing.parent_process()
    if parent and parent.pid:
        threading.Thread(target=follow, args=(parent.pid,), daemon=True).start()


@contextmanager
def _backend() -> Iterator[bool]:
    """Send joblib's work inside to the cluster, if ADDRESS is set; yield whether it is."""
    address = os.environ.get(ADDRESS)
    if not address:
        yield False
        return
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        raise UserError(f"{ADDRESS} is set, but requirements-dask.txt not installed") from None
    for name in ("distributed", "distributed.client", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what fails is raised as well
    try:
        with Client(address), joblib.parallel_config(_dask_backend()):
            yield True
    except KilledWorker:
        raise UserError(f"workers of {address} were killed, one after another") from None
    except CancelledError:
        raise UserError(f"lost the scheduler {address}; nothing was written") from None


def _dask_backend() -> Any:
    from joblib._dask import DaskDistributedBackend

    class Backend(DaskDistributedBackend):
        """joblib's, but a task that fails outside of its own code fails the stage.

        joblib 1.6 hears of results only: after such a failure it would wait for ever.
        """

        def submit(self, func: Any, callback: Any = None) -> Any:
            future = super().submit(func, callback)
            future.add_done_callback(lambda done: done.exception() and callback(done.exception()))
            return future

    return Backend()


def fingerprint() -> str:
    """Return the SHA-256 of the network's code and the data: where it is equal, results are."""
    code = {path.name: files.sha256(path) for path in sorted(MLP.glob("*.py"))}
    return hashlib.sha256(json.dumps([code, datasets.hashes()]).encode()).hexdigest()


def by_name(module: str, function: str) -> Callable[..., Any]:
    """Return a function that calls `module.function`, looked up where it is called.

    A scheduler unpickles the tasks that it passes on, and need not have the project. A nested
    function is pickled whole, where one of a module would be pickled as something to import.
    """

    def call(*arguments: object) -> object:
        return import_module(module).__dict__[function](*arguments)

    return call
