"""Settings: the right values, or one line that names every wrong key and what is allowed."""

import math
import re
from pathlib import Path

import pytest
from projects import HERE, copy_of, edit
from refusals import refusal
from ruamel.yaml import YAML

from workflow import settings
from workflow.settings import Network, load_network, load_variants, shown, validate

PARAMS = (HERE / "params.yaml").read_text()
NETWORK = YAML(typ="safe").load(PARAMS)
SHARED = "".join(f"  {key}: {value}\n" for key, value in NETWORK.items() if key != "hidden")
VARIANTS = f"""\
protocol:
{SHARED.lower()}variants:
  narrow:
    words: a narrow one
    hidden: 32
  two-layers-0.5:
    words: two layers
    hidden: [59, 59]
    epochs: 30
"""
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


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A function that writes params.yaml and variants.yaml, where the settings are read."""
    monkeypatch.chdir(tmp_path)

    def write(params=PARAMS, variants=VARIANTS):
        for name, content in (("params.yaml", params), ("variants.yaml", variants)):
            Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())

    write()
    return write


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


def test_one_line_names_every_wrong_key_and_the_way_back(files):
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


def test_yaml_means_what_it_means_to_dvc(files):
    for text in ("1e-2", "0.01", "1.0e-2", "1E-2"):
        files(PARAMS.replace("learning_rate: 0.02", f"learning_rate: {text}"))
        assert load_network().learning_rate == 0.01
    for text in ("no", "off"):
        files(PARAMS.replace("shuffle: true", f"shuffle: {text}"))
        assert f"shuffle = '{text}' (allowed: true or false)" in refusal(load_network)


UNREADABLE = {
    "an open bracket": ("hidden: [64", ", line 1: "),
    "a tab": ("hidden:\n\t- 64", ", line 2: "),
    "a duplicate key": ("epochs: 1\nepochs: 2\n", ", line 2: found duplicate key"),
    "an object": ("hidden: !!python/object/apply:os.mkdir [made]", ", line 1: "),
    "two documents": ("epochs: 1\n---\nepochs: 2\n", ", line 2: "),
    "nothing": ("", ": expected keys and values, found None"),
    "an HTML page": ("<html>\n<p>Sign in</p>", ": expected keys and values"),
}


@pytest.mark.parametrize(("content", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_file_of_settings_is_refused_with_its_place(files, content, message):
    files(content, content)
    assert refusal(load_network).startswith(f"params.yaml{message}")
    assert refusal(load_variants).startswith(f"variants.yaml{message}")
    assert not Path("made").exists()


def test_a_variant_has_the_protocols_settings_but_for_its_own(files):
    narrow, deep = load_variants().values()
    assert (narrow.hidden, narrow.epochs, narrow.seeds) == ((32,), 50, 6)
    assert (deep.hidden, deep.epochs, deep.seeds) == ((59, 59), 30, 6)
    assert (settings.words("narrow"), settings.words("train")) == ("a narrow one", "yours")
    assert load_variants(HERE)["plain"].seed_range[0] == 1000


VARIANT_FAULTS = {
    "section misspelt": ("variants:", "variant:", "unknown key 'variant' (did you mean variants?)"),
    "variant without keys": (
        "    words: a narrow one\n    hidden: 32\n",
        "",
        "variants = {'narrow': None, ",
    ),
    "without a name for people": (
        "    words: two layers\n",
        "",
        "two-layers-0.5: words is missing",
    ),
    "in the protocol": ("epochs: 50", "epochs: 0", "narrow: epochs = 0 (allowed"),
    "in a variant": ("hidden: 32", "hidden: .inf", "variants.yaml: narrow: hidden = inf (allowed"),
}


@pytest.mark.parametrize(("old", "new", "message"), VARIANT_FAULTS.values(), ids=VARIANT_FAULTS)
def test_a_fault_in_variants_is_refused_with_its_place(files, old, new, message):
    assert old in VARIANTS
    files(variants=VARIANTS.replace(old, new))
    assert message in refusal(load_variants)


def test_a_variants_name_must_fit_a_file(files):
    for name in ("momentum-lr-0.03", "2x64", "a" * 60):
        files(variants=VARIANTS.replace("  narrow:", f"  {name}:"))
        assert name in load_variants()
    for name in ("train", "../plain", "-f", "Plain", "''", "'${x}'", "a" * 61):
        files(variants=VARIANTS.replace("  narrow:", f"  {name}:"))
        message = refusal(load_variants)
        assert message.startswith("variants.yaml: name ")
        assert "(allowed: up to 60 of a-z 0-9 . -, beginning with" in message


def test_reserved_names_are_those_of_the_pipelines_own_files():
    stages = YAML(typ="safe").load(HERE / "dvc.yaml")["stages"]
    stages.pop("variant")  # of a variant's own files, with a name not yet put in
    results = [stage.get(kind, []) for stage in stages.values() for kind in ("metrics", "outs")]
    own = {*re.findall(r"metrics/(\w+)\.json", str(results))}
    assert own | {"yours"} == set(settings.RESERVED)


def test_what_differs_is_said_as_dvc_takes_it():
    one = validate(Network, NETWORK | {"seeds": 1, "first_seed": 3}, "here")
    other = one.model_copy(update={"seeds": 5, "first_seed": 0})
    assert settings.changes(one, other) == []
    wide = one.model_copy(update={"hidden": (128,), "nesterov": True})
    assert settings.changes(wide, other) == ["hidden=128", "nesterov=true"]
    deep = one.model_copy(update={"hidden": (59, 60)})
    assert settings.changes(deep, other) == ["hidden=[59,60]"]


def test_resolved_settings_are_read_back_and_an_unknown_name_gets_those_there_are(files, tmp_path):
    assert "there are none yet: `dvc repro check_settings`" in refusal(settings.resolved, "plain")
    folder = tmp_path / "build/settings"
    folder.mkdir(parents=True)
    (folder / "plain.json").write_text(load_network().model_dump_json())
    assert settings.resolved("plain") == load_network()
    expected = "'../plain': no network of that name; there are plain"
    assert refusal(settings.resolved, "../plain") == expected
    (folder / "plain.json").write_text('{"hidden": NaN}')
    assert refusal(settings.resolved, "plain").startswith("build/settings/plain.json: hidden = nan")


# ---- grid.yaml -----------------------------------------------------------------------------


@pytest.fixture
def crossing(monkeypatch):
    monkeypatch.chdir(HERE)
    return settings.read_crossing()


def test_every_subset_of_the_crossed_tricks_is_there_once_and_each_added_one_on_top(crossing):
    combinations = crossing.combinations
    assert len({frozenset(each) for each in combinations}) == len(combinations)
    assert len(combinations) == 2 ** len(crossing.crossed) + len(crossing.added)
    for name in crossing.added:
        assert crossing.contest(name) == (crossing.everything, (*crossing.everything, name))
    without, with_it = crossing.contest("momentum")
    assert set(with_it) - set(without) == {"momentum"}


def test_with_and_without_momentum_the_effective_rates_are_equal(crossing):
    for each in crossing.combinations:
        for rate in crossing.rates:
            network = crossing.network(each, rate)
            assert network.momentum == (0.9 if "momentum" in each else 0)
            assert network.learning_rate / (1 - network.momentum) == pytest.approx(rate)


def test_two_networks_of_a_contest_differ_in_the_trick_alone(crossing):
    for name, trick in crossing.tricks.items():
        before, after = (dict(crossing.network(each, 0.1)) for each in crossing.contest(name))
        changed = {key for key in before if before[key] != after[key]}
        expected = {*trick.after, *(["learning_rate"] if "momentum" in trick.after else [])}
        assert changed - {"seeds"} == expected


def test_judged_seeds_are_none_of_those_that_tuned(crossing):
    for each in crossing.combinations:
        network = crossing.network(each, 0.1)
        seeds = crossing.base_seeds if each == crossing.everything else crossing.protocol["seeds"]
        assert len(network.seed_range) == seeds
        assert network.seed_range[0] >= crossing.tuning_seeds


GRID_FAULTS = {
    "misspelt": (lambda grid: grid.update(ratse=[1.0]), "grid.yaml: unknown key 'ratse' (did you "),
    "no setting": (
        lambda grid: grid["added"]["32 units"].update(after={"hiden": 32}),
        "grid.yaml: initial weights + improved sigmoid + momentum + 32 units: unknown key 'hiden'",
    ),
    "no value": (
        lambda grid: grid["crossed"]["momentum"]["after"].update(momentum=1.0),
        "grid.yaml: momentum: momentum = 1.0 (allowed",
    ),
    "rate": (lambda grid: grid["rates"].append(1e3), "grid.yaml: no trick: learning_rate = 1000.0"),
}


@pytest.mark.parametrize(("change", "line"), GRID_FAULTS.values(), ids=GRID_FAULTS)
def test_what_is_wrong_in_the_grid_is_named_in_one_line(tmp_path, monkeypatch, change, line):
    monkeypatch.chdir(copy_of(tmp_path, "grid.yaml", "variants.yaml"))
    edit(tmp_path / "grid.yaml", change)
    assert refusal(settings.read_crossing).startswith(line)
