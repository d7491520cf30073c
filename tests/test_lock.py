"""The lock of a stage: one process at a time, and free as soon as its holder is gone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import lock

SOURCES = Path(lock.__file__).parent
# Takes the lock, says so, and holds it until its standard input is closed.
HOLD = """
import sys, lock
with lock.exclusive(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def hold(tmp_path, monkeypatch):
    """A function that starts a process which takes a lock; all of them end with the test."""
    monkeypatch.chdir(tmp_path)
    started = []

    def start(name):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, name],
            env=os.environ | {"PYTHONPATH": str(SOURCES)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def let_go(process):
    """Let the process give its lock back and end; what it had still to say."""
    return process.communicate()[0]


def test_a_second_process_says_whom_it_waits_for_and_then_goes_on(hold):
    first = hold("plain")
    assert first.stdout.readline() == "held\n"
    second = hold("plain")
    expected = f"plain: waiting for process {first.pid}, which still runs this stage\n"
    assert second.stdout.readline() == expected
    assert second.poll() is None
    let_go(first)
    assert second.stdout.readline() == "held\n"
    assert let_go(second) == ""
    assert second.returncode == 0


def test_locks_of_other_names_are_free(hold):
    assert hold("plain").stdout.readline() == "held\n"
    assert hold("momentum").stdout.readline() == "held\n"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_lock_is_free_when_its_holder_is_killed(hold, how):
    first = hold("plain")
    first.stdout.readline()
    first.send_signal(how)
    first.wait()
    assert hold("plain").stdout.readline() == "held\n"


def test_of_many_processes_one_at_a_time_holds_the_lock(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script = """
import os, time, lock
for _ in range(5):
    with lock.exclusive("plain"):
        os.close(os.open("mine", os.O_CREAT | os.O_EXCL))  # fails where another has it
        time.sleep(0.01)
        os.unlink("mine")
"""
    command = [sys.executable, "-c", script]
    environment = os.environ | {"PYTHONPATH": str(SOURCES)}
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) for _ in range(4)
    ]
    assert [process.wait() for process in running] == [0, 0, 0, 0]


def test_a_wait_can_be_interrupted(hold):
    first = hold("plain")
    first.stdout.readline()
    second = hold("plain")
    assert "waiting" in second.stdout.readline()
    before = time.monotonic()
    second.send_signal(signal.SIGINT)
    second.wait()
    assert time.monotonic() - before < 5
    assert second.returncode != 0
    assert first.poll() is None


def test_a_child_process_does_not_keep_the_lock(hold):
    script = """
import os, subprocess, lock
with lock.exclusive("plain"):
    subprocess.Popen(["sleep", "5"])
    os._exit(1)
"""
    environment = os.environ | {"PYTHONPATH": str(SOURCES)}
    before = time.monotonic()
    subprocess.run([sys.executable, "-c", script], env=environment, check=False)
    assert hold("plain").stdout.readline() == "held\n"
    assert time.monotonic() - before < 4
