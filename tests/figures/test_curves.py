from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
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


def write(steps: list[int], stopped: list[int], name: str = "plain") -> None:
    """Curves whose loss falls from 1 to 0.1 and whose accuracy rises from 0.1 to 1."""
    columns: dict[str, Any] = {"step": steps}
    for column in tables.QUANTITIES:
        ends = (1.0, 0.1) if column.endswith("loss") else (0.1, 1.0)
        mean = np.linspace(*ends, len(steps))
        columns |= {column: mean, f"{column}_lo": mean * 0.9, f"{column}_hi": mean * 1.1}
    files.write_csv(f"plots/curves/{name}.csv", columns)
    last = {column: np.linspace(0.2, 0.4, len(stopped)) for column in tables.QUANTITIES}
    files.write_csv(f"plots/seeds/{name}.csv", {"steps": stopped, **last})


def draw(*sets: str, log_steps: bool = False) -> Figure:
    """A figure of `plain` alone."""
    rows = {"both": {"plots/curves/plain.csv": "validation_loss"}}
    spec = CurveFigure(title="Title", sets=list(sets), rows=rows, log_steps=log_steps)
    return draw_curves(spec, {"plain": load_curve("plain")})


def line_of(figure: Figure, gid: str) -> Line2D:
    lines = [line for axes in figure.axes for line in axes.lines]
    (found,) = (line for line in lines if line.get_gid() == gid)
    return found


def test_the_line_is_the_mean_in_the_networks_colour_up_to_the_first_stop(folder: Path) -> None:
    write([0, 625, 1250, 1875], [1875, 2500])
    figure = draw("validation", "train")
    line = line_of(figure, "validation_loss.plain")
    assert np.asarray(line.get_xdata()).tolist() == [625, 1250, 1875]
    assert line.get_ydata() == pytest.approx([0.7, 0.4, 0.1])
    assert line.get_color() == colors_of(["plain"])["plain"]
    assert line.get_linestyle() == "-"
    assert line_of(figure, "train_accuracy.plain").get_linestyle() == "--"


def test_every_run_ends_in_a_dot_inside_the_axes(folder: Path) -> None:
    write([0, 625, 1250], [1250, 1875, 2500])
    axes = draw("train").axes[0]
    (dots,) = (line for line in axes.lines if line.get_marker() == "o")
    assert np.asarray(dots.get_xdata()).tolist() == [1250, 1875, 2500]
    assert dots.get_ydata() == pytest.approx([0.2, 0.3, 0.4])
    assert axes.get_xlim()[1] > 2500


def test_panels_say_whose_images_and_labels_what_and_how_much(folder: Path) -> None:
    write([0, 625], [625, 1250])
    figure = draw("validation", "train")
    texts = [axes.get_legend().get_texts()[0].get_text() for axes in figure.axes]
    assert texts == ["the original network: 0.300", "the original network: 30.00 %"] * 2
    assert figure.axes[0].get_title(loc="left") == "Test images: loss (nats)"
    assert figure.axes[3].get_title(loc="left") == "Training images: accuracy"


def test_the_band_reaches_from_the_lowest_to_the_highest_seed(folder: Path) -> None:
    write([0, 625, 1250, 1875], [1875])
    (band,) = draw("validation").axes[0].collections
    corners = {(x, round(y, 6)) for x, y in band.get_paths()[0].vertices}
    assert {(625, 0.63), (625, 0.77), (1875, 0.09), (1875, 0.11)} <= corners


@pytest.mark.parametrize(("log_steps", "start"), [(False, 0), (True, 12.5)])
def test_the_axes_leave_out_the_first_of_the_training(
    folder: Path, log_steps: bool, start: float
) -> None:
    write([0, 625, 1250, 1875], [1875])
    axes = draw("validation", log_steps=log_steps).axes[0]
    assert axes.get_xlim()[0] == start
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


@pytest.fixture(scope="module")
def published() -> dict[str, Figure]:
    """Every figure of curves, and that of all runs, from the published results."""
    use_house_style()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(HERE)
        curves = {name: load_curve(name) for name in load_variants()}
        figures = {name: draw_curves(spec, curves) for name, spec in read_figures().items()}
        figures["runs"] = draw_runs(curves)
        for figure in figures.values():
            figure.draw_without_rendering()
    return figures


def test_no_label_overlaps_another_or_leaves_its_figure(published: dict[str, Figure]) -> None:
    for name, figure in published.items():
        for axes in figure.axes:
            low, high = sorted(axes.get_ylim())
            ticks = zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
            names = axes.get_legend().get_texts() if axes.get_legend() else []
            labels = [*axes.texts, *names, *(label for tick, label in ticks if low <= tick <= high)]
            boxes = [text.get_window_extent() for text in labels]
            for i, box in enumerate(boxes):
                assert box.x0 >= -1, name
                assert box.x1 <= figure.bbox.x1 + 1, name
                assert not any(box.overlaps(other) for other in boxes[:i]), name


def test_every_run_is_a_dot_and_the_best_network_is_on_top(folder: Path) -> None:
    for name, accuracy in (("plain", 0.9), ("ten-layers", 0.1), ("momentum", 0.95)):
        write([0, 625], [625], name)
        table = {column: [accuracy, accuracy + 0.01] for column in tables.QUANTITIES}
        files.write_csv(f"plots/seeds/{name}.csv", {"steps": [625, 625], **table})
    [axes] = draw_runs(
        {name: load_curve(name) for name in ("plain", "ten-layers", "momentum")}
    ).axes
    best, other = (line for line in axes.lines if line.get_gid())
    assert best.get_xdata() == pytest.approx([95, 96])
    assert other.get_xdata() == pytest.approx([90, 91])
    names = [words(name) for name in ("momentum", "plain", "ten-layers")]
    assert [label.get_text() for label in axes.get_yticklabels()] == names
    assert axes.yaxis_inverted()
    assert axes.get_xlim()[0] > 89  # what learned nothing takes no room
    [text] = axes.texts
    assert text.get_text() == "◀ all its runs lie further left, at 10.5 % on average"
