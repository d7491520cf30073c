import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from figures import style
from figures.catalogue import CURVES, GRADIENTS
from settings import load_variants

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


def panels() -> list[set[str]]:
    """The variants of every panel."""
    lines = [set(row.lines) for spec in CURVES.values() for row in spec.rows]
    return lines + [set(lines) for spec in GRADIENTS.values() for lines in spec.rows.values()]


def test_every_colour_is_a_variants() -> None:
    assert set(style.COLORS) <= set(load_variants())


def test_variants_of_one_figure_have_one_colour_only_as_two_versions_of_a_topology() -> None:
    for spec in (*CURVES.values(), *GRADIENTS.values()):
        for one, other in combinations(sorted(spec.variants), 2):
            if style.COLORS[one] == style.COLORS[other]:
                topologies = {re.sub(r"momentum-|-\d+$", "", name) for name in (one, other)}
                assert len(topologies) == 1, (one, other)


@pytest.mark.parametrize("vision", VISION)
def test_colour_blind_readers_tell_the_lines_of_a_panel_apart(vision: str) -> None:
    for variants in panels():
        for one, other in combinations(sorted(variants), 2):
            colors = seen(style.COLORS[one], vision), seen(style.COLORS[other], vision)
            assert np.linalg.norm(colors[0] - colors[1]) > 15, (one, other)


def test_the_house_style_forgets_the_users_settings_and_fonts() -> None:
    matplotlib.rcParams.update({"font.size": 40, "lines.linestyle": ":", "axes.facecolor": "red"})
    font_manager.fontManager.ttflist.append(font_manager.FontEntry("/a.ttf", "DejaVu Sans"))
    style.use_house_style()
    changed = {
        key
        for key, value in matplotlib.rcParamsDefault.items()
        if not key.startswith(("backend", "interactive")) and matplotlib.rcParams[key] != value
    }
    assert changed <= set(style.HOUSE)
    assert matplotlib.rcParams["font.size"] == style.HOUSE["font.size"]
    package = str(matplotlib.get_data_path())
    assert all(font.fname.startswith(package) for font in font_manager.fontManager.ttflist)
    assert font_manager.findfont("DejaVu Sans").startswith(package)


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
