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

WANTED = ("requirements.in", "requirements-proof.in")
LOCKS = ("requirements.txt", "requirements-proof.txt", "benchmarks/torch.txt")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
# Ruff's rules against running what is read: eval, pickle, marshal, YAML's objects, shells,
# temporary names that can be guessed, certificates that are not checked.
RULES = "S102,S301,S302,S306,S307,S501,S506,S602,S604,S605"
# For these it has no rule.
FORBIDDEN = re.compile(
    r"allow_pickle=(?!False)|\b(joblib|cloudpickle|dill|torch|shelve)\.(loads?|open)\(|read_pickle"
    r"|typ=.unsafe|get(status)?output\(|\bos\.(popen|exec\w*|spawn\w*)\("
)
# What zizmor must find in the workflow, where the first is changed to the second.
WEAKNESSES = {
    "template-injection": ("make lint test", "make lint test ${{ github.head_ref }}"),
    "unpinned-uses": ("actions/checkout@", "actions/checkout@v"),
    "excessive-permissions": ("contents: read", "contents: write"),
}


def wanted(name):
    """The requirements of a .in file."""
    lines = (line.split("#")[0].strip() for line in (HERE / name).read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def locked(name):
    """The entries of a lock: each requirement with its hashes. Any other line fails."""
    for entry in (HERE / name).read_text().replace("\\\n", " ").splitlines():
        if entry.strip() and not entry.startswith("#"):
            text, *hashes = entry.split(" --hash")
            yield Requirement(text.strip()), [f"--hash{item}".strip() for item in hashes]


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_is_pinned_and_hashed(name):
    for requirement, hashes in locked(name):
        assert re.fullmatch("==[^=*,]+", str(requirement.specifier))
        assert requirement.url is None
        assert hashes
        assert all(HASH.fullmatch(item) for item in hashes), requirement


@pytest.mark.parametrize("name", WANTED)
def test_every_package_that_is_wanted_is_locked_at_a_version_wanted(name):
    pins = {}
    for requirement, _ in locked(name.replace(".in", ".txt")):
        version = str(requirement.specifier).removeprefix("==")
        pins.setdefault(canonicalize_name(requirement.name), []).append(version)
    for requirement in wanted(name):
        versions = pins[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version in versions), requirement


@pytest.mark.skipif(Path(sys.prefix) != HERE / ".venv", reason="not the environment of the lock")
def test_this_environment_is_the_locked_one():
    for requirement, _ in locked("requirements.txt"):
        if requirement.marker is None or requirement.marker.evaluate():
            assert f"=={metadata.version(requirement.name)}" == str(requirement.specifier)


@pytest.mark.proof
def test_compiling_the_locks_anew_changes_nothing(tmp_path):
    need(shutil.which("uv"), "uv, which compiles the locks")
    copy_of(tmp_path, "Makefile", *WANTED, *LOCKS[:2])
    must(tmp_path, "make", "lock")
    for name in LOCKS[:2]:
        assert (tmp_path / name).read_text() == (HERE / name).read_text()


@pytest.mark.proof
def test_bandit_and_zizmor_find_no_weakness_and_zizmor_would_find_one(tmp_path):
    need_module("bandit")
    skipped = "B701,B704"  # ruff asks the same of text that is not escaped, and got its answers
    bandit = ("bandit", "--quiet", "--recursive", "src", "-ll", "--skip", skipped)
    assert must(HERE, "python", "-m", *bandit) == ""
    command = ("zizmor", "--offline", "--no-progress", "--quiet", "--pedantic")
    must(HERE, *command, ".github/workflows")
    for weakness, change in WEAKNESSES.items():
        file = copy_of(tmp_path, ".github") / ".github/workflows/reproduce.yml"
        replace(file, *change)
        assert weakness in run(tmp_path, *command, str(file)).stdout


def test_no_code_executes_its_input_or_asks_a_shell():
    """Comments that silence ruff count for nothing; one test runs a pickle to show that it can."""
    command = ("check", "--select", RULES, "--ignore-noqa", "--output-format", "json")
    found = json.loads(run(HERE, "ruff", *command, "src", "tests", "benchmarks").stdout)
    named = {(fault["code"], os.path.relpath(fault["filename"], HERE)) for fault in found}
    assert all(code == "S301" and name.startswith("tests/") for code, name in named), named
    assert len(named) <= 1
    for path in (HERE / "src").rglob("*.py"):
        assert not FORBIDDEN.search(path.read_text()), path
