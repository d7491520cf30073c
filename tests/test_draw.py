import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from projects import HERE, copy_of, must, one_line, run
from ruamel.yaml import YAML
from verdict_entries import prediction, verdict, write_verdicts

import draw as stage
from figures.curves import FIGURES, read_lines
from workflow import files
from workflow.command import UserError

SCRIPT = (sys.executable, str(HERE / "src/draw.py"))
VERDICTS = (
    verdict(id="a-1", report="A"),
    verdict(id="b-1", report="B", verdict="contradicted"),
    verdict(id="c-1", report="C", verdict="undecided"),
    verdict(id="c-2", report="C", unit="nats"),
    verdict(id="c-3", report="C", kind="arithmetic"),
    prediction("overfitting", "ten-layers", id="why-1"),
)


def copy_results(folder: Path) -> Path:
    """A folder with all that `draw` reads: published results, and verdicts on three reports."""
    tables = (f"plots/{kind}" for kind in ("curves", "seeds", "gradients", "runs"))
    copy_of(folder, *tables, ".dvc/plots", "figures.yaml", "variants.yaml")
    write_verdicts(folder, *VERDICTS)
    return folder


def figures(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in (folder / "report/figures").iterdir()}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The figures of the published results, by name."""
    folder = copy_results(tmp_path_factory.mktemp("published"))
    assert must(folder, *SCRIPT) == "draw: wrote 13 figures to report/figures\n"
    return figures(folder)


def ids(svg: bytes) -> list[str]:
    found = (element.get("id") for element in ElementTree.fromstring(svg).iter())  # noqa: S314
    return [one for one in found if one]


def test_every_line_of_a_figure_of_curves_is_in_its_file(drawn: dict[str, bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(HERE)
        lines = read_lines()
    for name, spec in FIGURES.items():
        expected = {
            f"{column}.{network}"
            for row in spec.rows
            for measure in lines[row.name].values()
            for network, columns in measure.items()
            for column in columns
            if network != spec.less and column.startswith(row.only)
        }
        gids = {one for one in ids(drawn[name]) if one.partition("_")[0] in ("train", "validation")}
        assert gids == expected


def test_all_but_arithmetic_is_in_one_forest_plot(drawn: dict[str, bytes]) -> None:
    plots = {"accuracy": ["a-1", "b-1", "c-1"], "loss": ["c-2"], "ten-layers": ["why-1"]}
    for name, expected in plots.items():
        found = [one for one in ids(drawn[f"claims-{name}"]) if one.startswith("claim.")]
        assert found == [f"claim.{one}" for one in expected]


def test_the_pipeline_publishes_the_figures_that_are_drawn(drawn: dict[str, bytes]) -> None:
    stage = YAML(typ="safe").load(HERE / "dvc.yaml")["stages"]["draw"]
    published = {Path(path).stem for out in stage["outs"] for path in out}
    assert set(drawn) == published


def test_the_files_suit_a_page(drawn: dict[str, bytes]) -> None:
    for name, svg in drawn.items():
        assert len(svg) < 400_000, name
        assert ElementTree.fromstring(svg).get("width") == "648pt", name  # noqa: S314
        assert len(ids(svg)) == len(set(ids(svg))), name


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        ("plots/curves/plain.csv", "_lo", "_low", "plots/curves/plain.csv: the column "),
        ("plots/gradients/momentum.csv", "layer", "depth", "the column layer is missing"),
        ("metrics/verdicts.json", "{", "", "metrics/verdicts.json: is not JSON"),
    ],
)
def test_bad_results_are_refused_before_any_figure_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, old: str, new: str, message: str
) -> None:
    monkeypatch.chdir(copy_results(tmp_path))
    files.write(path, files.read_text(path).replace(old, new))
    with pytest.raises(UserError, match=f"^.*{re.escape(message)}.*$"):
        stage.drawings()


def test_a_missing_file_ends_the_stage_in_one_line(tmp_path: Path) -> None:
    assert one_line(run(tmp_path, *SCRIPT)).startswith("draw: ")
