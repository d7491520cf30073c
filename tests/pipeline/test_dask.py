"""Seeds on a real Dask cluster: a scheduler that has no project, and workers in checkouts of it."""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import projects
import pytest

pytestmark = pytest.mark.proof

SECONDS = 60
# A worker's own surroundings must not matter.
FOREIGN = {"OPENBLAS_CORETYPE": "Nehalem", "OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "7"}
NOTHING: Mapping[str, str] = {}
Workers = tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]
LONG = {"training_images": 6400, "validation_images": 2000, "epochs": 8, "seeds": 4}


@pytest.fixture(scope="module")
def distributed():
    if os.environ.get("CI"):
        return importlib.import_module("distributed")
    return pytest.importorskip("distributed", reason="Dask is not here: requirements-dask.txt")


@pytest.fixture(scope="module")
def project(distributed, tmp_path_factory) -> Path:
    made = projects.make_project(tmp_path_factory.mktemp("dask") / "stage", ("plain",), **LONG)
    done = projects.run(made, "dvc", "repro", "variant@plain")
    assert done.returncode == 0, done.stderr
    return made


def wait_until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, f"{what}: not after {SECONDS} s"
        time.sleep(0.05)


@dataclass
class Cluster:
    """Processes whose logs go to `folder`; `scheduler` before `worker`."""

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, folder: Path, *command: str, **env: str) -> subprocess.Popen[bytes]:
        with open(self.folder / f"{len(self.processes)}.log", "wb") as log:
            process = subprocess.Popen(
                command, cwd=folder, env=projects.environment(**env), stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def scheduler(self, **env: str) -> None:
        """Start one where no project is; a port that is free is its choice."""
        file = self.folder / "scheduler.json"
        options = ("--host=127.0.0.1", "--port=0", "--no-dashboard", f"--scheduler-file={file}")
        self.start(self.folder, "dask", "scheduler", *options, **env)
        wait_until(lambda: file.exists() and file.stat().st_size > 0, "scheduler")
        self.address = json.loads(file.read_text())["address"]

    def worker(self, project: Path, **env: str) -> subprocess.Popen[bytes]:
        options = ("--nworkers=1", "--no-nanny", "--no-dashboard")
        command = (sys.executable, "src/dask_worker.py", self.address, *options)
        return self.start(project, *command, **env)

    def two_workers(self, project: Path, second: Mapping[str, str] = NOTHING) -> Workers:
        """Two that the scheduler knows of; the environment of the second is changed by `second`."""
        workers = self.worker(project), self.worker(project, **second)
        with importlib.import_module("distributed").Client(self.address) as client:
            client.wait_for_workers(2, timeout=SECONDS)
        return workers


@pytest.fixture
def cluster(tmp_path) -> Iterator[Cluster]:
    running = Cluster(tmp_path)
    try:
        yield running
    finally:
        for process in running.processes:
            process.kill()
            process.wait()


def train(project: Path, name: str, **env: str) -> subprocess.CompletedProcess[str]:
    return projects.run(project, sys.executable, "src/train.py", name, **env)


def test_bits_are_the_same_when_one_of_two_workers_is_killed(distributed, project, cluster):
    local = projects.results(project)
    cluster.scheduler()
    killed, survivor = cluster.two_workers(project, FOREIGN)
    with distributed.Client(cluster.address) as client:
        command = ("dvc", "repro", "--force", "--single-item", "variant@plain")
        stage = projects.start(project, *command, DASK_SCHEDULER_ADDRESS=cluster.address)
        wait_until(lambda: all(client.processing().values()), "both workers at work")
        killed.send_signal(signal.SIGKILL)
        assert stage.poll() is None
        output, errors = stage.communicate(timeout=2 * SECONDS)
        done = client.run(lambda dask_worker: dask_worker.state.executed_count)
    assert stage.returncode == 0, output + errors
    assert survivor.poll() is None
    assert list(done.values()) == [2], "the survivor trained its own seeds and the other's"
    assert projects.results(project) == local


def test_a_worker_with_other_data_is_refused_in_one_line(distributed, project, cluster):
    other = projects.make_project(cluster.folder / "other", ("plain",), training_images=320)
    assert projects.run(other, "dvc", "repro", "normalize").returncode == 0
    cluster.scheduler()
    cluster.two_workers(other)
    done = train(project, "plain", DASK_SCHEDULER_ADDRESS=cluster.address)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"{other} has other code or data than the stage" in done.stderr.splitlines()[-1]


def test_a_divergence_on_the_cluster_ends_in_the_line_it_ends_in_here(
    distributed, project, cluster
):
    settings = json.loads((project / "build/settings/plain.json").read_text())
    settings |= {"learning_rate": 100.0, "activation": "relu", "init": "uniform"}
    (project / "build/settings/wild.json").write_text(json.dumps(settings))
    here = train(project, "wild")
    cluster.scheduler()
    cluster.two_workers(project)
    there = train(project, "wild", DASK_SCHEDULER_ADDRESS=cluster.address)
    assert (there.returncode, here.returncode) == (1, 1)
    assert "no longer finite" in here.stderr
    assert there.stderr.splitlines()[-1] == here.stderr.splitlines()[-1]


def test_a_scheduler_that_is_not_there_ends_the_stage_in_one_line(distributed, project):
    nobody = {"DASK_SCHEDULER_ADDRESS": "tcp://127.0.0.1:9"}
    done = train(project, "plain", DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="2s", **nobody)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "127.0.0.1:9" in done.stderr.splitlines()[-1]


def test_workers_killed_one_after_another_end_the_stage_in_one_line(distributed, project, cluster):
    cluster.scheduler(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    workers = cluster.two_workers(project)
    errors = errors_after(distributed, project, cluster, workers[0].kill)
    assert "workers" in errors[-1]
    assert "were killed" in errors[-1]


def test_a_scheduler_killed_in_mid_run_ends_the_stage_in_one_line(distributed, project, cluster):
    cluster.scheduler()
    cluster.two_workers(project)
    errors = errors_after(distributed, project, cluster, cluster.processes[0].kill)
    assert "lost the scheduler" in errors[-1]


def errors_after(distributed, project, cluster, fault: Callable[[], None]) -> list[str]:
    """Lines of stderr of a stage that fails as `fault` strikes while both workers train."""
    before = projects.results(project)
    with distributed.Client(cluster.address) as client:
        command = (sys.executable, "src/train.py", "plain")
        stage = projects.start(project, *command, DASK_SCHEDULER_ADDRESS=cluster.address)
        wait_until(lambda: all(client.processing().values()), "both workers at work")
        fault()
    _, errors = stage.communicate(timeout=2 * SECONDS)
    assert stage.returncode == 1
    assert "Traceback" not in errors
    assert projects.results(project) == before
    return errors.splitlines()
