"""What the project takes from others: every package and action pinned, and no input executed."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from itertools import chain

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from projects import HERE, copy_of, must, run

WANTED = sorted(chain(HERE.glob("requirements*.in"), HERE.glob("benchmarks/requirements*.in")))
# Of these, but not of the others, the environment of the tests is made.
INSTALLED = ("requirements.txt", "requirements-build.txt")
WORKFLOWS = sorted((HERE / ".github/workflows").glob("*.y*ml"))
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
# Ruff's rules against running what is read: eval, pickle, marshal, YAML's objects, shells,
# temporary names that can be guessed, certificates that are not checked.
RULES = "S102,S301,S302,S306,S307,S501,S506,S602,S604,S605"
# For these it has no rule.
FORBIDDEN = re.compile(
    r"allow_pickle=(?!False)|\b(joblib|cloudpickle|dill|torch|shelve)\.(loads?|open)\(|read_pickle"
    r"|typ=.unsafe|get(status)?output\(|\bos\.(popen|exec\w*|spawn\w*)\("
)


def name_of(path):
    """A file, as the project's folder has it."""
    return str(path.relative_to(HERE))


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
    exact = {item.name for item in wanted(HERE / "requirements.in") if item.specifier}
    assert {"numpy", "matplotlib", "scipy", "dvc"} <= exact


@pytest.mark.parametrize("name", INSTALLED)
def test_this_environment_is_the_locked_one(name):
    for requirement, _ in locked(HERE / name):
        if requirement.marker is None or requirement.marker.evaluate():
            assert f"=={metadata.version(requirement.name)}" == str(requirement.specifier)


@pytest.mark.proof
@pytest.mark.parametrize("path", WANTED, ids=name_of)
def test_compiling_a_lock_anew_changes_nothing(path, tmp_path):
    uv = shutil.which("uv")
    if not uv:
        pytest.skip("there is no uv here, which compiles the locks")
    copy_of(tmp_path, *map(name_of, WANTED), *(name_of(p.with_suffix(".txt")) for p in WANTED))
    text = (HERE / "Makefile").read_text().replace("\\\n", " ")
    options = re.search(r"uv pip compile (.*) \$\$name\.in", text)[1].split()
    lock = path.with_suffix(".txt")
    here = tmp_path / path.parent.relative_to(HERE)
    must(here, uv, "pip", "compile", *options, path.name, "-o", lock.name)
    assert (here / lock.name).read_text() == lock.read_text()


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
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True)
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


def test_no_code_executes_its_input_or_asks_a_shell():
    """Comments that silence ruff count for nothing; one test runs a pickle to show that it can."""
    command = ("check", "--select", RULES, "--ignore-noqa", "--output-format", "json")
    found = json.loads(run(HERE, "ruff", *command, "src", "tests", "benchmarks", ".github").stdout)
    named = {(fault["code"], os.path.relpath(fault["filename"], HERE)) for fault in found}
    assert all(code == "S301" and name.startswith("tests/") for code, name in named), named
    assert len(named) <= 1
    for path in (HERE / "src").rglob("*.py"):
        assert not FORBIDDEN.search(path.read_text()), path


@pytest.mark.parametrize(
    "text",
    [
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=wanted)",
        "joblib.load('model')",
        "YAML(typ='unsafe')",
        "subprocess.getoutput('ls')",
        "os.popen('ls')",
    ],
)
def test_the_search_for_what_ruff_does_not_know_finds_it(text):
    assert FORBIDDEN.search(text)
    assert not FORBIDDEN.search("np.load(path, allow_pickle=False); json.loads(text); os.open(p)")
