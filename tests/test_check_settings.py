"""The stage that refuses a bad setting before anything is deleted or trained."""

import re
import subprocess
import sys

import pytest
from projects import HERE, copy_of, edit, must, one_line, replace, run

from workflow.settings import GRID, PARAMS, SETTINGS, VARIANTS, load_network, load_variants, stored


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the project's settings and claims, and no results."""
    names = map(str, (PARAMS, VARIANTS, GRID))
    monkeypatch.chdir(copy_of(tmp_path, *names, "claims", "dvc.yaml", "src"))
    return tmp_path


def refusal(folder):
    """The one line with which the script fails, nothing written."""
    line = one_line(run(folder, "python", "src/check_settings.py", PYTHONOPTIMIZE="2"))
    assert not SETTINGS.exists()
    return line.removeprefix("check_settings: ")


def test_settings_are_written_as_they_will_be_used(folder):
    edit(PARAMS, lambda content: content.update(hidden=[64]))
    one = load_network()
    edit(PARAMS, lambda content: content.update(hidden=64))
    said = must(folder, "python", "src/check_settings.py")
    assert said.startswith(f"check_settings: params.yaml, {len(load_variants())} variants, ")
    expected = {name: stored(each) for name, each in ({"train": one} | load_variants()).items()}
    assert {path.stem: path.read_bytes() for path in SETTINGS.iterdir()} == expected


def test_a_fault_in_any_file_is_one_line(folder):
    replace(GRID, "hidden: 32", "hiden: 32")
    assert "32 units: unknown key 'hiden'" in refusal(folder)
    claims = next((folder / "claims").glob("report_*.yaml"))
    replace(claims, "statement: ", "statemnt: ")
    assert refusal(folder).startswith(f"claims/{claims.name}: ")
    edit(VARIANTS, lambda content: content["variants"]["plain"].update(init=0))
    assert refusal(folder).startswith("variants.yaml: plain: init = 0 (allowed: one of uniform, ")
    VARIANTS.unlink()
    assert refusal(folder) == "variants.yaml: cannot be read (No such file or directory)\n"
    edit(PARAMS, lambda content: content.update(momentum=1.5, seeds="six"))
    pattern = "^params.yaml: momentum = 1.5 .* seeds = 'six' .*; `git restore params.yaml`"
    assert re.search(pattern, refusal(folder))


def test_a_refusal_waits_for_no_compiler_and_no_statistics():
    code = "import check_settings, sys; print({'numba', 'scipy', 'matplotlib'} & {*sys.modules})"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=HERE / "src", capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
