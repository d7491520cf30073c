""".github/workflows/reproduce.yml: what it runs is there. zizmor sees to its pins and rights."""

import json
import re
import subprocess

import pytest
from projects import HERE
from ruamel.yaml import YAML

FILE = HERE / ".github/workflows/reproduce.yml"
WORKFLOW = YAML(typ="safe").load(FILE)
JOB = WORKFLOW["jobs"]["reproduce"]
STEPS = JOB["steps"]
COMMANDS = {step["name"]: step["run"] for step in STEPS if "run" in step}


def uses(action):
    [found] = [step for step in STEPS if step.get("uses", "").startswith(f"actions/{action}@")]
    return found


def test_three_kinds_of_machine_and_the_oldest_python_are_tried():
    included = JOB["strategy"]["matrix"]["include"]
    runners = {entry["machine"]: entry["runner"] for entry in included}
    assert set(runners) == {"Linux x86-64", "Linux ARM", "macOS ARM"}
    assert runners["Linux ARM"].endswith("-arm")
    assert "3.11" in {entry["python"] for entry in included}
    assert not JOB["strategy"]["fail-fast"]


def test_the_whole_history_is_there_to_compare_with():
    assert uses("checkout")["with"] == {"fetch-depth": 0, "persist-credentials": False}


def test_packages_and_data_are_cached_but_once_a_month_come_from_nothing():
    assert "schedule" in WORKFLOW["on"]
    assert uses("cache")["if"] == "github.event_name != 'schedule'"
    assert "github.event_name != 'schedule' && 'pip'" in uses("setup-python")["with"]["cache"]
    stages = YAML(typ="safe").load(HERE / "dvc.yaml")["stages"]
    assert uses("cache")["with"]["path"] in stages["download"]["outs"][0]
    hashed = re.findall(r"'(src/[^']+)'", uses("cache")["with"]["key"])
    assert hashed
    assert all((HERE / name).exists() for name in hashed)
    assert list(HERE.glob(uses("setup-python")["with"]["cache-dependency-path"]))


def test_every_target_and_script_that_it_runs_is_there():
    text = "\n".join(COMMANDS.values())
    targets = set(re.findall(r"^([a-z]+):", (HERE / "Makefile").read_text(), re.MULTILINE))
    lines = re.findall(r"^make (.+)$", text, re.MULTILINE)
    assert {"setup", "test", "lint", "reproduce"} <= set(" ".join(lines).split()) <= targets
    scripts = re.findall(r"python (\S+\.py)", text)
    assert scripts
    assert all((HERE / script).exists() for script in scripts)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_one_that_bash_can_read(name):
    assert WORKFLOW["defaults"]["run"]["shell"] == "bash"
    subprocess.run(["bash", "-n"], input=COMMANDS[name], text=True, check=True)


def test_the_container_makes_the_environment_and_has_dvcs_extension():
    container = json.loads((HERE / ".devcontainer/devcontainer.json").read_text())
    assert container["postCreateCommand"] == "make setup"
    editor = container["customizations"]["vscode"]
    assert {"lakeFS.lakefs-dvc", "redhat.vscode-yaml"} <= set(editor["extensions"])
    recommended = json.loads((HERE / ".vscode/extensions.json").read_text())["recommendations"]
    assert recommended == editor["extensions"]
