from command import UserError

from pathlib import Path

import numpy as np
import pytest

import files
from figures.layers import ROWS, by_layer, draw_gradients, load_gradients
from figures.style import use_house_style

PROJECT = Path(__file__).parents[2]
# Two seeds, two layers, the start and three epochs of the first seed, one of the second.
GRADIENTS = [
    # seed, step, layer, gradient, weight
    *[(0, 0, 1, 4.0, 8.0), (0, 0, 2, 1.0, 2.0)],
    *[(0, 625, 1, 0.1, 1.0), (0, 625, 2, 0.2, 1.0)],
    *[(0, 1250, 1, 0.4, 1.0), (0, 1250, 2, 0.5, 1.0)],
    *[(0, 1875, 1, 0.9, 1.0), (0, 1875, 2, 0.3, 1.0)],
    *[(1, 0, 1, 9.0, 8.0), (1, 0, 2, 4.0, 2.0)],
    *[(1, 625, 1, 0.9, 2.0), (1, 625, 2, 0.3, 2.0)],
]
NAMES = ("seed", "step", "layer", "gradient_norm", "weight_norm")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".dvc").symlink_to(PROJECT / ".dvc")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(rows: list[tuple[float, ...]]) -> files.Table:
    columns = dict(zip(NAMES, map(list, zip(*rows, strict=True)), strict=True))
    files.write_csv("plots/gradients/plain.csv", columns)
    return load_gradients("plain")


def test_at_initialization_the_norms_are_those_of_step_0() -> None:
    norms = by_layer(written(GRADIENTS), training=False, shares=False)
    assert norms.mean == pytest.approx([6.0, 2.0])  # geometric: sqrt(4 * 9), sqrt(1 * 4)
    assert (norms.low.tolist(), norms.high.tolist()) == ([4.0, 1.0], [9.0, 4.0])


def test_in_training_a_seed_counts_by_its_median_epoch() -> None:
    norms = by_layer(written(GRADIENTS), training=True, shares=False)
    assert norms.mean == pytest.approx([0.6, 0.3])  # sqrt(0.4 * 0.9), sqrt(0.3 * 0.3)


def test_shares_are_gradients_over_weights() -> None:
    table = written(GRADIENTS)
    assert by_layer(table, training=False, shares=True).mean == pytest.approx([0.75, 1.0])
    assert by_layer(table, training=True, shares=True).low == pytest.approx([0.4, 0.15])


def test_training_of_one_epoch_has_only_its_start() -> None:
    table = written([row for row in GRADIENTS if row[1] == 0])
    start, training = (by_layer(table, when, shares=False) for when in (False, True))
    assert start.mean.tolist() == training.mean.tolist()


def test_a_line_leads_from_the_first_hidden_layer_back_to_the_output() -> None:
    use_house_style()
    figure = draw_gradients({title: ["plain"] for title in ROWS}, {"plain": written(GRADIENTS)})
    line = figure.axes[0].lines[0]
    assert np.asarray(line.get_xdata()).tolist() == [1.0, 0.0]
    assert line.get_ydata() == pytest.approx([6.0, 2.0])
    low, high = figure.axes[0].get_ylim()
    assert low < 0.3
    assert high > 9.0
    texts = [[text.get_text() for text in axes.texts] for axes in figure.axes]
    assert texts == [[], ["plain"]] * len(ROWS)


@pytest.mark.parametrize("column", [3, 4])
def test_a_norm_that_has_no_place_on_a_logarithmic_axis_is_refused(column: int) -> None:
    row = [0, 0, 1, 1.0, 1.0]
    row[column] = 0.0
    message = f"^plots/gradients/plain.csv: the column {NAMES[column]} holds a norm that is not"
    with pytest.raises(UserError, match=message):
        written([tuple(row)])
