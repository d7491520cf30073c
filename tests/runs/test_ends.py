"""Trainings that are killed or interrupted: one line, no process left behind, nothing written."""

import os
import signal
from contextlib import contextmanager
from pathlib import Path

import projects
import pytest
import training
from processes import end, members, wait_until, workers

SOON = 120  # seconds; it takes one, but for a machine with much else to do
AGAIN = "train: interrupted before its end; the same command runs it again\n"
# Two workers, of which one soon has nothing to do.
BUSY = """
from runs.executor import outcomes
from runs.progress import Job
from workflow.settings import resolved
for number, _ in outcomes([Job(resolved(name), 0) for name in ("plain", "short")], "busy", 2):
    print(number, "has ended", flush=True)
"""


@pytest.fixture(scope="module")
def endless(tmp_path_factory):
    """A project whose network `plain` trains for hours."""
    networks = {"plain": training.altered(**training.ENDLESS), "short": training.NETWORK}
    return training.project(tmp_path_factory.mktemp("endless") / "project", **networks)


@contextmanager
def at_work(project):
    """`src/train.py plain` with two workers, once they have their images and train."""
    stage = projects.start(project, "python", "src/train.py", "plain", "--workers", "2")
    try:
        assert wait_until(lambda: train(stage.pid) or stage.poll() is not None, SOON)
        assert stage.poll() is None, stage.communicate()
        yield stage
        assert stage.wait(timeout=SOON) != 0
        assert wait_until(lambda: not members(stage.pid), SOON), members(stage.pid)
        written = {path.name for path in (project / "metrics").iterdir()}
        assert written == {"normalization.json"}
        assert not (project / "plots").exists()
    finally:
        end(stage.pid)
        stage.communicate()


def train(session):
    """Whether both workers have mapped the test images, which they read last before they train."""
    maps = [Path(f"/proc/{number}/maps").read_text() for number in workers(session)]
    return len(maps) == 2 and all("test_values.npy" in text for text in maps)


ENDS = {
    "Ctrl-C": (lambda stage: os.killpg(stage.pid, signal.SIGINT), AGAIN),
    "SIGTERM": (lambda stage: os.kill(stage.pid, signal.SIGTERM), AGAIN),
    "SIGKILL of a worker": (
        lambda stage: os.kill(workers(stage.pid)[0], signal.SIGKILL),
        "train: a worker process was killed; nothing was written\n",
    ),
}


@pytest.mark.parametrize(("strike", "line"), ENDS.values(), ids=ENDS)
def test_a_training_that_is_struck_ends_in_one_line_and_leaves_nothing(endless, strike, line):
    with at_work(endless) as stage:
        strike(stage)
        assert stage.communicate(timeout=SOON)[1] == line


@pytest.mark.parametrize("moment", range(4))
def test_ctrl_c_while_workers_start_is_one_line_too(endless, moment):
    """Struck when the first worker is there, and ever later, up to when all of them train."""
    stage = projects.start(endless, "python", "src/train.py", "plain", "--workers", "2")
    try:
        assert wait_until(lambda: workers(stage.pid), SOON)
        wait_until(lambda: train(stage.pid), moment / 2)
        os.killpg(stage.pid, signal.SIGINT)
        assert stage.communicate(timeout=SOON)[1] == AGAIN
        assert wait_until(lambda: not members(stage.pid), SOON), members(stage.pid)
    finally:
        end(stage.pid)
        stage.communicate()


def test_workers_busy_and_idle_end_with_a_killed_training(endless):
    with projects.start(endless, "python", "-c", BUSY, PYTHONPATH=str(endless / "src")) as parent:
        try:
            assert parent.stdout.readline() == "1 has ended\n"
            assert len(workers(parent.pid)) == 2
            parent.kill()
            assert wait_until(lambda: not members(parent.pid), SOON), members(parent.pid)
        finally:
            end(parent.pid)
