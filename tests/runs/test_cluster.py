"""Runs on a real Dask cluster: a scheduler and workers that have nothing of the project."""

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
import training
from processes import end, wait_until
from tools import need_module

pytestmark = pytest.mark.proof

SECONDS = 120


@pytest.fixture(scope="module")
def distributed():
    need_module("distributed")
    return importlib.import_module("distributed")


@pytest.fixture(scope="module")
def project(distributed, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dask") / "stage"
    made = training.project(folder, plain=training.NETWORK, wild=training.altered(**training.WILD))
    projects.must(made, "python", "src/train.py", "plain")
    return made


@dataclass
class Cluster:
    """A scheduler and workers in an empty folder, and stages; logs go to a folder beside it."""

    folder: Path
    distributed: object
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    errors: str = ""  # of the stage that was at work

    def start(self, *command: str, **env: str) -> subprocess.Popen[bytes]:
        empty = self.folder / f"nothing-{len(self.processes)}"
        empty.mkdir()
        env |= {"TMPDIR": str(empty), "HOME": str(empty)}
        with open(self.folder / f"{len(self.processes)}.log", "wb") as log:
            process = subprocess.Popen(
                command, cwd=empty, env=projects.environment(**env), stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def scheduler(self, **env: str) -> None:
        """Start one at a free port."""
        file = self.folder / "scheduler.json"
        options = ("--host=127.0.0.1", "--port=0", "--no-dashboard", f"--scheduler-file={file}")
        self.start("dask", "scheduler", *options, **env)
        assert wait_until(lambda: file.exists() and file.stat().st_size > 0, SECONDS)
        self.address = json.loads(file.read_text())["address"]

    def two_workers(self) -> list[subprocess.Popen[bytes]]:
        """Two that the scheduler knows of."""
        options = ("--nworkers=1", "--nthreads=1", "--no-nanny", "--no-dashboard")
        workers = [self.start("dask", "worker", self.address, *options) for _ in range(2)]
        with self.distributed.Client(self.address) as client:
            client.wait_for_workers(2, timeout=SECONDS)
        return workers

    @contextmanager
    def stage_at_work(self, project: Path) -> Iterator[subprocess.Popen[str]]:
        """A stage on this cluster, once both workers have runs to train.

        They are stopped meanwhile: none gets done before the block has ended.
        """
        command = ("python", "src/train.py", "plain")
        stage = projects.start(project, *command, DASK_SCHEDULER_ADDRESS=self.address)
        try:
            with self.distributed.Client(self.address) as client:
                assert wait_until(lambda: all(client.processing().values()), SECONDS)
            for worker in self.processes[1:]:
                worker.send_signal(signal.SIGSTOP)
            assert stage.poll() is None
            yield stage
            for worker in self.processes[1:]:
                worker.send_signal(signal.SIGCONT)
            _, self.errors = stage.communicate(timeout=2 * SECONDS)
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


def test_bits_are_the_same_when_one_of_two_workers_is_killed(project, cluster):
    local = projects.results(project)
    cluster.scheduler()
    killed, survivor = cluster.two_workers()
    with cluster.stage_at_work(project) as stage:
        killed.kill()
    assert stage.returncode == 0, cluster.errors
    assert survivor.poll() is None
    assert projects.results(project) == local


def test_a_worker_that_has_other_code_from_an_earlier_stage_is_refused(project, cluster, tmp_path):
    cluster.scheduler()
    cluster.two_workers()
    address = {"DASK_SCHEDULER_ADDRESS": cluster.address}
    for _ in range(2):  # the same code is sent twice without harm
        projects.must(project, "python", "src/train.py", "plain", **address)
    other = projects.copy_of(tmp_path / "other", "src", "dvc.yaml", "variants.yaml")
    for name in ("build", "data", "metrics"):
        (other / name).symlink_to(project / name)
    with open(other / "src/mlp/training.py", "a") as code:
        code.write("# changed")
    assert last_line(other, **address).endswith("has other code from before: restart it")


def test_a_divergence_on_the_cluster_ends_in_the_line_it_ends_in_here(project, cluster):
    cluster.scheduler()
    cluster.two_workers()
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
    cluster.two_workers()
    with cluster.stage_at_work(project) as stage:
        fault(cluster)
    assert stage.returncode == 1
    assert "Traceback" not in cluster.errors
    assert re.search(line, cluster.errors.splitlines()[-1])
    assert projects.results(project) == before
