"""A verdict on one's own network, on results worked by hand in a repository of real Git."""

import pytest
from hand_made import NETWORK, write_results
from projects import HERE, copy_of, edit, make_repository, one_line, run
from ruamel.yaml import YAML


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Published: four seeds at 0.95. Here: with another learning rate, four at 0.90."""
    monkeypatch.chdir(tmp_path)
    copy_of(tmp_path, ".dvc", "claims/protocol.yaml", "variants.yaml", "plots/seeds", "plots/runs")
    settings = NETWORK.model_copy(update={"seeds": 4}).model_dump(mode="json")
    YAML().dump(settings, tmp_path / "params.yaml")
    write_results("train", [0.95, 0.96, 0.94, 0.95])
    make_repository(tmp_path)
    edit(tmp_path / "params.yaml", lambda content: content.update(learning_rate=0.5))
    write_results("train", [0.90, 0.91, 0.89, 0.90])
    return tmp_path


def ask(folder, *words):
    return run(folder, "python", str(HERE / "src/ask.py"), *words)


def test_a_network_is_compared_with_the_published_one_by_hand(folder):
    done = ask(folder)
    own, other, _, _, _, *rows = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert own == "yours, 4 seeds: learning rate 0.5"
    assert other == "the other, HEAD, 4 seeds: learning rate 0.1"
    # Both variances are 0.0002 / 3; the loss, the same in every seed, comes first, so Holm's level
    # is 0.05 / 2: t(0.9875; 6) = 2.968687 times sqrt(2 / 60,000) is 0.01714.
    cells = [[cell for cell in row.split("  ") if cell] for row in rows]
    assert [cell.strip() for cell in cells[0]] == [
        *("accuracy, %", "90.00", "95.00", "-5.00", "[-6.71, -3.29]", "worse")
    ]
    assert cells[1][-1].strip() == "not different enough to matter"
    assert cells[2][-2].strip() == "[..., ...]"  # no run came so far
    assert cells[2][-1].strip().startswith("undecided")


def test_a_variant_has_its_own_settings_and_seeds(folder):
    done = ask(folder, "plain")
    assert done.stdout.splitlines()[1].startswith("the other, plain, 16 seeds: init uniform, ")
    assert "worse" in done.stdout


def test_what_cannot_be_compared_is_refused_in_one_line(folder):
    assert "nowhere: unknown Git revision 'nowhere' (allowed: plain, " in one_line(
        ask(folder, "nowhere")
    )
    edit(folder / "params.yaml", lambda content: content.update(hidden=32))
    assert "train was trained with other settings" in one_line(ask(folder))
    run(folder, "git", "restore", ".")
    for rate in (0.1, 0.5):  # as published, and edited without a training since
        edit(folder / "params.yaml", lambda content, rate=rate: content.update(learning_rate=rate))
        assert "these are the runs of HEAD" in one_line(ask(folder))
