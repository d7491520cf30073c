from command import UserError

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from figures import style
from figures.curves import FIGURES, read_lines

PROJECT = Path(__file__).parents[2]

# How a reader without red or green cones sees linear RGB (Machado, Oliveira, Fernandes, A
# physiologically-based model for simulation of color vision deficiency, 2009; severity 1.0).
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def seen(color: str, vision: str) -> np.ndarray:
    """CIELAB coordinates of a colour as a reader sees it; 2.3 apart is just noticeable."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(TO_XYZ @ np.clip(VISION[vision] @ linear, 1e-6, 1) / TO_XYZ.sum(axis=1))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The networks of every row of panels, by name in figures.yaml."""
    monkeypatch.chdir(PROJECT)
    return {name: list(measures["loss"]) for name, measures in read_lines().items()}


@pytest.mark.parametrize("vision", VISION)
def test_colour_blind_readers_tell_the_lines_of_a_panel_apart(
    lines: dict[str, list[str]], vision: str
) -> None:
    for networks in lines.values():
        for one, other in combinations(style.colors_of(networks).values(), 2):
            assert np.linalg.norm(seen(one, vision) - seen(other, vision)) > 15, networks


def test_a_network_has_one_colour_and_shares_it_at_most_with_another_version_of_its_shape(
    lines: dict[str, list[str]],
) -> None:
    colors: dict[str, set[str]] = {}
    for networks in lines.values():
        for name, color in style.colors_of(networks).items():
            colors.setdefault(name, set()).add(color)
    assert {len(own) for own in colors.values()} == {1}
    for figure in FIGURES.values():
        shown = sorted({name for row in figure.rows for name in lines[row.name]})
        for one, other in combinations(shown, 2):
            if colors[one] == colors[other]:
                shapes = {re.sub(r"momentum-|-\d+$", "", name) for name in (one, other)}
                assert len(shapes) == 1, (one, other)


def test_networks_without_a_colour_take_those_of_the_palette_in_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(PROJECT)
    colors = style.colors_of(["plain", *(f"new-{i}" for i in range(7))])
    assert colors["plain"] == "#555555"
    assert len(set(colors.values())) == 8
    assert style.colors_of(["new-0"])["new-0"] != colors["new-0"]


@pytest.mark.parametrize("content", ["{}", '{"transform": [], "params": []}'])
def test_a_template_without_colours_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.chdir(tmp_path)
    style.TEMPLATE.parent.mkdir(parents=True)
    style.TEMPLATE.write_text(content)
    with pytest.raises(UserError, match=r"^\.dvc/plots/band\.json: has no table of colours"):
        style.colors_of(["plain"])


def test_the_house_style_forgets_the_users_settings_and_fonts() -> None:
    matplotlib.rcParams.update({"font.size": 40, "lines.linestyle": ":", "axes.facecolor": "red"})
    font_manager.fontManager.ttflist.append(font_manager.FontEntry("/a.ttf", "DejaVu Sans"))
    style.use_house_style()
    changed = {
        key
        for key, value in matplotlib.rcParamsDefault.items()
        if not key.startswith(("backend", "interactive")) and matplotlib.rcParams[key] != value
    }
    house = matplotlib.rc_params_from_file(style.HOUSE, use_default_template=False)
    assert changed <= set(house)
    assert matplotlib.rcParams["font.size"] == house["font.size"]
    package = str(Path(matplotlib.get_data_path()).resolve())
    fonts = font_manager.fontManager.ttflist
    assert all(str(Path(font.fname).resolve()).startswith(package) for font in fonts)
    assert str(Path(font_manager.findfont("DejaVu Sans")).resolve()).startswith(package)


def small_figure() -> Figure:
    style.use_house_style()
    figure = style.new_figure("Title", 2.0, "how to read it")
    axes = figure.subplots()
    steps = np.arange(50)
    axes.plot(steps, np.sin(steps), "o-", label="waves")
    axes.fill_between(steps, np.sin(steps) - 0.1, np.sin(steps) + 0.1)
    axes.text(3, 0.5, "some words")
    return figure


def positions(svg: str) -> list[tuple[str, list[float]]]:
    """What stands where: of every element its tag and all numbers of its geometry."""
    geometry = {"d", "x", "y", "transform"}
    found = []
    for element in ElementTree.fromstring(svg).iter():  # noqa: S314 - our own file
        texts = [
            element.get(name, "").replace("translate(", "").replace(" 0)", ")")
            for name in sorted(geometry)
        ]
        numbers = [float(n) for text in texts for n in re.findall(r"-?\d+\.?\d*", text)]
        found.append((element.tag, numbers))
    return found


def test_the_shortened_file_has_everything_where_matplotlib_put_it(tmp_path: Path) -> None:
    figure = small_figure()
    whole = tmp_path / "whole.svg"
    figure.savefig(whole, metadata={"Date": None, "Creator": None})
    before, after = positions(whole.read_text()), positions(style.to_svg(figure))
    assert [tag for tag, _ in before] == [tag for tag, _ in after]
    assert sum(len(numbers) for _, numbers in before) > 500
    for (_, long), (_, short) in zip(before, after, strict=True):
        assert short == pytest.approx(long, abs=0.0051)


def test_the_file_is_shorter_and_holds_neither_date_nor_version() -> None:
    svg = style.to_svg(small_figure())
    assert "dc:date" not in svg
    assert matplotlib.__version__ not in svg
    assert not re.search(r' d="[^"]*\d\.\d{3}', svg)
    assert "<text" not in svg  # letters are paths: every reader sees the same


def test_two_drawings_have_the_same_bytes() -> None:
    assert style.to_svg(small_figure()) == style.to_svg(small_figure())


def test_a_figure_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    style.save_figures(tmp_path, {"a": small_figure})
    before = (tmp_path / "a.svg").read_bytes()

    def fail() -> Figure:
        raise ValueError("no data")

    with pytest.raises(ValueError, match="no data"):
        style.save_figures(tmp_path, {"a": fail})
    assert (tmp_path / "a.svg").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.svg"]


def test_labels_that_have_room_stay_at_their_lines() -> None:
    assert style.spread([0.9, 0.1, 0.5], 0.2).tolist() == pytest.approx([0.9, 0.1, 0.5])


def test_labels_of_one_place_part_evenly_around_it() -> None:
    assert style.spread([0.5, 0.5, 0.5], 0.2).tolist() == pytest.approx([0.3, 0.5, 0.7])


def test_a_pushed_label_pushes_its_neighbour() -> None:
    # 0.50 and 0.52 part to 0.41 and 0.61; 0.62 is then too near: all three have the mean 0.5466...
    expected = np.mean([0.50, 0.52, 0.62]) + np.array([-0.2, 0.0, 0.2])
    assert style.spread([0.50, 0.52, 0.62], 0.2) == pytest.approx(expected)


@pytest.mark.fuzz
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.01, 0.3))
def test_labels_keep_their_order_and_distance_inside_the_panel(
    wanted: list[float], gap: float
) -> None:
    positions = style.spread(wanted, gap)
    assert ((positions >= -1e-9) & (positions <= 1 + 1e-9)).all()
    order = np.argsort(wanted, kind="stable")
    fitting = min(gap, 1 / max(1, len(wanted) - 1))
    assert (np.diff(positions[order]) >= fitting - 1e-9).all()


def test_a_label_is_darker_than_its_line() -> None:
    assert sum(style.darker("#56B4E9")) < sum(to_rgb("#56B4E9"))
