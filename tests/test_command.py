"""The way in and out of a script: one line at its end, and one process at a time a stage."""

import command
from command import printable

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = """
from command import UserError, run
import os, sys, time

def main():
    match sys.argv[1]:
        case "say":
            print("plus or minus: \\u00b1")
        case "much":
            print("x" * 1_000_000)
        case "user":
            raise UserError("\\u00b1 \\x1b[31m is red\\nhow to")
        case "memory":
            bytes(10**15)
        case "file":
            open("gone")
        case "worker":
            import joblib
            joblib.Parallel(2)(joblib.delayed(os._exit)(1) for _ in range(2))
        case "hold":
            print("held", flush=True)
            sys.stdin.read()
        case "exclusive":
            for _ in range(5):
                os.close(os.open("mine", os.O_CREAT | os.O_EXCL))  # fails where another has it
                time.sleep(0.01)
                os.unlink("mine")
        case "child":
            import subprocess
            subprocess.Popen(["sleep", "5"])
            os._exit(1)

run(main, stage=sys.argv[1] in ("hold", "exclusive", "child"))
"""


@pytest.fixture
def start(tmp_path):
    """A function that starts the script, under a name, in a folder of its own."""
    started = []

    def start(what, name="stage", **options):
        path = tmp_path / f"{name}.py"
        path.write_text(SCRIPT)
        source = {"PYTHONPATH": str(Path(command.__file__).parent)}
        options["env"] = os.environ | source | options.get("env", {})
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        arguments = [sys.executable, str(path), what]
        process = subprocess.Popen(arguments, cwd=tmp_path, **pipes | options)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


ENDINGS = {
    "user": "stage: ± \\x1b[31m is red\nhow to\n",
    "memory": "stage: out of memory\n",
    "file": "stage: [Errno 2] No such file or directory: 'gone'\n",
    "worker": "stage: a worker process was killed; nothing was written\n",
}


@pytest.mark.parametrize("what", ENDINGS)
def test_an_error_is_its_message_and_status_one(start, what):
    process = start(what)
    out, err = process.communicate()
    assert (process.returncode, out, err.decode()) == (1, b"", ENDINGS[what])


@pytest.mark.parametrize(
    "env",
    [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
)
def test_where_only_ascii_can_be_shown_other_signs_are_escaped(start, env):
    process = start("say", env=env)
    assert process.communicate() == (b"plus or minus: \\xb1\n", b"")
    assert start("user", env=env).communicate()[1].startswith(b"stage: \\xb1 ")


def test_nobody_who_reads_and_a_full_disk_are_no_traceback(start):
    process = start("much")
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 1
    with open("/dev/full", "wb") as full:
        process = start("much", stdout=full)
        assert process.stderr.read() == b"stage: [Errno 28] No space left on device\n"
        assert process.wait() == 1


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupt_is_one_line(start, how):
    process = start("hold")
    assert process.stdout.readline() == b"held\n"
    process.send_signal(how)
    expected = b"stage: interrupted before its end; the same command runs it again\n"
    assert process.communicate()[1] == expected
    assert process.returncode == 1


def test_control_characters_of_strangers_are_escaped():
    assert printable("\x1b]0;title\x07 \r\u202e é 3\n") == "\\x1b]0;title\\x07 \\r\\u202e é 3\n"


def test_a_second_process_says_that_it_waits_and_then_goes_on(start):
    first = start("hold")
    assert first.stdout.readline() == b"held\n"
    second, other = start("hold"), start("hold", name="other")
    expected = b"stage: waiting for another process that still runs this stage\n"
    assert second.stdout.readline() == expected
    assert other.stdout.readline() == b"held\n"
    assert second.poll() is None
    first.communicate()
    assert second.stdout.readline() == b"held\n"
    second.communicate()
    assert (first.returncode, second.returncode) == (0, 0)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_stage_is_free_when_its_process_is_killed(start, how):
    first = start("hold")
    first.stdout.readline()
    first.send_signal(how)
    first.wait()
    assert start("hold").stdout.readline() == b"held\n"


def test_of_many_processes_one_at_a_time_runs_a_stage(start):
    running = [start("exclusive") for _ in range(4)]
    assert [process.communicate()[1] for process in running] == [b""] * 4


def test_a_wait_can_be_interrupted(start):
    first = start("hold")
    first.stdout.readline()
    second = start("hold")
    assert b"waiting" in second.stdout.readline()
    second.send_signal(signal.SIGINT)
    assert re.fullmatch(rb"stage: interrupted .*\n", second.communicate(timeout=10)[1])
    assert first.poll() is None


def test_a_child_process_does_not_keep_the_stage(start):
    before = time.monotonic()
    start("child", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait()
    assert start("hold").stdout.readline() == b"held\n"
    assert time.monotonic() - before < 4
