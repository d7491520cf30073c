"""CONTRIBUTING.md: its examples are short, fit the code as it is, and do what they say."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from projects import HERE, dvc, make_project, run, stages_run
from prose import broken_links

PAGE = (HERE / "CONTRIBUTING.md").read_text(encoding="utf-8")
EDIT = re.compile(
    r"^In `(.+?)`, (?:(before|after) `(.+?)`|at the end):\n\n```\w+\n(.*?)```$",
    re.DOTALL | re.MULTILINE,
)


class Edit(NamedTuple):
    """`text` goes into `file`, before or after the one line `anchor`, or without one at the end."""

    file: str
    side: str
    anchor: str
    text: str

    def apply(self, folder: Path) -> None:
        path = folder / self.file
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        found = [i for i, line in enumerate(lines) if line.strip() == self.anchor]
        [at] = found if self.anchor else [len(lines)]
        lines.insert(at + (self.side == "after"), self.text)
        path.write_text("".join(lines), encoding="utf-8")


def edits(heading):
    """The edits below a heading, or a phrase in bold, up to the next."""
    _, found, rest = PAGE.partition(f"{heading}")
    assert found
    return [Edit(*found) for found in EDIT.findall(re.split(r"^(?:## |\*\*)", rest, flags=re.M)[0])]


ACTIVATION = edits("**An activation**")
KNOB = edits("**A knob of the optimiser**")
NETWORK = edits("## Add a network")
CLAIM = edits("## Add a claim")


def apply(found, folder):
    for edit in found:
        edit.apply(folder)


def copy_of(folder, *names):
    """A copy of parts of this project."""
    for name in names:
        if (HERE / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(HERE / name, folder / name, ignore=ignored)
        else:
            shutil.copy(HERE / name, folder)
    return folder


def lines_of(found):
    return sum(bool(line.strip()) for edit in found for line in edit.text.splitlines())


def test_every_example_is_under_ten_lines():
    in_readme = 1  # a line of its table of knobs
    assert 0 < lines_of(ACTIVATION) + in_readme < 10
    assert 0 < lines_of(NETWORK) < 10
    assert 0 < lines_of(CLAIM) < 10
    of_knob = [edit for edit in KNOB if not edit.file.startswith("tests/")]
    assert 0 < lines_of(of_knob) + in_readme < 10


def test_every_block_of_code_is_an_example_that_is_tried():
    tried = sum(map(len, (ACTIVATION, KNOB, NETWORK, CLAIM)))
    assert len(re.findall(r"^```(?:python|yaml)$", PAGE, re.MULTILINE)) == tried


SETTINGS = ("params.yaml", "variants.yaml", "dvc.yaml")


def test_the_activation_and_the_knob_pass_the_tests_of_what_they_change(tmp_path):
    copy = copy_of(tmp_path, "src", "tests", "pyproject.toml", *SETTINGS)
    apply([*ACTIVATION, *KNOB], copy)
    for chosen, files in (
        ("softsign", ["tests/mlp/test_activations.py", "tests/mlp/test_network.py"]),
        (
            "label_smoothing or limits or own_files",
            ["tests/test_knobs.py", "tests/test_settings.py"],
        ),
    ):
        command = [sys.executable, "-m", "pytest", "-q", "-k", chosen, *files]
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= 10


def test_examples_are_formatted_as_lint_wants_them(tmp_path):
    copy = copy_of(tmp_path, "src", "tests", "pyproject.toml", *SETTINGS)
    apply([*ACTIVATION, *KNOB], copy)
    files = [edit.file for edit in (*ACTIVATION, *KNOB) if edit.file.endswith(".py")]
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, *files]
        done = subprocess.run(ruff, cwd=copy, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A small project of real `dvc`, with the trick, the knob and the network of the examples."""
    made = make_project(tmp_path_factory.mktemp("contributor") / "project", ["plain"], 320, 100)
    dvc(made, "repro")
    return made


@pytest.mark.proof
def test_the_network_is_trained_alone_and_stands_in_the_table(project):
    apply(NETWORK, project)
    output = dvc(project, "repro")
    assert stages_run(output) == {"check_settings", "variant@momentum-nesterov", "compare"}
    assert re.search(r"^\| momentum-nesterov +\| +50,880 \|", output, re.MULTILINE)
    settings = json.loads((project / "build/settings/momentum-nesterov.json").read_text())
    assert (settings["nesterov"], settings["momentum"]) == (True, 0.9)


@pytest.mark.proof
def test_the_activation_and_the_knob_train_a_network(project):
    apply([e for e in (*ACTIVATION, *KNOB) if not e.file.startswith("tests/")], project)
    before = (project / "plots/seeds/train.csv").read_text()
    dvc(project, "exp", "run", "-S", "activation=softsign", "-S", "label_smoothing=1e-3", "train")
    changed = (project / "plots/seeds/train.csv").read_text()
    assert changed != before
    dvc(project, "exp", "run", "-S", "label_smoothing=0.1", "train")
    assert (project / "plots/seeds/train.csv").read_text() != changed
    refused = run(project, "dvc", "exp", "run", "-S", "label_smoothing=-1", "train")
    assert (
        "label_smoothing = -1 is not allowed; allowed: a number from 0"
        in refused.stdout + refused.stderr
    )


def test_the_claim_is_judged_and_reported(tmp_path):
    names = ("src", "claims", "metrics", "plots", "variants.yaml")
    copy = copy_of(tmp_path, *names)
    (copy / "report").mkdir()
    shutil.copy(HERE / "report/template.md", copy / "report")
    apply(CLAIM, copy)
    for script in ("judge", "report"):
        done = run(copy, sys.executable, f"src/{script}.py")
        assert done.returncode == 0, done.stderr
    claims = json.loads((copy / "metrics/verdicts.json").read_text())["claims"]
    [judged] = [claim for claim in claims if claim["id"] == "a-3-init-epochs"]
    assert judged["verdict"] in {"supported", "contradicted", "within seed noise"}
    assert judged["statement"] in (copy / "report/report.md").read_text()


def test_every_target_that_is_named_is_in_the_makefile():
    targets = set(re.findall(r"^([a-z]+):", (HERE / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:^|`|&& )make ([a-z ]+?)(?:$|`| +#| &&)", PAGE, re.MULTILINE)
    assert {word for words in named for word in words.split()} <= targets
    assert len(named) >= 5


def test_every_link_leads_somewhere():
    assert broken_links(PAGE, HERE) == []
