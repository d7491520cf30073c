"""What the project takes from others: every package and action pinned, and no input executed."""

import json
import os
import re
import shutil

import pytest
from packaging.requirements import Requirement
from projects import HERE, copy_of, must, run
from tools import need

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


@pytest.mark.proof
def test_compiling_the_locks_anew_changes_nothing(tmp_path):
    need(shutil.which("uv"), "uv, which compiles the locks")
    copy_of(tmp_path, "Makefile", *WANTED, *LOCKS[:2])
    must(tmp_path, "make", "lock")
    for name in LOCKS[:2]:
        assert (tmp_path / name).read_text() == (HERE / name).read_text()


@pytest.mark.proof
def test_zizmor_finds_no_weakness_in_the_workflows():
    need(shutil.which("zizmor"), "zizmor (`make proof` installs it)")
    must(HERE, "zizmor", "--offline", "--no-progress", "--quiet", "--pedantic", ".github/workflows")


def test_no_code_executes_its_input_or_asks_a_shell():
    """Comments that silence ruff count for nothing; one test runs a pickle to show that it can."""
    command = ("check", "--select", RULES, "--ignore-noqa", "--output-format", "json")
    found = json.loads(run(HERE, "ruff", *command, "src", "tests", "benchmarks").stdout)
    named = {(fault["code"], os.path.relpath(fault["filename"], HERE)) for fault in found}
    assert all(code == "S301" and name.startswith("tests/") for code, name in named), named
    assert len(named) <= 1
    for path in (HERE / "src").rglob("*.py"):
        assert not FORBIDDEN.search(path.read_text()), path
