"""The stage that refuses a bad setting before anything is deleted or trained."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from projects import commit, edit, make_project, results, run

import check_settings
from knobs import KNOBS, as_knobs
from settings import load_network, load_variants

PROJECT = Path(__file__).parents[1]
KINDS = {
    "nothing": "",
    "text": "some",
    "quoted number": "'64'",
    "truth value": "true",
    "negative": "-1",
    "not a number": ".nan",
    "infinity": ".inf",
    "empty list": "[]",
    "list with a bad entry": "[64, 'a']",
    "mapping": "{a: 1}",
    "object": "!!python/name:os.system",
    "huge": "1e99",
}
NUMBERS = ("training_images", "validation_images")
FAULTS = [
    (knob, kind)
    for knob in (*KNOBS, *NUMBERS)
    for kind in KINDS
    if not (kind == "truth value" and knob in ("nesterov", "shuffle"))
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the project's two files of settings, and no results."""
    for name in ("params.yaml", "variants.yaml"):
        shutil.copy(PROJECT / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(path, knob, value):
    """Replace the value of `knob`, wherever it stands first, by other YAML text."""
    lines = path.read_text().splitlines()
    (found, *_) = [i for i, line in enumerate(lines) if line.strip().startswith(f"{knob}:")]
    indent = lines[found].split(knob)[0]
    lines[found] = f"{indent}{knob}: {value}"
    path.write_text("\n".join(lines) + "\n")


def refusal():
    """What the stage ends with, which must be one line, and nothing written."""
    with pytest.raises(SystemExit) as caught:
        check_settings.main()
    message = caught.value.code
    assert isinstance(message, str)  # printed to stderr, with exit status 1
    assert "\n" not in message
    assert not Path("build").exists()
    return message


@pytest.mark.parametrize(("knob", "kind"), FAULTS)
def test_each_kind_of_fault_in_each_setting_is_one_line(folder, knob, kind):
    put(folder / "params.yaml", knob, KINDS[kind])
    message = refusal()
    if kind == "object":
        assert message.startswith("check_settings: params.yaml, line ")
        assert "could not determine a constructor for the tag" in message
    else:
        where = "params.yaml: data" if knob in NUMBERS else "params.yaml"
        assert message.startswith(f"check_settings: {where}: {knob} = ")
        assert " is not allowed; allowed: " in message


@pytest.mark.parametrize("knob", KNOBS)
def test_a_fault_in_a_variant_names_the_variant(folder, knob):
    variants = load_variants()
    put(folder / "variants.yaml", knob, "{}")  # of the protocol, or of the first variant
    name = next(iter(variants))
    message = refusal()
    assert message.startswith(f"check_settings: variants.yaml: {name}: {knob} = {{}} is not all")


@pytest.mark.parametrize("knob", [*KNOBS, *NUMBERS])
def test_a_missing_and_a_misspelt_setting_are_named(folder, knob):
    path = folder / "params.yaml"
    text = path.read_text()
    path.write_text("".join(line for line in text.splitlines(True) if knob not in line))
    assert f"{knob} is missing; allowed: " in refusal()
    path.write_text(text.replace(f"{knob}:", f"x{knob}:"))
    assert f"unknown key 'x{knob}'; did you mean {knob}?" in refusal()


def test_a_batch_larger_than_the_data_is_refused_for_train_and_variants(folder):
    put(folder / "params.yaml", "training_images", 40)
    put(folder / "params.yaml", "batch_size", 41)
    assert refusal().startswith("check_settings: params.yaml: batch_size = 41 is not allowed; all")
    put(folder / "params.yaml", "batch_size", 40)
    put(folder / "variants.yaml", "batch_size", 41)
    assert refusal().startswith("check_settings: variants.yaml: plain: batch_size = 41 is not all")


def test_settings_are_written_as_they_will_be_used(folder):
    check_settings.main()
    written = {path.stem: json.loads(path.read_text()) for path in Path("build/settings").iterdir()}
    expected = {name: as_knobs(training) for name, training in load_variants().items()}
    expected["train"] = as_knobs(load_network())
    expected["data"] = {"training_images": 20000, "validation_images": 10000}
    assert written == expected


def test_a_width_and_a_list_of_one_width_are_the_same(folder):
    put(folder / "params.yaml", "hidden", "[64]")
    check_settings.main()
    first = Path("build/settings/train.json").read_bytes()
    put(folder / "params.yaml", "hidden", "64")
    check_settings.main()
    assert Path("build/settings/train.json").read_bytes() == first


def run_stage(folder):
    return subprocess.run(
        [sys.executable, check_settings.__file__], cwd=folder, capture_output=True, text=True
    )


def test_the_script_ends_with_one_line_and_status_one(folder):
    put(folder / "params.yaml", "momentum", "1.5")
    done = run_stage(folder)
    expected = (
        "check_settings: params.yaml: momentum = 1.5 is not allowed; "
        "allowed: a number from 0 up to, not including, 1\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", expected)


def test_the_script_says_that_all_is_well(folder):
    done = run_stage(folder)
    count = len(load_variants(PROJECT / "variants.yaml"))
    expected = f"check_settings: params.yaml and {count} variants are valid\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")


def test_the_script_says_which_file_is_missing(folder):
    (folder / "variants.yaml").unlink()
    done = run_stage(folder)
    assert done.returncode == 1
    assert done.stderr.startswith("check_settings: variants.yaml: cannot be read (")
    assert done.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def with_results(tmp_path_factory):
    """A small project with its results committed."""
    folder = make_project(tmp_path_factory.mktemp("check_settings") / "project", ["plain"])
    assert run(folder, "dvc", "repro").returncode == 0
    commit(folder, "Results")
    return folder


@pytest.fixture
def published(with_results):
    """The same, and again as it was committed when the test is over."""
    yield with_results
    run(with_results, "git", "checkout", "--quiet", ".")


def said(done):
    """The one line that the stage said, of a dvc command that failed."""
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    (line,) = [text for text in done.stderr.splitlines() if text.startswith("check_settings:")]
    return line


@pytest.mark.proof
@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("hidden=abc", "hidden = 'abc' is not allowed; allowed: a width from 1 to 4096"),
        ("hidden=true", "hidden = True is not allowed; allowed: a width from 1 to 4096"),
        ("hidden=[64,0]", "hidden = [64, 0] is not allowed; allowed: a width from 1 to 4096"),
        ("learning_rate=-1e-3", "learning_rate = -0.001 is not allowed; allowed: a number above 0"),
        ("seeds=0", "seeds = 0 is not allowed; allowed: a whole number from 1 to 1000"),
        ("activation=softplus", "activation = 'softplus' is not allowed; allowed: one of sigmoid"),
        ("data.training_images=70000", "data: training_images = 70000 is not allowed; allowed"),
        ("batch_size=641", "batch_size = 641 is not allowed; allowed: up to data.training_images"),
        ("+hiden=32", "unknown key 'hiden'; did you mean hidden?"),
    ],
)
def test_a_bad_value_for_dvc_exp_run_costs_no_published_result(published, setting, line):
    before = results(published)
    done = run(published, "dvc", "exp", "run", "-S", setting)
    assert said(done).startswith(f"check_settings: params.yaml: {line}")
    assert results(published) == before
    # Nothing but the setting itself; DVC's own index may even hide a change of equal length.
    changed = run(published, "git", "status", "--short").stdout
    assert changed.replace(" M params.yaml\n", "") == ""


@pytest.mark.proof
def test_after_a_bad_value_is_taken_back_nothing_is_trained_again(published):
    run(published, "dvc", "exp", "run", "-S", "momentum=2")
    run(published, "git", "checkout", "--quiet", "params.yaml")
    again = run(published, "dvc", "repro")
    assert again.returncode == 0, again.stderr
    assert "> python src/train.py" not in again.stdout
    assert run(published, "git", "status", "--short").stdout == ""


@pytest.mark.proof
def test_a_misspelt_name_for_dvc_exp_run_is_refused_before_any_change(published):
    done = run(published, "dvc", "exp", "run", "-S", "hiden=32")
    assert done.returncode != 0
    assert "Could not override 'hiden'." in done.stderr
    assert run(published, "git", "status", "--short").stdout == ""


@pytest.mark.proof
def test_a_bad_value_in_variants_costs_no_published_result(published):
    before = results(published)
    edit(published / "variants.yaml", lambda content: content["variants"]["plain"].update(init=0))
    line = said(run(published, "dvc", "repro"))
    assert line.startswith("check_settings: variants.yaml: plain: init = 0 is not allowed; allowed")
    assert results(published) == before
    assert run(published, "git", "status", "--short").stdout == " M variants.yaml\n"


@pytest.mark.proof
@pytest.mark.parametrize("text", ["hidden: [64", "hidden: !!python/name:os.system x"])
def test_params_that_do_not_parse_cost_no_published_result(published, text):
    before = results(published)
    params = (published / "params.yaml").read_text()
    (published / "params.yaml").write_text(params.replace("hidden: 64", text))
    done = run(published, "dvc", "repro")
    assert done.returncode != 0
    assert "params.yaml" in done.stderr
    assert "Traceback" not in done.stderr
    assert results(published) == before
    # Nothing but the setting itself; DVC's own index may even hide a change of equal length.
    changed = run(published, "git", "status", "--short").stdout
    assert changed.replace(" M params.yaml\n", "") == ""
