from pathlib import Path

import pytest
from refusals import refusal

from judging.claims import Protocol
from judging.quantities import Measured
from judging.tricks import BETTER, COLUMNS, QUESTIONS, compare, judge_tricks, judged
from workflow import files
from workflow.settings import read_crossing

HERE = Path(__file__).parents[2]
MARGINS = {"accuracy": 0.002, "loss": 0.01, "share": 0.1}
PROTOCOL = Protocol(pilot="", frozen="", confidence=0.95, margins=MARGINS)


@pytest.mark.parametrize(
    ("asked", "with_it", "without", "difference"),
    [
        ("accuracy", [0.9, 0.91, 0.89], [0.7, 0.71, 0.69], 0.2),
        ("loss", [0.10, 0.11, 0.09], [0.30, 0.31, 0.29], -0.2),
        ("speed", [500, 505, 495], [1000, 1010, 990], 2),
    ],
)
def test_a_gain_is_a_difference_or_of_speed_a_ratio(asked, with_it, without, difference):
    runs = [[Measured(value) for value in each] for each in (with_it, without)]
    networks = [dict.fromkeys(QUESTIONS, each) for each in runs]
    found = judged({("x", asked): compare(networks, PROTOCOL)[asked]}, PROTOCOL)["x", asked]
    assert (found.verdict, found.difference) == (BETTER, pytest.approx(difference, rel=1e-4))
    assert found.interval[0] < difference < found.interval[1]


def test_a_grid_without_the_runs_of_a_comparison_is_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(HERE)
    crossing = read_crossing()
    monkeypatch.chdir(tmp_path)
    rows = [
        dict.fromkeys(COLUMNS, 1) | {"cell": cell, "rate": 0.1, "seed": seed}
        for cell in range(len(crossing.combinations))
        for seed in range(crossing.tuning_seeds)
    ]
    files.write_csv("plots/grid.csv", files.columns(rows))
    line = refusal(judge_tricks, crossing, {}, PROTOCOL)
    assert line.startswith("plots/grid.csv: holds no two runs of initial weights + ")
