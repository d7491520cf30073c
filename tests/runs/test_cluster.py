"""Runs on a real Dask cluster: a scheduler and workers that have nothing of the project."""

import importlib
import json
import re
import signal
from contextlib import contextmanager

import projects
import pytest
import training
from processes import end, wait_until
from tools import need_module

pytestmark = pytest.mark.proof

SECONDS = 120


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    need_module("distributed")
    folder = tmp_path_factory.mktemp("dask") / "stage"
    made = training.project(folder, plain=training.NETWORK, wild=training.altered(**training.WILD))
    projects.must(made, "python", "src/train.py", "plain")
    return made


class Cluster:
    """A scheduler and two workers, each in an empty folder."""

    def __init__(self, folder, **env):
        self.folder, self.processes = folder, []
        file = folder / "scheduler.json"
        options = ("--host=127.0.0.1", "--port=0", "--no-dashboard", f"--scheduler-file={file}")
        self.start("scheduler", *options, **env)
        assert wait_until(lambda: file.exists() and file.stat().st_size > 0, SECONDS)
        self.address = json.loads(file.read_text())["address"]
        options = ("--nworkers=1", "--nthreads=1", "--no-nanny", "--no-dashboard")
        for _ in range(2):
            self.start("worker", self.address, *options)
        with self.client() as client:
            client.wait_for_workers(2, timeout=SECONDS)

    def start(self, *command, **env):
        empty = self.folder / f"nothing-{len(self.processes)}"
        empty.mkdir()
        env |= {"TMPDIR": str(empty), "HOME": str(empty)}
        self.processes.append(projects.start(empty, "dask", *command, **env))

    def client(self):
        return importlib.import_module("distributed").Client(self.address)

    def end(self):
        for process in self.processes:
            process.kill()
            process.communicate()

    @contextmanager
    def stage_at_work(self, project):
        """A stage on this cluster, once both workers have runs to train: [its status, its errors].

        They are stopped meanwhile: none gets done before the block has ended.
        """
        command, done = ("python", "src/train.py", "plain"), []
        stage = projects.start(project, *command, DASK_SCHEDULER_ADDRESS=self.address)
        try:
            with self.client() as client:
                assert wait_until(lambda: all(client.processing().values()), SECONDS)
            for worker in self.processes[1:]:
                worker.send_signal(signal.SIGSTOP)
            assert stage.poll() is None
            yield done
            for worker in self.processes[1:]:
                worker.send_signal(signal.SIGCONT)
            _, errors = stage.communicate(timeout=2 * SECONDS)
            done += stage.returncode, errors
        finally:
            end(stage.pid)
            stage.communicate()


@pytest.fixture
def cluster(project, tmp_path, request):
    running = Cluster(tmp_path, **getattr(request, "param", {}))
    yield running
    running.end()


def last_line(project, name="plain", **env):
    """What a training that fails ends with."""
    done = projects.run(project, "python", "src/train.py", name, **env)
    assert done.returncode == 1
    return done.stderr.splitlines()[-1]


NO_MERCY = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
FAULTS = {
    "a worker of two": ({}, 1, ""),
    "a worker, whose runs may not go to another": (NO_MERCY, 1, "workers .*were killed"),
    "the scheduler": ({}, 0, "lost the scheduler"),
}


@pytest.mark.parametrize(
    ("cluster", "killed", "line"), FAULTS.values(), indirect=["cluster"], ids=FAULTS
)
def test_whoever_is_killed_the_bits_are_those_of_here(project, cluster, killed, line):
    before = projects.results(project)
    with cluster.stage_at_work(project) as done:
        cluster.processes[killed].kill()
    [status, errors] = done
    assert (status == 1) == bool(line), errors
    assert "Traceback" not in errors
    assert re.search(line, errors)
    assert projects.results(project) == before


def test_a_worker_that_has_other_code_from_an_earlier_stage_is_refused(project, cluster, tmp_path):
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
    here = last_line(project, "wild")
    there = last_line(project, "wild", DASK_SCHEDULER_ADDRESS=cluster.address)
    assert "not finite" in here
    # Every seed diverges; which one is heard of first is up to the cluster.
    assert re.sub(r"seed \d", "a seed", there) == re.sub(r"seed \d", "a seed", here)


def test_a_scheduler_that_is_not_there_ends_the_stage_in_one_line(project):
    nobody = {"DASK_SCHEDULER_ADDRESS": "tcp://127.0.0.1:9"}
    line = last_line(project, DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT="2s", **nobody)
    assert "127.0.0.1:9" in line
