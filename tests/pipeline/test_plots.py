"""What `dvc plots` draws: the overlays of dvc.yaml, and the templates in .dvc/plots."""

import math
from itertools import product

import pytest
from plot_projects import HERE, definitions, dvc_draws, make_plots_project, marks
from plots_page import VEGA_LITE
from projects import commit, edit

from figures.curves import FIGURES, SHOWN
from figures.style import colors_of
from workflow import files

# The page of DVC itself loads 5.2 (test_browser.py); 5.8 is the oldest that vl-convert has.
VERSIONS = ("5.8", VEGA_LITE)
LEFT_OUT = 4  # checks
NEW = {f"plots/curves/{name}.csv": ["validation_loss"] for name in ("plain", "new", "newer")}


def overlays():
    """ID -> file -> the columns drawn of it."""
    return {name: plot["y"] for name, plot in definitions().items() if isinstance(plot["y"], dict)}


def test_dvc_draws_every_figure_of_figures_yaml_under_its_own_name():
    figures = files.read_yaml(HERE / SHOWN)["figures"]
    expected = {f"{name}-{measure}" for name, plots in figures.items() for measure in plots}
    assert set(overlays()) == expected | {"train-loss", "train-accuracy", "tricks-accuracy"}
    assert {row.name for figure in FIGURES.values() for row in figure.rows} <= set(figures)


def test_titles_tell_plots_apart():
    titles = [plot["title"] for plot in definitions().values()]
    assert len(set(titles)) == len(titles)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Specifications of what is published."""
    return dvc_draws(make_plots_project(tmp_path_factory.mktemp("published")), "show")


def test_dvc_draws_exactly_the_plots_of_dvc_yaml(published):
    assert set(published) == set(definitions())


@pytest.mark.parametrize("name", ["task-3-report-a-loss", "task-4ab-report-b-accuracy"])
def test_an_overlay_draws_a_line_and_a_band_for_each_network(published, name):
    for kind, color in (("line", "stroke"), ("area", "fill")):
        drawn = marks(published[name], VEGA_LITE, kind)
        networks = [file.split("/")[-1][:-4] for file in overlays()[name]]
        assert {items[0][color] for items in drawn} == set(colors_of(networks).values())
        assert len(drawn) == sum(len(columns) for columns in overlays()[name].values())


def curves(top):
    """Nine checks that fall from `top`, past ten, where text and numbers sort differently."""
    validation = [1000.0, 500.0, 400.0, 300.0, *(top - i for i in range(5))]
    columns = {"step": [125 * i for i in range(9)]}
    for name, low, high in (("validation_loss", 0.5, 1.0), ("train_loss", 0.1, 0.1)):
        columns[name] = validation
        columns[f"{name}_lo"] = [value - low for value in validation]
        columns[f"{name}_hi"] = [value + high for value in validation]
        for end in ("", "_lo", "_hi"):
            columns[f"{name}{end}".replace("loss", "accuracy")] = [0.5] * 9
    return columns


def write_network(project, top):
    """Plots of a small network, written by hand: losses from `top`, two seeds."""
    cells = list(product(range(10), range(10)))
    counts = [90.5 if i == j else 7.0 if (i, j) == (4, 9) else 0.0 for i, j in cells]
    runs = list(product(range(2), range(9)))
    tables = {
        "curves": curves(top),
        "runs": {
            "seed": [seed for seed, _ in runs],
            "step": [125 * check for _, check in runs],
            "validation_loss": [top - check + seed / 2 for seed, check in runs],
        },
        "seeds": {
            "seed": [0, 1],
            "validation_loss": [9.0, 10.0],
            "validation_accuracy": [0.8, 0.9],
        },
        "gradients": {
            "seed": [0, 0, 0, 0, 1, 1, 1, 1],
            "step": [0, 0, 1000, 1000] * 2,
            "layer": [1, 2] * 4,
            "gradient_norm": [1.0, 5.0, 0.1, 6.0, 3.0, 15.0, 0.3, 18.0],
        },
        "confusion": {
            "actual": [i for i, _ in cells],
            "predicted": [j for _, j in cells],
            "images": counts,
        },
    }
    for kind, columns in tables.items():
        files.write_csv(project / f"plots/{kind}/train.csv", columns)


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Specifications of two small networks, one in HEAD and one in the workspace."""
    project = make_plots_project(tmp_path_factory.mktemp("compared"))
    write_network(project, 14.0)
    commit(project, "A network")
    write_network(project, 12.0)
    return dvc_draws(project, "diff", "HEAD", "workspace")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_band_reaches_from_the_lowest_to_the_highest_seed(compared, version):
    lines = marks(compared["train-loss"], version, "line")
    areas = marks(compared["train-loss"], version, "area")
    assert len(lines) == len(areas) == 4  # two sets, two revisions
    for line, area in zip(lines, areas, strict=True):
        validation = "column: validation_loss" in line[0]["description"]
        for point, band in zip(line, area, strict=True):
            assert point["x"] == pytest.approx(band["x"])
            below, above = band["y"] - point["y"], point["y"] - band["y2"]
            assert above == pytest.approx(2 * below)
            assert (below > 5) == validation
        assert line[0]["strokeWidth"] == (2.2 if validation else 1)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_fall_of_the_first_checks_does_not_squash_the_rest(compared, version):
    lines = marks(compared["train-loss"], version, "line")
    assert {len(line) for line in lines} == {9 - LEFT_OUT}
    places = [point["y"] for line in lines for point in line]
    assert max(places) - min(places) > 200  # of 300 pixels; step 0 is at 1000


@pytest.mark.parametrize("version", VERSIONS)
def test_revisions_of_one_network_differ_in_dash_and_color(compared, version):
    seen = {}
    for line in marks(compared["train-loss"], version, "line"):
        revision = line[0]["description"].split("revision: ")[1].split(";")[0]
        seen.setdefault(revision, set()).add((str(line[0]["strokeDash"]), line[0]["stroke"]))
    assert set(seen) == {"HEAD", "workspace"}
    [(dash, color)], [(other_dash, other_color)] = seen.values()
    assert dash != other_dash
    assert color != other_color


@pytest.mark.parametrize("version", VERSIONS)
def test_networks_without_a_colour_take_those_of_the_palette_in_turn(tmp_path, version):
    project = make_plots_project(tmp_path)
    write_network(project, 12.0)
    curves = project / "plots/curves"
    for name in ("new", "newer", "plain"):
        (curves / f"{name}.csv").write_bytes((curves / "train.csv").read_bytes())
    shown = {"figures": {"task-2-shuffling": dict.fromkeys(("loss", "accuracy"), NEW)}}
    edit(project / SHOWN, lambda content: content["figures"].update(shown["figures"]))
    drawn = marks(dvc_draws(project, "show")["task-2-shuffling-loss"], version, "line")
    networks = [file.split("/")[-1][:-4] for file in NEW]
    assert {line[0]["stroke"] for line in drawn} == set(colors_of(networks).values())


@pytest.mark.parametrize("version", VERSIONS)
def test_gradient_norms_are_means_over_seeds_in_their_range(compared, version):
    drawn = compared["plots/gradients/train.csv"]
    lines, areas = marks(drawn, version, "line"), marks(drawn, version, "area")
    assert len(lines) == len(areas) == 4  # two layers, two revisions
    assert len({line[0]["stroke"] for line in lines}) == 2
    for line, area in zip(lines, areas, strict=True):
        for point, band in zip(line, area, strict=True):  # seeds 1 : 3, mean 2, on a log axis
            share = (band["y"] - point["y"]) / (band["y"] - band["y2"])
            assert share == pytest.approx(math.log(2) / math.log(3))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_confusion_matrix_shows_counts_and_colors_what_is_wrong(compared, version):
    drawn = compared["plots/confusion/train.csv"]
    texts = [item["text"] for items in marks(drawn, version, "text") for item in items]
    assert sorted(texts) == ["7"] * 2 + ["90.5"] * 20
    cells = [item for items in marks(drawn, version, "rect") for item in items]
    wrong = [item for item in cells if item["fill"] != "rgb(255, 255, 255)"]
    assert (len(cells), len(wrong)) == (200, 2)


@pytest.mark.parametrize("version", VERSIONS)
def test_each_seed_has_its_line_and_its_point(compared, version):
    lines = marks(compared["plots/runs/train.csv"], version, "line")
    assert [len(line) for line in lines] == [9 - LEFT_OUT] * 4
    points = marks(compared["plots/seeds/train.csv"], version, "symbol")
    assert sum(len(items) for items in points) == 4
    assert len({line[0]["stroke"] for line in lines}) == 2  # one a revision
    assert len({item["fill"] for items in points for item in items}) == 2
