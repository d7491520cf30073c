from command import UserError

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from ruamel.yaml import YAML
from verdict_entries import prediction, verdict, write_verdicts

import draw as stage
from figures.curves import FIGURES, read_lines

PROJECT = Path(__file__).parents[1]
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
"""


VERDICTS = (
    verdict(id="a-1", report="A"),
    verdict(id="b-1", report="B", verdict="contradicted"),
    verdict(id="c-1", report="C", verdict="undecided"),
    prediction("overfitting", "ten-layers", id="why-1"),
)


def copy_results(folder: Path) -> Path:
    """A folder with all that `draw` reads: published results, and verdicts on three reports."""
    for name in ("plots/curves", "plots/seeds", "plots/gradients", ".dvc/plots"):
        shutil.copytree(PROJECT / name, folder / name)
    shutil.copy(PROJECT / "figures.yaml", folder)
    write_verdicts(folder, *VERDICTS)
    return folder


def draw(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROJECT / "src/draw.py")]
    surroundings = os.environ | environment
    return subprocess.run(
        command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False
    )


def figures(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in (folder / "report/figures").iterdir()}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The figures of the published results, by name."""
    folder = copy_results(tmp_path_factory.mktemp("published"))
    done = draw(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "draw: wrote 10 figures to report/figures\n"
    return figures(folder)


def ids(svg: bytes) -> list[str]:
    found = (element.get("id") for element in ElementTree.fromstring(svg).iter())  # noqa: S314
    return [one for one in found if one]


def test_the_users_surroundings_change_no_byte(drawn: dict[str, bytes], tmp_path: Path) -> None:
    folder = copy_results(tmp_path / "Übung 2 æøå")
    settings = tmp_path / "settings"
    settings.mkdir()
    for place in (folder, settings):
        (place / "matplotlibrc").write_text(HOSTILE)
    done = draw(
        folder,
        **{"MPLCONFIGDIR": str(settings), "HOME": str(tmp_path), "MPLBACKEND": "pdf"},
        **{"LC_ALL": "de_DE.UTF-8", "LANG": "tr_TR", "TZ": "Asia/Kolkata"},
        **{"PYTHONHASHSEED": "4711", "SOURCE_DATE_EPOCH": "0", "COLUMNS": "20"},
        **{"OPENBLAS_NUM_THREADS": "2", "OPENBLAS_CORETYPE": "Nehalem"},
    )
    assert done.returncode == 0, done.stderr
    again = figures(folder)
    assert set(again) == set(drawn)
    assert [name for name in drawn if drawn[name] != again[name]] == []


def test_every_line_of_a_figure_of_curves_is_in_its_file(drawn: dict[str, bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(PROJECT)
        lines = read_lines()
    for name, spec in FIGURES.items():
        expected = {
            f"{column}.{network}"
            for row in spec.rows
            for measure in lines[row.name].values()
            for network, columns in measure.items()
            for column in columns
        }
        gids = {one for one in ids(drawn[name]) if one.partition("_")[0] in ("train", "validation")}
        assert gids == expected


def test_every_claim_and_prediction_is_in_its_forest_plot(drawn: dict[str, bytes]) -> None:
    claims, predictions = (
        [one for one in ids(drawn[name]) if one.startswith("claim.")]
        for name in ("claims", "claims-ten-layers")
    )
    assert claims == ["claim.a-1", "claim.b-1", "claim.c-1"]  # of any report that there is
    assert predictions == ["claim.why-1"]


def test_the_pipeline_publishes_the_figures_that_are_drawn(drawn: dict[str, bytes]) -> None:
    stage = YAML(typ="safe").load(PROJECT / "dvc.yaml")["stages"]["draw"]
    published = {Path(path).stem for out in stage["outs"] for path in out}
    assert set(drawn) == published


def test_the_ids_of_a_file_are_unique(drawn: dict[str, bytes]) -> None:
    for name, svg in drawn.items():
        found = ids(svg)
        assert len(found) == len(set(found)), name


def test_the_files_suit_a_page(drawn: dict[str, bytes]) -> None:
    for name, svg in drawn.items():
        assert len(svg) < 400_000, name
        assert ElementTree.fromstring(svg).get("width") == "648pt", name  # noqa: S314


def edit(path: str, old: str, new: str) -> Callable[[Path], object]:
    return lambda folder: (folder / path).write_text((folder / path).read_text().replace(old, new))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "plots/curves/plain.csv").unlink(), "plots/curves/plain.csv"),
        (edit("plots/curves/plain.csv", "_lo", "_low"), "plots/curves/plain.csv: the column "),
        (edit("plots/gradients/momentum.csv", "layer", "depth"), "the column layer is missing"),
        (edit("metrics/verdicts.json", "{", ""), "metrics/verdicts.json: is not JSON"),
        (edit("figures.yaml", "task-2c:", "task-2:"), "figures.yaml: does not say what"),
    ],
)
def test_bad_results_are_refused_before_any_figure_is_drawn(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[Path], object],
    message: str,
) -> None:
    monkeypatch.chdir(copy_results(tmp_path))
    damage(tmp_path)
    with pytest.raises(UserError, match=re.escape(message)) as refused:
        stage.drawings()
    assert "\n" not in str(refused.value)


def test_a_missing_file_ends_the_stage_in_one_line(tmp_path: Path) -> None:
    done = draw(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("draw: ")
    assert done.stderr.count("\n") == 1
