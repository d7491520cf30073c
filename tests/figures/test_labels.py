import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from figures.labels import darker, spread


def test_labels_that_have_room_stay_at_their_lines() -> None:
    assert spread([0.9, 0.1, 0.5], 0.2, 0.0, 1.0).tolist() == pytest.approx([0.9, 0.1, 0.5])


def test_labels_of_one_place_part_evenly_around_it() -> None:
    assert spread([0.5, 0.5, 0.5], 0.2, 0.0, 1.0).tolist() == pytest.approx([0.3, 0.5, 0.7])


def test_a_pushed_label_pushes_its_neighbour() -> None:
    # 0.50 and 0.52 part to 0.41 and 0.61; 0.62 is then too near: all three have the mean 0.5466...
    expected = np.mean([0.50, 0.52, 0.62]) + np.array([-0.2, 0.0, 0.2])
    assert spread([0.50, 0.52, 0.62], 0.2, 0.0, 1.0) == pytest.approx(expected)


def test_labels_at_the_edge_stay_inside() -> None:
    assert spread([1.0, 1.0], 0.2, 0.0, 1.0).tolist() == pytest.approx([0.8, 1.0])
    assert spread([0.0, 0.0], 0.2, 0.0, 1.0).tolist() == pytest.approx([0.0, 0.2])


def test_more_labels_than_fit_share_the_room() -> None:
    assert spread([0.5] * 5, 0.4, 0.0, 1.0).tolist() == pytest.approx([0, 0.25, 0.5, 0.75, 1])


def test_no_label_and_one_label() -> None:
    assert spread([], 0.2, 0.0, 1.0).tolist() == []
    assert spread([0.3], 0.2, 0.0, 1.0).tolist() == pytest.approx([0.3])


@pytest.mark.fuzz
@given(st.lists(st.floats(0, 1), max_size=12), st.floats(0.01, 0.3))
def test_labels_keep_their_order_and_distance_inside_the_panel(
    wanted: list[float], gap: float
) -> None:
    found = spread(wanted, gap, 0.0, 1.0)
    assert ((found >= -1e-9) & (found <= 1 + 1e-9)).all()
    order = np.argsort(wanted, kind="stable")
    fitting = min(gap, 1 / max(1, len(wanted) - 1))
    assert (np.diff(found[order]) >= fitting - 1e-9).all()


def test_a_label_is_darker_than_its_line() -> None:
    assert sum(darker("#56B4E9")) < sum(to_rgb("#56B4E9"))
