from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from projects import HERE

from figures.curves import ROWS, CurveFigure, draw_curves, draw_runs, load_curve, read_figures
from figures.style import colors_of, use_house_style
from runs import tables
from workflow import files
from workflow.command import UserError
from workflow.settings import load_variants, words


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (".dvc", "variants.yaml"):
        (tmp_path / name).symlink_to(HERE / name)
    monkeypatch.chdir(tmp_path)
    use_house_style()
    return tmp_path


def draw(log_steps: bool = False) -> Figure:
    """A figure of a network whose loss falls from 1 to 0.1, and whose accuracy rises from 0.1 to 1,
    until the first of two runs stops."""
    steps = [0, 625, 1250, 1875]
    columns: dict[str, Any] = {"step": steps}
    for column in tables.QUANTITIES:
        ends = (1.0, 0.1) if column.endswith("loss") else (0.1, 1.0)
        mean = np.linspace(*ends, len(steps))
        columns |= {column: mean, f"{column}_lo": mean * 0.9, f"{column}_hi": mean * 1.1}
    files.write_csv("plots/curves/plain.csv", columns)
    last = {column: [0.2, 0.4] for column in tables.QUANTITIES}
    files.write_csv("plots/seeds/plain.csv", {"steps": [1875, 2500], **last})
    rows = {"both": {"plots/curves/plain.csv": "validation_loss"}}
    spec = CurveFigure(title="Title", rows=rows, log_steps=log_steps)
    return draw_curves(spec, {"plain": load_curve("plain")})


def test_a_panel_has_mean_band_and_ends_of_a_network_and_says_what_and_how_much(
    folder: Path,
) -> None:
    panels = draw().axes
    titles = [axes.get_title(loc="left") for axes in panels]
    assert titles[::3] == ["Test images: loss (nats)", "Training images: accuracy"]
    labels = [axes.get_legend().get_texts()[0].get_text() for axes in panels]
    assert labels == ["the original network: 0.300", "the original network: 30.00 %"] * 2
    mean, ends = panels[0].lines
    assert (list(mean.get_xdata()), mean.get_linestyle()) == ([625, 1250, 1875], "-")
    assert mean.get_ydata() == pytest.approx([0.7, 0.4, 0.1])
    assert mean.get_color() == colors_of(["plain"])["plain"]
    assert (list(ends.get_xdata()), list(ends.get_ydata())) == ([1875, 2500], [0.2, 0.4])
    assert panels[0].get_xlim()[1] > 2500
    assert panels[3].lines[0].get_linestyle() == "--"
    (band,) = panels[0].collections
    corners = {(x, round(y, 6)) for x, y in band.get_paths()[0].vertices}
    assert {(625, 0.63), (625, 0.77), (1875, 0.09), (1875, 0.11)} <= corners


@pytest.mark.parametrize(("log_steps", "start"), [(False, 0), (True, 2500 / 150)])
def test_the_axes_leave_out_the_first_of_the_training(
    folder: Path, log_steps: bool, start: float
) -> None:
    axes = draw(log_steps=log_steps).axes[0]
    assert axes.get_xlim()[0] == pytest.approx(start)
    assert axes.get_ylim() == pytest.approx((0.076, 0.82))  # means from 0.7 to 0.1, and room


@pytest.mark.parametrize("damage", ["figures: 3", "{}", "figures: {a: {title: b, sets: [c]}}"])
def test_a_file_that_does_not_say_what_is_shown_is_refused(folder: Path, damage: str) -> None:
    (folder / "figures.yaml").write_text(damage)
    with pytest.raises(UserError, match=r"^figures\.yaml: figures .*$"):
        read_figures()


def test_no_panel_has_more_than_five_curves_and_rows_say_how_their_networks_were_trained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(HERE)
    variants = load_variants()
    for figure in read_figures().values():
        for row in figure.rows:
            assert len(figure.networks(row)) <= 5
            momentum = {variants[name].momentum > 0 for name in figure.networks(row)}
            assert row == "both" or momentum == {"with momentum" in ROWS[row]}


def test_every_run_is_a_dot_and_the_best_network_is_on_top(folder: Path) -> None:
    draw()
    accuracies, curves = {"plain": 0.9, "ten-layers": 0.1, "momentum": 0.95}, {}
    for name, accuracy in accuracies.items():
        ends = {"validation_accuracy": np.array([accuracy, accuracy + 0.01])}
        curves[name] = load_curve("plain")._replace(ends=ends)
    [axes] = draw_runs(curves).axes
    best, other = (line for line in axes.lines if line.get_gid())
    assert best.get_xdata() == pytest.approx([95, 96])
    assert other.get_xdata() == pytest.approx([90, 91])
    nothing = f"{words('ten-layers')}: ◀ all further left, at 10.5 % on average"
    assert [text.get_text() for text in axes.texts] == [words("momentum"), words("plain"), nothing]
    assert axes.yaxis_inverted()
    assert axes.get_xlim()[0] > 89  # what learned nothing takes no room
