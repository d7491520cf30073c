"""README.md against what it speaks of: knobs, commands, files."""

import re

from projects import HERE
from prose import broken_links, images, numbers_in

from report import BEGIN, END
from workflow.files import read_yaml
from workflow.settings import Network

PAGE = (HERE / "README.md").read_text(encoding="utf-8")
HAND_WRITTEN = PAGE.partition(BEGIN)[0] + PAGE.partition(END)[2]
ROWS = re.findall(r"^\| `([^`]+)` \| (.+?) \| (.+) \|$", PAGE, flags=re.MULTILINE)
NAMES = ("activation", "init")


def test_every_knob_is_in_the_table_in_the_order_of_params_with_what_it_allows() -> None:
    assert [name for name, _, _ in ROWS] == list(Network.model_fields)
    assert [name for name, _, _ in ROWS] == list(read_yaml(HERE / "params.yaml"))
    for name, allowed, _ in ROWS:
        described = Network.model_fields[name].description
        if name in NAMES:  # a new one may be tried before it is written down here
            listed, known = (set(re.findall(r"\w+", text)) for text in (allowed, described))
            assert listed <= known
        else:
            assert allowed == described


def test_no_result_is_typed() -> None:
    prose = "\n".join(line for line in HAND_WRITTEN.splitlines() if not line.startswith("| `"))
    prose = re.sub(r"^\d\. ", "", prose, flags=re.MULTILINE).replace("x86-64", "")
    assert set(numbers_in(prose)) <= {"3.11", "2"}  # of Python, of AVX2
    years = re.findall(r"\d+", " ".join(re.sub("`[^`]*`", "", words) for _, _, words in ROWS))
    assert all(1980 <= int(year) <= 2030 for year in years)


def test_every_target_and_script_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (HERE / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", PAGE, flags=re.MULTILINE))
    assert {"reproduce", "test", "audit"} <= named <= targets
    scripts = re.findall(r"python (src/\w+\.py)", PAGE)
    assert scripts
    assert all((HERE / script).exists() for script in scripts)


def test_every_setting_of_an_example_is_a_knob() -> None:
    examples = re.findall(r"-S '?(\w+)=", PAGE)
    assert examples
    assert set(examples) <= set(Network.model_fields)


def test_the_core_is_a_dozen_files_that_are_read_in_an_evening() -> None:
    _, found, reading = PAGE.partition("**To read the code**")
    core = re.findall(r"\]\((src/[\w/]+\.py)\)", reading)
    assert found
    assert len(core) == 12
    assert sum(len((HERE / path).read_text().splitlines()) for path in core) < 2000


def test_every_link_leads_somewhere_and_every_picture_has_a_text() -> None:
    assert broken_links(PAGE, HERE) == []
    assert images(PAGE)
    assert all(len(text) > 20 for text in images(PAGE).values())
