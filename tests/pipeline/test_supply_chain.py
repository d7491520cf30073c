"""What the project takes from others: every package and action pinned, and no input executed."""

import json
import os
import re
import shutil
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from projects import HERE, copy_of, must, replace, run
from tools import need, need_module

WANTED = sorted(HERE.glob("requirements*.in"))
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
    for entry in path.read_text().replace("\\\n", " ").splitlines():
        if entry.strip() and not entry.startswith("#"):
            text, *hashes = entry.split(" --hash")
            yield Requirement(text.strip()), [f"--hash{item}".strip() for item in hashes]


@pytest.mark.parametrize("path", WANTED, ids=name_of)
def test_every_package_of_a_lock_is_pinned_hashed_and_at_a_version_wanted(path):
    pins, named = {}, []
    for requirement, hashes in locked(path.with_suffix(".txt")):
        name = canonicalize_name(requirement.name)
        [pin] = re.findall(r"^==([^=*,]+)$", str(requirement.specifier))
        assert requirement.url is None
        assert hashes
        assert all(HASH.fullmatch(item) for item in hashes), requirement
        pins.setdefault(name, []).append(pin)
        named.append((name, str(requirement.marker)))
    assert len(set(named)) == len(named) > 0
    for requirement in wanted(path):
        versions = pins[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_packages_whose_version_may_change_bits_are_wanted_exactly():
    exact = {item.name for item in wanted(HERE / "requirements.in") if item.specifier}
    assert {"numpy", "matplotlib", "pillow", "scipy", "dvc"} <= exact


@pytest.mark.skipif(Path(sys.prefix) != HERE / ".venv", reason="not the environment of the lock")
def test_this_environment_is_the_locked_one():
    for requirement, _ in locked(HERE / "requirements.txt"):
        if requirement.marker is None or requirement.marker.evaluate():
            assert f"=={metadata.version(requirement.name)}" == str(requirement.specifier)


@pytest.mark.proof
@pytest.mark.parametrize("path", WANTED, ids=name_of)
def test_compiling_a_lock_anew_changes_nothing(path, tmp_path):
    uv = need(shutil.which("uv"), "uv, which compiles the locks")
    copy_of(tmp_path, *map(name_of, WANTED), *(name_of(p.with_suffix(".txt")) for p in WANTED))
    text = (HERE / "Makefile").read_text().replace("\\\n", " ")
    options = re.search(r"uv pip compile (.*) \$\$name\.in", text)[1].split()
    lock = path.with_suffix(".txt")
    here = tmp_path / path.parent.relative_to(HERE)
    must(here, uv, "pip", "compile", *options, path.name, "-o", lock.name)
    assert (here / lock.name).read_text() == lock.read_text()


@pytest.mark.proof
def test_bandit_finds_no_weakness_of_medium_or_high_severity():
    need_module("bandit")
    assert must(HERE, "python", "-m", "bandit", "--quiet", "--recursive", "src", "-ll") == ""


# What zizmor must find in the workflow, where the first is changed to the second.
WEAKNESSES = {
    "template-injection": ("make lint test", "make lint test ${{ github.head_ref }}"),
    "unpinned-uses": ("actions/checkout@", "actions/checkout@v"),
    "excessive-permissions": ("contents: read", "contents: write"),
}


@pytest.mark.proof
def test_zizmor_finds_no_weakness_in_the_workflows_and_would_find_one(tmp_path):
    need(shutil.which("zizmor"), "zizmor (`make proof` installs it)")
    command = ("zizmor", "--offline", "--no-progress", "--quiet", "--pedantic")
    must(HERE, *command, ".github/workflows")
    for weakness, change in WEAKNESSES.items():
        file = copy_of(tmp_path, ".github") / ".github/workflows/reproduce.yml"
        replace(file, *change)
        assert weakness in run(tmp_path, *command, str(file)).stdout


def test_no_code_executes_its_input_or_asks_a_shell():
    """Comments that silence ruff count for nothing; one test runs a pickle to show that it can."""
    command = ("check", "--select", RULES, "--ignore-noqa", "--output-format", "json")
    found = json.loads(run(HERE, "ruff", *command, "src", "tests", "benchmarks", ".github").stdout)
    named = {(fault["code"], os.path.relpath(fault["filename"], HERE)) for fault in found}
    assert all(code == "S301" and name.startswith("tests/") for code, name in named), named
    assert len(named) <= 1
    for path in (HERE / "src").rglob("*.py"):
        assert not FORBIDDEN.search(path.read_text()), path


def test_the_search_for_what_ruff_does_not_know_finds_it():
    numpy = ("np.load(path, allow_pickle=True)", "np.load(path, allow_pickle=wanted)")
    shells = ("subprocess.getoutput('ls')", "os.popen('ls')")
    for text in (*numpy, *shells, "joblib.load('model')", "YAML(typ='unsafe')"):
        assert FORBIDDEN.search(text)
    assert not FORBIDDEN.search("np.load(path, allow_pickle=False); json.loads(text); os.open(p)")
