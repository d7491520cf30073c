"""Trainings side by side: one run is one task, for a process a core or for a Dask cluster.

Neither the number of processes nor their order changes anything but the time. Where
DASK_SCHEDULER_ADDRESS names a scheduler, its workers train instead: they need NumPy and Numba, and
are sent the arithmetic (src/mlp) and the images.
"""

import hashlib
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding
import numba
from tqdm import tqdm

from mlp import training
from mlp.kernels import Images
from mlp.training import Diverged, Hyperparameters, Run
from mnist import images as datasets
from runs.progress import LAYOUT, Job, show, work
from workflow.command import UserError

ADDRESS = "DASK_SCHEDULER_ADDRESS"
POLL_SECONDS = 0.2
TUNING = "tuning"
TUNING_IMAGES = 10_000  # the last of MNIST's training images, which no network trains on
Submit = Callable[[int, Job], "Future[Run | Diverged]"]
checks_made: Any = None  # in a process that trains: how many checks each job has made


def train_runs(jobs: Sequence[Job], label: str, workers: int | None = None) -> list[Run]:
    """Train jobs on data/normalized and return their runs in the same order.

    workers: processes, by default one a core; on a cluster, all that it has. Raises UserError.
    """
    runs: dict[int, Run] = {}
    with closing(outcomes(jobs, label, workers)) as found:
        for number, outcome in found:
            if isinstance(outcome, Diverged):
                rate = jobs[number].network.learning_rate
                raise UserError(f"{label}: {outcome}; learning_rate is {rate:g}")
            runs[number] = outcome
    return [runs[number] for number in range(len(jobs))]


def outcomes(
    jobs: Sequence[Job], label: str, workers: int | None = None
) -> Iterator[tuple[int, Run | Diverged]]:
    """Yield the number of each job, and its run or how it diverged, as it ends."""
    checks = multiprocessing.get_context("spawn").RawArray("i", len(jobs))
    longest = [work(job.network, job.network.epochs) for job in jobs]
    order = sorted(range(len(jobs)), key=lambda number: -longest[number])  # none long at the end
    elsewhere = os.environ.get(ADDRESS)
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    count = min(workers or cores, len(jobs))
    with _cluster(elsewhere, jobs) if elsewhere else _processes(checks, count) as submit:
        # Ctrl-C waits until processes are started, and never reaches them: their parent ends them.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        numbers = {submit(number, jobs[number]): number for number in order}
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        waiting, ended = set(numbers), set()
        with tqdm(desc=label, bar_format=LAYOUT, smoothing=0, disable=None) as bar:
            while waiting:
                done, waiting = wait(waiting, POLL_SECONDS, FIRST_COMPLETED)
                for future in done:
                    number, outcome = numbers[future], future.result()
                    ended.add(number)
                    if isinstance(outcome, Run):  # on a cluster nobody has counted
                        checks[number] = len(outcome.steps) - 1
                    yield number, outcome
                if not bar.disable:
                    show(bar, jobs, checks, ended)


# ---- processes -----------------------------------------------------------------------------


def prepare() -> None:
    """Compile all that a training needs, and say so: the first time it takes a while."""
    folder = numba.config.CACHE_DIR
    processor = numba.config.CPU_NAME or llvmlite.binding.get_host_cpu_name()
    done = Path(folder, f"all-{sys.implementation.cache_tag}-{numba.__version__}-{processor}")
    if folder and not done.exists():
        print("compiling the arithmetic for this processor, once: about 15 s", flush=True)
        _check()
        done.touch()


@cache
def _check() -> None:
    """Raise UserError unless this machine computes as others do; try it once a process."""
    try:
        training.check()
    except ArithmeticError as error:
        raise UserError(str(error)) from None


@contextmanager
def _processes(checks: Any, count: int) -> Iterator[Submit]:
    """Yield what submits a job to one of `count` processes, which end with the block.

    They are started anew, not forked: a fork of a process with threads may hang.
    """
    prepare()
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _begin, (checks,))
    try:
        yield lambda number, job: pool.submit(_train, number, job)
    except BaseException:
        for process in multiprocessing.active_children():
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(checks: Any) -> None:
    """Prepare a process that trains, and let it end when its parent does, even if killed."""
    global checks_made
    checks_made = checks
    parent = multiprocessing.parent_process()

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _train(number: int, job: Job) -> Run | Diverged:
    """Train a job in this process, counting its checks."""
    _check()
    data = [_images(*which) for which in job.images]

    def on_check(step: int) -> None:
        checks_made[number] += 1

    try:
        return training.train(
            Hyperparameters(**job.network.hyperparameters), *data, job.seed, on_check
        )
    except Diverged as error:
        return error


@cache  # a process trains many runs on the same images
def _images(name: str, count: int) -> Images:
    """Return the first `count` images of "training" or "test", or all that serve for "tuning"."""
    if name != TUNING:
        return datasets.load(name, count)
    images = datasets.load("training")
    starts, labels = images.starts[-TUNING_IMAGES - 1 :], images.labels[-TUNING_IMAGES:]
    places, values = images.places[starts[0] :], images.values[starts[0] :]
    return images._replace(starts=starts - starts[0], places=places, values=values, labels=labels)


# ---- a cluster -----------------------------------------------------------------------------


@contextmanager
def _cluster(address: str, jobs: Sequence[Job]) -> Iterator[Submit]:
    """Yield what submits a job to the workers of the scheduler at `address`."""
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        raise UserError(f"{ADDRESS} is set, but the package distributed not installed") from None
    for name in ("distributed", "distributed.client", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what fails is raised as well
    needed = {which for job in jobs for which in job.images}
    try:
        with Client(address) as client, tempfile.TemporaryDirectory() as folder:
            code = _archive(Path(folder))
            client.upload_file(str(code))
            data = {one: client.scatter(tuple(_images(*one)), broadcast=True) for one in needed}
            task, pool = _task(code.name), client.get_executor(pure=False)

            def submit(number: int, job: Job) -> "Future[Run | Diverged]":
                settings = job.network.hyperparameters
                return pool.submit(task, settings, *map(data.get, job.images), job.seed)

            yield submit
    except (ArithmeticError, ImportError) as error:  # of a worker
        raise UserError(str(error)) from None
    except KilledWorker:
        raise UserError(f"workers of {address} were killed, one after another") from None
    except CancelledError:
        raise UserError(f"lost the scheduler {address}; nothing was written") from None


def _archive(folder: Path) -> Path:
    """Return an archive with the arithmetic to import, under a name that tells its content."""
    code = sorted(Path(training.__file__).parent.glob("*.py"))
    sources = {path.name: path.read_bytes() for path in code}
    name = hashlib.sha256(b"".join(sources.values())).hexdigest()[:16]
    with zipfile.ZipFile(folder / f"mlp-{name}.zip", "w") as archive:
        archive.mkdir("mlp")  # or it is no package
        for path, content in sources.items():
            archive.writestr(f"mlp/{path}", content)
    return folder / f"mlp-{name}.zip"


def _task(code: str) -> Callable[..., Run | Diverged]:
    """Return what trains on a worker, defined in here: a module's function is sent by its name."""

    def task(settings: dict[str, Any], train: tuple, test: tuple, seed: int) -> Any:
        from mlp import kernels, training

        if code not in training.__file__:
            raise ImportError("a worker of the cluster has other code from before: restart it")
        training.check()
        images = (kernels.Images(*one) for one in (train, test))
        try:
            return training.train(training.Hyperparameters(**settings), *images, seed)
        except training.Diverged as error:
            return error

    return task
