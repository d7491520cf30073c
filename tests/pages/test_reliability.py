"""The list of faults: complete, and every test that it names is there."""

import re

from projects import HERE

TEXT = (HERE / "docs/reliability.md").read_text()
FAULTS, _, INDEX = TEXT.partition("## Which test shows it")
ROWS = re.findall(r"^\| (\d+) \|(.*)\|$", FAULTS, re.MULTILINE)
SHOWN = dict(re.findall(r"^\| (\d+) \| (.*) \|$", INDEX, re.MULTILINE))


def test_what_to_do_comes_first_and_the_index_of_tests_last():
    heads = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    assert (heads[0], heads[-1]) == ("What to do when ...", "Which test shows it")


def test_the_faults_are_numbered_without_a_gap_and_say_what_is_seen():
    assert [int(number) for number, _ in ROWS] == list(range(1, len(ROWS) + 1))
    assert len(ROWS) >= 56
    for number, row in ROWS:
        fault, seen, _ = (cell.strip() for cell in row.split("|"))
        assert fault, number
        assert seen, number


def test_every_fault_has_tests_that_show_it_and_these_exist():
    assert list(SHOWN) == [number for number, _ in ROWS]
    files = (HERE / "tests").rglob("test_*.py")
    defined = {n for f in files for n in re.findall(r"^def (test_\w+)\(", f.read_text(), re.M)}
    for number, tests in SHOWN.items():
        assert re.fullmatch(r"`test_\w+`(, `test_\w+`)*", tests), number
        assert set(re.findall(r"`(test_\w+)`", tests)) <= defined, number
