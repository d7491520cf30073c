"""The stage that refuses a bad setting before anything is deleted or trained."""

import os
import re
import shutil
from pathlib import Path

import psutil
import pytest
from projects import HERE, dvc, edit, must, one_line, replace, run, stages_run

import check_settings
from reporting.template import PLACES
from workflow.crossing import GRID
from workflow.settings import PARAMS, SETTINGS, VARIANTS, Network, load_network, load_variants


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the project's settings and claims, and no results."""
    for name in ("params.yaml", "variants.yaml", "grid.yaml"):
        shutil.copy(HERE / name, tmp_path)
    shutil.copytree(HERE / "claims", tmp_path / "claims")
    (tmp_path / "report").mkdir()
    for template in PLACES:
        shutil.copy(HERE / template, tmp_path / "report")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stage():
    """Run the script."""
    return run(Path.cwd(), "python", check_settings.__file__, PYTHONOPTIMIZE="2")


def refusal():
    """The one line with which the script fails, nothing written."""
    line = one_line(stage())
    assert not SETTINGS.exists()
    return line.removeprefix("check_settings: ")


def test_settings_are_written_as_they_will_be_used(folder):
    edit(PARAMS, lambda content: content.update(hidden=[64]))
    one = load_network()
    edit(PARAMS, lambda content: content.update(hidden=64))
    done = stage()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"check_settings: params.yaml, {len(load_variants())} variants, ")
    written = {
        path.stem: Network.model_validate_json(path.read_text()) for path in SETTINGS.iterdir()
    }
    assert written == {"train": one} | load_variants()


def test_a_fault_in_any_file_is_one_line(folder):
    claims = next(Path("claims").glob("report_*.yaml"))
    replace(claims, "statement: ", "statemnt: ")
    assert refusal().startswith(f"{claims}: ")
    edit(VARIANTS, lambda content: content["variants"]["plain"].update(init=0))
    assert refusal().startswith("variants.yaml: plain: init = 0 (allowed: one of uniform, fan_in")
    replace(GRID, "hidden: 32", "hiden: 32")
    edit(VARIANTS, lambda content: content["variants"]["plain"].update(init="he"))
    replace(claims, "statemnt: ", "statement: ")
    assert refusal().startswith(
        "grid.yaml: initial weights + improved sigmoid + momentum + 32 units: unknown"
    )
    VARIANTS.unlink()
    assert refusal() == "variants.yaml: cannot be read (No such file or directory)\n"
    edit(PARAMS, lambda content: content.update(momentum=1.5, seeds="six"))
    assert refusal() == (
        "params.yaml: momentum = 1.5 (allowed: a number from 0 up to, not including, 1); "
        "seeds = 'six' (allowed: a whole number from 1 to 1000); "
        "`git restore params.yaml` brings the committed file back\n"
    )


def test_a_network_that_cannot_fit_into_memory_is_refused_with_the_figures(folder):
    edit(PARAMS, lambda content: content.update(hidden=[4096] * 100, seeds=1000))
    line = refusal()
    needed = 1_664_200_704 * (4 * 1000 + 12 * min(os.cpu_count(), 1000)) / 1e9
    assert line.startswith(f"train: 1000 seeds of 1,664,200,704 weights need {needed:,.0f} GB")
    assert f"this machine has {psutil.virtual_memory().total / 1e9:,.0f};" in line


def test_a_training_of_hours_is_announced_with_its_size(folder):
    edit(PARAMS, lambda content: content.update(hidden=[2048] * 2, seeds=2, epochs=500))
    size, counts = stage().stdout.splitlines()
    assert size.startswith("train: 2 seeds of 5,822,464 weights take up to 6e+14 multiply-acc")
    assert re.search(r"about \d+ hours on [12] cores; Ctrl-C ends it", size)
    assert counts.endswith("valid")


def assert_nothing_is_lost(project, done, line):
    """The command failed with that line, and all that differs from Git are the settings."""
    assert done.returncode != 0
    assert line in done.stderr
    assert "Traceback" not in done.stderr
    must(project, "git", "restore", "params.yaml", "variants.yaml")
    assert must(project, "git", "status", "--short") == ""


@pytest.mark.proof
def test_a_bad_value_for_dvc_exp_run_costs_no_published_result(published, tmp_path):
    project = shutil.copytree(published, tmp_path / "project")
    lines = {
        "hidden=[64,0]": "check_settings: params.yaml: hidden = [64, 0] (allowed: a width",
        "+hiden=32": "check_settings: params.yaml: unknown key 'hiden' (did you mean hidden?)",
        "hiden=32": "Could not override 'hiden'.",
    }
    for setting, line in lines.items():
        assert_nothing_is_lost(project, run(project, "dvc", "exp", "run", "-S", setting), line)
    for text in ("hidden: [64", "hidden: !!python/name:os.system x"):
        replace(project / "params.yaml", "hidden: 64", text)
        assert_nothing_is_lost(project, run(project, "dvc", "repro"), "params.yaml")
    assert stages_run(dvc(project, "repro")) <= {"check_settings"}  # the old settings train none
