import io
import re
from itertools import combinations
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from projects import HERE

from figures import style
from figures.curves import read_lines
from workflow.settings import load_variants

# How colours look to who lacks one kind of cones (Machado, Oliveira and Fernandes, 2009).
CONES = {
    "red": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "green": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
}


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The networks of every row of panels, by name in figures.yaml."""
    monkeypatch.chdir(HERE)
    return {name: list(measures["loss"]) for name, measures in read_lines().items()}


def test_colour_blind_readers_tell_the_lines_of_a_panel_apart(lines: dict[str, list[str]]) -> None:
    for networks in lines.values():
        colors = np.array([to_rgb(color) for color in style.colors_of(networks).values()]) ** 2.2
        for matrix in CONES.values():
            seen = np.clip(colors @ np.array(matrix).T, 0, 1) ** (1 / 2.2)
            for one, other in combinations(seen, 2):
                assert np.linalg.norm(one - other) > 0.2, networks


def test_two_networks_share_a_colour_only_where_they_differ_in_momentum_rate_or_images(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(HERE)
    colors = style.colors_of(load_variants())
    for one, other in combinations(colors, 2):
        if colors[one] == colors[other]:
            shapes = {re.sub(r"^momentum-(?!lr)|-[\d.]+$", "", name) for name in (one, other)}
            shapes = {re.sub("two-layers.*", "two-layers", shape) for shape in shapes}
            assert len(shapes) == 1, (one, other)


def test_every_published_network_has_words_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    words = [style.words_of(name) for name in load_variants()]
    assert len(set(words)) == len(words)
    assert not any("-" in each for each in words)
    assert style.words_of("my-own") == "my-own"


def test_networks_without_a_colour_take_those_of_the_palette_in_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(HERE)
    colors = style.colors_of(["plain", *(f"new-{i}" for i in range(7))])
    assert colors["plain"] == "#555555"
    assert len(set(colors.values())) == 8
    assert style.colors_of(["new-0"])["new-0"] != colors["new-0"]


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


def numbers(svg: str) -> list[float]:
    """All numbers that say where something stands."""
    texts = re.findall(r' (?:d|x|y|transform)="([^"]+)"', svg.replace(" 0)", ")"))
    return [float(number) for text in texts for number in re.findall(r"-?\d+\.?\d*", text)]


def test_the_shortened_file_has_everything_where_matplotlib_put_it() -> None:
    figure, whole = small_figure(), io.StringIO()
    figure.savefig(whole, format="svg", metadata={"Date": None, "Creator": None})
    before, after = numbers(whole.getvalue()), numbers(style.to_svg(figure))
    assert len(before) > 500
    assert after == pytest.approx(before, abs=0.0051)


def test_the_file_is_shorter_and_holds_neither_date_nor_version() -> None:
    svg = style.to_svg(small_figure())
    assert "dc:date" not in svg
    assert matplotlib.__version__ not in svg
    assert not re.search(r' d="[^"]*\d\.\d{3}', svg)
    assert "<text" not in svg  # letters are paths: every reader sees the same
    assert svg == style.to_svg(small_figure())


def test_the_last_bits_of_the_layout_leave_no_trace() -> None:
    def drawn(width: float) -> str:
        style.use_house_style()
        figure = Figure()
        figure.add_axes((0.1, 0.1, width, 0.8)).plot([1, 2])
        return style.to_svg(figure)

    assert drawn(0.8) == drawn(0.8 + 1e-13)
    assert drawn(0.8) != drawn(0.7)


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
