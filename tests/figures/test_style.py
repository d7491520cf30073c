import io
import re
from itertools import combinations
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from projects import HERE

from figures import style
from figures.curves import read_figures

# How colours look to who lacks one kind of cones (Machado, Oliveira and Fernandes, 2009).
CONES = {
    "red": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "green": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
}


NEW = [f"new-{number}" for number in range(7)]  # which have no colour of their own


def test_colour_blind_readers_tell_the_lines_of_a_panel_and_of_new_networks_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(HERE)
    for figure in read_figures().values():
        for networks in map(figure.networks, figure.rows):
            colors = [*style.colors_of(networks).values()]
            colors += {*style.colors_of(NEW).values()} - {*colors}
            light = np.array([to_rgb(color) for color in colors]) ** 2.2
            for matrix in CONES.values():
                seen = np.clip(light @ np.array(matrix).T, 0, 1) ** (1 / 2.2)
                for one, other in combinations(seen, 2):
                    assert np.linalg.norm(one - other) > 0.2, networks


def test_the_house_style_forgets_the_users_settings_and_fonts() -> None:
    matplotlib.rcParams.update({"font.size": 40, "lines.linestyle": ":", "axes.facecolor": "red"})
    font_manager.fontManager.ttflist.append(font_manager.FontEntry("/a.ttf", "DejaVu Sans"))
    style.use_house_style()
    assert matplotlib.rcParams["lines.linestyle"] == "-"
    assert matplotlib.rcParams["axes.facecolor"] == "white"
    assert matplotlib.rcParams["font.size"] == 9
    package = str(Path(matplotlib.get_data_path()).resolve())
    fonts = font_manager.fontManager.ttflist
    assert all(str(Path(font.fname).resolve()).startswith(package) for font in fonts)


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


def test_the_file_has_everything_where_matplotlib_put_it_but_neither_date_nor_version() -> None:
    figure, whole = small_figure(), io.StringIO()
    figure.savefig(whole, format="svg", metadata={"Date": None, "Creator": None})
    svg = style.to_svg(figure)
    before, after = numbers(whole.getvalue()), numbers(svg)
    assert len(before) > 500
    assert after == pytest.approx(before, abs=0.0056)
    assert "dc:date" not in svg
    assert matplotlib.__version__ not in svg
    assert not re.search(r' d="[^"]*\d\.\d{3}', svg)
    assert "<text" not in svg  # letters are paths: every reader sees the same
    assert svg == style.to_svg(small_figure())
    assert svg.replace(style.DARK, "") == style.to_svg(small_figure(), themed=False)


@pytest.mark.parametrize("tidy", [100.125, 33.335, 0.005])  # points, between two hundredths
def test_the_last_bits_of_a_layout_leave_no_trace(tidy: float) -> None:
    def drawn(points: float) -> str:
        style.use_house_style()
        figure = Figure(figsize=(2, 2))
        figure.add_artist(Line2D([0, points / 144], [0, 1]))
        return style.to_svg(figure)

    assert drawn(tidy - 1e-6) == drawn(tidy) == drawn(tidy + 1e-6)
    assert drawn(tidy) != drawn(tidy + 0.02)
