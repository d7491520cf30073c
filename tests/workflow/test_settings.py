"""Settings: the right values, or one line that names every wrong key and what is allowed."""

import math
from pathlib import Path

import pytest
from projects import HERE, copy_of, edit, replace
from refusals import refusal
from ruamel.yaml import YAML

from workflow import settings
from workflow.settings import (
    GRID,
    PARAMS,
    VARIANTS,
    Network,
    load_network,
    load_variants,
    shown,
    validate,
)

NETWORK = YAML(typ="safe").load(HERE / "params.yaml")
LIMITS = {  # what is accepted, and what is refused
    "hidden": (
        [(1,), (4096,), [59, 59], [64] * 100],
        [0, 4097, 64.0, [], [64, "64"], [64, True], [[64]], [64] * 101, {"a": 1}],
    ),
    "activation": (["sigmoid", "improved_sigmoid", "tanh", "relu"], ["Sigmoid", "", 1, ["tanh"]]),
    "init": (["uniform", "fan_in", "he"], ["normal", None, {"fan_in": 1}]),
    "learning_rate": (
        [5e-324, 100],
        [0, -0.1, 100.1, "1e-2", True, math.nan, math.inf, -math.inf, 10**400, [0.1]],
    ),
    "momentum": ([0, 0.999999], [-0.1, 1, "0.9", False, math.nan]),
    "nesterov": ([True, False], [0, 1, "true", "no", None]),
    "weight_decay": ([0, 1], [-1e-9, 1.1, math.inf, "0"]),
    "batch_size": ([1, 20000], [0, 60001, 32.0, True]),
    "epochs": ([1, 10000], [0, 10001, 1.5, "50"]),
    "patience": ([1, 1000000], [0, 1000001, None]),
    "shuffle": ([True, False], [1, "yes", []]),
    "training_images": ([32, 60000], [31, 60001, "20000"]),
    "test_images": ([1, 10000], [0, 10001, 1e99]),
    "seeds": ([1, 1000], [0, 1001, [0, 1, 2]]),
    "first_seed": ([0, 1000000], [-1, 1000001, "0"]),
}


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A folder with the settings alone."""
    monkeypatch.chdir(copy_of(tmp_path, *map(str, (PARAMS, VARIANTS, GRID))))


@pytest.mark.parametrize("knob", Network.model_fields)
def test_a_setting_is_taken_up_to_its_limits_and_refused_beyond_missing_or_misspelt(knob):
    accepted, refused = LIMITS[knob]
    for value in accepted:
        used = tuple(value) if knob == "hidden" else value
        assert getattr(validate(Network, NETWORK | {knob: value}, "here"), knob) == used
    for value in refused:
        message = refusal(validate, Network, NETWORK | {knob: value}, "here")
        assert message.startswith(("here: batch_size = 32 (", f"here: {knob} = {shown(value)} ("))
        assert "(allowed: " in message
        assert len(message) < 200
    if knob == "first_seed":  # which need not be given
        return
    misspelt = {key if key != knob else f"x{knob}": value for key, value in NETWORK.items()}
    message = refusal(validate, Network, misspelt, "here")
    assert f"here: {knob} is missing (allowed: " in message
    assert f"unknown key 'x{knob}' (did you mean {knob}?)" in message


def test_all_weights_of_all_seeds_must_fit_into_memory():
    assert validate(Network, NETWORK | {"hidden": 59, "seeds": 1}, "here").weights == 785 * 59 + 590
    weights = 6 * (785 * 4096 + 3 * 4096**2 + 40960)
    line = f"here: hidden = [4096, 4096, 4096, 4096] with 6 seeds has {weights:,} weights (allowed"
    assert refusal(validate, Network, NETWORK | {"hidden": [4096] * 4}, "here").startswith(line)


def test_one_line_names_every_wrong_key_and_the_way_back():
    faults = {"hidden": [64, True], "momentum": 1.0, "hiden": 3, "colour": 1}
    wrong = {key: value for key, value in (NETWORK | faults).items() if key != "seeds"}
    assert refusal(validate, Network, wrong, "params.yaml") == (
        "params.yaml: "
        "hidden = [64, True] (allowed: a width from 1 to 4096, or a list of 1 to 100 of them); "
        "momentum = 1.0 (allowed: a number from 0 up to, not including, 1); "
        "seeds is missing (allowed: a whole number from 1 to 1000); "
        "unknown key 'hiden' (did you mean hidden?); "
        f"unknown key 'colour' (allowed: {', '.join(Network.model_fields)}); "
        "`git restore params.yaml` brings the committed file back"
    )


def test_yaml_means_what_it_means_to_dvc():
    for text in ("1e-2", "1.0e-2", "1E-2"):
        edit(PARAMS, lambda params, text=text: params.update(learning_rate=YAML().load(text)))
        assert load_network().learning_rate == 0.01
    replace(PARAMS, "shuffle: true", "shuffle: no")
    assert "shuffle = 'no' (allowed: true or false)" in refusal(load_network)


UNREADABLE = {
    "an open bracket": ("hidden: [64", ", line 1: "),
    "a duplicate key": ("epochs: 1\nepochs: 2\n", ", line 2: found duplicate key"),
    "an object": ("hidden: !!python/object/apply:os.mkdir [made]", ", line 1: "),
    "nothing": ("", ": expected keys and values, found None"),
}


@pytest.mark.parametrize(("content", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_file_of_settings_is_refused_with_its_place(content, message):
    for path, load in ((PARAMS, load_network), (VARIANTS, load_variants)):
        path.write_text(content)
        assert refusal(load).startswith(f"{path}{message}")
    assert not Path("made").exists()


def test_a_variant_has_the_protocols_settings_but_for_its_own():
    plain, other = (load_variants()[name] for name in ("plain", "unshuffled"))
    assert (plain.hidden, plain.shuffle, plain.seed_range) == ((64,), True, range(1000, 1016))
    assert (other.hidden, other.shuffle, other.seed_range) == ((64,), False, range(1000, 1006))
    assert settings.words("plain") == "the original network"
    assert settings.words("train") == "yours"


VARIANT_FAULTS = {
    "section misspelt": ("variants:", "variant:", "unknown key 'variant' (did you mean variants?)"),
    "no settings": ("  plain:", "  x:\n  plain:", "variants = {'hidden-128': {"),
    "no name for people": ("    words: the original network\n", "", "plain: words is missing"),
    "in the protocol": ("epochs: 50", "epochs: 0", "plain: epochs = 0 (allowed"),
    "in a variant": ("hidden: 64", "hidden: .inf", "variants.yaml: plain: hidden = inf (allowed"),
    "no name for a file": ("  plain:", "  ../plain:", "(allowed: names of a-z 0-9 . and -, each"),
    "an option's name": ("  plain:", "  -f:", "(allowed: names of a-z 0-9 . and -, each"),
}


@pytest.mark.parametrize(("old", "new", "message"), VARIANT_FAULTS.values(), ids=VARIANT_FAULTS)
def test_a_fault_in_variants_is_refused_with_its_place(old, new, message):
    replace(VARIANTS, old, new)
    assert message in refusal(load_variants)


def test_what_differs_is_said_as_dvc_takes_it():
    one = validate(Network, NETWORK | {"seeds": 1, "first_seed": 3}, "here")
    other = one.model_copy(update={"seeds": 5, "first_seed": 0})
    assert settings.changes(one, other) == []
    wide = one.model_copy(update={"hidden": (128,), "nesterov": True})
    assert settings.changes(wide, other) == ["hidden=128", "nesterov=true"]
    deep = one.model_copy(update={"hidden": (59, 60)})
    assert settings.changes(deep, other) == ["hidden=[59,60]"]


def test_resolved_settings_are_read_back_and_an_unknown_name_gets_those_there_are():
    assert "there are none yet: `dvc repro check_settings`" in refusal(settings.resolved, "plain")
    settings.SETTINGS.mkdir(parents=True)
    written = settings.SETTINGS / "plain.json"
    written.write_bytes(settings.stored(load_variants()["plain"]))
    assert settings.resolved("plain").hyperparameters == load_variants()["plain"].hyperparameters
    expected = "'../plain': no network of that name; there are plain"
    assert refusal(settings.resolved, "../plain") == expected
    written.write_text('{"hidden": NaN}')
    assert refusal(settings.resolved, "plain").startswith("build/settings/plain.json: hidden = nan")


# ---- grid.yaml -----------------------------------------------------------------------------


def test_the_grid_has_every_subset_of_the_crossed_tricks_and_each_added_one():
    crossing = settings.read_crossing()
    combinations = crossing.combinations
    assert len({frozenset(each) for each in combinations}) == len(combinations)
    assert len(combinations) == 2 ** len(crossing.crossed) + len(crossing.added)
    for each in combinations:
        for rate in crossing.rates:  # effective ones, with momentum and without it
            network = crossing.network(each, rate)
            assert network.momentum == (0.9 if "momentum" in each else 0)
            assert network.learning_rate / (1 - network.momentum) == pytest.approx(rate)
        seeds = crossing.base_seeds if each == crossing.everything else crossing.protocol["seeds"]
        assert len(network.seed_range) == seeds
        assert network.seed_range[0] >= crossing.tuning_seeds  # none of those that tuned


def test_two_networks_of_a_pair_differ_in_the_trick_alone():
    crossing = settings.read_crossing()
    for name, trick in crossing.tricks.items():
        without, with_it = crossing.pair(name)
        assert set(with_it) - set(without) == {name}
        before, after = (dict(crossing.network(each, 0.1)) for each in (without, with_it))
        changed = {key for key in before if before[key] != after[key]}
        expected = {*trick.after, *(["learning_rate"] if "momentum" in trick.after else [])}
        assert changed - {"seeds"} == expected


GRID_FAULTS = {
    "misspelt": (lambda grid: grid.update(ratse=[1.0]), "grid.yaml: unknown key 'ratse' (did you "),
    "no setting": (
        lambda grid: grid["added"]["32 units"].update(after={"hiden": 32}),
        "grid.yaml: initial weights + improved sigmoid + momentum + 32 units: unknown key 'hiden'",
    ),
    "rate": (lambda grid: grid["rates"].append(1e3), "grid.yaml: no trick: learning_rate = 1000.0"),
}


@pytest.mark.parametrize(("change", "line"), GRID_FAULTS.values(), ids=GRID_FAULTS)
def test_what_is_wrong_in_the_grid_is_named_in_one_line(change, line):
    edit(GRID, change)
    assert refusal(settings.read_crossing).startswith(line)
