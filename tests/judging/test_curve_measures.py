import numpy as np
import pytest

from judging.curve_measures import Measured, Unmeasurable, drift, first_step_at, noise, parting_step

STEPS = np.array([0.0, 125.0, 250.0, 375.0])


def test_a_threshold_is_crossed_on_the_line_between_two_checks() -> None:
    # From 0.5 at step 125 to 0.9 at 250: 0.8 is three quarters of the way.
    found = first_step_at(STEPS, np.array([0.1, 0.5, 0.9, 0.95]), 0.8)
    assert found == Measured(125 + 0.75 * 125)


def test_the_first_of_several_crossings_counts() -> None:
    assert first_step_at(STEPS, np.array([0.0, 1.0, 0.0, 1.0]), 0.5).value == 62.5


def test_a_threshold_reached_at_the_start_takes_no_step() -> None:
    assert first_step_at(STEPS, np.array([0.9, 0.5, 0.9, 0.9]), 0.8) == Measured(0.0)


def test_a_threshold_never_reached_is_measured_at_the_last_step_or_later() -> None:
    assert first_step_at(STEPS, np.array([0.1, 0.2, 0.3, 0.4]), 0.8) == Measured(375.0, True)


def test_a_straight_line_has_no_noise() -> None:
    assert noise(np.linspace(0.9, 0.1, 40), window=9) == pytest.approx(0, abs=1e-12)


def test_noise_of_a_zigzag_worked_by_hand() -> None:
    # With a window of 3 the running mean at +1 is (-1 + 1 - 1) / 3 = -1/3: a distance of 4/3.
    zigzag = np.array([1.0, -1.0] * 6)
    assert noise(zigzag, window=3) == pytest.approx(4 / 3)


def test_noise_of_too_short_a_curve_cannot_be_measured() -> None:
    with pytest.raises(Unmeasurable, match="9 checks are too few for a window of 9"):
        noise(np.ones(9), window=9)


def test_drift_compares_the_last_window_with_the_one_before() -> None:
    assert drift(np.array([9.0, 1.0, 2.0, 3.0, 5.0, 6.0, 7.0]), window=3) == 4.0
    with pytest.raises(Unmeasurable):
        drift(np.ones(5), window=3)


def test_curves_part_where_the_gap_begins_to_last() -> None:
    gaps = np.array([0.0, 0.02, 0.0, 0.02, 0.03, 0.02])
    steps = np.arange(6) * 125.0
    assert parting_step(steps, gaps, gap=0.02, checks=3) == Measured(375.0)
    assert parting_step(steps, gaps, gap=0.02, checks=1) == Measured(125.0)


def test_curves_that_never_part_are_measured_at_the_last_step_or_later() -> None:
    assert parting_step(STEPS, np.zeros(4), gap=0.01, checks=2) == Measured(375.0, True)
    assert parting_step(STEPS, np.ones(4), gap=0.01, checks=5) == Measured(375.0, True)
