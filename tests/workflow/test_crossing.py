"""grid.yaml: which networks are trained, at which rates, and what is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest
from projects import HERE, copy_of, edit

from workflow import crossing
from workflow.command import UserError
from workflow.crossing import best_rates, read_crossing

FACTORIAL = 8  # combinations of three crossed tricks


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable], None]:
    copy_of(tmp_path, "grid.yaml", "variants.yaml")
    monkeypatch.chdir(tmp_path)
    return lambda change: edit(tmp_path / "grid.yaml", change)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> crossing.Crossing:
    monkeypatch.chdir(HERE)
    return read_crossing()


def test_every_subset_of_the_crossed_tricks_is_there_once_and_each_added_one_on_top(published):
    combinations = published.combinations
    assert len({frozenset(each) for each in combinations}) == len(combinations)
    assert len(combinations) == FACTORIAL + len(published.added)
    for name in published.added:
        assert published.contest(name) == (published.everything, (*published.everything, name))
    without, with_it = published.contest("momentum")
    assert set(with_it) - set(without) == {"momentum"}


def test_with_and_without_momentum_the_effective_rates_are_equal(published):
    for each in published.combinations:
        for rate in published.rates:
            network = published.network(each, rate)
            assert network.momentum == (0.9 if "momentum" in each else 0)
            assert network.learning_rate / (1 - network.momentum) == pytest.approx(rate)


def test_two_networks_of_a_contest_differ_in_the_trick_alone(published):
    for name, trick in published.tricks.items():
        before, after = (dict(published.network(each, 0.1)) for each in published.contest(name))
        changed = {key for key in before if before[key] != after[key]}
        expected = {*trick.after, *(["learning_rate"] if "momentum" in trick.after else [])}
        assert changed == expected - {"seeds"}


def test_contests_get_the_seeds_that_they_ask_for(published):
    plan = published.plan(dict.fromkeys(published.combinations, 0.4))
    usual = published.protocol["seeds"]
    for name, trick in published.tricks.items():
        assert plan[published.contest(name)[1], 0.4] >= (trick.seeds or usual)
    assert plan[(), 0.1] == plan[(), 0.4] == usual
    assert all(rate == 0.4 for tricks, rate in plan if set(tricks) & set(published.added))


def rows(*losses: tuple[int, float, int, float]) -> dict:
    columns = zip(*losses, strict=True)
    return dict(zip(("cell", "rate", "seed", "tuning_loss"), columns, strict=True))


def test_the_best_rate_is_that_of_the_tuning_seeds_lowest_loss(content):
    def alone(grid: dict) -> None:
        grid.update(added={}, crossed={"momentum": grid["crossed"]["momentum"]})
        grid["protocol"].update(init="fan_in", activation="sigmoid")

    content(alone)
    tuning = (0, 0.1, 0, 0.5), (0, 0.4, 0, 0.3), (1, 0.1, 0, 0.2), (1, 0.4, 0, 0.3)
    of_another_seed = (0, 0.1, 1, 0.0)
    best = best_rates(rows(*tuning, of_another_seed), read_crossing())
    assert best == {(): 0.4, ("momentum",): 0.1}
    with pytest.raises(UserError, match="momentum diverges at every rate"):
        best_rates(rows(*tuning[:2]), read_crossing())


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda grid: grid.update(one_rate=0.3), "grid.yaml: one_rate = 0.3 "),
        (
            lambda grid: grid.update(ratse=[1.0]),
            r"grid.yaml: unknown key 'ratse' \(did you mean rates",
        ),
        (
            lambda grid: grid["crossed"]["momentum"]["after"].update(momentum=1.0),
            r"grid.yaml: momentum: momentum = 1.0 \(allowed",
        ),
        (
            lambda grid: grid["crossed"]["momentum"].update(reported=[["plain", "plane"]]),
            r"grid.yaml: momentum: reported = \['plain', 'plane'\]",
        ),
        (lambda grid: grid["rates"].append(1000.0), "grid.yaml: no trick: learning_rate = 1000.0"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(content, change, line):
    content(change)
    with pytest.raises(UserError, match=line) as error:
        read_crossing()
    assert "\n" not in str(error.value)
