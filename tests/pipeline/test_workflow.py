""".github/workflows/reproduce.yml: what it runs is there. zizmor sees to its pins and rights."""

import re

from projects import HERE
from ruamel.yaml import YAML

WORKFLOW = YAML(typ="safe").load(HERE / ".github/workflows/reproduce.yml")
JOB = WORKFLOW["jobs"]["reproduce"]
COMMANDS = {step["name"]: step["run"] for step in JOB["steps"] if "run" in step}


def test_three_kinds_of_machine_and_the_oldest_python_have_to_give_the_published_bits():
    included = JOB["strategy"]["matrix"]["include"]
    assert {one["machine"] for one in included} == {"Linux x86-64", "Linux ARM", "macOS ARM"}
    assert "3.11" in {one["python"] for one in included}
    assert not JOB["strategy"]["fail-fast"]
    assert COMMANDS["Reproduction"] == "make reproduce"


def test_every_target_and_file_that_it_names_is_there():
    text = "\n".join(COMMANDS.values())
    targets = set(re.findall(r"^([a-z]+):", (HERE / "Makefile").read_text(), re.MULTILINE))
    lines = re.findall(r"^make (.+)$", text, re.MULTILINE)
    assert {"setup", "test", "lint", "reproduce"} <= set(" ".join(lines).split()) <= targets
    [cache] = [step for step in JOB["steps"] if "actions/cache@" in step.get("uses", "")]
    stages = YAML(typ="safe").load(HERE / "dvc.yaml")["stages"]
    assert cache["with"]["path"] in stages["download"]["outs"][0]
    named = re.findall(r"python (\S+\.py)", text) + re.findall(r"'(src/.+?)'", cache["with"]["key"])
    assert len(named) >= 2
    assert all((HERE / name).exists() for name in named)
