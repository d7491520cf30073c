"""Settings: the right values, or one line that names every wrong key and what is allowed."""

import math
from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel
from refusals import outcome, refusal
from ruamel.yaml import YAML

import settings
from settings import Network, load_network, load_variants, shown, validate

PROJECT = Path(__file__).parents[1]
PARAMS = (PROJECT / "params.yaml").read_text()
NETWORK = YAML(typ="safe").load(PARAMS)
VARIANTS = """\
protocol:
  activation: sigmoid
  init: fan_in
  learning_rate: 0.1
  momentum: 0.0
  nesterov: false
  weight_decay: 0.0
  batch_size: 32
  epochs: 50
  patience: 50
  shuffle: true
  training_images: 20000
  validation_images: 10000
  seeds: 6
variants:
  narrow:
    hidden: 32
  two-layers-0.5:
    hidden: [59, 59]
    epochs: 30
"""
# As written, and as used.
ACCEPTED = {
    "hidden": [(1, (1,)), (4096, (4096,)), ([59, 59], (59, 59)), ([64] * 100, (64,) * 100)],
    "activation": [(name, name) for name in ("sigmoid", "improved_sigmoid", "tanh", "relu")],
    "init": [("uniform", "uniform"), ("fan_in", "fan_in")],
    "learning_rate": [(5e-324, 5e-324), (100, 100.0)],
    "momentum": [(0, 0.0), (0.999999, 0.999999)],
    "nesterov": [(True, True)],
    "weight_decay": [(0, 0.0), (1, 1.0)],
    "batch_size": [(1, 1), (20000, 20000)],
    "epochs": [(1, 1), (10000, 10000)],
    "patience": [(1, 1), (1000000, 1000000)],
    "shuffle": [(False, False)],
    "training_images": [(32, 32), (60000, 60000)],
    "validation_images": [(1, 1), (10000, 10000)],
    "seeds": [(1, 1), (1000, 1000)],
}
REFUSED = {
    "hidden": [0, 4097, 64.0, [], [64, "64"], [64, True], [64, None], [[64]], [64] * 101, {"a": 1}],
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
    "training_images": [31, 60001, "20000"],
    "validation_images": [0, 10001, 1e99],
    "seeds": [0, 1001, [0, 1, 2], 10**5000],
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


def test_the_projects_own_files_are_valid(monkeypatch):
    monkeypatch.chdir(PROJECT)
    variants = load_variants()
    assert load_network().training_images == 20000
    assert variants["momentum-two-layers-60"].seeds == 30
    assert variants["ten-layers"].hyperparameters().hidden == (64,) * 10


@pytest.mark.parametrize("knob", Network.model_fields)
def test_a_setting_is_taken_up_to_its_limits_and_refused_beyond(knob):
    for written, used in ACCEPTED[knob]:
        found = getattr(validate(Network, NETWORK | {knob: written}, "here"), knob)
        assert found == used
        assert type(found) is type(used)
    for value in REFUSED[knob]:
        message = refusal(validate, Network, NETWORK | {knob: value}, "here")
        assert message.startswith(("here: batch_size = 32 (", f"here: {knob} = {shown(value)} ("))
        assert "(allowed: " in message
        assert len(message) < 200


def test_one_line_names_every_wrong_key_and_the_way_back(files):
    faults = {"hidden": [64, True], "momentum": 1.0, "hiden": 3, "colour": 1}
    wrong = {key: value for key, value in (NETWORK | faults).items() if key != "seeds"}
    assert refusal(validate, Network, wrong, "params.yaml") == (
        "params.yaml: "
        "hidden = [64, True] (allowed: a width from 1 to 4096, or a list of 1 to 100); "
        "momentum = 1.0 (allowed: a number from 0 up to, not including, 1); "
        "seeds is missing (allowed: a whole number from 1 to 1000); "
        "unknown key 'hiden' (did you mean hidden?); "
        f"unknown key 'colour' (allowed: {', '.join(NETWORK)}); "
        "`git restore params.yaml` brings the committed file back"
    )


@pytest.mark.parametrize("knob", Network.model_fields)
def test_a_missing_and_a_misspelt_setting_are_named(knob):
    rest = {key: value for key, value in NETWORK.items() if key != knob}
    assert f"here: {knob} is missing (allowed: " in refusal(validate, Network, rest, "here")
    message = refusal(validate, Network, rest | {f"x{knob}": 1}, "here")
    assert f"unknown key 'x{knob}' (did you mean {knob}?)" in message


def test_a_batch_larger_than_the_training_set_is_refused():
    wrong = NETWORK | {"batch_size": 41, "training_images": 40}
    expected = "here: batch_size = 41 (allowed: up to training_images, 40)"
    assert refusal(validate, Network, wrong, "here") == expected


def test_a_validators_own_words_say_what_is_allowed():
    def odd(value):
        if value % 2 == 0:
            raise ValueError("an odd number")
        return value

    class Smoothing(BaseModel):
        window: Annotated[int, AfterValidator(odd)]

    expected = "here: window = 4 (allowed: an odd number)"
    assert refusal(validate, Smoothing, {"window": 4}, "here") == expected


def test_a_value_of_any_size_is_shown_in_sixty_characters():
    bomb = ["x"]
    for _ in range(40):  # 9 ** 40 strings, were it written out
        bomb = [bomb] * 9
    for value in (bomb, "x" * 10**6, "a\nb" * 100, 10**5000, {str(i): i for i in range(10**4)}):
        assert len(shown(value)) <= 60
        assert "\n" not in shown(value)


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
    "an object": ("hidden: !!python/object/apply:os.system [id]", ", line 1: "),
    "a tag of no one": ("hidden: !thing 64", ", line 1: "),
    "two documents": ("epochs: 1\n---\nepochs: 2\n", ", line 2: "),
    "an alias of nothing": ("hidden: *other", ", line 1: "),
    "an empty number": ("hidden: !!int ''", ": "),
    "a control character": ("hidden: 6\x004", ": "),
    "other bytes": (b"hidden: \xff", ": is not UTF-8 text (byte 8)"),
    "a list as a key": ("? [1, [2]]\n: 3", ""),
    "depth": ("a: " + "[" * 1000, ": nested too deeply"),
    "nothing": ("", ": expected keys and values, found None"),
    "a list": ("- 1", ": expected keys and values, found [1]"),
    "an HTML page": ("<html>\n<p>Sign in</p>", ": expected keys and values"),
}


@pytest.mark.parametrize(("content", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_file_of_settings_is_refused_with_its_place(files, content, message):
    files(content, content)
    assert refusal(load_network).startswith(f"params.yaml{message}")
    assert refusal(load_variants).startswith(f"variants.yaml{message}")


def test_no_code_in_a_file_of_settings_is_run(files, tmp_path):
    for tag in ("object/apply:os.mkdir", "object/new:os.mkdir"):
        files(f'hidden: !!python/{tag} ["{tmp_path}/made"]')
        refusal(load_network)
    assert not (tmp_path / "made").exists()


def test_aliases_that_would_fill_the_memory_are_refused_at_once(files):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    files("\n".join(lines) + "\n" + PARAMS.replace("hidden: 64", "hidden: *a39"))
    message = refusal(load_network)
    assert "unknown key 'a0'" in message
    assert "hidden = [[[" in message


def test_a_variant_has_the_protocols_settings_but_for_its_own(files):
    narrow, deep = load_variants().values()
    assert (narrow.hidden, narrow.epochs, narrow.seeds) == ((32,), 50, 6)
    assert (deep.hidden, deep.epochs, deep.seeds) == ((59, 59), 30, 6)


VARIANT_FAULTS = {
    "section misspelt": ("variants:", "variant:", "unknown key 'variant' (did you mean variants?)"),
    "no variants": (VARIANTS[VARIANTS.index("  narrow") :], "", "variants = None (allowed: names"),
    "variant without keys": ("    hidden: 32\n", "", "variants = {'narrow': None, "),
    "list of variants": ("  narrow:\n    hidden: 32", "  - 1\n", "variants.yaml, line "),
    "in the protocol": ("epochs: 50", "epochs: 0", "narrow: epochs = 0 (allowed"),
    "missing in both": ("  seeds: 6\n", "", "protocol: seeds is missing (allowed"),
    "misspelt": ("    hidden: 32", "    hiden: 32", "narrow: hidden is missing"),
    "in a variant": ("hidden: 32", "hidden: .inf", "variants.yaml: narrow: hidden = inf (allowed"),
    "given twice": ("  two-layers-0.5:", "  narrow:", "found duplicate key"),
}


@pytest.mark.parametrize(("old", "new", "message"), VARIANT_FAULTS.values(), ids=VARIANT_FAULTS)
def test_a_fault_in_variants_is_refused_with_its_place(files, old, new, message):
    assert old in VARIANTS
    files(variants=VARIANTS.replace(old, new))
    assert message in refusal(load_variants)


def test_faults_of_several_variants_are_named_together(files):
    files(variants=VARIANTS.replace("hidden: 32", "hidden: 0").replace("epochs: 30", "epochs: x"))
    message = refusal(load_variants)
    assert "narrow: hidden = 0 (allowed: " in message
    assert "; two-layers-0.5: epochs = 'x' (allowed: " in message
    assert message.endswith("`git restore variants.yaml` brings the committed file back")


BAD_NAMES = (
    *("train", "comparison", "gradient_check", "../plain", "a/b", "'.hidden'", "-f", "with space"),
    *("Plain", "æ", "''", "a_b", "'a\\nb'", '"a\\nb"', "5", "1.5", "true", "null", "2024-01-01"),
    *("'%s'", "$HOME", "a" * 61, "~", "[1, 2]", "'a;b'", "'${x}'", '"plain\\n"'),
)


def test_a_variants_name_must_fit_a_file(files):
    for name in ("plain", "momentum-lr-0.03", "hidden-32", "2x64", "a" * 60):
        files(variants=VARIANTS.replace("narrow", name))
        assert name in load_variants()
    for name in BAD_NAMES:
        files(variants=VARIANTS.replace("  narrow:", f"  {name}:"))
        message = refusal(load_variants)
        assert message.startswith("variants.yaml: name ")
        assert "(allowed: up to 60 of a-z 0-9 . -, beginning with a letter or digit" in message


def test_reserved_names_are_those_of_the_pipelines_own_files():
    stages = YAML(typ="safe").load(PROJECT / "dvc.yaml")["stages"]
    stages.pop("variant")  # of a variant's own files, with a name not yet put in
    text = str(stages)
    for folder in ("metrics", "build/settings"):
        for part in text.split(f"{folder}/")[1:]:
            if part.split("'")[0].endswith(".json"):
                assert part.split(".json")[0] in settings.RESERVED


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


MARKS = ["[", "]", "{", "}", ":", "- ", "\n  ", "&a ", "*a", "!!int ", "!!set ", "<<"]
VALUES = [".nan", "1e400", "0x1F", "0b", "~", "!!binary x", "!!timestamp 1", "1:2"]
YAML_BITS = st.lists(st.sampled_from(MARKS + VALUES) | st.text(max_size=5), max_size=12).map(
    "".join
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@pytest.mark.fuzz
@given(st.integers(0, 600), st.integers(0, 1000), YAML_BITS | st.text(max_size=30))
@example(0, 1000, "!!float ''")
@example(0, 1000, "a: !!binary æ")
@example(0, 1000, "\ufeffa: 1")
def test_any_edit_is_read_or_refused_in_one_line(tmp_path_factory, at, cut, put):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.getbasetemp())
        for name, text in (("params.yaml", PARAMS), ("variants.yaml", VARIANTS)):
            edited = text[:at] + put + text[at + cut :]
            Path(name).write_text(edited, encoding="utf-8", errors="replace")
        outcome(load_network)
        outcome(load_variants)


@pytest.mark.fuzz
@given(st.dictionaries(st.sampled_from(sorted(NETWORK)) | st.text(), anything))
def test_any_settings_are_taken_or_refused_in_one_line(changes):
    message = outcome(validate, Network, NETWORK | changes, "here")
    assert message == "" or message.startswith("here: ")
