"""README.md against what it speaks of: knobs, commands, files, results."""

import re

import pytest
from projects import HERE
from prose import numbers_in

from reporting import pages
from workflow.files import read_yaml
from workflow.settings import Network

PAGE = (HERE / "README.md").read_text(encoding="utf-8")
HAND_WRITTEN = re.sub("<!-- generated: .*?<!-- end -->", "", PAGE, flags=re.DOTALL)
ROWS = re.findall(r"^\| `([^`]+)` \| (.+?) \| (.+) \|$", PAGE, flags=re.MULTILINE)
NAMES = ("activation", "init")


def test_the_answer_is_what_the_published_results_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)
    for name, block in pages.readme(pages.read_found()).items():
        shown = PAGE.partition(f"<!-- generated: {name} -->")[2].partition("<!-- end -->")[0]
        assert shown.strip() == block.strip(), "README.md is out of date: run `make readme`"


def test_the_answer_comes_first() -> None:
    assert PAGE.count("\n## ") > 3
    assert PAGE.index("<!-- generated: answer -->") < PAGE.index("\n## ")
    assert len([line for line in PAGE.splitlines() if not line.startswith("|")]) <= 100


def test_every_knob_is_in_the_table_in_the_order_of_params_with_what_it_allows() -> None:
    assert [name for name, _, _ in ROWS] == list(read_yaml(HERE / "params.yaml"))
    assert set(re.findall(r"-S '?(\w+)=", PAGE)) <= {name for name, _, _ in ROWS}
    for name, allowed, _ in ROWS:
        described = Network.model_fields[name].description
        if name in NAMES:  # a new one may be tried before it is written down here
            listed, known = (set(re.findall(r"\w+", text)) for text in (allowed, described))
            assert listed <= known
        else:
            assert allowed == described


def test_no_result_is_typed() -> None:
    prose = "\n".join(line for line in HAND_WRITTEN.splitlines() if not line.startswith("| `"))
    assert set(numbers_in(prose.replace("x86-64", ""))) <= {"3.11"}  # of Python
    years = re.findall(r"\d+", " ".join(re.sub("`[^`]*`", "", words) for _, _, words in ROWS))
    assert all(1980 <= int(year) <= 2030 for year in years)


def test_every_target_and_script_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (HERE / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", PAGE, flags=re.MULTILINE))
    assert {"reproduce", "test", "audit", "ask", "experiments", "site"} <= named <= targets
    assert all((HERE / script).exists() for script in re.findall(r"python (src/\w+\.py)", PAGE))
