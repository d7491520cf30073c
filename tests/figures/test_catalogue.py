from figures.catalogue import CURVES, GRADIENTS
from settings import load_variants

# What the reports compare, task by task; written down apart from the catalogue.
SHOWN = {
    "task-2c": {"plain"},
    "task-2-shuffling": {"plain", "unshuffled"},
    "task-3-report-a": {
        *("plain", "improved-init", "init-sigmoid", "momentum", "momentum-lr-0.03"),
    },
    "task-3-report-b": {"plain", "improved-sigmoid", "init-sigmoid", "momentum"},
    "task-4ab": {
        *("hidden-32", "init-sigmoid", "hidden-128"),
        *("momentum-hidden-32", "momentum", "momentum-hidden-128"),
    },
    "task-4d": {
        *("init-sigmoid", "two-layers-59"),
        *("momentum", "momentum-two-layers-60", "momentum-hidden-128"),
    },
    "task-4e": {
        *("init-sigmoid", "two-layers-59", "ten-layers"),
        *("momentum", "momentum-two-layers-60", "momentum-ten-layers"),
    },
}


def test_every_figure_of_curves_has_the_variants_that_the_reports_compare() -> None:
    assert {name: spec.variants for name, spec in CURVES.items()} == SHOWN


def test_gradients_are_shown_of_one_two_and_ten_layers_with_and_without_momentum() -> None:
    for spec in GRADIENTS.values():
        assert spec.variants == SHOWN["task-4e"]
        for lines in spec.rows.values():
            hidden = [len(load_variants()[name].hyperparameters.hidden) for name in lines]
            assert hidden == [1, 2, 10]


def test_figures_show_known_variants_only() -> None:
    assert set.union(*(spec.variants for spec in CURVES.values())) <= set(load_variants())


def test_a_row_named_after_momentum_shows_networks_trained_so() -> None:
    variants = load_variants()
    rows = [(row.title, row.lines) for spec in CURVES.values() for row in spec.rows]
    rows += [row for spec in GRADIENTS.values() for row in spec.rows.items()]
    named = [(title, lines) for title, lines in rows if "momentum" in title]
    assert len(named) >= 8
    for title, lines in named:
        for name in lines:
            assert (variants[name].hyperparameters.momentum > 0) == ("with momentum" in title)


def test_lines_of_a_panel_have_labels_of_their_own() -> None:
    for spec in CURVES.values():
        for row in spec.rows:
            assert len(set(row.lines.values())) == len(row.lines)
