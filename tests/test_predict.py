"""The script, on MNIST digits that were redrawn as large PNG files of either polarity."""

import contextlib
import re

import numpy as np
import pytest
import redrawing
import small_model
from hand_made import write_lock
from PIL import Image
from projects import HERE, one_line, run

from predict import normalized
from runs import model as models
from workflow import files

# Digits that were not trained on.
FIRST, COUNT = 2000, 100


def predict(folder, *pictures):
    """Run the script in a project's folder; its result."""
    return run(folder, "python", str(HERE / "src/predict.py"), *map(str, pictures))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    small_model.write(folder)
    return folder


def save(path, grey):
    Image.fromarray(np.rint(grey).astype(np.uint8)).save(path)
    return path


def lines_of(done):
    """The digit, the probabilities and the seeds that vote for the digit, by picture."""
    _, header, *lines = done.stdout.splitlines()
    assert header.split() == ["digit", *map(str, range(10)), "seeds", "picture"]
    found = {}
    for line in lines:
        digit, *chances, votes, name = line.removesuffix(" (unsure)").split()
        found[name] = int(digit), [float(chance) for chance in chances], votes
        assert line.endswith("(unsure)") == (votes == "1/2")
    return found


def test_digits_redrawn_in_either_polarity_are_recognized_like_the_originals(project):
    images, labels = (part[FIRST:] for part in small_model.pixels("t10k", FIRST + COUNT))
    redraw = (redrawing.dark_on_light, redrawing.light_on_dark)
    names = [f"{i}.png" for i in range(COUNT)]
    for i, name in enumerate(names):
        save(project / name, redraw[i % 2](images[i]))
    done = predict(project, *names)
    assert (done.returncode, done.stderr) == (0, "")
    found = lines_of(done)
    right = np.array([found[name][0] for name in names]) == labels

    with contextlib.chdir(project):
        model = models.load()
    chances = models.probabilities(model, normalized(images, model))
    originals = chances.argmax(axis=1) == labels
    for polarity in (0, 1):
        assert right[polarity::2].mean() >= originals[polarity::2].mean() - 0.03
    for digit, printed, votes in found.values():
        assert abs(sum(printed) - 1) < 0.01
        assert digit == np.argmax(printed)
        assert votes in ("1/2", "2/2")


def test_an_mnist_image_gets_the_probabilities_of_the_network_itself(project):
    image = small_model.pixels("t10k", 1)[0][0]
    path = save(project / "mnist.png", image)
    ((_, printed, _),) = lines_of(predict(project, path)).values()
    with contextlib.chdir(project):
        model = models.load()
    own = models.probabilities(model, normalized(image[None], model))[0]
    np.testing.assert_allclose(printed, own, atol=0.02)


def test_the_network_is_named_if_dvc_knows_it_and_else_is_said_to_be_another(project, tmp_path):
    path = tmp_path / models.PATH
    files.write(path, (project / models.PATH).read_bytes())
    settings = files.read_yaml(HERE / "params.yaml") | {"hidden": [32], "seeds": 2}
    files.write_json(tmp_path / "params.yaml", settings)
    metrics = {"seeds": 2, "validation_accuracy": 0.93214, "validation_accuracy_std": 0.001}
    files.write_json(tmp_path / "metrics/train.json", metrics)
    write_lock(tmp_path, "train", str(models.PATH), "metrics/train.json")
    assert predict(tmp_path, "x.png").stdout.splitlines()[0] == (
        "your network: validation accuracy 0.9321 ± 0.0010 (seeds: 2)"
    )
    path.write_bytes(path.read_bytes() + b" ")  # as `git restore .` leaves the model of another
    assert predict(tmp_path, "x.png").stdout.splitlines()[0] == (
        "not known which network: models/train.npz: not of the network that dvc.lock knows; "
        "`dvc repro train` trains the network of params.yaml"
    )


def test_two_digits_get_a_word_and_what_the_network_sees_is_shown(project):
    image = small_model.pixels("t10k", 1)[0][0]
    one = save(project / "alone.png", image)
    sheet = redrawing.dark_on_light(image)
    two = save(project / "two.png", np.hstack([sheet, sheet]))
    _, *seen, line = predict(project, "--show", one).stdout.splitlines()[1:]
    assert len(seen) == 28
    assert {len(row) for row in seen} == {56}
    shown = np.array([[letter != " " for letter in row[::2]] for row in seen])
    assert np.mean(shown == (image > 25)) > 0.97
    assert "side by side" not in line
    (said,) = predict(project, two).stdout.splitlines()[2:]
    assert said.endswith(" (2 things side by side, read as one digit)")


def test_pictures_without_a_digit_get_a_line_each_and_the_others_are_recognized(project):
    good = save(project / "good.png", redrawing.dark_on_light(small_model.pixels("t10k", 1)[0][0]))
    blank = save(project / "blank.png", np.full((50, 50), 255.0))
    (project / "clear\x1b[2J.png").write_text("no picture")
    done = predict(project, blank, "missing.png", good, "clear\x1b[2J.png")
    assert done.returncode == 1
    assert list(lines_of(done)) == [str(good)]
    first, second, third = done.stderr.splitlines()
    assert first == f"predict: {blank}: no digit found: nothing stands out from the paper"
    assert second == "predict: missing.png: cannot be read (No such file or directory)"
    assert third.startswith("predict: clear\\x1b[2J.png: not a usable picture; allowed: PNG, ")


@pytest.mark.parametrize(("key", "value"), [("layer_2", 3e38), ("standard_deviation", 5e-324)])
def test_a_model_of_wild_numbers_is_refused_and_never_prints_nan(project, tmp_path, key, value):
    with np.load(project / models.PATH) as file:
        content = dict(file)
    content[key] = np.full_like(content[key], value)
    (tmp_path / "models").mkdir()
    np.savez(tmp_path / models.PATH, **content)
    save(tmp_path / "one.png", redrawing.dark_on_light(small_model.pixels("t10k", 1)[0][0]))
    done = predict(tmp_path, "one.png")
    assert done.returncode == 1
    assert re.fullmatch(r"predict: models/train.npz: .*\n", done.stderr)
    assert "nan" not in done.stdout


def test_without_a_model_it_says_how_to_get_one(tmp_path):
    assert "`dvc repro train`" in one_line(predict(tmp_path, "a.png"))
