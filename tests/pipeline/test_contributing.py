"""CONTRIBUTING.md: its recipes are short, fit the code as it is, and do what they say."""

import gzip
import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest
from projects import HERE, copy_of, dvc, must, one_line, replace, run, stages_run, twin_of
from real_mnist import contents

PAGE = (HERE / "CONTRIBUTING.md").read_text(encoding="utf-8")
EDIT = re.compile(
    r"^In `(.+?)`, (?:(before|after|in place of) (?:`` (.+?) ``|`(.+?)`)|at the end):\n\n"
    r"```\w+\n(.*?)```$",
    re.DOTALL | re.MULTILINE,
)
TOUCHED = (
    *(
        "figures",
        "judging",
        "mlp",
        "reporting",
        "pages/test_readme.py",
        "workflow/test_settings.py",
    ),
    *("pipeline/test_dependencies.py", "test_check_gradients.py", "test_check_settings.py"),
    *("test_draw.py", "test_judge.py", "test_report.py"),
)


class Edit(NamedTuple):
    """`text` goes into `file`, before, after or in place of the one line that begins with `anchor`,
    or at the end of what may be a new file."""

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
        end = at + (self.side == "in place of")
        lines[at + (self.side == "after") : max(end, at + (self.side == "after"))] = [self.text]
        path.write_text("".join(lines))


def edits(heading):
    """The edits below a heading, or a phrase in bold, up to the next."""
    _, found, rest = PAGE.partition(heading)
    assert found
    part = re.split(r"^(?:## |\*\*)", rest, flags=re.MULTILINE)[0]
    return [
        Edit(file, side, one or other, text) for file, side, one, other, text in EDIT.findall(part)
    ]


ACTIVATION, KNOB, TRIAL = edits("**An activation**"), edits("**A knob**"), edits("**On trial**")
NETWORK, FIGURE = edits("## Add a network"), edits("## Add a figure")
QUANTITY, CLAIM = edits("## Add a quantity"), edits("## Add a claim")
ALL = (*ACTIVATION, *KNOB, *TRIAL, *NETWORK, *FIGURE, *QUANTITY, *CLAIM)


def apply(recipe, folder):
    for edit in recipe:
        edit.apply(folder)


@pytest.fixture
def copy(tmp_path):
    """The project without its history, data and models."""
    left = (".git", ".venv", "build", "data", "models")
    names = [path.name for path in HERE.iterdir() if path.name not in left]
    return copy_of(tmp_path / "copy", *names, "data/README.md")


def test_recipes_take_few_files_and_lines():
    most = {1: [TRIAL, CLAIM], 2: [NETWORK, QUANTITY], 3: [ACTIVATION, FIGURE], 6: [KNOB]}
    for files, recipes in most.items():
        for recipe in recipes:
            assert len({edit.file for edit in recipe}) == files
            assert sum(bool(line.strip()) for e in recipe for line in e.text.splitlines()) <= 24
    assert len(re.findall(r"^```(?:python|yaml|markdown)$", PAGE, re.MULTILINE)) == len(ALL)


def test_all_recipes_together_are_tidy_and_valid(copy):
    apply(ALL, copy)
    must(copy, "python", "src/check_settings.py")
    assert json.loads((copy / "build/settings/momentum-nesterov.json").read_text())["nesterov"]
    python = sorted({edit.file for edit in ALL if edit.file.endswith(".py")})
    must(copy, "ruff", "check", *python)
    must(copy, "ruff", "format", "--check", *python)
    must(copy, "mypy", "src/mlp")
    replace(copy / "params.yaml", "learning_rate_decay: 1.0", "learning_rate_decay: 2")
    line = one_line(run(copy, "python", "src/check_settings.py"))
    assert "learning_rate_decay = 2 (allowed: a number above 0 up to 1)" in line


def test_a_claim_of_a_new_quantity_is_judged_and_a_new_figure_is_shown(copy):
    apply([*QUANTITY, *CLAIM, *FIGURE], copy)
    for script in ("judge", "draw", "report"):
        must(copy, "python", f"src/{script}.py")
    verdicts = json.loads((copy / "metrics/verdicts.json").read_text())["claims"]
    [judged] = [claim for claim in verdicts if claim["id"] == "c-3-init-steps"]
    assert judged["verdict"]
    page = (copy / "report/report.md").read_text()
    assert f"“{judged['quote']}”" in page
    for figure in ("figures/widths.svg", "figures/claims-report-c.svg"):
        assert f"({figure})" in page
        assert "<svg" in (copy / "report" / figure).read_text()


@pytest.mark.proof
def test_all_recipes_together_leave_the_tests_of_what_they_touch_green(copy):
    """But for what is on trial, as it would have to be trained."""
    apply([edit for edit in ALL if edit not in TRIAL], copy)
    for table in (copy / "plots").glob("*/hidden-32.csv"):  # as if it had been trained
        shutil.copy(table, table.with_name("momentum-nesterov.csv"))
    for script in ("judge", "draw", "report"):
        must(copy, "python", f"src/{script}.py")
    must(copy, "python", "src/report.py", "--readme")
    tests = [f"tests/{name}" for name in TOUCHED]
    must(copy, "python", "-m", "pytest", "-q", "-k", "not house_does_not_grow", *tests)


@pytest.mark.proof
def test_the_network_is_trained_alone(published, tmp_path):
    project = twin_of(published, tmp_path / "project")
    apply([edit for edit in NETWORK if edit.file == "variants.yaml"], project)
    output = dvc(project, "repro")
    assert stages_run(output) == {"check_settings", "variant@momentum-nesterov"}
    assert "one layer of 64, Nesterov's momentum: accuracy" in output


@pytest.mark.proof
def test_the_activation_and_the_knob_train_a_network(published, tmp_path):
    project = twin_of(published, tmp_path / "project")
    before = (project / "plots/train/seeds.csv").read_text()
    places = ("src/", "params.yaml", "variants.yaml")
    apply([edit for edit in (*ACTIVATION, *KNOB) if edit.file.startswith(places)], project)
    words = ("exp", "run", "-S", "epochs=3", "-S", "activation=bipolar")
    output = dvc(project, *words, "-S", "learning_rate_decay=1e-3", "train")
    assert {"check_gradients", "train"} <= stages_run(output)
    changed = (project / "plots/train/seeds.csv").read_text()
    dvc(project, "exp", "run", "-S", "learning_rate_decay=0.9", "train")
    assert len({before, changed, (project / "plots/train/seeds.csv").read_text()}) == 3


@pytest.mark.proof
def test_other_images_take_the_place_of_mnist(published, tmp_path):
    project, mirror = twin_of(published, tmp_path / "project"), tmp_path / "mirror"
    mirror.mkdir()
    for name, content in contents().items():
        other = content[:16] + content[:15:-1] if "images" in name else content  # upside down
        (mirror / f"{name}.gz").write_bytes(gzip.compress(other, 1))
        known, new = (hashlib.sha256(c).hexdigest() for c in (content, other))
        if known != new:
            replace(project / "src/mnist/source.py", known, new)
    before = (project / "plots/train/seeds.csv").read_text()
    dvc(project, "repro", "train", MNIST_MIRROR=str(mirror))
    assert (project / "plots/train/seeds.csv").read_text() != before
