"""What each setting accepts, and the one line that refuses the rest."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knobs import DATA, KNOBS, SettingsError, as_knobs, check, shown, training_of

NETWORK = {
    "hidden": 64,
    "activation": "sigmoid",
    "init": "fan_in",
    "learning_rate": 0.1,
    "momentum": 0.0,
    "nesterov": False,
    "weight_decay": 0.0,
    "batch_size": 32,
    "epochs": 50,
    "patience": 50,
    "shuffle": True,
    "seeds": 6,
}
# As written, and as used.
ACCEPTED = {
    "hidden": [(1, (1,)), (4096, (4096,)), ([59, 59], (59, 59)), ([64] * 100, (64,) * 100)],
    "activation": [(name, name) for name in ("sigmoid", "improved_sigmoid", "tanh", "relu")],
    "init": [("uniform", "uniform"), ("fan_in", "fan_in")],
    "learning_rate": [(5e-324, 5e-324), (100, 100.0)],
    "momentum": [(0, 0.0), (0.999999, 0.999999)],
    "nesterov": [(True, True)],
    "weight_decay": [(0, 0.0), (1, 1.0)],
    "batch_size": [(1, 1), (60000, 60000)],
    "epochs": [(1, 1), (10000, 10000)],
    "patience": [(1, 1), (1000000, 1000000)],
    "shuffle": [(False, False)],
    "seeds": [(1, 1), (1000, 1000)],
}
REFUSED = {
    "hidden": [0, -1, 4097, 64.0, [], [0], [64, "64"], [64, True], [64, None], [[64]], [64] * 101],
    "activation": ["Sigmoid", "softplus", "", 1, ["sigmoid"]],
    "init": ["normal", None, {"fan_in": 1}],
    "learning_rate": [0, -0.1, 100.1, "1e-2", True, math.nan, math.inf, -math.inf, 10**400, [0.1]],
    "momentum": [-0.1, 1, "0.9", False, math.nan],
    "nesterov": [0, 1, "true", "no", None],
    "weight_decay": [-1e-9, 1.1, math.inf, "0"],
    "batch_size": [0, 60001, 32.0, True],
    "epochs": [0, 10001, 1.5, "50"],
    "patience": [0, 1000001, None],
    "shuffle": [1, "yes", []],
    "seeds": [0, 1001, [0, 1, 2], 10**5000],
}


@pytest.mark.parametrize(
    ("knob", "written", "used"),
    [(knob, *pair) for knob, pairs in ACCEPTED.items() for pair in pairs],
    ids=lambda value: f"{value!s:.20}",
)
def test_a_setting_up_to_its_limits_is_taken(knob, written, used):
    training = training_of("here", NETWORK | {knob: written})
    found = training.seeds if knob == "seeds" else getattr(training.hyperparameters, knob)
    assert found == used
    assert type(found) is type(used)


@pytest.mark.parametrize(
    ("knob", "value"),
    [(knob, value) for knob, values in REFUSED.items() for value in values],
    ids=lambda value: shown(value)[:20],
)
def test_a_setting_beyond_its_limits_is_refused_in_one_line(knob, value):
    with pytest.raises(SettingsError) as caught:
        training_of("here", NETWORK | {knob: value})
    message = str(caught.value)
    assert message.startswith(f"here: {knob} = ")
    assert " is not allowed; allowed: " in message
    assert "\n" not in message
    assert len(message) < 200


def test_the_line_has_the_value_and_what_is_allowed():
    for value, text in (
        ({"seeds": "6"}, "seeds = '6' is not allowed; allowed: a whole number from 1 to 1000"),
        (
            {"momentum": 1.0},
            "momentum = 1.0 is not allowed; allowed: a number from 0 up to, not including, 1",
        ),
        (
            {"hidden": [64, True]},
            "hidden = [64, True] is not allowed; "
            "allowed: a width from 1 to 4096, or a list of 1 to 100 such widths",
        ),
    ):
        with pytest.raises(SettingsError) as caught:
            training_of("params.yaml", NETWORK | value)
        assert str(caught.value) == f"params.yaml: {text}"


def test_every_knob_has_its_limits_tested():
    assert set(ACCEPTED) == set(REFUSED) == set(KNOBS) == set(NETWORK)


@pytest.mark.parametrize("knob", KNOBS)
def test_a_missing_setting_is_named_with_what_is_allowed(knob):
    rest = {key: value for key, value in NETWORK.items() if key != knob}
    with pytest.raises(SettingsError) as caught:
        training_of("here", rest)
    assert str(caught.value).startswith(f"here: {knob} is missing; allowed: ")


@pytest.mark.parametrize("knob", [*KNOBS, *DATA])
def test_a_misspelt_setting_gets_the_right_one_suggested(knob):
    rules = KNOBS if knob in KNOBS else DATA
    for misspelt in (knob[:-1], knob.upper()[:1] + knob[1:], knob + "s", knob.replace("_", "")):
        if misspelt not in rules:
            with pytest.raises(SettingsError, match=f"unknown key '{misspelt}'.*mean {knob}"):
                check("here", {misspelt: 1}, rules)


def test_an_unknown_setting_gets_all_settings_listed():
    with pytest.raises(SettingsError) as caught:
        check("here", {"colour": 1}, DATA)
    expected = "here: unknown key 'colour'; allowed: training_images, validation_images"
    assert str(caught.value) == expected


@pytest.mark.parametrize("content", [None, [], "text", 1])
def test_what_has_no_keys_is_refused(content):
    with pytest.raises(SettingsError, match="here: expected keys and values, found "):
        check("here", content, KNOBS)


def test_a_value_of_any_size_is_shown_in_sixty_characters():
    bomb = ["x"]
    for _ in range(40):  # 9 ** 40 strings, were it written out
        bomb = [bomb] * 9
    for value in (bomb, "x" * 10**6, "a\nb" * 100, 10**5000, {str(i): i for i in range(10**4)}):
        assert len(shown(value)) <= 60
        assert "\n" not in shown(value)


def test_a_network_as_plain_data_is_the_same_network_again():
    for network in (NETWORK, NETWORK | {"hidden": [59, 59], "learning_rate": 1}):
        training = training_of("here", network)
        assert training_of("here", as_knobs(training)) == training
    assert as_knobs(training_of("here", NETWORK)) == NETWORK | {"hidden": [64]}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@pytest.mark.fuzz
@given(st.dictionaries(st.sampled_from(sorted(KNOBS)) | st.text(), anything))
def test_any_settings_are_taken_or_refused_in_one_line(changes):
    try:
        training = training_of("here", NETWORK | changes)
    except SettingsError as error:
        message = str(error)
    else:
        message = "here: fine"
        assert all(0 < width <= 4096 for width in training.hyperparameters.hidden)
        assert 0 < training.hyperparameters.learning_rate <= 100
    assert message.startswith("here: ")
    assert "\n" not in message
