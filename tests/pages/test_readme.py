"""README.md against what it tells of: knobs, commands, files."""

import determinism  # noqa: F401

import re
from pathlib import Path

from knobs import DATA, KNOBS
from prose import broken_links, images, numbers_in

from reporting.template import BEGIN, END
from settings import read_yaml

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "README.md").read_text(encoding="utf-8")
HAND_WRITTEN = PAGE.partition(BEGIN)[0] + PAGE.partition(END)[2]
ROWS = re.findall(r"^\| `([^`]+)` \| (.+?) \| (.+) \|$", PAGE, flags=re.MULTILINE)


def test_every_knob_is_in_the_table_with_what_it_allows() -> None:
    rules = KNOBS | {f"data.{name}": rule for name, rule in DATA.items()}
    assert {name: allowed for name, allowed, _ in ROWS} == {
        name: rule.allowed for name, rule in rules.items()
    }
    assert len(ROWS) == len(rules)


def test_the_table_has_the_knobs_of_params_in_their_order() -> None:
    params = read_yaml(PROJECT / "params.yaml")
    data = params.pop("data")
    assert {name for name, _, _ in ROWS} == {*params, *(f"data.{name}" for name in data)}


def test_no_result_is_typed() -> None:
    prose = "\n".join(line for line in HAND_WRITTEN.splitlines() if not line.startswith("| `"))
    assert numbers_in(prose) == ["3.11"]  # of Python
    years = re.findall(r"\d+", " ".join(re.sub("`[^`]*`", "", words) for _, _, words in ROWS))
    assert all(1980 <= int(year) <= 2030 for year in years)


def test_every_target_that_is_named_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", PAGE, flags=re.MULTILINE))
    assert {"reproduce", "test"} <= named
    assert named - targets == set()


def test_every_script_that_is_named_is_there() -> None:
    scripts = re.findall(r"python (src/\w+\.py)", PAGE)
    assert scripts
    assert all((PROJECT / script).exists() for script in scripts)


def test_every_setting_of_an_example_is_a_knob() -> None:
    examples = re.findall(r"-S '?(\w+)=|'(\w+)=\[", PAGE)
    assert examples
    assert {first or second for first, second in examples} <= set(KNOBS)


def test_every_link_leads_somewhere() -> None:
    assert broken_links(PAGE, PROJECT) == []


def test_every_picture_has_a_text_for_who_cannot_see_it() -> None:
    assert images(PAGE)
    assert all(len(text) > 20 for text in images(PAGE).values())
