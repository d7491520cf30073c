from command import UserError

import contextlib
import re
import shutil
import sys
from pathlib import Path

import pytest
import small_model
from hand_made import NETWORK
from projects import HERE, copy_of, must, one_line, run
from test_draw import figures

import datasets
import draw_train
import files

HOSTILE = """\
font.size: 30
font.family: serif
svg.fonttype: none
svg.hashsalt: another
axes.grid: False
axes.formatter.use_locale: True
lines.linewidth: 9
figure.dpi: 300
savefig.bbox: tight
path.simplify: False
image.cmap: hot
image.origin: lower
svg.image_inline: False
"""
SCRIPT = (sys.executable, str(HERE / "src/draw_train.py"))
IMAGES = 300


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network, the first real validation images, and their figures."""
    folder = tmp_path_factory.mktemp("published")
    small_model.write(folder)
    with contextlib.chdir(folder):
        datasets.save(small_model.dataset("t10k", IMAGES), "validation")
    settings = NETWORK.model_copy(update={"validation_images": IMAGES})
    files.write(folder / "build/settings/train.json", settings.model_dump_json())
    copy_of(folder, "plots/confusion", "metrics/train.json", "params.yaml")
    must(folder, *SCRIPT)
    return folder


def test_the_stage_ends_with_what_the_network_reached(published: Path) -> None:
    last = must(published, *SCRIPT).splitlines()[-1]
    assert last == (
        "your network: validation accuracy 0.9626 ± 0.0010 (seeds: 6); `make ask` judges it"
    )


def test_the_stage_writes_three_figures(published: Path) -> None:
    drawn = figures(published)
    assert set(drawn) == {"train-weights", "train-confusion", "train-mistakes"}
    assert all(len(svg) < 230_000 for svg in drawn.values())


def copy(published: Path, folder: Path) -> Path:
    without = shutil.ignore_patterns("report")
    return shutil.copytree(published, folder, ignore=without, dirs_exist_ok=True)


def test_the_users_surroundings_change_no_byte(published: Path, tmp_path: Path) -> None:
    folder = copy(published, tmp_path / "Übung æøå")
    (folder / "matplotlibrc").write_text(HOSTILE)
    must(folder, *SCRIPT, LC_ALL="tr_TR.UTF-8", TZ="Asia/Kolkata", OPENBLAS_NUM_THREADS="2")
    assert figures(folder) == figures(published)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("models/train.npz", "models/train.npz: not a usable model"),
        ("plots/confusion/train.csv", "plots/confusion/train.csv: "),
        ("data/normalized/validation_labels.npy", "data/normalized/validation_labels.npy: "),
    ],
)
def test_bad_results_are_refused_before_any_figure_is_drawn(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, message: str
) -> None:
    monkeypatch.chdir(copy(published, tmp_path))
    Path(path).write_text("damaged\n")
    with pytest.raises(UserError, match=f"^{re.escape(message)}.*$"):
        draw_train.drawings()


def test_a_missing_file_ends_the_stage_in_one_line(tmp_path: Path) -> None:
    assert one_line(run(tmp_path, *SCRIPT)).startswith("draw_train: ")
