"""The figure of all runs."""

from projects import HERE

from figures.curves import load_curve
from figures.runs import draw_runs
from figures.style import words_of
from workflow.settings import load_variants


def test_every_run_of_every_network_is_a_dot_and_the_best_network_is_on_top(monkeypatch) -> None:
    monkeypatch.chdir(HERE)
    curves = {name: load_curve(name) for name in load_variants()}
    figure = draw_runs(curves)
    [axes] = figure.axes
    dots = {line.get_gid().removeprefix("runs."): line for line in axes.lines if line.get_gid()}
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert sorted(dots) == sorted(curves)
    networks = {words_of(name): name for name in curves}
    assert sorted(networks) == sorted(labels)
    means = []
    for y, name in enumerate(networks[label] for label in labels):
        assert set(dots[name].get_ydata()) == {y}
        assert len(dots[name].get_xdata()) == len(curves[name].ends["steps"])
        means.append(1 - dots[name].get_xdata().mean())
    assert means == sorted(means, reverse=True)
    assert labels[0] in figure.get_suptitle()
