import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from projects import copy_of
from verdict_entries import prediction, verdict, write_verdicts

import draw as stage
from figures.curves import read_figures
from workflow import files
from workflow.command import UserError

VERDICTS = (
    verdict(id="a-1"),
    verdict(id="a-2", kind="arithmetic"),
    verdict(id="b-1", report="B", verdict="contradicted"),
    verdict(id="c-1", report="C", verdict="undecided", unit="nats"),
    prediction("overfitting", "ten-layers", id="why-1", report="ten layers"),
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that `draw` reads: published results, and verdicts on three reports."""
    tables = (f"plots/{kind}" for kind in ("curves", "seeds", "gradients"))
    others = ("figures.yaml", "variants.yaml", "claims/protocol.yaml", "metrics/tricks.json")
    copy_of(tmp_path, *tables, ".dvc/plots", *others)
    write_verdicts(tmp_path, *VERDICTS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in (folder / stage.OUT).iterdir()}


def ids(svg: bytes) -> list[str]:
    found = (element.get("id") for element in ElementTree.fromstring(svg).iter())  # noqa: S314
    return [one for one in found if one]


def test_every_figure_is_drawn_whole_and_twice_to_the_same_bytes(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.main()
    figures, specs = drawn(project), read_figures()
    claims = {"report-a": ["a-1"], "report-b": ["b-1"], "report-c": ["c-1"]}
    claims |= {"ten-layers": ["why-1"]}
    expected = {"answer-light", "answer-dark", "runs", "gradients", *specs}
    assert set(figures) == expected | {f"claims-{report}" for report in claims}
    assert capsys.readouterr().out == f"draw: wrote {len(figures)} figures to {stage.OUT}\n"

    for report, names in claims.items():
        found = [one for one in ids(figures[f"claims-{report}"]) if one.startswith("claim.")]
        assert found == [f"claim.{name}" for name in names]
    for name, svg in figures.items():
        assert len(svg) < 400_000, name
        assert len(ids(svg)) == len(set(ids(svg))), name

    stage.main()
    assert drawn(project) == figures


@pytest.mark.parametrize(
    ("path", "old", "new", "message"),
    [
        ("plots/curves/plain.csv", "_lo", "_low", "plots/curves/plain.csv: the column "),
        ("plots/gradients/momentum.csv", "layer", "depth", "the column layer is missing"),
        ("metrics/verdicts.json", "{", "", "metrics/verdicts.json: is not JSON"),
    ],
)
def test_bad_results_are_refused_before_any_figure_is_drawn(
    project: Path, path: str, old: str, new: str, message: str
) -> None:
    files.write(path, files.read_text(path).replace(old, new))
    with pytest.raises(UserError, match=f"^.*{re.escape(message)}.*$"):
        stage.drawings()
    assert not (project / stage.OUT).exists()
