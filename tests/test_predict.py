"""The script, on MNIST digits that were redrawn as large PNG files, and on what is no digit."""

import contextlib
import hashlib
import re
import shutil

import numpy as np
import pytest
from hand_made import write_lock, write_results
from PIL import Image
from projects import copy_of, edit, one_line, run
from real_mnist import pixels
from redrawing import sheet
from small_model import saved

from predict import network_line
from runs import model as models
from runs import tables
from workflow import files
from workflow.settings import OWN

# Digits that were not trained on.
FIRST, COUNT = 2000, 60
SETTINGS = ("dvc.yaml", "params.yaml", "variants.yaml")
PACKAGES = ("mlp", "mnist", "runs", "workflow")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    copy_of(folder, *SETTINGS, "src/predict.py", *(f"src/{name}" for name in PACKAGES))
    files.write(folder / models.PATH, saved())
    return folder


def predict(project, *pictures, folder=None):
    """Run the script from a folder, by default the project's; its result."""
    script = str(project / "src/predict.py")
    return run(folder or project, "python", script, *map(str, pictures))


def save(path, grey):
    Image.fromarray(np.rint(grey).astype(np.uint8)).save(path)
    return path


def lines_of(done):
    """The digit, the probabilities, the seeds that vote for the digit and the doubt, by picture."""
    _, header, *lines = done.stdout.splitlines()
    assert header.split() == ["digit", *map(str, range(10)), "seeds", "picture"]
    found = {}
    for line in lines:
        line, _, doubt = line.partition(" (unsure: ")
        digit, *chances, votes, name = line.split()
        found[name] = int(digit), [float(chance) for chance in chances], votes, doubt.rstrip(")")
    return found


def test_digits_redrawn_in_either_polarity_are_recognized_like_the_originals(project):
    images, labels = (part[FIRST:] for part in pixels("t10k", FIRST + COUNT))
    names = [f"{i}.png" for i in range(COUNT)]
    for i, name in enumerate(names):
        save(project / name, sheet(images[i], paper=255 * (i % 2), pen=255 * (1 - i % 2)))
    done = predict(project, *names)
    assert (done.returncode, done.stderr) == (0, "")
    found = lines_of(done)
    with contextlib.chdir(project):
        by_seed = models.probabilities(models.load(), images)
    right = np.array([found[name][0] for name in names]) == labels
    assert right.mean() >= (by_seed.mean(axis=0).argmax(axis=1) == labels).mean() - 0.05
    for digit, printed, votes, doubt in found.values():
        assert abs(sum(printed) - 1) < 0.01
        assert digit == np.argmax(printed)
        assert (votes, doubt) in {("2/2", ""), ("1/2", "the seeds disagree")}


def test_a_picture_counts_from_where_one_stands_and_what_the_network_sees_is_shown(
    project, tmp_path
):
    image = pixels("t10k", 1)[0][0]
    save(tmp_path / "mnist.png", image)
    done = predict(project, "--show", "mnist.png", folder=tmp_path)
    *seen, line = done.stdout.splitlines()[2:]
    assert line.endswith(" 2/2  mnist.png")
    assert [len(row) for row in seen] == [56] * 28
    shown = np.array([[letter != " " for letter in row[::2]] for row in seen])
    assert np.mean(shown == (image > 25)) > 0.97
    with contextlib.chdir(project):
        own = models.probabilities(models.load(), image[None])[:, 0].mean(axis=0)
    np.testing.assert_allclose([float(n) for n in line.split()[1:11]], own, atol=0.02)


def test_what_is_no_digit_gets_a_doubt_or_a_line_and_the_others_are_recognized(project):
    image = pixels("t10k", 1)[0][0]
    good, two = save(project / "good.png", sheet(image)), project / "two.png"
    save(two, np.hstack([sheet(image), sheet(image)]))
    blank = save(project / "blank.png", np.full((50, 50), 255.0))
    (project / "clear\x1b[2J.png").write_text("no picture")
    done = predict(project, blank, "missing.png", good, two, "clear\x1b[2J.png")
    assert done.returncode == 1
    found = lines_of(done)
    assert [found[str(path)][3] for path in (good, two)] == ["", "2 things, not one"]
    first, second, third = done.stderr.splitlines()
    assert first == f"predict: {blank}: no digit found: nothing stands out from even paper"
    assert second.endswith("missing.png: cannot be read (No such file or directory)")
    assert r"clear\x1b[2J.png: not a usable picture; allowed: PNG, " in third


def test_the_network_is_named_if_dvc_knows_it_and_else_is_said_to_be_another(tmp_path, monkeypatch):
    copy_of(tmp_path, *SETTINGS)
    monkeypatch.chdir(tmp_path)
    files.write(models.PATH, b"weights")
    write_results(OWN, [0.95] * 6)
    means = {"validation_accuracy": 0.93214, "validation_loss": 0.2, "seeds": 6}
    means |= {"validation_accuracy_std": 0.001, "validation_loss_std": None}
    files.write_json(tables.metrics_path(OWN), means)
    write_lock(OWN)
    md5 = hashlib.md5(b"weights", usedforsecurity=False).hexdigest()
    entry = {"path": str(models.PATH), "md5": md5}
    edit(tables.LOCK, lambda lock: lock["stages"][OWN]["outs"].append(entry))
    assert network_line() == "yours: accuracy 0.9321 ± 0.0010, loss 0.2000 (seeds: 6)"
    files.write(models.PATH, b"another's")  # as `git restore .` leaves the model of another
    assert re.match(f"not known which network: {models.PATH}: is not what dvc", network_line())


def test_a_model_of_wild_numbers_or_none_is_one_line_and_never_prints_nan(project, tmp_path):
    shutil.copytree(project, tmp_path / "other")
    path = tmp_path / "other" / models.PATH
    with np.load(path) as file:
        content = dict(file)
    np.savez(path, **content | {"layer_2": np.full_like(content["layer_2"], np.inf)})
    save(tmp_path / "other/one.png", sheet(np.eye(28, dtype=np.uint8) * 255))
    line = one_line(predict(tmp_path / "other", "one.png"))
    assert re.fullmatch(r"predict: models/train.npz: not a usable model .*\n", line)
    path.unlink()
    assert "`dvc repro train`" in one_line(predict(tmp_path / "other", "one.png"))
