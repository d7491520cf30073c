"""Files that were changed behind DVC's back: which command notices, and how all is mended."""

import re
import shutil

import pytest
from projects import dvc, flip_a_bit, must, results, run, twin_of
from ruamel.yaml import YAML

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def project(published, tmp_path_factory):
    """The small project with its results; every test leaves it as it was."""
    return twin_of(published, tmp_path_factory.mktemp("damage") / "project")


@pytest.fixture(autouse=True)
def all_is_mended(published, project, monkeypatch):
    monkeypatch.setenv("MNIST_MIRROR", str(published / "data/raw"))
    yield
    assert results(project) == results(published)
    assert must(project, "git", "status", "--short") == ""
    assert verify(project).returncode == 0


def verify(project):
    return run(project, "python", "src/verify.py")


def test_a_changed_file_of_data_or_results_is_noticed_and_mended(project):
    changed = ("data/normalized/training_values.npy", "data/raw/t10k-images-idx3-ubyte")
    for name in (*changed, "metrics/plain.json", "plots/train/curves.csv"):
        flip_a_bit(project / name, 50)
        (project / name).touch()
    assert verify(project).returncode != 0
    dvc(project, "repro")


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
    dvc(project, "repro")


def test_a_flipped_bit_in_the_cache_is_noticed_by_verify(project):
    outs = YAML(typ="safe").load(project / "dvc.lock")["stages"]["train"]["outs"]
    [md5] = [out["md5"] for out in outs if out["path"] == "models/train.npz"]
    flip_a_bit(project / f".dvc/cache/files/md5/{md5[:2]}/{md5[2:]}")
    (project / "models/train.npz").unlink()
    dvc(project, "checkout", "models/train.npz")
    assert re.search(r"differs +models/train.npz", verify(project).stdout)
    shutil.rmtree(project / ".dvc/cache")  # DVC would put nothing over what is there
    dvc(project, "repro", "--force", "--single-item", "train")
    dvc(project, "repro")  # puts the other files into the cache again


def test_a_dvc_lock_cut_short_is_named_and_got_back_from_git(project):
    lock = project / "dvc.lock"
    whole = lock.read_text()
    for content in ("", whole[: len(whole) // 2] + "\n  cut"):
        lock.write_text(content)
        done = run(project, "dvc", "repro")
        assert done.returncode != 0
        assert "dvc.lock" in done.stderr
        assert "Traceback" not in done.stderr
    must(project, "git", "restore", "dvc.lock")
    assert "Data and pipelines are up to date." in dvc(project, "repro")
