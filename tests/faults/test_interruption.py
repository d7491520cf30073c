"""`dvc` killed at any moment, started twice, its files changed: the bits come out right."""

import os
import re
import shutil
import signal

import pytest
from processes import members, wait_until
from projects import HERE, dvc, flip_a_bit, must, results, run, start, take_compiled_code, twin_of

PAGE = (HERE / "docs/reliability.md").read_text(encoding="utf-8")
SOON = 120  # seconds; it takes one, but for a machine with much else to do
pytestmark = pytest.mark.proof

# What each stage writes first: where it is there, the stage is in mid-work.
WRITES = {
    "check_settings": "build/settings",
    "download": "data/raw",
    "normalize": "data/normalized",
    "check_gradients": "metrics/gradient_check.json",
    "variant@plain": "plots/seeds/plain.csv",
    "train": "plots/train/seeds.csv",
}
# The power fails at a write: `dvc` and stage end at once, and of the new file half is on the disk.
POWER_FAILS = """\
import os, signal, sys
if f"src/{os.environ['KILLED']}.py" in sys.orig_argv:
    left = [int(os.environ["KILL_AT"])]
    def until_killed(function):
        def write(*given):
            left[0] -= 1
            if left[0] == 0:
                if function.__name__ == "fsync":
                    os.truncate(given[0], os.fstat(given[0]).st_size // 2)
                os.killpg(0, signal.SIGKILL)
            function(*given)
        return write
    os.fsync, os.replace = until_killed(os.fsync), until_killed(os.replace)
"""


@pytest.fixture(scope="module")
def twin(published, tmp_path_factory):
    return twin_of(published, tmp_path_factory.mktemp("interruption") / "project")


@pytest.fixture
def project(published, twin, monkeypatch):
    """The small project with its results, which `dvc repro` gives back after every test."""
    monkeypatch.setenv("MNIST_MIRROR", str(published / "data/raw"))
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    yield twin
    repro(twin)
    assert "Data and pipelines are up to date." in repro(twin)
    assert results(twin) == results(published)
    assert must(twin, "git", "status", "--short") == ""
    assert "identical" in must(twin, "python", "src/verify.py")


def way_out(sign):
    """The commands that docs/reliability.md gives for what a user sees."""
    [way] = re.findall(rf"^\| .*{sign}.* \| `(.+?)`", PAGE, re.MULTILINE)
    return way


def repro(project):
    """`dvc repro` to its end; a kill may have torn a file that DVC writes in place."""
    done = run(project, "dvc", "repro")
    if done.returncode:
        assert re.search("dvc.lock|RWLock-file", done.stderr), done.stderr
        must(project, "sh", "-c", way_out("RWLock-file"))
        done = run(project, "dvc", "repro")
    assert done.returncode == 0, done.stderr
    return done.stdout


def outputs(project):
    """Every file that the stages of settings and networks write; half a file has a hidden name."""
    folders = (project / name for name in ("build/settings", "metrics", "models", "plots"))
    files = (file for folder in folders for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(project)): file.read_bytes() for file in files}


def start_over(project):
    """Leave no result, no data, nothing that was built, and nothing in DVC's cache."""
    must(project, "git", "clean", "-xfdq")
    (project / "dvc.lock").unlink()
    for name in ("metrics", "plots"):
        shutil.rmtree(project / name)
    take_compiled_code(project / "src/mlp")


def until(project, stage):
    """A run that has come to `stage`, or has ended without it."""
    process = start(project, "dvc", "repro")
    if not any(f"Running stage '{stage}'" in line for line in process.stdout):
        process.communicate()
        if process.returncode:
            repro(project)
    return process


def leaves_nobody(session):
    """See that no process of a session that has ended lives on."""
    assert wait_until(lambda: not members(session), SOON), members(session)


def interrupt(process):
    """Ctrl-C, and again while it goes on: the moment between two stages is nobody's."""
    for _ in range(SOON // 5):
        os.killpg(process.pid, signal.SIGINT)
        if wait_until(lambda: process.poll() is not None, seconds=5):
            return


def kill_dvc(process):
    process.kill()


def kill_all(process):
    os.killpg(process.pid, signal.SIGKILL)


def test_killed_in_every_stage_the_next_run_gives_the_same_bits(project):
    start_over(project)
    sessions = []
    for number, (stage, written) in enumerate(WRITES.items()):
        process = until(project, stage)
        sessions.append(process.pid)
        if number % 2:  # every other time it is struck as soon as it starts
            out = project / written
            wait_until(lambda p=process, out=out: out.exists() or p.poll() is not None)
        how = (interrupt, kill_dvc, kill_all)[number % 3]
        if process.poll() is None:
            how(process)
        process.wait(timeout=SOON)
        if how != kill_dvc:  # else its stage goes on, and the next run waits for it
            process.communicate()
            leaves_nobody(process.pid)
    repro(project)
    for session in sessions:
        leaves_nobody(session)


@pytest.mark.parametrize(
    ("script", "stage"), [("check_settings", "check_settings"), ("train", "variant@plain")]
)
def test_when_the_power_fails_at_any_write_no_file_is_half(project, tmp_path, script, stage):
    (tmp_path / "sitecustomize.py").write_text(POWER_FAILS)
    published, count, killed = outputs(project), 0, True
    while killed:
        count += 1
        place = {"PYTHONPATH": str(tmp_path), "KILLED": script, "KILL_AT": str(count)}
        process = start(project, "dvc", "repro", "--force", "--single-item", stage, **place)
        process.communicate()
        killed = process.returncode == -signal.SIGKILL
        there = {name: c for name, c in outputs(project).items() if "/." not in name}
        assert there.items() <= published.items()
        repro(project)
        assert outputs(project) == published
    assert process.returncode == 0
    assert count > 6, "of three files at least, each killed when it was half and when it was whole"


def test_of_two_runs_at_once_one_says_why_not_and_the_results_are_right(project):
    """Of two that start together, and of a third, when the first trains or has given way."""
    start_over(project)
    runs = [start(project, "dvc", "repro") for _ in range(2)]
    any("Running stage 'train'" in line for line in runs[0].stdout)
    runs.append(start(project, "dvc", "repro"))
    for process in runs:
        _, err = process.communicate()
        assert "Traceback" not in err
        assert process.returncode == 0 or re.search(r"PID|Unable to acquire lock", err), err


def test_a_killed_experiment_leaves_git_where_one_line_brings_it_back(project):
    """SIGKILL of `dvc exp run`: Git is then on no branch, and may think that it is locked."""
    process = start(project, "dvc", "exp", "run", "-S", "hidden=7")
    assert any("Running stage 'train'" in line for line in process.stdout)
    kill_all(process)
    process.communicate()
    leaves_nobody(process.pid)
    (project / ".git/index.lock").touch()
    way = way_out("the index is locked")
    state = ("make", "--file", str(HERE / "Makefile"), "git-state")
    assert f"if it was killed, the way out is `{way}`" in run(project, *state).stderr
    must(project, "sh", "-c", way)
    assert run(project, *state).stderr == ""
    must(project, "git", "restore", ".")
    assert must(project, "git", "status", "--short") == ""
    dvc(project, "exp", "run", "-S", "hidden=7")
    must(project, "git", "restore", ".")


# ---- files that were changed behind DVC's back -----------------------------------------------


@pytest.mark.parametrize("name", ["dvc.lock", ".dvc/tmp/rwlock"])
def test_a_file_of_dvcs_own_that_was_cut_short_is_named(project, name):
    """What then helps is done after the test."""
    (project / name).write_text("{schema: '2.0', stages: [")
    done = run(project, "dvc", "repro")
    assert done.returncode != 0
    assert name.rpartition("/")[2] in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_a_changed_file_of_data_or_results_is_noticed_and_mended(project):
    data = ("data/normalized/training_values.npy", "data/raw/t10k-images-idx3-ubyte")
    for name in (*data, "metrics/plain.json", "plots/train/curves.csv"):
        flip_a_bit(project / name, 50)
        (project / name).touch()
    assert run(project, "python", "src/verify.py").returncode != 0


def test_a_flipped_bit_that_dvc_does_not_see_is_never_trained_on(project):
    """The file's time is as it was, so DVC takes it for unchanged."""
    flip_a_bit(project / "data/normalized/training_values.npy", 5000)
    before = results(project)
    done = run(project, "dvc", "exp", "run", "-S", "hidden=8", "train")
    assert done.returncode != 0
    assert re.search(r"train: data/normalized.*training_values.npy", done.stdout + done.stderr)
    own = re.compile("metrics/train.json|plots/train/")
    kept = {name: content for name, content in before.items() if not own.match(name)}
    assert kept.items() <= results(project).items()
    must(project, "git", "restore", ".")
    dvc(project, "repro", "--force", "--single-item", "normalize")
