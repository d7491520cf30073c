"""What imports what: no wall is broken, the house is small, stages depend on what they import."""

import ast
from pathlib import Path

import pytest
from projects import HERE
from ruamel.yaml import YAML

SRC = HERE / "src"
STAGES = YAML(typ="safe").load(HERE / "dvc.yaml")["stages"]
# A package imports only those that stand before it; figures and reporting not each other.
BEFORE = {
    "mlp": [],
    "workflow": ["mlp"],
    "mnist": ["mlp", "workflow"],
    "runs": ["mlp", "workflow", "mnist"],
    "judging": ["mlp", "workflow", "mnist", "runs"],
    "figures": ["mlp", "workflow", "mnist", "runs", "judging"],
    "reporting": ["mlp", "workflow", "mnist", "runs", "judging"],
}
SCRIPTS = sorted(SRC.glob("*.py"))
MODULES = sorted(SRC.glob("*/*.py"))


def imported(file: Path) -> set[Path]:
    """The files of src that a file imports, wherever it does so, but for types alone."""
    names, tree = set(), ast.parse(file.read_text())
    for node in [*ast.walk(tree)]:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    places = {SRC.joinpath(*name.split(".")).with_suffix(".py") for name in names}
    return {place for place in places if place.exists()}


def code_of(script: Path) -> set[Path]:
    """The script and all that it imports, directly or not."""
    known, new = set(), {script}
    while new:
        known |= new
        new = {file for each in new for file in imported(each)} - known
    return known


def test_every_package_imports_only_those_before_it():
    broken = [
        f"{file.relative_to(SRC)} imports {other.relative_to(SRC)}"
        for file in MODULES
        for other in imported(file)
        if other.parent != file.parent and other.parent.name not in BEFORE[file.parent.name]
    ]
    assert broken == []


def test_what_lies_flat_in_src_is_run_and_never_imported():
    for script in SCRIPTS:
        assert '\nif __name__ == "__main__":\n    run(main' in script.read_text(), script.name
    assert not {s for file in (*SCRIPTS, *MODULES) for s in imported(file)} & set(SCRIPTS)


def test_the_house_does_not_grow():
    files = [*SCRIPTS, *MODULES]
    assert sum(len(file.read_text().splitlines()) for file in files) <= 5650
    assert len(files) <= 44
    tests = (HERE / "tests").rglob("*.py")
    assert sum(len(file.read_text().splitlines()) for file in tests) <= 6850
    assert len((HERE / "dvc.yaml").read_text().splitlines()) <= 340
    benchmarks = (HERE / "benchmarks").glob("*.py")
    assert sum(len(file.read_text().splitlines()) for file in benchmarks) <= 500
    assert sum(len(file.read_text().splitlines()) for file in (HERE / "docs").glob("*.md")) <= 900
    assert len([*HERE.glob("requirements*")]) == 4


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_depends_on_the_code_that_it_imports_and_on_no_other(stage):
    content = STAGES[stage].get("do", STAGES[stage])
    needed = code_of(HERE / content["cmd"].split()[1])
    given = [HERE / name for name in content["deps"] if name.startswith("src/")]
    covered = {path: {path, *path.rglob("*.py")} & needed for path in given}
    missing = needed - {file for files in covered.values() for file in files}
    assert not missing, sorted(str(file.relative_to(HERE)) for file in missing)
    assert all(covered.values()), [str(path) for path, files in covered.items() if not files]
    if stage in ("train", "variant", "grid"):  # what a training does not import never repeats it
        whole = {file for path in given for file in (path, *path.rglob("*.py")) if file.suffix}
        assert {file.name for file in whole - needed} <= {"textbook.py"}
