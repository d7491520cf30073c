"""The list of faults: complete, and every test that it names is there."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
TEXT = (TESTS.parent / "docs/reliability.md").read_text()
ROWS = re.findall(r"^\| (\d+) \|(.*)\|$", TEXT, re.MULTILINE)


def defined_tests():
    """Names of all test functions of this project."""
    files = TESTS.rglob("test_*.py")
    return {
        name for file in files for name in re.findall(r"^def (test_\w+)\(", file.read_text(), re.M)
    }


def test_the_faults_are_numbered_without_a_gap():
    assert [int(number) for number, _ in ROWS] == list(range(1, len(ROWS) + 1))
    assert len(ROWS) >= 41


def test_every_fault_has_what_is_seen_and_a_test_that_shows_it():
    for number, row in ROWS:
        fault, seen, _, shown = (cell.strip() for cell in row.split("|"))
        assert fault, number
        assert seen, number
        assert re.fullmatch(r"`test_\w+`(, `test_\w+`)*", shown), number


def test_every_test_that_is_named_exists():
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    assert named - defined_tests() == set()
