"""The script, on MNIST digits that were redrawn as large PNG files, and on what is no digit."""

import contextlib
import hashlib
import re

import numpy as np
import pytest
from hand_made import write_lock, write_results
from PIL import Image
from projects import copy_of, edit, one_line, run
from real_mnist import pixels
from redrawing import sheet
from small_model import saved

from runs import model as models
from runs import tables
from workflow import files
from workflow.settings import OWN

# Digits that were not trained on.
FIRST, COUNT = 2000, 60
PARTS = ("dvc.yaml", "params.yaml", "variants.yaml", "src/predict.py")
PACKAGES = ("mlp", "mnist", "runs", "workflow")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project whose network is small, and known to DVC by its files."""
    folder = tmp_path_factory.mktemp("project")
    copy_of(folder, *PARTS, *(f"src/{name}" for name in PACKAGES))
    files.write(folder / models.PATH, saved())
    md5 = hashlib.md5(saved(), usedforsecurity=False).hexdigest()
    entry = {"path": str(models.PATH), "md5": md5}
    with contextlib.chdir(folder):
        write_results(OWN, [0.95] * 6)
        means = {"validation_accuracy": 0.93214, "validation_loss": 0.2, "seeds": 6}
        means |= {"validation_accuracy_std": 0.001, "validation_loss_std": None}
        files.write_json(tables.metrics_path(OWN), means)
        write_lock(OWN)
        edit(tables.LOCK, lambda lock: lock["stages"][OWN]["outs"].append(entry))
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
    network, header, *lines = done.stdout.splitlines()
    assert network == "yours: accuracy 0.9321 ± 0.0010, loss 0.2000 (seeds: 6)"
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


def test_what_is_no_digit_gets_a_doubt_or_a_line_and_the_others_are_recognized(project, tmp_path):
    image = pixels("t10k", 1)[0][0]
    save(tmp_path / "good.png", sheet(image))
    two = save(project / "two.png", np.hstack([sheet(image), sheet(image)]))
    blank = save(project / "blank.png", np.full((50, 50), 255.0))
    (tmp_path / "clear\x1b[2J.png").write_text("no picture")
    names = (blank, "missing.png", "good.png", two, "clear\x1b[2J.png")
    done = predict(project, *names, folder=tmp_path)  # a path counts from where one stands
    assert done.returncode == 1
    found = lines_of(done)
    assert [found[name][3] for name in ("good.png", str(two))] == ["", "2 things, not one"]
    first, second, third = done.stderr.splitlines()
    assert first == f"predict: {blank}: no digit found: nothing stands out from even paper"
    assert second.endswith("missing.png: cannot be read (No such file or directory)")
    assert r"clear\x1b[2J.png: not a usable picture; allowed: PNG, " in third


def test_another_model_is_said_to_be_another_and_one_of_wild_numbers_is_refused(project):
    path, one = project / models.PATH, save(project / "one.png", np.eye(28) * 255)
    with np.load(path) as file:
        content = dict(file)
    np.savez(path, **content | {"mean": np.float64(33)})  # as `git restore .` leaves another
    name = predict(project, one).stdout.splitlines()[0]
    assert re.match(f"not known which network: {models.PATH}: is not what dvc", name)
    np.savez(path, **content | {"layer_2": np.full_like(content["layer_2"], np.inf)})
    line = one_line(predict(project, one))
    assert re.fullmatch(r"predict: models/train.npz: not a usable model .*\n", line)
    path.unlink()
    assert "`dvc repro train`" in one_line(predict(project, one))
