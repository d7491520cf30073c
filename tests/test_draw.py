import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import records

import draw as stage
from figures.catalogue import CURVES, FORESTS, GRADIENTS
from settings import load_variants

PROJECT = Path(__file__).parents[1]
VARIANTS = set(load_variants())
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


def copy_results(folder: Path) -> Path:
    """A folder with the published results that `draw` reads."""
    for name in ("plots/curves", "plots/seeds", "plots/gradients"):
        shutil.copytree(PROJECT / name, folder / name)
    (folder / "metrics").mkdir()
    shutil.copy(PROJECT / "metrics/verdicts.json", folder / "metrics")
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
    assert done.stdout == "draw: wrote 12 figures to report/figures\n"
    return figures(folder)


def ids(svg: bytes) -> list[str]:
    found = (element.get("id") for element in ElementTree.fromstring(svg).iter())  # noqa: S314
    return [one for one in found if one]


def test_every_figure_of_the_catalogue_is_drawn(drawn: dict[str, bytes]) -> None:
    assert set(drawn) == {*CURVES, *GRADIENTS, *FORESTS}


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


@pytest.mark.parametrize("name", CURVES)
def test_every_line_of_a_figure_of_curves_is_in_its_file(
    drawn: dict[str, bytes], name: str
) -> None:
    expected = {
        f"{one}_{measure}.{variant}"
        for row in CURVES[name].rows
        for variant in row.lines
        for one in row.sets
        for measure in ("loss", "accuracy")
    }
    found = {one for one in ids(drawn[name]) if one.partition(".")[2] in VARIANTS}
    assert found == expected


@pytest.mark.parametrize("name", GRADIENTS)
def test_every_line_of_a_figure_of_gradients_is_in_its_file(
    drawn: dict[str, bytes], name: str
) -> None:
    times = ("initialization", "training")
    expected = {f"{time}.{variant}" for variant in GRADIENTS[name].variants for time in times}
    found = {one for one in ids(drawn[name]) if one.partition(".")[2] in VARIANTS}
    assert found == expected


def test_every_claim_and_prediction_is_in_its_forest_plot(drawn: dict[str, bytes]) -> None:
    content = records.read_json(PROJECT / "metrics/verdicts.json")
    claims = {report: [c for c in content["claims"] if c["report"] == report] for report in "AB"}
    expected = claims | {"ten layers": content["ten_layers"]["predictions"]}
    assert len(content["claims"]) >= 45
    for name, spec in FORESTS.items():
        found = [one for one in ids(drawn[name]) if one.startswith("claim.")]
        assert found == [f"claim.{claim['id']}" for claim in expected[spec.report]]


def test_the_ids_of_a_file_are_unique(drawn: dict[str, bytes]) -> None:
    for name, svg in drawn.items():
        found = ids(svg)
        assert len(found) == len(set(found)), name


def test_the_files_suit_a_page(drawn: dict[str, bytes]) -> None:
    for name, svg in drawn.items():
        assert len(svg) < 230_000, name
        assert ElementTree.fromstring(svg).get("width") == "648pt", name  # noqa: S314


def edit(path: str, change: Callable[[str], str]) -> Callable[[Path], object]:
    return lambda folder: (folder / path).write_text(change((folder / path).read_text()))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda folder: (folder / "plots/curves/plain.csv").unlink(),
            "plots/curves/plain.csv",
        ),
        (
            edit("plots/curves/plain.csv", lambda text: text.replace("_lo", "_low")),
            "plots/curves/plain.csv: the column ",
        ),
        (
            edit("plots/gradients/momentum.csv", lambda text: text.replace("layer", "depth")),
            "plots/gradients/momentum.csv: the column layer is missing",
        ),
        (
            edit("metrics/verdicts.json", lambda text: text[: len(text) // 2]),
            "metrics/verdicts.json: not JSON",
        ),
        (
            edit(
                "metrics/verdicts.json", lambda text: text.replace('"report": "B"', '"report": "A"')
            ),
            "metrics/verdicts.json: there is no claim of B",
        ),
    ],
)
def test_bad_results_are_refused_before_any_figure_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], object], message: str
) -> None:
    monkeypatch.chdir(copy_results(tmp_path))
    records.write_text("report/figures/task-2c.svg", "published")
    damage(tmp_path)
    with pytest.raises(SystemExit) as caught:
        stage.main()
    assert str(caught.value).startswith("draw: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert figures(tmp_path) == {"task-2c": b"published"}


def test_a_missing_file_ends_the_stage_in_one_line(tmp_path: Path) -> None:
    done = draw(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("draw: ")
    assert done.stderr.count("\n") == 1
