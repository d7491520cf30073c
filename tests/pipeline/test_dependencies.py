"""A stage depends on what its script imports from src, all of it, and on no other code."""

import ast
from pathlib import Path

import pytest
from projects import HERE
from ruamel.yaml import YAML

SRC = HERE / "src"
STAGES = YAML(typ="safe").load(HERE / "dvc.yaml")["stages"]


def imported(script: Path) -> set[Path]:
    """The files of src that a file of src imports, wherever it does so."""
    names = set()
    for node in ast.walk(ast.parse(script.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    places = [SRC.joinpath(*name.split(".")) for name in names]
    files = {place.with_suffix(".py") for place in places}
    return {file for file in files | {place / "__init__.py" for place in places} if file.exists()}


def code_of(script: Path) -> set[str]:
    """The script and all that it imports, directly or not; a package as its folder."""
    known, new = set(), {script}
    while new:
        known |= new
        new = {file for each in new for file in imported(each)} - known
    parts = {file.relative_to(SRC).parts for file in known}
    return {f"src/{parts[0]}" for parts in parts}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_the_code_that_it_imports_and_on_no_other(stage):
    content = STAGES[stage].get("do", STAGES[stage])
    script = HERE / content["cmd"].split()[1]
    given = {dependency for dependency in content["deps"] if dependency.startswith("src/")}
    assert given == code_of(script)
