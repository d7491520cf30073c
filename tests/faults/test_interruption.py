"""Killed, interrupted, started twice: no process stays behind, and the bits come out right."""

import os
import re
import shutil
import signal
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import filelock
import pytest
from processes import end, members, wait_until, workers
from projects import HERE, edit, make_project, must, results, run, start
from ruamel.yaml import YAML

SOON = 120  # seconds; it takes one, but for a machine with much else to do
AGAIN = "interrupted before its end; the same command runs it again"
STAGES = YAML(typ="safe").load(HERE / "dvc.yaml")["stages"]
SCRIPTS = sorted({stage["cmd"].split()[1] for stage in STAGES.values() if "cmd" in stage})

# A script whose work is done but for a thread, which Python waits for.
ENDING = """
import threading, time, command
def main():
    threading.Thread(target=time.sleep, args=(600,)).start()
command.run(main)
print("ended", flush=True)
"""
# Two workers: one is busy for long, the other has nothing to do. A file says when each has begun.
BUSY = """
import pathlib, time, command, joblib, seeds
def task(seconds):
    pathlib.Path(str(seconds)).touch()
    time.sleep(seconds)
parallel = joblib.Parallel(2, batch_size=1, initializer=seeds.end_with_parent)
parallel(joblib.delayed(task)(seconds) for seconds in (0, 600))
"""


@contextmanager
def session(folder, *words, **env):
    """A Python program that runs in a session of its own until the block is left."""
    path = os.pathsep.join([str(HERE / "src"), str(folder)])
    process = start(folder, "python", *map(str, words), PYTHONPATH=path, **env)
    try:
        yield process
    finally:
        end(process.pid)
        process.communicate()


def leaves_nobody(process):
    """See that of a process that has ended no worker lives on."""
    process.wait(timeout=SOON)
    assert wait_until(lambda: not members(process.pid), SOON), members(process.pid)
    return True


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_stage_ends_in_one_line_when_interrupted(tmp_path, script):
    name = Path(script).stem
    (tmp_path / "build/locks").mkdir(parents=True)
    with (
        filelock.FileLock(tmp_path / f"build/locks/{name}.lock"),  # so that it has to wait
        session(tmp_path, HERE / script) as stage,
    ):
        waiting = f"{name}: waiting for another process that still runs this stage\n"
        assert stage.stdout.readline() == waiting
        stage.send_signal(signal.SIGINT)
        assert stage.communicate(timeout=SOON) == ("", f"{name}: {AGAIN}\n")
        assert stage.returncode == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stage_interrupted_at_its_very_end_has_failed(tmp_path, how):
    with session(tmp_path, "-c", ENDING) as stage:
        assert stage.stdout.readline() == "ended\n"
        stage.send_signal(how)
        assert stage.communicate(timeout=SOON) == ("", "")
        assert stage.returncode == -how


def test_workers_busy_and_idle_end_with_a_killed_parent(tmp_path):
    (tmp_path / "busy.py").write_text(BUSY)
    with session(tmp_path, "busy.py") as stage:
        assert wait_until(lambda: all((tmp_path / name).exists() for name in ("0", "600")))
        assert len(workers(stage.pid)) == 2
        stage.kill()
        assert leaves_nobody(stage)


# ---- a real training -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def endless(tmp_path_factory):
    """A small project whose training takes hours, with its data normalized."""
    folder = make_project(tmp_path_factory.mktemp("endless") / "project", epochs=9999, seeds=3)
    edit(folder / "variants.yaml", lambda content: content["protocol"].update(patience=10**6))
    for stage in ("check_settings", "normalize", "check_gradients"):
        must(folder, "python", f"src/{stage}.py")
    return folder


@contextmanager
def training(project, tmp_path):
    """`src/train.py plain` with two workers, once they train."""
    script = ("src/train.py", "plain", "--workers", "2")
    with session(project, *script, TMPDIR=str(tmp_path)) as stage:
        assert wait_until(lambda: all_train(tmp_path) or stage.poll() is not None)
        assert stage.poll() is None, stage.communicate()
        yield stage


def all_train(folder):
    """Whether the workers train: the file that feeds the progress bar has grown by many checks."""
    return any(path.is_file() and path.stat().st_size > 20 for path in folder.glob("tmp*"))


def no_results(project):
    """See that a training that failed published nothing and left nothing half written."""
    names = {Path(name).name for name in results(project)}
    assert names == {"normalization.json", "gradient_check.json"}
    return True


@pytest.mark.proof
@pytest.mark.parametrize(
    ("how", "whom"), [(signal.SIGINT, "its whole group"), (signal.SIGTERM, "the stage")]
)
def test_an_interrupted_training_ends_in_one_line_and_leaves_nothing(endless, tmp_path, how, whom):
    with training(endless, tmp_path) as stage:
        (os.kill if whom == "the stage" else os.killpg)(stage.pid, how)
        out, err = stage.communicate(timeout=SOON)
        assert (stage.returncode, out, err) == (1, "", f"train: {AGAIN}\n")
        assert leaves_nobody(stage)
        assert no_results(endless)


@pytest.mark.proof
@pytest.mark.parametrize("whom", ["the stage", "a worker"])
def test_a_killed_process_takes_the_others_of_its_training_along(endless, tmp_path, whom):
    with training(endless, tmp_path) as stage:
        os.kill(stage.pid if whom == "the stage" else workers(stage.pid)[0], signal.SIGKILL)
        out, err = stage.communicate(timeout=SOON)
        assert out == ""
        if whom == "a worker":
            assert stage.returncode == 1
            assert re.fullmatch(r"train: a worker process was killed\b.*\n", err)
        assert leaves_nobody(stage)
        assert no_results(endless)


# ---- the whole pipeline --------------------------------------------------------------------

ORDER = (
    *("check_settings", "download", "normalize", "check_gradients"),
    *("train", "variant@plain", "compare"),
)
# What a stage writes first, but for trainings: where it is there, the stage is in mid-work.
WRITES = {
    "check_settings": "build/settings",
    "download": "data/raw",
    "normalize": "data/normalized",
}
WRITES |= {"check_gradients": "metrics/gradient_check.json", "compare": "metrics/comparison.json"}


class Pipeline:
    """A small project with committed results, and other settings that give other results.

    Every run starts from the committed state, with all data and caches gone, on the other settings:
    whatever a run leaves over from the commit, or from a run cut short, would show.
    """

    def __init__(self, folder, published):
        self.folder = Path(shutil.copytree(published, folder / "project"))
        self.mirror = published / "data/raw"
        self.start_over()
        assert self.repro().returncode == 0
        self.expected = results(self.folder)
        self.status = self.git("status", "--short")

    def git(self, *arguments):
        return must(self.folder, "git", *arguments)

    def repro(self):
        return run(self.folder, "dvc", "repro", MNIST_MIRROR=str(self.mirror))

    def start(self):
        mirror = {"MNIST_MIRROR": str(self.mirror)}
        return start(self.folder, "dvc", "repro", PYTHONUNBUFFERED="1", **mirror)

    def start_over(self):
        self.git("checkout", "--quiet", ".")
        self.git("clean", "-xfdq")  # data, models, build, and DVC's cache
        others = {"training_images": 608, "epochs": 2, "seeds": 3}
        edit(self.folder / "params.yaml", lambda content: content.update(others))
        edit(self.folder / "variants.yaml", lambda content: content["protocol"].update(others))

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
def pipeline(published, tmp_path_factory):
    return Pipeline(tmp_path_factory.mktemp("pipeline"), published)


def interrupt(process):
    """Ctrl-C, and again while it goes on: the moment between two stages is nobody's."""
    for _ in range(SOON // 5):
        os.killpg(process.pid, signal.SIGINT)
        if wait_until(lambda: process.poll() is not None, seconds=5):
            return


KILLS = {
    "Ctrl-C": interrupt,
    "SIGKILL of dvc": lambda process: process.kill(),
    "SIGKILL of all": lambda process: os.killpg(process.pid, signal.SIGKILL),
}


@pytest.mark.proof
def test_killed_in_every_stage_the_next_run_gives_the_same_bits(pipeline):
    pipeline.start_over()
    sessions = []
    # Each stage twice, each time in another way.
    for number, (stage, how) in enumerate(zip(2 * ORDER, cycle(KILLS), strict=False)):
        process = pipeline.until(stage)
        sessions.append(process.pid)
        runs = f"plots/runs/{stage.removeprefix('variant@')}.csv"
        out = pipeline.folder / WRITES.get(stage, runs)
        if number % 2:  # every other time it is struck as soon as it starts
            wait_until(lambda p=process, out=out: out.exists() or p.poll() is not None)
        if process.poll() is None:
            KILLS[how](process)
        if how == "SIGKILL of dvc":  # its stage goes on, beside the next run
            process.wait(timeout=SOON)
        else:
            process.communicate(timeout=SOON)
            assert leaves_nobody(process)
    pipeline.finish()
    assert "Data and pipelines are up to date." in pipeline.repro().stdout
    for number in sessions:
        assert wait_until(lambda s=number: not members(s), SOON), members(number)


@pytest.mark.proof
def test_when_dvc_is_killed_its_stage_goes_on_and_the_next_run_waits_for_it(pipeline):
    pipeline.finish()
    variants = pipeline.folder / "variants.yaml"
    wanted = variants.read_text()
    longer = {"learning_rate": 5.0, "epochs": 100, "patience": 10**6}  # for seconds, not hours
    edit(variants, lambda content: content["variants"]["plain"].update(longer))
    killed = pipeline.start()
    try:
        assert any("Running stage 'variant@plain'" in line for line in killed.stdout)
        lock = filelock.FileLock(pipeline.folder / "build/locks/train.lock", blocking=False)
        assert wait_until(lambda: is_taken(lock))
        os.killpg(killed.pid, signal.SIGSTOP)  # so that it is still there when the next run comes
        killed.kill()
        killed.wait()
        variants.write_text(wanted)
        following = pipeline.start()
        waiting = "train: waiting for another process that still runs this stage\n"
        assert any(line == waiting for line in following.stdout)
        assert members(killed.pid)
        os.killpg(killed.pid, signal.SIGCONT)
        _, err = following.communicate()
        assert following.returncode == 0, err
        assert leaves_nobody(killed)
        pipeline.finish()
    finally:
        end(killed.pid)
        killed.communicate()


def is_taken(lock):
    """Whether another process holds a lock."""
    try:
        with lock:
            return False
    except filelock.Timeout:
        return True


@pytest.mark.proof
def test_of_two_runs_at_once_one_says_why_not_and_the_results_are_right(pipeline):
    """Of two that start together, and of a third, when the first trains or has given way."""
    pipeline.start_over()
    runs = [pipeline.start(), pipeline.start()]
    any("Running stage 'train'" in line for line in runs[0].stdout)
    runs.append(pipeline.start())
    for process in runs:
        _, err = process.communicate()
        assert "Traceback" not in err
        assert process.returncode == 0 or re.search(r"PID|Unable to acquire lock", err), err
    pipeline.finish()
