import numpy as np
import pytest
from projects import HERE

from figures.curves import CurveFigure
from figures.layers import PANELS, by_layer, draw_gradients
from figures.style import use_house_style

# Two seeds, two layers, the start and three epochs of the first seed, one of the second.
ROWS = [
    # seed, step, layer, norm
    *[(0, 0, 1, 4.0), (0, 0, 2, 1.0), (0, 625, 1, 0.1), (0, 625, 2, 0.2)],
    *[(0, 1250, 1, 0.4), (0, 1250, 2, 0.5), (0, 1875, 1, 0.9), (0, 1875, 2, 0.3)],
    *[(1, 0, 1, 9.0), (1, 0, 2, 4.0), (1, 625, 1, 0.9), (1, 625, 2, 0.3)],
]
NAMES = ("seed", "step", "layer", "gradient_norm")
TABLE = dict(zip(NAMES, np.array(ROWS).T, strict=True))


def test_at_initialization_the_norms_are_those_of_step_0() -> None:
    mean, low, high = by_layer(TABLE, training=False)
    assert mean == pytest.approx([6.0, 2.0])  # geometric: sqrt(4 * 9), sqrt(1 * 4)
    assert (low.tolist(), high.tolist()) == ([4.0, 1.0], [9.0, 4.0])


def test_in_training_a_seed_counts_by_its_median_epoch() -> None:
    mean, _, _ = by_layer(TABLE, training=True)
    assert mean == pytest.approx([0.6, 0.3])  # sqrt(0.4 * 0.9), sqrt(0.3 * 0.3)


def test_a_line_leads_from_the_output_back_to_the_first_hidden_layer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(HERE)
    use_house_style()
    rows = {row: {"plots/curves/plain.csv": "validation_loss"} for row, _ in PANELS.values()}
    spec = CurveFigure(title="Title", sets=["validation"], rows=rows)
    figure = draw_gradients(spec, {"plain": TABLE})
    for axes, first in zip(figure.axes, (6.0, 0.6, 0.6), strict=True):
        assert list(axes.lines[0].get_xdata()) == [0.0, 1.0]
        assert axes.lines[0].get_ydata()[1] == pytest.approx(first)
        (label,) = axes.get_legend().get_texts()
        assert label.get_text() == f"the original network: {first:#.2g}"
