"""Killed, interrupted, started twice: no process stays behind, and the bits come out right."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import interruption
import numpy as np
import pytest
from processes import end, members, wait_until, workers
from projects import commit, edit, make_project, results, run, start

SOURCES = Path(interruption.__file__).parent
SOON = 30  # seconds; it takes one, but for a machine with much else to do
LINE = "plain: interrupted before its end; `dvc repro` runs it again\n"

WAITING = """
import time, interruption
with interruption.one_line("plain"):
    print("ready", flush=True)
    time.sleep(60)
"""
# All is done but for a thread, which Python waits for.
ENDING = """
import threading, time, interruption
threading.Thread(target=time.sleep, args=(60,)).start()
with interruption.one_line("plain"):
    print("ready", flush=True)
"""
# Two workers: one is busy for long, the other has nothing to do.
BUSY = """
import time, joblib, interruption
parallel = joblib.Parallel(2, batch_size=1, initializer=interruption.end_with_parent)
parallel(joblib.delayed(time.sleep)(seconds) for seconds in (0, 600))
"""


@contextmanager
def script(text, folder):
    """A Python script that runs in a session of its own until the block is left."""
    process = subprocess.Popen(
        [sys.executable, "-c", text],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(SOURCES)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        end(process.pid)
        process.communicate()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_stage_ends_in_one_line(tmp_path, how):
    with script(WAITING, tmp_path) as stage:
        assert stage.stdout.readline() == "ready\n"
        stage.send_signal(how)
        assert stage.communicate(timeout=SOON) == ("", LINE)
        assert stage.returncode == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stage_interrupted_at_its_very_end_has_failed(tmp_path, how):
    with script(ENDING, tmp_path) as stage:
        assert stage.stdout.readline() == "ready\n"
        time.sleep(0.3)
        stage.send_signal(how)
        assert stage.communicate(timeout=SOON) == ("", "")
        assert stage.returncode == -how


@pytest.mark.parametrize("later", [0, 4])
def test_workers_busy_and_idle_end_with_a_killed_parent(tmp_path, later):
    with script(BUSY, tmp_path) as stage:
        assert wait_until(lambda: len(workers(stage.pid)) == 2)
        time.sleep(later)  # at first they still import
        stage.kill()
        stage.wait()
        assert wait_until(lambda: not members(stage.pid), SOON), members(stage.pid)


def test_the_process_of_the_stage_itself_does_not_watch_its_parent(tmp_path):
    text = "import threading, interruption; interruption.end_with_parent()"
    with script(f"{text}; print(threading.active_count())", tmp_path) as stage:
        assert stage.communicate()[0] == "1\n"


def test_a_second_task_of_a_worker_starts_no_second_watch(tmp_path):
    text = """
import joblib, threading, interruption
def task(_):
    interruption.end_with_parent()
    return sum(thread.name.endswith("(_follow)") for thread in threading.enumerate())
print(max(joblib.Parallel(2)(joblib.delayed(task)(i) for i in range(20))))
"""
    with script(text, tmp_path) as stage:
        assert stage.communicate()[0] == "1\n"


# ---- the real stages -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def endless(tmp_path_factory):
    """A small project whose training takes hours, with its data normalized."""
    folder = make_project(tmp_path_factory.mktemp("endless") / "project", epochs=9999, seeds=3)
    edit(folder / "variants.yaml", lambda content: content["protocol"].update(patience=10**6))
    edit(folder / "params.yaml", lambda content: content.update(patience=10**6))
    for stage in ("check_settings", "normalize", "check_gradients"):
        assert run(folder, "python", f"src/{stage}.py").returncode == 0
    return folder


@contextmanager
def training(project, tmp_path, *command):
    """`src/train.py plain` with two workers, or the command given, once all seeds train."""
    command = command or ("python", "src/train.py", "plain", "--workers", "2")
    process = start(project, *command, TMPDIR=str(tmp_path))
    try:
        wait_until(lambda: all_train(tmp_path) or process.poll() is not None)
        assert process.poll() is None, process.communicate()
        yield process
    finally:
        end(process.pid)
        process.communicate()


def all_train(folder):
    """Whether every seed has reported a step, in the counters that feed the progress bar."""
    files = list(folder.glob("*/steps"))
    try:
        return bool(files) and np.fromfile(files[-1], np.int64).all()
    except OSError:
        return False


def leaves_nothing(process, project):
    """See that a stage that has ended left no process, no result and nothing half written."""
    assert wait_until(lambda: not members(process.pid), SOON), members(process.pid)
    names = {Path(name).name for name in results(project)}
    assert names == {"normalization.json", "gradient_check.json"}
    return True


@pytest.mark.proof
@pytest.mark.parametrize("whom", ["the stage", "its whole group"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_training_ends_in_one_line_and_leaves_nothing(endless, tmp_path, whom, how):
    with training(endless, tmp_path) as stage:
        before = time.monotonic()
        if whom == "the stage":
            stage.send_signal(how)
        else:
            os.killpg(stage.pid, how)
        out, err = stage.communicate(timeout=SOON)
        assert time.monotonic() - before < SOON
        assert (stage.returncode, out, err) == (1, "", LINE)
        assert leaves_nothing(stage, endless)


@pytest.mark.proof
def test_the_workers_of_a_killed_training_end_by_themselves(endless, tmp_path):
    with training(endless, tmp_path) as stage:
        stage.kill()
        stage.wait()
        assert leaves_nothing(stage, endless)


@pytest.mark.proof
def test_a_killed_worker_ends_the_training_in_one_line_and_leaves_nothing(endless, tmp_path):
    with training(endless, tmp_path) as stage:
        os.kill(workers(stage.pid)[0], signal.SIGKILL)
        out, err = stage.communicate(timeout=SOON)
        expected = "plain: a worker process was killed (out of memory?); nothing was written\n"
        assert (stage.returncode, out, err) == (1, "", expected)
        assert leaves_nothing(stage, endless)


@pytest.mark.proof
def test_a_wait_for_another_training_can_be_interrupted(endless, tmp_path):
    with training(endless, tmp_path) as first:
        second = start(endless, "python", "src/train.py", "plain")
        expected = f"plain: waiting for process {first.pid}, which still runs this stage\n"
        assert second.stdout.readline() == expected
        second.send_signal(signal.SIGINT)
        assert second.communicate(timeout=SOON) == ("", LINE)
        assert first.poll() is None


@pytest.mark.proof
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_workers_of_an_ended_gradient_check_end_with_it(endless, tmp_path, how):
    with slow_gradient_check(endless) as stage:
        assert wait_until(lambda: len(workers(stage.pid)) >= 2)
        time.sleep(3)
        stage.send_signal(how)
        _, err = stage.communicate(timeout=SOON)
        assert wait_until(lambda: not members(stage.pid), SOON), members(stage.pid)
        if how == signal.SIGTERM:
            expected = "check_gradients: interrupted before its end; `dvc repro` runs it again\n"
            assert (stage.returncode, err) == (1, expected)


@contextmanager
def slow_gradient_check(project):
    """The stage `check_gradients`, with far more weights to check than it has time for."""
    path = project / "src/check_gradients.py"
    text = path.read_text()
    path.write_text(text.replace("\nSAMPLE = 20\n", "\nSAMPLE = 50_000\n"))
    process = start(project, "python", "src/check_gradients.py")
    try:
        yield process
    finally:
        end(process.pid)
        process.communicate()
        path.write_text(text)


# The first file that a stage reads.
FIRST_READ = {
    "check_settings": "params.yaml",
    "download": "mirror/train-images-idx3-ubyte",
    "normalize": "build/settings/data.json",
    "compare": "variants.yaml",
    "judge": "variants.yaml",
    "draw": "plots/curves/hidden-128.csv",
    "draw_train": "models/train.npz",
    "report": "metrics/verdicts.json",
}


@pytest.mark.parametrize(("stage", "file"), FIRST_READ.items())
def test_every_stage_ends_in_one_line_when_interrupted(stage, file, tmp_path):
    pipe = tmp_path / file
    pipe.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(pipe)
    process = start(tmp_path, "python", str(SOURCES / f"{stage}.py"), MNIST_MIRROR="mirror")
    try:
        with written(pipe, process):
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=SOON)
    finally:
        end(process.pid)
    line = f"{stage}: interrupted before its end; `dvc repro` runs it again\n"
    assert (process.returncode, err) == (1, line)


@contextmanager
def written(pipe, reader):
    """`pipe` held open, from when the process `reader` has opened it, and never written to."""
    ends = []

    def opened():
        with suppress(OSError):  # nobody reads yet
            ends.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        return ends or reader.poll() is not None

    assert wait_until(opened, SOON)
    assert ends, reader.communicate()
    yield
    os.close(ends[0])


# ---- the whole pipeline --------------------------------------------------------------------

STAGES = (
    *("check_settings", "download", "normalize", "check_gradients"),
    *("train", "variant@plain", "variant@momentum", "compare"),
)


class Pipeline:
    """A small project with committed results, and other settings that give other results.

    Every run starts from the committed state, with all data and caches gone, on the other settings:
    whatever a run leaves over from the commit, or from a run cut short, would show.
    """

    def __init__(self, folder):
        self.folder = make_project(folder / "project")
        self.mirror = folder / "mirror"
        (self.folder / "data/raw").rename(self.mirror)
        assert self.repro().returncode == 0
        commit(self.folder, "Results")
        self.start_over()
        began = time.monotonic()
        lines = self.follow(STAGES[-1])
        self.seconds = {name: at - began for name, at in lines.items()}
        self.total = time.monotonic() - began
        self.expected = results(self.folder)
        self.status = self.git("status", "--short")

    def git(self, *arguments):
        done = run(self.folder, "git", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def repro(self):
        return run(self.folder, "dvc", "repro", MNIST_MIRROR=str(self.mirror))

    def start(self):
        return start(
            self.folder, "dvc", "repro", MNIST_MIRROR=str(self.mirror), PYTHONUNBUFFERED="1"
        )

    def start_over(self):
        self.git("checkout", "--quiet", ".")
        self.git("clean", "-xfdq")  # data, models, build, and DVC's cache
        sizes = {"training_images": 672}
        edit(self.folder / "params.yaml", lambda content: content["data"].update(sizes))
        edit(self.folder / "params.yaml", lambda content: content.update(epochs=2))
        length = {"epochs": 2, "seeds": 3}
        edit(self.folder / "variants.yaml", lambda content: content["protocol"].update(length))

    def follow(self, last):
        """Run to the end; when each stage began, by its name."""
        process, began = self.start(), {}
        for line in process.stdout:
            if found := re.match(r"Running stage '(.*)':", line):
                began[found[1]] = time.monotonic()
        assert process.wait() == 0, process.stderr.read()
        assert list(began)[-1] == last
        process.communicate()
        return began

    def until(self, stage):
        """A run that has come to `stage`, or has ended without it."""
        process = self.start()
        if any(f"Running stage '{stage}'" in line for line in process.stdout):
            return process
        _, message = process.communicate()
        if process.returncode and self.mend(message):
            return self.until(stage)
        assert process.returncode == 0, message
        return process

    def mend(self, message):
        """Whether a run failed by a file of DVC's own that a kill had torn: DVC writes these in
        place. What docs/reliability.md says to do is then done."""
        if "dvc.lock" in message:
            self.git("checkout", "dvc.lock")
        elif "Unable to read RWLock-file" in message:
            (self.folder / ".dvc/tmp/rwlock").unlink()
        else:
            return False
        print("mended:", message.splitlines()[0])
        return True

    def finish(self):
        """`dvc repro` to its end, which must give the bits that an undisturbed run gives."""
        done = self.repro()
        while done.returncode and self.mend(done.stderr):
            done = self.repro()
        assert done.returncode == 0, done.stderr
        assert results(self.folder) == self.expected
        assert self.git("status", "--short") == self.status


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    return Pipeline(tmp_path_factory.mktemp("pipeline"))


def interrupt(process):
    """Ctrl-C, and again while it goes on: the moment between two stages is nobody's."""
    for _ in range(10):
        os.killpg(process.pid, signal.SIGINT)
        if wait_until(lambda: process.poll() is not None, seconds=2):
            return


KILLS = {
    "Ctrl-C": interrupt,
    "SIGKILL of dvc": lambda process: process.kill(),
    "SIGKILL of all": lambda process: os.killpg(process.pid, signal.SIGKILL),
}


@pytest.mark.proof
@pytest.mark.parametrize("how", KILLS)
def test_killed_in_every_stage_the_next_run_gives_the_same_bits(pipeline, how):
    chance = random.Random(how)  # noqa: S311
    pipeline.start_over()
    struck, sessions = [], []
    began = [*pipeline.seconds.values(), pipeline.total]
    for stage, (begin, end_) in zip(STAGES, pairwise(began), strict=True):
        process = pipeline.until(stage)
        sessions.append(process.pid)
        delay = chance.uniform(0, end_ - begin)
        time.sleep(delay)
        if process.poll() is None:
            struck.append(f"{stage} after {delay:.2f} s")
            KILLS[how](process)
        if how == "SIGKILL of dvc":  # its stage goes on, beside the next run
            process.wait(timeout=SOON)
        else:
            process.communicate(timeout=SOON)
            assert wait_until(lambda s=process.pid: not members(s), SOON), members(process.pid)
    print(how, *struck, sep="\n  ")
    assert len(struck) >= len(STAGES) - 1
    pipeline.finish()
    assert "Data and pipelines are up to date." in pipeline.repro().stdout
    for session in sessions:
        assert wait_until(lambda s=session: not members(s), SOON), members(session)


@pytest.mark.proof
def test_when_dvc_is_killed_its_stage_goes_on_and_the_next_run_waits_for_it(pipeline):
    pipeline.start_over()
    variants = pipeline.folder / "variants.yaml"
    wanted = variants.read_text()
    edit(variants, lambda content: content["variants"]["plain"].update(learning_rate=5.0))
    killed = pipeline.start()
    try:
        assert any("Running stage 'variant@plain'" in line for line in killed.stdout)
        lock = pipeline.folder / "build/locks/plain.lock"
        assert wait_until(lambda: lock.exists() and lock.read_text())
        stage = int(lock.read_text())
        os.kill(stage, signal.SIGSTOP)  # so that it is still there when the next run comes
        killed.kill()
        killed.wait()
        variants.write_text(wanted)
        following = pipeline.start()
        waiting = f"plain: waiting for process {stage}, which still runs this stage\n"
        assert any(line == waiting for line in following.stdout)
        assert stage in members(killed.pid)
        os.kill(stage, signal.SIGCONT)
        _, err = following.communicate()
        assert following.returncode == 0, err
        assert wait_until(lambda: not members(killed.pid), SOON)
        pipeline.finish()
    finally:
        end(killed.pid)
        killed.communicate()


@pytest.mark.proof
@pytest.mark.parametrize("later", [None, "train"])
def test_of_two_runs_at_once_one_says_why_not_and_the_results_are_right(pipeline, later):
    pipeline.start_over()
    first = pipeline.start()
    if later:
        assert any(f"Running stage '{later}'" in line for line in first.stdout)
    second = pipeline.repro()
    _, err = first.communicate()
    for code, text in ((first.returncode, err), (second.returncode, second.stderr)):
        assert "Traceback" not in text
        assert code == 0 or re.search(r"PID|Unable to acquire lock", text), text
    pipeline.finish()


# ---- files changed behind DVC's back -------------------------------------------------------


@pytest.fixture
def finished(pipeline):
    """The small project with all its results there."""
    pipeline.finish()
    return pipeline


@pytest.mark.proof
def test_a_flipped_bit_in_the_data_is_noticed_and_mended(finished):
    names = ("data/normalized/training_images.npy", "data/raw/t10k-images-idx3-ubyte")
    paths = [finished.folder / name for name in names]
    sound = [path.read_bytes() for path in paths]
    for path, content in zip(paths, sound, strict=True):
        path.chmod(0o644)
        path.write_bytes(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:])
    finished.finish()
    assert [path.read_bytes() for path in paths] == sound


@pytest.mark.proof
def test_a_dvc_lock_cut_short_is_named_and_got_back_from_git(finished):
    lock = finished.folder / "dvc.lock"
    commit(finished.folder, "Results of these settings")
    whole = lock.read_text()
    for content in ("", whole[: len(whole) // 2] + "\n  cut"):
        lock.write_text(content)
        done = finished.repro()
        assert done.returncode != 0
        assert "dvc.lock" in done.stderr
        assert "Traceback" not in done.stderr
        assert results(finished.folder) == finished.expected
    finished.git("checkout", "dvc.lock")
    assert "Data and pipelines are up to date." in finished.repro().stdout
    finished.git("reset", "--quiet", "HEAD~1")
