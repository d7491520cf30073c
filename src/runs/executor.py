"""Trainings side by side: one run is one task, for a process a core or for a Dask cluster.

Neither the number of processes nor their order changes anything but the time. Where
DASK_SCHEDULER_ADDRESS names a scheduler, its workers train instead: they need NumPy and Numba, and
are sent the arithmetic (src/mlp) and the images.
"""

import hashlib
import io
import logging
import multiprocessing
import os
import signal
import sys
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
CODE = Path(training.__file__).parent
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
    """Yield a job's number and its run, or how it diverged, as each ends; the longest begin."""
    checks = multiprocessing.get_context("spawn").RawArray("i", len(jobs))
    longest = [work(job.network, job.network.epochs) for job in jobs]
    order = sorted(range(len(jobs)), key=lambda number: -longest[number])
    with (
        _cluster(jobs)
        if os.environ.get(ADDRESS)
        else _processes(checks, min(workers or cores(), len(jobs)))
    ) as submit:
        # Ctrl-C waits until processes are started; it is theirs never, but their parent's alone.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        numbers = {submit(number, jobs[number]): number for number in order}
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        waiting, ended = set(numbers), set()
        with tqdm(desc=label, bar_format=LAYOUT, smoothing=0, disable=None) as bar:
            while waiting:
                done, waiting = wait(waiting, POLL_SECONDS, FIRST_COMPLETED)
                for future in done:
                    number, outcome = numbers[future], _result(future)
                    ended.add(number)
                    if isinstance(outcome, Run):  # on a cluster nobody has counted
                        checks[number] = len(outcome.steps) - 1
                    yield number, outcome
                show(bar, jobs, checks, ended)


def _result(future: "Future[Run | Diverged]") -> Run | Diverged:
    try:
        return future.result()
    except ArithmeticError as error:  # of the check that this machine computes as others do
        raise UserError(str(error)) from None


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# ---- processes -----------------------------------------------------------------------------


def prepare() -> None:
    """Have everything compiled that trains, and say so, if it is for the first time here."""
    folder = numba.config.CACHE_DIR
    processor = numba.config.CPU_NAME or llvmlite.binding.get_host_cpu_name()
    done = Path(folder, f"all-{sys.implementation.cache_tag}-{numba.__version__}-{processor}")
    if folder and not done.exists():
        print("compiling the arithmetic for this processor, once: about 15 s", flush=True)
        _check()
        done.touch()


_check = cache(training.check)  # once a process


@contextmanager
def _processes(checks: Any, count: int) -> Iterator[Submit]:
    """Yield how to have a job done by one of `count` processes, which end with the block.

    They are started anew, not forked: a copy of a process with threads may hang, and macOS knows
    libraries that no copy may use.
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
    """Begin in a process that trains: it shall end as soon as its parent does, however that ends.

    A killed parent cannot tell its workers. They would go on to the end of their task, and then
    wait for the next.
    """
    global checks_made
    checks_made = checks
    parent = multiprocessing.parent_process()

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def _train(number: int, job: Job) -> Run | Diverged:
    """Train in a process."""
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
    starts = images.starts[-TUNING_IMAGES - 1 :]
    ink = slice(starts[0], None)
    return images._replace(
        starts=starts - starts[0],
        places=images.places[ink],
        values=images.values[ink],
        labels=images.labels[-TUNING_IMAGES:],
    )


# ---- a cluster -----------------------------------------------------------------------------


@contextmanager
def _cluster(jobs: Sequence[Job]) -> Iterator[Submit]:
    """Yield how to have a job done by the workers of the scheduler that ADDRESS names."""
    address = os.environ[ADDRESS]
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        raise UserError(f"{ADDRESS} is set, but the package distributed not installed") from None
    for name in ("distributed", "distributed.client", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what fails is raised as well
    (file, code), needed = _zipped(), {which for job in jobs for which in job.images}
    try:
        with Client(address) as client:
            client.register_plugin(_plugin(file, code), name="mlp")
            data = {one: client.scatter(tuple(_images(*one)), broadcast=True) for one in needed}
            task, pool = _task(file), client.get_executor(pure=False)

            def submit(number: int, job: Job) -> "Future[Run | Diverged]":
                settings = job.network.hyperparameters
                return pool.submit(task, settings, *map(data.get, job.images), job.seed)

            yield submit
    except KilledWorker:
        raise UserError(f"workers of {address} were killed, one after another") from None
    except CancelledError:
        raise UserError(f"lost the scheduler {address}; nothing was written") from None


def _zipped() -> tuple[str, bytes]:
    """Return the arithmetic as an archive to import from, under a name that tells its content."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{CODE.name}/"), b"")  # or it is no package
        for path in sorted(CODE.glob("*.py")):
            archive.writestr(zipfile.ZipInfo(f"{CODE.name}/{path.name}"), path.read_bytes())
    code = content.getvalue()
    return f"{CODE.name}-{hashlib.sha256(code).hexdigest()[:16]}.zip", code


# A scheduler passes on what it cannot import, and so it gets no function or class of a module:
# those are sent by name. What is defined inside of a function is sent whole.


def _plugin(file: str, code: bytes) -> Any:
    """Return what puts the arithmetic on every worker, also on one that comes later."""
    from distributed import WorkerPlugin

    package = CODE.name

    class Arithmetic(WorkerPlugin):
        def setup(self, worker: Any) -> None:
            import sys
            from pathlib import Path

            path = Path(worker.local_directory, file)
            path.write_bytes(code)
            for name in [name for name in sys.modules if name.split(".")[0] == package]:
                del sys.modules[name]  # of an earlier stage, and perhaps other code
            sys.path.insert(0, str(path))

    return Arithmetic()


def _task(file: str) -> Callable[..., Run | Diverged]:
    """Return what trains on a worker."""

    def task(settings: dict[str, Any], train: tuple, test: tuple, seed: int) -> Any:
        from mlp import kernels, training

        if file not in training.__file__:
            raise RuntimeError("another stage has sent other code to this cluster meanwhile")
        training.check()
        images = (kernels.Images(*one) for one in (train, test))
        try:
            return training.train(training.Hyperparameters(**settings), *images, seed)
        except training.Diverged as error:
            return error

    return task
