"""What the project takes from others: every package and action pinned, and no input executed."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[2]
WANTED = sorted({*PROJECT.glob("requirements*.in"), *PROJECT.glob("benchmarks/requirements*.in")})
# Of these, but not of the others, the environment of the tests is made.
INSTALLED = ("requirements.txt", "requirements-build.txt")
WORKFLOWS = sorted((PROJECT / ".github/workflows").glob("*.y*ml"))
PYTHON_FILES = sorted(
    file
    for folder in ("src", "tests", "benchmarks")
    for file in PROJECT.glob(f"{folder}/**/*.py")
    if ".venv" not in file.parts
)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def name_of(path):
    """A file, as the project's folder has it."""
    return str(path.relative_to(PROJECT))


def wanted(path):
    """The requirements of a .in file."""
    lines = (line.split("#")[0].strip() for line in path.read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def locked(path):
    """The entries of a lock: each requirement with its hashes. Any other line fails."""
    entries = []
    for entry in path.read_text().replace("\\\n", " ").splitlines():
        if entry.strip() and not entry.startswith("#"):
            text, *hashes = entry.split(" --hash")
            entries.append(
                (Requirement(text.strip()), [f"--hash{item}".strip() for item in hashes])
            )
    return entries


@pytest.mark.parametrize("path", WANTED, ids=name_of)
def test_every_package_of_a_lock_is_pinned_and_hashed(path):
    entries = locked(path.with_suffix(".txt"))
    assert entries
    for requirement, hashes in entries:
        assert re.fullmatch(r"==[^=*,]+", str(requirement.specifier)), requirement
        assert requirement.url is None
        assert hashes
        assert all(HASH.fullmatch(item) for item in hashes), requirement
    named = [(canonicalize_name(item.name), str(item.marker)) for item, _ in entries]
    assert len(set(named)) == len(named)


@pytest.mark.parametrize("path", WANTED, ids=name_of)
def test_every_package_wanted_is_in_the_lock_at_a_version_wanted(path):
    pins = {}
    for requirement, _ in locked(path.with_suffix(".txt")):
        version = str(requirement.specifier).removeprefix("==")
        pins.setdefault(canonicalize_name(requirement.name), []).append(version)
    for requirement in wanted(path):
        versions = pins[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_packages_whose_version_may_change_bits_are_wanted_exactly():
    exact = {item.name for item in wanted(PROJECT / "requirements.in") if item.specifier}
    assert {"numpy", "matplotlib", "scipy", "dvc"} <= exact


@pytest.mark.parametrize("name", INSTALLED)
def test_this_environment_is_the_locked_one(name):
    for requirement, _ in locked(PROJECT / name):
        if requirement.marker is None or requirement.marker.evaluate():
            assert f"=={metadata.version(requirement.name)}" == str(requirement.specifier)


@pytest.mark.proof
@pytest.mark.parametrize("path", WANTED, ids=name_of)
def test_compiling_a_lock_anew_changes_nothing(path, tmp_path):
    uv = shutil.which("uv")
    if not uv:
        pytest.skip("there is no uv here, which compiles the locks")
    shutil.copytree(
        PROJECT, tmp_path / "copy", ignore=lambda _, names: [n for n in names if not _is_lock(n)]
    )
    here = tmp_path / "copy" / path.parent.relative_to(PROJECT)
    text = (PROJECT / "Makefile").read_text().replace("\\\n", " ")
    options = re.search(r"uv pip compile (.*) \$\$name\.in", text)[1].split()
    command = [uv, "pip", "compile", *options, path.name, "-o", path.with_suffix(".txt").name]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    lock = path.with_suffix(".txt")
    assert (here / lock.name).read_text() == lock.read_text()


def _is_lock(name):
    return name == "benchmarks" or re.fullmatch(r"requirements.*\.(in|txt)", name)


def must_or_skip(module):
    """Skip where a tool of requirements-proof.txt is missing; under CI that is a failure."""
    found = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True)
    if found.returncode and not os.environ.get("CI"):
        pytest.skip(f"there is no {module} here; `make proof` installs it")
    assert found.returncode == 0, f"{module} is missing"


@pytest.mark.proof
@pytest.mark.parametrize("path", WANTED, ids=name_of)
def test_no_locked_package_has_a_known_vulnerability(path):
    must_or_skip("pip_audit")
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes"]
    command += ["--vulnerability-service", "osv", "--progress-spinner", "off", "--format", "json"]
    command += ["--requirement", str(path.with_suffix(".txt"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if "ConnectionError" in done.stderr or "ServiceUnavailable" in done.stderr:
        pytest.skip("the data base of vulnerabilities cannot be reached from here")
    found = {item["name"]: item["vulns"] for item in json.loads(done.stdout)["dependencies"]}
    assert found
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.proof
def test_bandit_finds_no_weakness_of_medium_or_high_severity():
    must_or_skip("bandit")
    command = [sys.executable, "-m", "bandit", "--quiet", "--recursive", "src", "-ll"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def actions(workflow):
    """Every `uses:` of a workflow, at whatever depth."""
    if isinstance(workflow, dict):
        own = [workflow["uses"]] if isinstance(workflow.get("uses"), str) else []
        return own + [use for value in workflow.values() for use in actions(value)]
    if isinstance(workflow, list):
        return [use for value in workflow for use in actions(value)]
    return []


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_actions_are_pinned_by_commit(path):
    used = actions(yaml.safe_load(path.read_text()))
    assert used
    for use in used:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", use), f"{use} is no commit"


# To show that a forged pickle does run code, one test runs it.
EXCEPTIONS = {"tests/fetching/test_mnist_wheel.py": ["pickle.loads"]}
# What runs what it reads, or a shell. A call is known by the end of its dotted name.
FORBIDDEN = re.compile(
    r"(^|\.)(eval|exec)$|^os\.(system|popen|exec\w*|spawn\w*)$|getoutput$|getstatusoutput$"
    r"|^(pickle|cPickle|_pickle|cloudpickle|dill|marshal|joblib|torch)\.(loads?|Unpickler)$"
    r"|^(pd|pandas)\.read_pickle$|^shelve\.open$|^tempfile\.mktemp$"
    r"|^yaml\.(load|load_all|full_load|full_load_all|unsafe_load|unsafe_load_all)$"
)


def faults(tree):
    """Line and reason of every call in a module that could execute its input."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        given = {word.arg: ast.unparse(word.value) for word in node.keywords}
        if FORBIDDEN.search(name):
            yield node.lineno, name
        if given.get("shell", "False") != "False":
            yield node.lineno, "shell"
        if given.get("verify") == "False":
            yield node.lineno, "no certificate"
        if name.endswith(".load") and given.get("allow_pickle", "False") != "False":
            yield node.lineno, "allow_pickle"
        if name.endswith("YAML") and "unsafe" in (given.get("typ", "") + str(node.args)):
            yield node.lineno, "unsafe YAML"


@pytest.mark.parametrize(
    "text",
    [
        "subprocess.run('ls', shell=True)",
        "subprocess.run('ls', shell=wanted)",
        "os.system('ls')",
        "subprocess.getoutput('ls')",
        "pickle.load(file)",
        "pickle.loads(data)",
        "pickle.Unpickler(file).load()",
        "joblib.load('model')",
        "np.load(path, allow_pickle=True)",
        "yaml.load(text, Loader)",
        "YAML(typ='unsafe')",
        "eval(text)",
        "builtins.exec(text)",
        "requests.get(url, verify=False)",
    ],
)
def test_the_search_for_calls_that_execute_input_finds_them(text):
    assert list(faults(ast.parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        "subprocess.run(['ls'])",
        "np.load(path, allow_pickle=False)",
        "pickle.dumps(value)",
        "yaml.safe_load(text)",
        "YAML(typ='safe', pure=True).load(text)",
        "json.loads(text)",
        "records.load(path)",
    ],
)
def test_the_search_passes_over_calls_that_do_not(text):
    assert not list(faults(ast.parse(text)))


@pytest.mark.parametrize("path", PYTHON_FILES, ids=name_of)
def test_no_code_here_executes_its_input_or_asks_a_shell(path):
    found = list(faults(ast.parse(path.read_text())))
    assert [what for _, what in found] == EXCEPTIONS.get(name_of(path), []), found
