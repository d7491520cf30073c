from command import UserError

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import real_mnist
from hand_made import NETWORK

import datasets
import draw_train
import files
import mnist
import normalize
from mlp.evaluation import Dataset

PROJECT = Path(__file__).parents[1]
IMAGES = 300
NAMES = {"train-weights", "train-confusion", "train-mistakes"}


def draw(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROJECT / "src/draw_train.py")]
    surroundings = os.environ | environment
    return subprocess.run(
        command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False
    )


def figures(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in (folder / "report/figures").iterdir()}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained network of two seeds, the first real validation images, and their figures."""
    folder = tmp_path_factory.mktemp("published")
    content = real_mnist.contents()
    pixels = mnist.images_from_idx(content["t10k-images-idx3-ubyte"])[:IMAGES]
    labels = mnist.labels_from_idx(content["t10k-labels-idx1-ubyte"])[:IMAGES]
    mean, deviation = normalize.pixel_statistics(pixels)
    images = normalize.normalize(pixels, mean, deviation)
    with contextlib.chdir(folder):
        datasets.save(Dataset(images, labels.astype(np.int64)), "validation")
    settings = NETWORK.model_copy(update={"validation_images": IMAGES})
    files.write(folder / "build/settings/train.json", settings.model_dump_json())
    generator = np.random.default_rng(0)
    layers = {
        "layer_1": generator.normal(0, 0.04, (2, 785, 20)).astype(np.float32),
        "layer_2": generator.normal(0, 0.2, (2, 20, 10)).astype(np.float32),
    }
    (folder / "models").mkdir()
    numbers = {"mean": mean, "standard_deviation": deviation}
    np.savez(folder / "models/train.npz", activation=np.array("sigmoid"), **layers, **numbers)
    shutil.copytree(PROJECT / "plots/confusion", folder / "plots/confusion")
    done = draw(folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def test_the_stage_writes_three_figures_and_says_so(published: Path) -> None:
    assert set(figures(published)) == NAMES
    for svg in figures(published).values():
        assert svg.startswith(b"<?xml")
        assert len(svg) < 230_000


def copy(published: Path, folder: Path) -> Path:
    without = shutil.ignore_patterns("report")
    return shutil.copytree(published, folder, ignore=without, dirs_exist_ok=True)


def test_the_users_surroundings_change_no_byte(published: Path, tmp_path: Path) -> None:
    folder = copy(published, tmp_path / "Übung æøå")
    settings = tmp_path / "settings"
    settings.mkdir()
    hostile = "image.cmap: hot\nimage.origin: lower\nsvg.fonttype: none\nsvg.image_inline: False\n"
    for place in (folder, settings):
        (place / "matplotlibrc").write_text(hostile)
    done = draw(
        folder,
        **{"MPLCONFIGDIR": str(settings), "HOME": str(tmp_path), "LC_ALL": "tr_TR.UTF-8"},
        **{"TZ": "Asia/Kolkata", "PYTHONHASHSEED": "4711", "OPENBLAS_NUM_THREADS": "2"},
    )
    assert done.returncode == 0, done.stderr
    assert figures(folder) == figures(published)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("path", "damage", "message"),
    [
        ("models/train.npz", Path.unlink, "models/train.npz is missing"),
        ("models/train.npz", flip, "models/train.npz: not a usable model"),
        ("plots/confusion/train.csv", lambda path: path.write_text("images\n"), "train.csv: "),
        (
            "data/normalized/validation_labels.npy",
            lambda path: path.write_bytes(b""),
            "data/normalized/validation_labels.npy: ",
        ),
    ],
)
def test_bad_results_are_refused_before_any_figure_is_drawn(
    published: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    damage: Callable[[Path], object],
    message: str,
) -> None:
    monkeypatch.chdir(copy(published, tmp_path))
    damage(Path(path))
    with pytest.raises(UserError, match=re.escape(message)) as refused:
        draw_train.drawings()
    assert "\n" not in str(refused.value)


def test_a_missing_file_ends_the_stage_in_one_line(tmp_path: Path) -> None:
    done = draw(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("draw_train: ")
    assert done.stderr.count("\n") == 1
