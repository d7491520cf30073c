"""`verify` on a small published project: made by real `dvc repro`, committed with real Git."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import projects
import pytest

from verify import examine
from verifying.published import dvc_md5, outputs

VERIFY = Path(__file__).parents[1] / "src/verify.py"
MAKE = """\
import sys
from pathlib import Path

def write(path, text):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)

name = sys.argv[1]
if name == "check_settings":
    for setting in ("train", "plain"):
        write(f"build/settings/{setting}.json", Path(f"{setting}.yaml").read_text())
elif name == "normalize":
    write("data/normalized/images.npy", "images")
    write("data/normalized/more/labels.npy", "labels")
elif name == "compare":
    text = "".join(Path(f"plots/runs/{n}.csv").read_text() for n in ("train", "plain"))
    write("report/report.md", text)
    write("report/figures/loss.svg", text)
else:
    rate = Path(f"build/settings/{name}.json").read_text().split()[1]
    rows = "".join(f"{seed},{step},0.4{rate}{step}\\n" for seed in (0, 1) for step in (0, 125))
    write(f"plots/runs/{name}.csv", "seed,step,validation_loss\\n" + rows)
    write(f"metrics/{name}.json", f'{{"seeds": 2, "validation_loss": 0.15{rate}}}\\n')
    if name == "train":
        write("models/train.npz", f"weights {rate}")
"""
PIPELINE = """\
stages:
  check_settings:
    cmd: python make.py check_settings
    deps: [train.yaml, plain.yaml]
    outs: [build/settings]
  normalize:
    cmd: python make.py normalize
    outs: [data/normalized]
  train:
    cmd: python make.py train
    deps: [build/settings/train.json, data/normalized]
    outs:
      - models/train.npz
      - metrics/train.json: {cache: false}
      - plots/runs/train.csv: {cache: false}
  plain:
    cmd: python make.py plain
    deps: [build/settings/plain.json, data/normalized]
    outs:
      - metrics/plain.json: {cache: false}
      - plots/runs/plain.csv: {cache: false}
  compare:
    cmd: python make.py compare
    deps: [plots/runs]
    outs:
      - report: {cache: false}
"""
IGNORED = "/build/\n/data/\n/models/\n"


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("original") / "project"
    folder.mkdir()
    texts = {"make.py": MAKE, "dvc.yaml": PIPELINE, ".gitignore": IGNORED}
    texts |= {"train.yaml": "rate: 2", "plain.yaml": "rate: 1"}
    for name, text in texts.items():
        (folder / name).write_text(text)
    for command in (["git", "init", "-q"], ["dvc", "init", "-q"], ["dvc", "repro", "-q"]):
        done = projects.run(folder, *command)
        assert done.returncode == 0, done.stderr
    projects.commit(folder, "Publish")
    return folder


@pytest.fixture
def project(original, tmp_path):
    return Path(shutil.copytree(original, tmp_path / "project"))


def verify(project: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return projects.run(project, sys.executable, str(VERIFY), *arguments, **env)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_published_bits_are_identical_and_take_one_line(project):
    done = verify(project)
    assert done.returncode == 0
    assert done.stdout == (
        f"verify: identical on {platform.machine()}: 8 published files, 8 same bits\n"
    )


def test_a_changed_last_digit_of_a_table_is_found_and_named(project):
    replace(project / "plots/runs/plain.csv", "1,125,0.41125", "1,125,0.41126")
    done = verify(project)
    header, first, *others, verdict = done.stdout.splitlines()
    assert done.returncode == 1
    assert header.split() == ["file", "deviation", "where", "(published", "->", "here)"]
    assert first.split(maxsplit=3) == [
        "plots/runs/plain.csv",
        "differs",
        "2.4e-05",
        "seed 1, step 125, validation_loss: 0.41125 -> 0.41126 (1 of 4 values)",
    ]
    assert len(others) == 7
    assert all(line.endswith("same bits") for line in others)
    assert "not reproduced" in verdict
    assert "8 published files, 7 same bits, 1 differs" in verdict


def test_a_changed_last_digit_of_a_metric_is_found_and_named(project):
    replace(project / "metrics/train.json", "0.152", "0.153")
    done = verify(project)
    assert done.returncode == 1
    assert "validation_loss: 0.152 -> 0.153 (1 of 2 values)" in done.stdout


def test_one_flipped_bit_of_any_published_file_is_found(project, monkeypatch):
    monkeypatch.chdir(project)
    published = outputs("HEAD")
    for output in published:
        path = Path(output.path)
        file = path if path.is_file() else path / "more/labels.npy"
        content = file.read_bytes()
        file.write_bytes(bytes([content[0] ^ 1]) + content[1:])
        assert examine(output, excused=(), exact=True).status == "differs"
        file.write_bytes(content)
        assert examine(output, excused=(), exact=True).status == "same bits"
    assert len(published) == 8


def test_a_line_end_or_a_superfluous_row_is_a_difference(project):
    path = project / "plots/runs/plain.csv"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"\n", b"\r\n"))
    assert "same values, other bytes" in verify(project).stdout
    path.write_bytes(content + b"2,0,0.5\n")
    assert "1 values too many" in verify(project).stdout


def test_missing_files_are_named_with_what_makes_them(project):
    (project / "metrics/plain.json").unlink()
    shutil.rmtree(project / "data")
    done = verify(project)
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert lines[1].split() == ["data/normalized", "missing"]
    assert lines[2].split() == ["metrics/plain.json", "missing"]
    assert "not reproduced" in lines[-2]
    assert lines[-1] == "verify: `make reproduce` makes what is missing"


def test_other_settings_of_one_network_are_shown_and_not_judged(project):
    (project / "train.yaml").write_text("rate: 3")
    assert projects.run(project, "dvc", "repro", "-q").returncode == 0
    done = verify(project)
    states = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert done.returncode == 0, done.stdout
    for name in ("metrics/train.json", "plots/runs/train.csv", "models/train.npz"):
        assert "other settings" in states[name]
    assert "other settings" in states["report/report.md"]
    assert "same bits" in states["metrics/plain.json"]
    assert "identical" in done.stdout.splitlines()[-1]
    assert "3 same bits, 5 other settings" in done.stdout
    # They excuse no other network.
    replace(project / "metrics/plain.json", "0.151", "0.152")
    done = verify(project)
    assert done.returncode == 1
    assert done.stdout.splitlines()[1].split()[:2] == ["metrics/plain.json", "differs"]


def test_changed_code_excuses_nothing_and_is_named(project):
    source = project / "src/trick.py"
    source.parent.mkdir()
    source.write_text("one = 1\n")
    projects.commit(project, "Code")
    source.write_text("one = 2\n")
    replace(project / "metrics/plain.json", "0.151", "0.152")
    done = verify(project)
    assert done.returncode == 1
    assert "verify: not as in HEAD: src/trick.py\n" in done.stdout


def test_any_revision_can_be_compared_with(project):
    projects.run(project, "git", "tag", "first")
    replace(project / "metrics/plain.json", "0.151", "0.152")
    projects.commit(project, "Publish other results")
    assert verify(project).returncode == 0
    done = verify(project, "first")
    assert done.returncode == 1
    assert "validation_loss: 0.151 -> 0.152" in done.stdout


def assert_one_line(done: subprocess.CompletedProcess[str], reason: str) -> None:
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("verify: ")
    assert reason in done.stderr


def test_a_folder_without_git_has_nothing_to_compare_with(project):
    shutil.rmtree(project / ".git")
    ceiling = {"GIT_CEILING_DIRECTORIES": str(project.parent)}
    assert_one_line(verify(project, **ceiling), "not a git repository")


def test_a_machine_without_git_is_told_so(project):
    assert_one_line(verify(project, PATH=os.fspath(project)), "git is not installed")


def test_an_unknown_revision_is_named(project):
    assert_one_line(verify(project, "v9"), "'v9'")


def test_a_damaged_published_list_is_named(project):
    (project / "dvc.lock").write_text("stages: [")
    projects.commit(project, "Damage")
    assert_one_line(verify(project), "dvc.lock")


def test_the_md5_of_a_folder_is_the_one_that_dvc_records(project):
    lock = (project / "dvc.lock").read_text()
    assert f"md5: {dvc_md5(project / 'data/normalized')}\n" in lock
    assert dvc_md5(project / "data/normalized").endswith(".dir")
