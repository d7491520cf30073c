"""Seeds on a real Dask cluster: a scheduler that has no project, and workers in checkouts of it."""

import importlib
import json
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import projects
import pytest
from processes import end, wait_until
from tools import need_module

pytestmark = pytest.mark.proof

SECONDS = 120
# A worker's own surroundings must not matter.
FOREIGN = {"OPENBLAS_CORETYPE": "Nehalem", "OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "7"}
SEEDS = 4


@pytest.fixture(scope="module")
def distributed():
    need_module("distributed")
    return importlib.import_module("distributed")


@pytest.fixture(scope="module")
def project(distributed, tmp_path_factory) -> Path:
    made = projects.make_project(tmp_path_factory.mktemp("dask") / "stage", ["plain"], seeds=SEEDS)
    projects.dvc(made, "repro", "variant@plain")
    return made


@dataclass
class Cluster:
    """A scheduler where no project is, workers, and stages; their logs go to `folder`."""

    folder: Path
    distributed: object
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    output: str = ""  # of the stage that was at work
    errors: str = ""

    def start(self, folder: Path, *command: str, **env: str) -> subprocess.Popen[bytes]:
        with open(self.folder / f"{len(self.processes)}.log", "wb") as log:
            process = subprocess.Popen(
                command, cwd=folder, env=projects.environment(**env), stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def scheduler(self, **env: str) -> None:
        """Start one at a free port."""
        file = self.folder / "scheduler.json"
        options = ("--host=127.0.0.1", "--port=0", "--no-dashboard", f"--scheduler-file={file}")
        self.start(self.folder, "dask", "scheduler", *options, **env)
        assert wait_until(lambda: file.exists() and file.stat().st_size > 0, SECONDS)
        self.address = json.loads(file.read_text())["address"]

    def two_workers(self, project: Path, **second: str) -> list[subprocess.Popen[bytes]]:
        """Two that the scheduler knows of; the environment of the second is changed by `second`."""
        options = ("--nworkers=1", "--no-nanny", "--no-dashboard")
        command = ("python", "src/dask_worker.py", self.address, *options)
        workers = [self.start(project, *command, **env) for env in ({}, second)]
        with self.distributed.Client(self.address) as client:
            client.wait_for_workers(2, timeout=SECONDS)
            listening = client.scheduler_info()["workers"]
        assert all(address.startswith("tcp://127.0.0.1:") for address in listening)
        return workers

    @contextmanager
    def stage_at_work(self, project: Path, *command: str) -> Iterator[subprocess.Popen[str]]:
        """A stage on this cluster, once both workers have seeds to train.

        They are stopped meanwhile: none gets done before the block has ended.
        """
        for worker in self.processes[1:]:
            worker.send_signal(signal.SIGSTOP)
        stage = projects.start(project, *command, DASK_SCHEDULER_ADDRESS=self.address)
        try:
            with self.distributed.Client(self.address) as client:
                assert wait_until(lambda: all(client.processing().values()), SECONDS)
            assert stage.poll() is None
            yield stage
            for worker in self.processes[1:]:
                worker.send_signal(signal.SIGCONT)
            self.output, self.errors = stage.communicate(timeout=2 * SECONDS)
        finally:
            end(stage.pid)
            stage.communicate()


@pytest.fixture
def cluster(tmp_path, distributed) -> Iterator[Cluster]:
    running = Cluster(tmp_path, distributed)
    try:
        yield running
    finally:
        for process in running.processes:
            process.kill()
            process.wait()


def last_line(project: Path, name: str = "plain", **env: str) -> str:
    """What a training that fails ends with."""
    done = projects.run(project, "python", "src/train.py", name, **env)
    assert done.returncode == 1
    return done.stderr.splitlines()[-1]


def test_bits_are_the_same_when_one_of_two_workers_is_killed(distributed, project, cluster):
    local = projects.results(project)
    cluster.scheduler()
    killed, survivor = cluster.two_workers(project, **FOREIGN)
    command = ("dvc", "repro", "--force", "--single-item", "variant@plain")
    with cluster.stage_at_work(project, *command) as stage:
        killed.kill()
    assert stage.returncode == 0, cluster.output + cluster.errors
    assert survivor.poll() is None
    with distributed.Client(cluster.address) as client:
        done = client.run(lambda dask_worker: dask_worker.state.executed_count)
    assert list(done.values()) == [SEEDS], "the survivor trained all seeds, one a task"
    assert projects.results(project) == local


def test_a_worker_with_other_data_is_refused_in_one_line(project, cluster):
    other = projects.make_project(cluster.folder / "other", ("plain",), training_images=608)
    projects.dvc(other, "repro", "normalize")
    cluster.scheduler()
    cluster.two_workers(other)
    line = last_line(project, DASK_SCHEDULER_ADDRESS=cluster.address)
    assert f"{other} has other code or data than the stage" in line


def test_a_divergence_on_the_cluster_ends_in_the_line_it_ends_in_here(project, cluster):
    settings = json.loads((project / "build/settings/plain.json").read_text())
    settings |= {"hidden": [64] * 5, "learning_rate": 100.0, "activation": "relu"}
    (project / "build/settings/wild.json").write_text(json.dumps(settings))
    cluster.scheduler()
    cluster.two_workers(project)
    here = last_line(project, "wild")
    there = last_line(project, "wild", DASK_SCHEDULER_ADDRESS=cluster.address)
    assert "not finite" in here
    # Every seed diverges; which one is heard of first is up to the cluster.
    assert re.sub(r"seed \d", "a seed", there) == re.sub(r"seed \d", "a seed", here)


def test_a_scheduler_that_is_not_there_ends_the_stage_in_one_line(project):
    nobody = {"DASK_SCHEDULER_ADDRESS": "tcp://127.0.0.1:9"}
    line = last_line(project, DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="2s", **nobody)
    assert "127.0.0.1:9" in line


def kill_a_worker(cluster: Cluster) -> None:
    cluster.processes[1].kill()


def kill_the_scheduler(cluster: Cluster) -> None:
    cluster.processes[0].kill()


@pytest.mark.parametrize(
    ("fault", "line"),
    [(kill_a_worker, "workers .*were killed"), (kill_the_scheduler, "lost the scheduler")],
)
def test_a_fault_of_the_cluster_in_mid_run_ends_the_stage_in_one_line(
    project, cluster, fault: Callable[[Cluster], None], line
):
    before = projects.results(project)
    cluster.scheduler(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    cluster.two_workers(project)
    with cluster.stage_at_work(project, "python", "src/train.py", "plain") as stage:
        fault(cluster)
    assert stage.returncode == 1
    assert "Traceback" not in cluster.errors
    assert re.search(line, cluster.errors.splitlines()[-1])
    assert projects.results(project) == before
