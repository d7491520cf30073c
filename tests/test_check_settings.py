"""The stage that refuses a bad setting before anything is deleted or trained."""

import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from projects import HERE, commit, edit, make_project, replace, results, run

import check_settings
from settings import PARAMS, VARIANTS, Network, load_network, load_variants


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the project's settings and claims, and no results."""
    for name in ("params.yaml", "variants.yaml"):
        shutil.copy(HERE / name, tmp_path)
    shutil.copytree(HERE / "claims", tmp_path / "claims")
    (tmp_path / "report").mkdir()
    shutil.copy(HERE / "report/template.md", tmp_path / "report")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stage():
    """Run the script."""
    command = [sys.executable, check_settings.__file__]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def refusal():
    """The one line with which the script fails, nothing written."""
    done = stage()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("check_settings: ")
    assert done.stderr.count("\n") == 1
    assert not Path("build/settings").exists()
    return done.stderr.removeprefix("check_settings: ").rstrip("\n")


def test_settings_are_written_as_they_will_be_used(folder):
    done = stage()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"check_settings: params.yaml, {len(load_variants())} variants, ")
    written = {
        path.stem: Network.model_validate_json(path.read_text())
        for path in Path("build/settings").iterdir()
    }
    assert written == {"train": load_network()} | load_variants()


def test_a_width_and_a_list_of_one_width_are_the_same(folder):
    written = []
    for width in (64, [64]):
        edit(PARAMS, lambda content, width=width: content.update(hidden=width))
        assert stage().returncode == 0
        written.append(Path("build/settings/train.json").read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize("optimized", ["", "2"])
def test_every_wrong_key_is_in_one_line(folder, optimized, monkeypatch):
    monkeypatch.setenv("PYTHONOPTIMIZE", optimized)
    edit(PARAMS, lambda content: content.update(momentum=1.5, seeds="six", colour=1))
    assert refusal() == (
        "params.yaml: momentum = 1.5 (allowed: a number from 0 up to, not including, 1); "
        "seeds = 'six' (allowed: a whole number from 1 to 1000); "
        f"unknown key 'colour' (allowed: {', '.join(Network.model_fields)}); "
        "`git restore params.yaml` brings the committed file back"
    )


def test_a_fault_in_a_variant_names_the_variant_and_a_missing_file_is_named(folder):
    edit(VARIANTS, lambda content: content["variants"]["plain"].update(init=0))
    assert refusal().startswith("variants.yaml: plain: init = 0 (allowed: one of uniform, fan_in")
    VARIANTS.unlink()
    assert refusal() == "variants.yaml: cannot be read (No such file or directory)"


def test_a_network_that_cannot_fit_into_memory_is_refused_with_the_figures(folder):
    edit(PARAMS, lambda content: content.update(hidden=[4096] * 100, seeds=1000))
    line = refusal()
    assert line.startswith("train: 1000 seeds of 1,664,200,704 weights need 19,970 GB of memory")
    assert f"this machine has {psutil.virtual_memory().total / 1e9:,.0f};" in line


def test_a_fault_in_a_claim_is_refused(folder):
    path = next(Path("claims").glob("report_*.yaml"))
    replace(path, "statement: ", "statemnt: ")
    assert str(path) in refusal()


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


def assert_nothing_lost(project, before):
    """All results are there, and nothing but settings differs from Git."""
    assert results(project) == before
    changed = run(project, "git", "status", "--short").stdout
    # DVC's own index may hide a change of equal length.
    assert set(changed.splitlines()) <= {" M params.yaml", " M variants.yaml"}


@pytest.mark.proof
@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("hidden=abc", "hidden = 'abc' (allowed: a width from 1 to 4096"),
        ("hidden=[64,0]", "hidden = [64, 0] (allowed: a width from 1 to 4096"),
        ("learning_rate=-1e-3", "learning_rate = -0.001 (allowed: a number above 0"),
        ("activation=softplus", "activation = 'softplus' (allowed: one of sigmoid"),
        ("training_images=70000", "training_images = 70000 (allowed: a whole number"),
        ("batch_size=641", "batch_size = 641 (allowed: up to training_images, 640"),
        ("+hiden=32", "unknown key 'hiden' (did you mean hidden?)"),
    ],
)
def test_a_bad_value_for_dvc_exp_run_costs_no_published_result(published, setting, line):
    before = results(published)
    done = run(published, "dvc", "exp", "run", "-S", setting)
    assert said(done).startswith(f"check_settings: params.yaml: {line}")
    assert_nothing_lost(published, before)


@pytest.mark.proof
def test_after_a_bad_value_is_taken_back_nothing_is_trained_again(published):
    run(published, "dvc", "exp", "run", "-S", "momentum=2")
    run(published, "git", "restore", "params.yaml")
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
def test_a_bad_variant_and_params_that_do_not_parse_cost_no_published_result(published):
    before = results(published)
    edit(published / "variants.yaml", lambda content: content["variants"]["plain"].update(init=0))
    line = said(run(published, "dvc", "repro"))
    assert line.startswith("check_settings: variants.yaml: plain: init = 0 (allowed: one of")
    assert_nothing_lost(published, before)
    for text in ("hidden: [64", "hidden: !!python/name:os.system x"):
        run(published, "git", "checkout", "--quiet", ".")
        replace(published / "params.yaml", "hidden: 64", text)
        done = run(published, "dvc", "repro")
        assert done.returncode != 0
        assert "params.yaml" in done.stderr
        assert "Traceback" not in done.stderr
        assert_nothing_lost(published, before)
