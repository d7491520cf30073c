"""Reading the two files of settings: the right values, or one line that says what is wrong."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import settings
from knobs import SettingsError
from settings import Data, check_batch, load_data, load_network, load_variants, read_yaml

PROJECT = Path(__file__).parents[1]
PARAMS = (PROJECT / "params.yaml").read_text()
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
  seeds: 6
variants:
  narrow:
    hidden: 32
  two-layers-0.5:
    hidden: [59, 59]
    epochs: 30
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A function that writes a file of settings and gives its path, which is a mere name."""
    monkeypatch.chdir(tmp_path)

    def write(content):
        path = Path("my.yaml")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refusal(read, path):
    """The one line with which `read` refuses the file."""
    with pytest.raises(SettingsError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith("my.yaml")
    assert "\n" not in message
    assert len(message) < 300
    return message


def test_the_projects_own_files_are_valid():
    variants = load_variants(PROJECT / "variants.yaml")
    data = load_data(PROJECT / "params.yaml")
    assert len(variants) >= 15
    assert data == Data(training_images=20000, validation_images=10000)
    for training in (load_network(PROJECT / "params.yaml"), *variants.values()):
        check_batch("here", training, data)


def test_a_variant_has_the_protocols_settings_but_for_its_own(file):
    narrow, deep = load_variants(file(VARIANTS)).values()
    assert (narrow.hyperparameters.hidden, narrow.hyperparameters.epochs) == ((32,), 50)
    assert (deep.hyperparameters.hidden, deep.hyperparameters.epochs) == ((59, 59), 30)
    assert narrow.seeds == deep.seeds == 6


@pytest.mark.parametrize("text", ["1e-2", "0.01", "1.0e-2", "1E-2"])
def test_a_number_with_an_exponent_is_a_number_as_it_is_for_dvc(file, text):
    path = file(PARAMS.replace("learning_rate: 0.02", f"learning_rate: {text}"))
    assert load_network(path).hyperparameters.learning_rate == 0.01


@pytest.mark.parametrize("text", ["no", "off", "False "])
def test_only_true_and_false_are_truth_values(file, text):
    path = file(PARAMS.replace("shuffle: true", f"shuffle: {text}"))
    if text == "False ":
        assert load_network(path).hyperparameters.shuffle is False
    else:
        message = refusal(load_network, path)
        assert message == f"my.yaml: shuffle = '{text}' is not allowed; allowed: true or false"


UNREADABLE = {
    "an open bracket": ("hidden: [64", "my.yaml, line 1: "),
    "a tab": ("hidden:\n\t- 64", "my.yaml, line 2: "),
    "a duplicate key": ("epochs: 1\nepochs: 2\n", "my.yaml, line 2: found duplicate key"),
    "an object": ("hidden: !!python/object/apply:os.system [id]", "my.yaml, line 1: "),
    "a tag of no one": ("hidden: !thing 64", "my.yaml, line 1: "),
    "two documents": ("epochs: 1\n---\nepochs: 2\n", "my.yaml, line 2: "),
    "an alias of nothing": ("hidden: *other", "my.yaml, line 1: "),
    "an empty number": ("hidden: !!int ''", "my.yaml: "),
    "a control character": ("hidden: 6\x004", "my.yaml: "),
    "other bytes": (b"hidden: \xff", "my.yaml: cannot be read ('utf-8' codec can't"),
    "a list as a key": ("? [1, [2]]\n: 3", "my.yaml"),
    "depth": ("a: " + "[" * 1000, "my.yaml: nested too deeply for a settings file"),
    "nothing": ("", "my.yaml: expected keys and values, found None"),
    "a list": ("- 1", "my.yaml: expected keys and values, found [1]"),
    "an HTML page": ("<html>\n<p>Sign in</p>", "my.yaml: expected keys and values"),
}


@pytest.mark.parametrize(("content", "message"), UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("read", [load_network, load_variants, load_data])
def test_what_is_no_file_of_settings_is_refused_with_its_place(file, read, content, message):
    assert refusal(read, file(content)).startswith(message)


def test_a_file_that_is_missing_or_a_folder_is_named(file, tmp_path):
    (tmp_path / "folder").mkdir()
    for path, reason in (("gone", "No such file"), ("folder", "Is a directory")):
        with pytest.raises(SettingsError, match=rf"{path}: cannot be read \(.*{reason}"):
            read_yaml(path)


def test_no_code_in_a_file_of_settings_is_run(file, tmp_path):
    for tag in ("!!python/object/apply:os.mkdir", "!!python/object/new:os.mkdir"):
        refusal(load_network, file(f'hidden: {tag} ["{tmp_path}/made"]'))
    refusal(load_network, file(f"hidden: !!python/name:os.mkdir '{tmp_path}/made'"))
    assert not (tmp_path / "made").exists()


def test_aliases_that_would_fill_the_memory_are_refused_at_once(file):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    text = PARAMS.replace("hidden: 64", "hidden: *a39")
    assert "unknown key 'a0'" in refusal(load_network, file("\n".join(lines) + "\n" + text))
    assert "unknown key 'a0'" in refusal(load_data, file("data:\n  " + "\n  ".join(lines)))


def test_a_section_of_data_is_needed(file):
    path = file(PARAMS[: PARAMS.index("data:")])
    assert refusal(load_data, path) == "my.yaml: data: expected keys and values, found None"


VARIANT_FAULTS = {
    "section misspelt": ("variants:", "variant:", "expected the keys protocol and variants, fou"),
    "no variants": (VARIANTS[VARIANTS.index("  narrow") :], "", "variants: expected keys and"),
    "variant without keys": (
        "    hidden: 32\n",
        "",
        "narrow: expected keys and values, found None",
    ),
    "list of variants": ("  narrow:\n    hidden: 32", "  - 1\n", "my.yaml, line "),
    "missing in both": ("  seeds: 6\n", "", "narrow: seeds is missing; allowed: a whole number"),
    "misspelt": (
        "    hidden: 32",
        "    hiden: 32",
        "narrow: unknown key 'hiden'; did you mean hid",
    ),
    "bad in a variant": (
        "hidden: 32",
        "hidden: .inf",
        "narrow: hidden = inf is not allowed; allow",
    ),
    "bad in the protocol": (
        "epochs: 50",
        "epochs: 0",
        "narrow: epochs = 0 is not allowed; allowed",
    ),
    "given twice": ("  two-layers-0.5:", "  narrow:", "found duplicate key"),
}


@pytest.mark.parametrize(("old", "new", "message"), VARIANT_FAULTS.values(), ids=VARIANT_FAULTS)
def test_a_fault_in_variants_is_refused_with_its_variant(file, old, new, message):
    assert old in VARIANTS
    assert message in refusal(load_variants, file(VARIANTS.replace(old, new)))


@pytest.mark.parametrize(
    "name",
    [
        *("train", "data", "comparison", "verdicts", "normalization", "gradient_check"),
        *("../plain", "a/b", "'.hidden'", "-f", "with space", "Plain", "æ", "''", "a_b"),
        *(
            "'a\\nb'",
            '"a\\nb"',
            "5",
            "1.5",
            "true",
            "null",
            "2024-01-01",
            "'%s'",
            "$HOME",
            "a" * 61,
        ),
        *("~", "[1, 2]", "'a;b'", "'${x}'"),
    ],
)
def test_a_variant_with_a_name_unfit_for_a_file_is_refused(file, name):
    message = refusal(load_variants, file(VARIANTS.replace("  narrow:", f"  {name}:")))
    assert "variants: name " in message
    assert "is not allowed; allowed: up to 60 of a-z 0-9 . -, beginning with" in message


@pytest.mark.parametrize("name", ["plain", "momentum-lr-0.03", "hidden-32", "2x64", "a" * 60])
def test_a_variant_with_a_name_fit_for_a_file_is_taken(file, name):
    assert name in load_variants(file(VARIANTS.replace("narrow", name)))


def test_reserved_names_are_those_of_the_pipelines_own_files():
    stages = read_yaml(PROJECT / "dvc.yaml")["stages"]
    stages.pop("variant")  # of a variant's own files, with a name not yet put in
    text = str(stages)
    for folder in ("metrics", "build/settings"):
        for part in text.split(f"{folder}/")[1:]:
            if part.split("'")[0].endswith(".json"):
                assert part.split(".json")[0] in settings.RESERVED


def test_a_batch_larger_than_the_training_set_is_refused(file):
    (narrow, _) = load_variants(file(VARIANTS)).values()
    check_batch("here", narrow, Data(training_images=32, validation_images=1))
    with pytest.raises(SettingsError) as caught:
        check_batch("here", narrow, Data(training_images=31, validation_images=1))
    expected = "here: batch_size = 32 is not allowed; allowed: up to data.training_images, 31"
    assert str(caught.value) == expected


def outcome(read, path):
    """ "" when the file is read, else the message. Any error but SettingsError comes out."""
    try:
        read(path)
    except SettingsError as error:
        return str(error)
    return ""


MARKS = st.sampled_from(
    ["[", "]", "{", "}", ":", "- ", "\n  ", "&a ", "*a", "!!int ", "!!set ", "<<"]
)
VALUES = st.sampled_from([".nan", "1e400", "0x1F", "0b", "~", "!!binary x", "!!timestamp 1", "1:2"])
YAML_BITS = st.lists(MARKS | VALUES | st.text(max_size=5), max_size=12).map("".join)


@pytest.mark.fuzz
@given(content=st.binary(max_size=60) | YAML_BITS.map(lambda text: text.encode("utf-8", "replace")))
@example(content=b"!!int ''")
@example(content=b"!!float ''")
@example(content=b"a: !!binary \xc3\xa6")
@example(content=b"\xef\xbb\xbfa: 1")
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content)
    for read in (load_network, load_data, load_variants):
        message = outcome(read, path)
        assert message.startswith(str(path))
        assert "\n" not in message


@pytest.mark.fuzz
@given(st.integers(0, len(PARAMS)), st.integers(0, 30), YAML_BITS | st.text(max_size=30))
def test_any_edit_of_params_is_read_or_refused_in_one_line(tmp_path_factory, at, cut, put):
    path = tmp_path_factory.getbasetemp() / "params.yaml"
    text = PARAMS[:at] + put + PARAMS[at + cut :]
    path.write_text(text, encoding="utf-8", errors="replace")
    for read in (load_network, load_data):
        assert "\n" not in outcome(read, path)


@pytest.mark.fuzz
@given(st.integers(0, len(VARIANTS)), st.integers(0, 30), YAML_BITS | st.text(max_size=30))
def test_any_edit_of_variants_is_read_or_refused_in_one_line(tmp_path_factory, at, cut, put):
    path = tmp_path_factory.getbasetemp() / "variants.yaml"
    text = VARIANTS[:at] + put + VARIANTS[at + cut :]
    path.write_text(text, encoding="utf-8", errors="replace")
    assert "\n" not in outcome(load_variants, path)
