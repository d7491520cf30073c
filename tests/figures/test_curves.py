from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from projects import HERE

from figures.curves import (
    FIGURES,
    CurveFigure,
    Row,
    curves_of,
    draw_curves,
    load_curve,
    load_difference,
    read_lines,
)
from figures.style import colors_of, use_house_style
from runs import tables as results
from workflow import files
from workflow.command import UserError
from workflow.settings import load_variants

LINES = {
    "figure": {m: {"plain": [f"train_{m}", f"validation_{m}"]} for m in ("loss", "accuracy")},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".dvc").symlink_to(HERE / ".dvc")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(steps: list[int], stopped: list[int], name: str = "plain") -> None:
    """Curves whose loss falls from 1 to 0.1 and whose accuracy rises from 0.1 to 1."""
    columns: dict[str, Any] = {"step": steps}
    for column in results.QUANTITIES:
        ends = (1.0, 0.1) if column.endswith("loss") else (0.1, 1.0)
        mean = np.linspace(*ends, len(steps))
        columns |= {column: mean, f"{column}_lo": mean * 0.9, f"{column}_hi": mean * 1.1}
    files.write_csv(f"plots/curves/{name}.csv", columns)
    last = {column: np.linspace(0.2, 0.4, len(stopped)) for column in results.QUANTITIES}
    files.write_csv(f"plots/seeds/{name}.csv", {"steps": stopped, **last})


def write_runs(name: str, losses: dict[int, list[float]]) -> None:
    """Runs by seed, checked every 125 steps; accuracy is one less the loss."""
    rows = [(s, 125 * i, x, 1 - x) for s, run in losses.items() for i, x in enumerate(run)]
    names = ("seed", "step", "validation_loss", "validation_accuracy")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    files.write_csv(f"plots/runs/{name}.csv", columns)


def draw(log_steps: bool = False, only: str = "") -> Figure:
    use_house_style()
    spec = CurveFigure((Row("Row", "figure", only),), 0.5, 0.5, log_steps)
    return draw_curves("Title", spec, LINES, {"plain": load_curve("plain")})


def line_of(figure: Figure, gid: str) -> Line2D:
    lines = [line for axes in figure.axes for line in axes.lines]
    (found,) = (line for line in lines if line.get_gid() == gid)
    return found


def test_the_line_is_the_mean_in_the_networks_colour_up_to_the_first_stop(folder: Path) -> None:
    write([0, 125, 250, 375], [375, 500])
    figure = draw()
    line = line_of(figure, "validation_loss.plain")
    assert np.asarray(line.get_xdata()).tolist() == [0, 125, 250, 375]
    assert line.get_ydata() == pytest.approx([1.0, 0.7, 0.4, 0.1])
    assert line.get_color() == colors_of(["plain"])["plain"]
    assert line.get_linestyle() == "-"
    assert line_of(figure, "train_accuracy.plain").get_linestyle() == "--"


def test_every_run_ends_in_a_dot(folder: Path) -> None:
    write([0, 125, 250], [250, 375, 500])
    (dots,) = (line for line in draw(only="train").axes[0].lines if line.get_marker() == "o")
    assert np.asarray(dots.get_xdata()).tolist() == [250, 375, 500]
    assert dots.get_ydata() == pytest.approx([0.2, 0.3, 0.4])


def test_a_label_has_the_mean_of_the_ends_and_once_in_a_row_the_networks_name(
    folder: Path,
) -> None:
    write([0, 125], [125, 250])
    texts = [[text.get_text() for text in axes.texts] for axes in draw().axes]
    assert texts == [["0.300", "0.300"], ["30.00 %", "original: 30.00 %"]]


def test_what_the_axis_shows_anyway_is_not_written_again(folder: Path) -> None:
    write([0, 125], [125, 250])
    path = Path("plots/seeds/plain.csv")
    path.write_text(path.read_text().replace("0.2", "1.0").replace("0.4", "1.0"))
    texts = [text.get_text() for text in draw().axes[1].texts]
    assert texts == ["original"]


def test_a_difference_is_taken_seed_by_seed_until_the_first_run_stops(folder: Path) -> None:
    write_runs("new", {0: [0.9, 0.5, 0.4], 1: [0.9, 0.6], 7: [0.9]})
    write_runs("old", {0: [0.9, 0.4, 0.2, 0.1], 1: [0.8, 0.7, 0.5]})
    mean, ends = load_difference("new", "old")
    assert mean["step"].tolist() == [0, 125]
    assert mean["validation_loss"] == pytest.approx([0.05, 0.0])
    assert mean["validation_loss_lo"] == pytest.approx([0.0, -0.1])
    assert mean["validation_accuracy_hi"] == pytest.approx([0.0, 0.1])
    assert ends["steps"].tolist() == [250, 125]
    assert ends["validation_loss"] == pytest.approx([0.3, 0.1])


def test_a_row_can_show_one_of_the_two_sets(folder: Path) -> None:
    write([0, 125], [125])
    gids = {line.get_gid() for axes in draw(only="train").axes for line in axes.lines}
    assert gids - {None} == {"train_loss.plain", "train_accuracy.plain"}


def test_the_band_reaches_from_the_lowest_to_the_highest_seed(folder: Path) -> None:
    write([0, 125, 250, 375], [375])
    (band,) = draw(only="validation").axes[0].collections
    corners = {(x, round(y, 6)) for x, y in band.get_paths()[0].vertices}
    assert {(0, 0.9), (0, 1.1), (125, 0.63), (125, 0.77), (375, 0.09), (375, 0.11)} <= corners


def test_a_logarithmic_axis_begins_at_the_first_step(folder: Path) -> None:
    write([0, 125, 250, 375], [375])
    figure = draw(log_steps=True)
    assert figure.axes[0].get_xlim() == (125, 375)
    assert np.asarray(line_of(figure, "validation_loss.plain").get_xdata()).tolist()[0] == 125


@pytest.mark.parametrize(
    "damage", ["figures: 3", "{}", "figures: {a: {loss: {plots/curves/plain.csv: train_loss}}}"]
)
def test_a_file_that_does_not_say_what_is_shown_is_refused(folder: Path, damage: str) -> None:
    (folder / "figures.yaml").write_text(damage)
    with pytest.raises(UserError, match=r"^figures\.yaml: figures .*list of columns.*$"):
        read_lines()


def test_known_networks_are_shown_and_titles_say_how_they_were_trained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(HERE)
    variants, lines = load_variants(), read_lines()
    for row in (row for figure in FIGURES.values() for row in figure.rows):
        networks = {name for measure in lines[row.name].values() for name in measure}
        assert networks <= set(variants)
        for word, momentum in (("without momentum", False), ("with momentum", True)):
            if word in row.title:
                assert {variants[name].momentum > 0 for name in networks} == {momentum}


@pytest.fixture(scope="module")
def published() -> dict[str, Figure]:
    """Every figure of curves, from the published results."""
    use_house_style()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(HERE)
        lines = read_lines()
        names = {name for row in lines.values() for measure in row.values() for name in measure}
        curves = {name: load_curve(name) for name in names}
        figures = {
            name: draw_curves("Title", spec, lines, curves_of(spec, lines, curves))
            for name, spec in FIGURES.items()
        }
        for figure in figures.values():
            figure.draw_without_rendering()
    return figures


@pytest.mark.parametrize("name", FIGURES)
def test_no_label_overlaps_another_or_leaves_the_figure(
    published: dict[str, Figure], name: str
) -> None:
    figure = published[name]
    texts = [text for axes in figure.axes for text in axes.texts]
    boxes = [Text.get_window_extent(text) for text in texts]  # without the leader
    assert len(boxes) >= 2
    for i, box in enumerate(boxes):
        assert box.x1 <= figure.bbox.x1 + 1
        for other in boxes[:i]:
            apart = box.y0 >= other.y1 - 1 or box.y1 <= other.y0 + 1
            assert apart or box.x0 >= other.x1 or box.x1 <= other.x0


@pytest.mark.parametrize("name", FIGURES)
def test_the_limits_show_the_second_half_of_every_training(
    published: dict[str, Figure], name: str
) -> None:
    for axes in published[name].axes:
        low, high = axes.get_ylim()
        for line in axes.lines:
            if line.get_gid():
                shown = np.asarray(line.get_ydata())[len(line.get_ydata()) // 2 :]
                assert low <= shown.min(), line.get_gid()
                assert shown.max() <= high, line.get_gid()
