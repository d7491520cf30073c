from pathlib import Path
from typing import Any

import numpy as np
import pytest
import records
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.catalogue import CURVES
from figures.curves import BOTH, CurveFigure, Row, draw_curves, load_curve
from figures.style import COLORS, use_house_style

PROJECT = Path(__file__).parents[2]
QUANTITIES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(steps: list[int], stopped: list[int], name: str = "plain") -> None:
    """Curves whose loss falls from 1 to 0.1 and whose accuracy rises from 0.1 to 1."""
    columns: dict[str, Any] = {"step": steps}
    for quantity in QUANTITIES:
        ends = (1.0, 0.1) if quantity.endswith("loss") else (0.1, 1.0)
        mean = np.linspace(*ends, len(steps))
        columns |= {quantity: mean, f"{quantity}_lo": mean * 0.9, f"{quantity}_hi": mean * 1.1}
    records.write_csv(f"plots/curves/{name}.csv", columns)
    records.write_csv(f"plots/seeds/{name}.csv", {"steps": stopped})


def draw(log_steps: bool = False, sets: tuple[str, ...] = BOTH) -> Figure:
    use_house_style()
    row = Row("Row", {"plain": "original"}, sets)
    spec = CurveFigure("Title", (row,), loss=(0, 0.5), accuracy=(0.5, 1.0), log_steps=log_steps)
    return draw_curves(spec, {"plain": load_curve("plain")})


def line_of(figure: Figure, gid: str) -> Line2D:
    lines = [line for axes in figure.axes for line in axes.lines]
    (found,) = (line for line in lines if line.get_gid() == gid)
    return found


def test_the_line_is_the_mean_in_the_variants_colour(folder: Path) -> None:
    write([0, 125, 250, 375], [375, 375])
    figure = draw()
    line = line_of(figure, "validation_loss.plain")
    assert np.asarray(line.get_xdata()).tolist() == [0, 125, 250, 375]
    assert line.get_ydata() == pytest.approx([1.0, 0.7, 0.4, 0.1])
    assert line.get_color() == COLORS["plain"]
    assert line.get_linestyle() == "-"
    assert line_of(figure, "train_accuracy.plain").get_linestyle() == "--"


def test_from_the_first_stop_on_the_line_is_pale(folder: Path) -> None:
    write([0, 125, 250, 375], [250, 375])
    axes = draw(sets=("validation",)).axes[0]
    full, pale, _leader = axes.lines
    assert np.asarray(full.get_xdata()).tolist() == [0, 125, 250]
    assert np.asarray(pale.get_xdata()).tolist() == [250, 375]
    assert full.get_alpha() is None
    assert pale.get_alpha() < 0.5


def test_the_band_reaches_from_the_lowest_to_the_highest_seed(folder: Path) -> None:
    write([0, 125, 250, 375], [375])
    (band,) = draw(sets=("validation",)).axes[0].collections
    corners = {(x, round(y, 6)) for x, y in band.get_paths()[0].vertices}
    assert {(0, 0.9), (0, 1.1), (125, 0.63), (125, 0.77), (375, 0.09), (375, 0.11)} <= corners


def test_a_band_of_many_checks_keeps_its_peaks(folder: Path) -> None:
    write(list(range(0, 50_000, 5)), [50_000])
    path = folder / "plots/curves/plain.csv"
    columns = dict(records.read_csv(path))
    columns["validation_loss_hi"][4321] = 7.0
    records.write_csv(path, columns)
    (band,) = draw(sets=("validation",)).axes[0].collections
    assert len(band.get_paths()[0].vertices) < 2_000
    assert band.get_paths()[0].vertices[:, 1].max() == 7.0


def test_a_logarithmic_axis_begins_at_the_first_step(folder: Path) -> None:
    write([0, 125, 250, 375], [375])
    figure = draw(log_steps=True)
    assert figure.axes[0].get_xlim() == (125, 375)
    assert np.asarray(line_of(figure, "validation_loss.plain").get_xdata()).tolist()[0] == 125


def test_a_variant_alone_is_labelled_by_its_sets(folder: Path) -> None:
    write([0, 125], [125])
    texts = [text.get_text() for text in draw().axes[0].texts]
    assert texts == ["validation", "training"]


@pytest.mark.parametrize("steps", [[0], [0, 250, 125], [125, 125]])
def test_steps_that_do_not_rise_are_refused(folder: Path, steps: list[int]) -> None:
    write(steps, [125])
    with pytest.raises(ValueError, match=r"plots/curves/plain.csv: expected two steps or more"):
        load_curve("plain")


@pytest.fixture(scope="module")
def published() -> dict[str, Figure]:
    """Every figure of curves, from the published results."""
    use_house_style()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(PROJECT)
        figures = {}
        for name, spec in CURVES.items():
            curves = {variant: load_curve(variant) for variant in spec.variants}
            figures[name] = draw_curves(spec, curves)
            figures[name].draw_without_rendering()
    return figures


@pytest.mark.parametrize("name", CURVES)
def test_no_label_overlaps_another_or_leaves_the_figure(
    published: dict[str, Figure], name: str
) -> None:
    figure = published[name]
    boxes = [text.get_window_extent() for axes in figure.axes for text in axes.texts]
    assert len(boxes) >= 4
    for i, box in enumerate(boxes):
        assert box.x1 <= figure.bbox.x1 + 1
        for other in boxes[:i]:
            apart = box.y0 >= other.y1 - 1 or box.y1 <= other.y0 + 1
            assert apart or box.x0 >= other.x1 or box.x1 <= other.x0


@pytest.mark.parametrize("name", CURVES)
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
