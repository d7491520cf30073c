"""The script, on MNIST digits that were redrawn as large PNG files of either polarity."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import redrawing
import small_model
from PIL import Image

import models
from predict import normalized

SCRIPT = Path(__file__).parents[1] / "src/predict.py"
# Digits that were not trained on.
FIRST, COUNT = 2000, 200


def predict(folder, *pictures):
    """Run the script in a project's folder; its result."""
    command = [sys.executable, str(SCRIPT), *map(str, pictures)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    small_model.write(folder)
    return folder


def save(path, grey):
    Image.fromarray(np.rint(grey).astype(np.uint8)).save(path)
    return path


def lines_of(done):
    """The digit and the probabilities by picture."""
    header, *lines = done.stdout.splitlines()
    assert header.split() == ["digit", *map(str, range(10)), "picture"]
    words = [line.split() for line in lines]
    return {name: (int(digit), [float(p) for p in rest]) for digit, *rest, name in words}


def test_digits_redrawn_in_either_polarity_are_told_like_the_originals(project):
    images, labels = (part[FIRST:] for part in small_model.pixels("t10k", FIRST + COUNT))
    redraw = (redrawing.dark_on_light, redrawing.light_on_dark)
    names = [f"{i}.png" for i in range(COUNT)]
    for i, name in enumerate(names):
        save(project / name, redraw[i % 2](images[i]))
    done = predict(project, *names)
    assert (done.returncode, done.stderr) == (0, "")
    found = lines_of(done)
    right = np.array([found[name][0] for name in names]) == labels

    model = models.load(project / models.PATH)
    chances = models.probabilities(model, normalized(images, model))
    originals = chances.argmax(axis=1) == labels
    for polarity in (0, 1):
        assert right[polarity::2].mean() >= originals[polarity::2].mean() - 0.03
    for digit, printed in found.values():
        assert abs(sum(printed) - 1) < 0.01
        assert digit == np.argmax(printed)


def test_an_mnist_image_gets_the_probabilities_of_the_network_itself(project):
    image = small_model.pixels("t10k", 1)[0][0]
    path = save(project / "mnist.png", image)
    ((_, printed),) = lines_of(predict(project, path)).values()
    model = models.load(project / models.PATH)
    own = models.probabilities(model, normalized(image[None], model))[0]
    np.testing.assert_allclose(printed, own, atol=0.02)


def test_pictures_without_a_digit_get_a_line_each_and_the_others_are_told(project):
    good = save(project / "good.png", redrawing.dark_on_light(small_model.pixels("t10k", 1)[0][0]))
    blank = save(project / "blank.png", np.full((50, 50), 255.0))
    text = project / "text.png"
    text.write_text("no picture")
    done = predict(project, blank, "missing.png", good, text)
    assert done.returncode == 1
    assert list(lines_of(done)) == [str(good)]
    assert done.stderr.splitlines() == [
        f"predict: {blank}: no digit found: nothing stands out from the paper",
        "predict: missing.png: No such file or directory",
        f"predict: {text}: not a readable picture; allowed: PNG, JPEG, BMP, GIF, WEBP",
    ]


def test_without_a_model_it_says_how_to_get_one(tmp_path):
    done = predict(tmp_path, "a.png")
    assert done.returncode == 1
    assert done.stderr == "predict: models/train.npz is missing; run `dvc repro train`\n"
