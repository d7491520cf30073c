"""The seeds of a stage on a Dask cluster, where the environment names its scheduler.

A worker (src/dask_worker.py) runs in a checkout of its own. Tasks carry plain settings only, and a
worker refuses them unless its code and data are those of the stage (docs/scaling.md).
"""

import determinism  # noqa: F401

import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import joblib

import datasets

ADDRESS = "DASK_SCHEDULER_ADDRESS"
NETWORK = Path(__file__).with_name("mlp")


class ClusterError(OSError):
    """A cluster that cannot train; the message is one line for the user."""


@contextmanager
def backend() -> Iterator[bool]:
    """Where ADDRESS is set, joblib's work inside goes to the cluster; yields whether it does.

    Raises ClusterError, and TimeoutError when there is no worker.
    """
    address = os.environ.get(ADDRESS)
    if not address:
        yield False
        return
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        raise ClusterError(f"{ADDRESS} is set, but requirements-dask.txt not installed") from None
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what fails is raised as well
    try:
        with Client(address), joblib.parallel_config(_dask_backend()):
            yield True
    except KilledWorker:
        raise ClusterError(f"workers of {address} were killed, one after another") from None
    except CancelledError:
        raise ClusterError(f"lost the scheduler {address}; nothing was written") from None


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
    """SHA-256 of the network's code and the data: where it is equal, results are."""
    digest = hashlib.sha256()
    for path in [*sorted(NETWORK.glob("*.py")), *sorted(datasets.NORMALIZED.glob("*.npy"))]:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def check_fingerprint(expected: str) -> None:
    """Raise ClusterError unless this worker has the stage's code and data."""
    if fingerprint() != expected:
        where = f"{os.uname().nodename}:{Path.cwd()}"
        raise ClusterError(f"the worker in {where} has other code or data than the stage")


def by_name(module: str, function: str) -> Callable[..., Any]:
    """`module.function`, looked up where it is called.

    A scheduler unpickles the tasks that it passes on, and need not have the project. A nested
    function is pickled whole, where one of a module would be pickled as something to import.
    """

    def call(*arguments: object) -> object:
        return import_module(module).__dict__[function](*arguments)

    return call
