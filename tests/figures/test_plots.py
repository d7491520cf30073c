"""What `dvc plots` draws: the plots of dvc.yaml, by the templates in .dvc/plots."""

import json
from pathlib import Path
from typing import Any

import pytest
from projects import FILES, HERE, commit, copy_of, dvc, make_repository
from ruamel.yaml import YAML

from figures.curves import read_figures
from workflow.settings import load_variants

DEFINED = YAML(typ="safe").load(HERE / "dvc.yaml")
OVERLAYS = {name: plot for one in DEFINED["plots"] for name, plot in one.items()}
OWN = {name: plot for one in DEFINED["stages"]["train"]["plots"] for name, plot in one.items()}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plots as published in HEAD, and those of another network of yours in the workspace."""
    made = copy_of(tmp_path_factory.mktemp("plots"), ".dvc", "plots", *FILES)
    make_repository(made)
    for table in (made / "plots/train").iterdir():
        table.write_text(table.read_text().replace("0.9", "0.8"))
    commit(made, "Others")
    return made


@pytest.fixture(scope="module")
def compared(project: Path) -> dict[str, Any]:
    """The specification of each plot of `dvc plots diff`, by ID, in the order of its page."""
    found = json.loads(dvc(project, "plots", "diff", "HEAD~1", "HEAD", "--json"))
    assert "errors" not in found
    return {name: drawn["content"] for name, [drawn] in found["data"].items()}


def test_each_plot_is_drawn_once_yours_first_on_a_light_page(
    compared: dict[str, Any], project: Path
) -> None:
    assert list(compared) == [*OVERLAYS, *OWN]
    assert "plots/train/curves.csv" in OVERLAYS[next(iter(compared))]["y"]
    titles = [content["title"]["text"] for content in compared.values()]
    assert len(set(titles)) == len(titles)
    dvc(project, "plots", "diff", "HEAD~1", "HEAD")
    assert (project / "dvc_plots/index.html").stat().st_size < 4_000_000


def test_every_row_of_the_reports_figures_is_an_overlay_of_its_networks(
    compared: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(HERE)
    for name, figure in read_figures().items():
        for row in figure.rows if name != "ten-layers" else ():
            content = compared[name if row == "both" else f"{name}-{row}"]
            files = {each.get("filename", f"{name}.csv") for each in content["data"]["values"]}
            assert len(files) == len(figure.networks(row))
            assert content["title"]["text"].startswith(figure.title)


def test_the_template_of_curves_asks_for_columns_that_are_there(compared: dict[str, Any]) -> None:
    content = compared["plots/train/curves.csv"]
    columns = set(content["data"]["values"][0])
    panels = content["hconcat"]
    folded = [column for panel in panels for column in panel["transform"][0]["fold"]]
    assert set(folded) <= columns
    assert {f"{column}{end}" for column in folded for end in ("_lo", "_hi")} <= columns
    assert {row["rev"] for row in content["data"]["values"]} == {"HEAD", "HEAD~1"}


def test_colours_are_of_known_networks_and_every_template_has_a_plot() -> None:
    band = json.loads((HERE / ".dvc/plots/band.json").read_text())
    (table,) = (one["from"]["data"]["values"] for one in band["transform"] if "from" in one)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(HERE)
        assert {row["network"] for row in table} <= {"yours", *load_variants()}
    used = {plot["template"] for plot in (OVERLAYS | OWN).values()}
    assert used == {path.stem for path in (HERE / ".dvc/plots").iterdir()}
