"""The way in and out of a script: one line at its end, and one process at a time a stage."""

import os
import signal
import subprocess
import sys

import projects
import pytest

SCRIPT = """
from workflow.command import UserError, run
import os, sys

def main():
    match sys.argv[1]:
        case "say":
            print("plus or minus: \\u00b1")
        case "much":
            print("x" * 1_000_000)
        case "user":
            raise UserError("\\u00b1 \\x1b[31m is red \\r\\u202e\\nhow to")
        case "memory":
            bytes(10**15)
        case "file":
            open("gone")
        case "worker":
            from concurrent.futures import BrokenExecutor
            raise BrokenExecutor
        case "where":
            print(os.getcwd())
        case "hold":
            print("held", flush=True)
            sys.stdin.read()

run(main, stage=sys.argv[1] == "hold")
"""


@pytest.fixture
def start(tmp_path):
    """A function that starts the script, under a name, in a project of its own."""
    projects.copy_of(tmp_path, "src/workflow")
    started = []

    def start(what, name="stage", **options):
        path = tmp_path / f"src/{name}.py"
        path.write_text(SCRIPT)
        options["env"] = os.environ | options.get("env", {})
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        arguments = [sys.executable, str(path), what]
        process = subprocess.Popen(arguments, **{"cwd": tmp_path} | pipes | options)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


ENDINGS = {
    "user": "stage: ± \\x1b[31m is red \\r\\u202e\nhow to\n",
    "memory": "stage: out of memory\n",
    "file": "stage: [Errno 2] No such file or directory: 'gone'\n",
    "worker": "stage: a worker process was killed; nothing was written\n",
}


@pytest.mark.parametrize("what", ENDINGS)
def test_an_error_is_its_message_and_status_one(start, what):
    process = start(what)
    out, err = process.communicate()
    assert (process.returncode, out, err.decode()) == (1, b"", ENDINGS[what])


def test_no_terminal_makes_a_traceback_that_knows_ascii_alone_or_is_closed_or_full(start):
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    assert start("say", env=ascii_only).communicate() == (b"plus or minus: \\xb1\n", b"")
    assert start("user", env=ascii_only).communicate()[1].startswith(b"stage: \\xb1 ")
    process = start("much")
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 1
    with open("/dev/full", "wb") as full:
        process = start("much", stdout=full)
        assert process.stderr.read() == b"stage: [Errno 28] No space left on device\n"
        assert process.wait() == 1


def test_a_script_works_in_its_own_project_wherever_it_is_started(start, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    out, _ = start("where", cwd=tmp_path / "elsewhere").communicate()
    assert out.decode() == f"{tmp_path}\n"
    assert start("hold", cwd="/").stdout.readline() == b"held\n"
    assert (tmp_path / "build/locks/stage.lock").exists()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_one_process_runs_a_stage_at_a_time_however_it_ends(start, how):
    waiting = b"stage: waiting for another process that still runs this stage\n"
    line = b"" if how == signal.SIGKILL else b"stage: interrupted before its end; "
    first = start("hold")
    assert first.stdout.readline() == b"held\n"
    second, other = start("hold"), start("hold", name="other")
    assert (second.stdout.readline(), other.stdout.readline()) == (waiting, b"held\n")
    third = start("hold")
    assert third.stdout.readline() == waiting
    for process in (third, first):
        process.send_signal(how)
        assert process.communicate(timeout=120)[1].startswith(line)
        assert process.returncode == (-how if how == signal.SIGKILL else 1)
    assert second.stdout.readline() == b"held\n"
    assert second.communicate()[1] == b""
    assert second.returncode == 0
