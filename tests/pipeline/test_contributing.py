"""CONTRIBUTING.md: its recipes are short, fit the code as it is, and do what they say."""

import json
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from projects import HERE, copy_of, dvc, must, one_line, replace, run, stages_run
from prose import broken_links

PAGE = (HERE / "CONTRIBUTING.md").read_text(encoding="utf-8")
EDIT = re.compile(
    r"^In `(.+?)`, (?:(before|after) (?:`` (.+?) ``|`(.+?)`)|at the end):\n\n```\w+\n(.*?)```$",
    re.DOTALL | re.MULTILINE,
)


class Edit(NamedTuple):
    """`text` goes into `file`, before or after the one line that begins with `anchor`, or at the
    end of what may be a new file."""

    file: str
    side: str
    anchor: str
    text: str

    def apply(self, folder: Path) -> None:
        path = folder / self.file
        lines = path.read_text().splitlines(keepends=True) if path.exists() else []
        found = [i for i, line in enumerate(lines) if line.strip().startswith(self.anchor)]
        assert len(found) == 1 or not self.anchor, f"{self.file} has {self.anchor!r} at {found}"
        at = found[0] if self.anchor else len(lines)
        lines.insert(at + (self.side == "after"), self.text)
        path.write_text("".join(lines))


def edits(heading):
    """The edits below a heading, or a phrase in bold, up to the next."""
    _, found, rest = PAGE.partition(heading)
    assert found
    part = re.split(r"^(?:## |\*\*)", rest, flags=re.MULTILINE)[0]
    return [
        Edit(file, side, one or other, text) for file, side, one, other, text in EDIT.findall(part)
    ]


ACTIVATION = edits("**An activation**")
KNOB = edits("**A knob**")
NETWORK = edits("## Add a network")
FIGURE = [edit for edit in NETWORK if edit.file == "figures.yaml"]
CLAIM = edits("## Add a claim")
REPORT = edits("## Add a report")
ALL = (*ACTIVATION, *KNOB, *NETWORK, *CLAIM, *REPORT)


def apply(recipe, folder):
    for edit in recipe:
        edit.apply(folder)


def of_project(recipe):
    """The edits outside of tests."""
    return [edit for edit in recipe if not edit.file.startswith("tests/")]


def test_recipes_take_few_files_and_lines():
    most = {2: ACTIVATION, 5: of_project(KNOB), 1: CLAIM}
    for files, recipe in most.items():
        assert len({edit.file for edit in recipe}) == files
    assert {edit.file for edit in NETWORK} == {"variants.yaml", "figures.yaml"}
    assert len({edit.file for edit in REPORT}) == 1
    for recipe in (ACTIVATION, of_project(KNOB), NETWORK, CLAIM, REPORT):
        assert 0 < sum(bool(line.strip()) for e in recipe for line in e.text.splitlines()) <= 13


def test_every_block_of_code_is_a_recipe_that_is_tried():
    assert len(re.findall(r"^```(?:python|yaml|markdown)$", PAGE, re.MULTILINE)) == len(ALL)


def test_the_activation_and_the_knob_pass_the_tests_and_lint(tmp_path):
    settings = ("params.yaml", "variants.yaml", "dvc.yaml", "figures.yaml", ".dvc/plots")
    pages = ("README.md", "docs", "metrics", "report", "claims")
    copy = copy_of(tmp_path, "src", "tests", "pyproject.toml", *settings, *pages)
    apply([*ACTIVATION, *KNOB], copy)
    chosen = "softsign or learning_rate_decay or knob or own_files or variant"
    files = ("mlp/test_activations.py", "mlp/test_network.py", "test_settings.py")
    tests = [f"tests/{name}" for name in (*files, "pages/test_readme.py")]
    done = must(
        copy, "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen, *tests
    )
    assert int(re.search(r"(\d+) passed", done)[1]) >= 15
    python = {edit.file for edit in (*ACTIVATION, *KNOB) if edit.file.endswith(".py")}
    must(copy, "ruff", "check", *python)
    must(copy, "ruff", "format", "--check", *python)


def test_the_claim_and_the_report_are_judged_counted_and_reported(tmp_path):
    folders = ("src", "claims", "metrics", "plots", "report", ".dvc/plots")
    settings = (f"{name}.yaml" for name in ("variants", "params", "grid", "figures", "dvc"))
    copy = copy_of(tmp_path, *folders, *settings)
    apply([*CLAIM, *REPORT], copy)
    for script in ("judge", "report"):
        must(copy, "python", f"src/{script}.py")
    verdicts = json.loads((copy / "metrics/verdicts.json").read_text())
    judged = {claim["id"]: claim for claim in verdicts["claims"]}
    page = (copy / "report/report.md").read_text()
    for name in ("a-3-init-epochs", "c-3-momentum-accuracy"):
        assert judged[name]["verdict"]
        assert judged[name]["statement"] in page
    assert "C" in verdicts["summary"]
    assert "report C" in (copy / "report/summary.md").read_text()


@pytest.fixture
def project(published, tmp_path):
    """A small project of real `dvc`, with its results committed."""
    return Path(shutil.copytree(published, tmp_path / "project"))


@pytest.mark.proof
def test_the_network_is_trained_alone_and_stands_in_the_table(project):
    apply([edit for edit in NETWORK if edit not in FIGURE], project)
    output = dvc(project, "repro")
    assert stages_run(output) == {"check_settings", "variant@momentum-nesterov", "compare"}
    assert re.search(r"momentum-nesterov\W+50,?880", output)
    settings = json.loads((project / "build/settings/momentum-nesterov.json").read_text())
    assert (settings["nesterov"], settings["momentum"]) == (True, 0.9)


@pytest.mark.proof
def test_the_activation_and_the_knob_train_a_network(project):
    knob = [edit for edit in of_project(KNOB) if edit.file != "README.md"]
    apply([*of_project(ACTIVATION), *knob], project)
    before = (project / "plots/seeds/train.csv").read_text()
    words = ("exp", "run", "-S", "epochs=3", "-S", "activation=softsign")
    dvc(project, *words, "-S", "learning_rate_decay=1e-3", "train")
    changed = (project / "plots/seeds/train.csv").read_text()
    assert changed != before
    params = project / "params.yaml"
    replace(params, "learning_rate_decay: 0.001", "learning_rate_decay: 0.9")
    must(project, "python", "src/check_settings.py")
    must(project, "python", "src/train.py")
    assert (project / "plots/seeds/train.csv").read_text() != changed
    replace(params, "learning_rate_decay: 0.9", "learning_rate_decay: 2")
    line = one_line(run(project, "python", "src/check_settings.py"))
    assert "learning_rate_decay = 2 (allowed: a number above 0, up to 1)" in line


def test_every_target_that_is_named_is_in_the_makefile_and_every_link_leads_somewhere():
    targets = set(re.findall(r"^([a-z]+):", (HERE / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:^|`|&& )make ([a-z ]+?)(?:$|`| +#| &&)", PAGE, re.MULTILINE)
    assert {word for words in named for word in words.split()} <= targets
    assert len(named) >= 5
    assert broken_links(PAGE, HERE) == []
