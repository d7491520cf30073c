"""`dvc` killed, interrupted, started twice: nobody stays behind, and the bits come out right."""

import os
import re
import signal
from itertools import cycle

import filelock
import pytest
from processes import end, members, wait_until
from projects import (
    HERE,
    clone_of,
    dvc,
    edit,
    must,
    results,
    run,
    start,
    take_compiled_code,
    twin_of,
)

SOON = 120  # seconds; it takes one, but for a machine with much else to do
pytestmark = pytest.mark.proof

# What each stage writes first: where it is there, the stage is in mid-work.
WRITES = {
    "check_settings": "build/settings",
    "download": "data/raw",
    "normalize": "data/normalized",
    "check_gradients": "metrics/gradient_check.json",
    "train": "plots/train/seeds.csv",
    "variant@plain": "plots/seeds/plain.csv",
}


class Pipeline:
    """A small project with committed results, and other settings that give other results.

    Every run starts from the committed state, with all data and caches gone, on the other settings:
    whatever a run leaves over from the commit, or from a run cut short, would show.
    """

    def __init__(self, folder, published):
        self.folder = twin_of(published, folder / "project")
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
        take_compiled_code(self.folder / "src/mlp")
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


def leaves_nobody(process):
    """See that of a process that has ended no worker lives on."""
    process.wait(timeout=SOON)
    assert wait_until(lambda: not members(process.pid), SOON), members(process.pid)
    return True


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


def test_killed_in_every_stage_the_next_run_gives_the_same_bits(pipeline):
    pipeline.start_over()
    sessions = []
    # Each stage twice, each time in another way.
    for number, (stage, how) in enumerate(zip([*WRITES] * 2, cycle(KILLS), strict=False)):
        process = pipeline.until(stage)
        sessions.append(process.pid)
        out = pipeline.folder / WRITES[stage]
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


def test_a_killed_experiment_leaves_git_where_one_line_brings_it_back(published, tmp_path):
    """SIGKILL of `dvc exp run`: Git is then on no branch, and may think that it is locked."""
    clone = clone_of(published, tmp_path / "clone")
    before = results(clone)
    mirror = {"MNIST_MIRROR": str(published / "data/raw")}
    process = start(clone, "dvc", "exp", "run", "-S", "hidden=7", PYTHONUNBUFFERED="1", **mirror)
    assert any("Running stage 'train'" in line for line in process.stdout)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert leaves_nobody(process)
    (clone / ".git/index.lock").touch()
    page = (HERE / "docs/reliability.md").read_text()
    [way] = re.findall(r"`(rm -f \.git/index\.lock; git switch main; git reset)`", page)
    state = ("make", "--file", str(HERE / "Makefile"), "git-state")
    assert f"if it was killed, the way out is `{way}`" in run(clone, *state).stderr
    must(clone, "sh", "-c", way)
    assert run(clone, *state).stderr == ""
    must(clone, "git", "restore", ".")
    assert must(clone, "git", "status", "--porcelain") == ""
    assert results(clone) == before
    dvc(clone, "exp", "run", "-S", "hidden=7", **mirror)
