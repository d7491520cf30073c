from pathlib import Path

import numpy as np
import pytest
import records

from figures.layers import GradientFigure, by_layer, draw_gradients, load_gradients
from figures.style import use_house_style

# Two seeds, two layers, the start and three epochs of the first seed, two of the second.
ROWS = [
    # seed, step, layer, gradient, weight
    *[(0, 0, 1, 4.0, 8.0), (0, 0, 2, 1.0, 2.0)],
    *[(0, 625, 1, 0.1, 1.0), (0, 625, 2, 0.2, 1.0)],
    *[(0, 1250, 1, 0.4, 1.0), (0, 1250, 2, 0.5, 1.0)],
    *[(0, 1875, 1, 0.9, 1.0), (0, 1875, 2, 0.3, 1.0)],
    *[(1, 0, 1, 9.0, 8.0), (1, 0, 2, 4.0, 2.0)],
    *[(1, 625, 1, 0.9, 2.0), (1, 625, 2, 0.3, 2.0)],
]
NAMES = ("seed", "step", "layer", "gradient_norm", "weight_norm")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(rows: list[tuple[float, ...]], name: str = "plain") -> None:
    columns = dict(zip(NAMES, map(list, zip(*rows, strict=True)), strict=True))
    records.write_csv(f"plots/gradients/{name}.csv", columns)


def test_at_initialization_the_norms_are_those_of_step_0(folder: Path) -> None:
    write(ROWS)
    found = by_layer(load_gradients("plain"), "initialization", shares=False)
    assert found.mean == pytest.approx([6.0, 2.0])  # geometric: sqrt(4 * 9), sqrt(1 * 4)
    assert (found.low.tolist(), found.high.tolist()) == ([4.0, 1.0], [9.0, 4.0])


def test_in_training_a_seed_counts_by_its_median_epoch(folder: Path) -> None:
    write(ROWS)
    found = by_layer(load_gradients("plain"), "training", shares=False)
    assert found.mean == pytest.approx([0.6, 0.3])  # sqrt(0.4 * 0.9), sqrt(0.3 * 0.3)


def test_shares_are_gradients_over_weights(folder: Path) -> None:
    write(ROWS)
    table = load_gradients("plain")
    assert by_layer(table, "initialization", shares=True).mean == pytest.approx([0.75, 1.0])
    assert by_layer(table, "training", shares=True).low == pytest.approx([0.4, 0.15])


def test_training_of_one_epoch_has_only_its_start(folder: Path) -> None:
    write([row for row in ROWS if row[1] == 0])
    table = load_gradients("plain")
    start, training = (by_layer(table, time, False) for time in ("initialization", "training"))
    assert start.mean.tolist() == training.mean.tolist()


def test_a_line_leads_from_the_first_hidden_layer_back_to_the_output(folder: Path) -> None:
    write(ROWS)
    use_house_style()
    spec = GradientFigure("Title", {"Row": {"plain": "one layer"}})
    figure = draw_gradients(spec, {"plain": load_gradients("plain")})
    (line,) = (line for line in figure.axes[0].lines if line.get_gid() == "initialization.plain")
    assert np.asarray(line.get_xdata()).tolist() == [1.0, 0.0]
    assert line.get_ydata() == pytest.approx([6.0, 2.0])
    low, high = figure.axes[0].get_ylim()
    assert low < 0.3
    assert high > 9.0


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(0, 0, 1, 0.0, 1.0)], "the column gradient_norm holds a norm that is not above 0"),
        ([(0, 0, 1, 1.0, -1.0)], "the column weight_norm holds a norm that is not above 0"),
        (ROWS[:-1], "expected every layer of every seed, from step 0 on"),
        (ROWS[2:], "expected every layer of every seed, from step 0 on"),
    ],
)
def test_incomplete_gradients_are_refused_with_the_name_of_the_file(
    folder: Path, rows: list[tuple[float, ...]], message: str
) -> None:
    write(rows)
    with pytest.raises(ValueError, match=f"plots/gradients/plain.csv: {message}"):
        load_gradients("plain")
