"""`verify` on a small published project: reproduced by real `dvc`, committed with real Git."""

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

import projects
import pytest
from projects import commit, flip_a_bit, one_line, replace

from verify import compare, files_of

VERIFY = str(projects.HERE / "src/verify.py")
MAKE = """\
import sys
from pathlib import Path

def write(path, text):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)

name = sys.argv[1]
if name == "check_settings":
    write("build/settings/train.json", Path("params.yaml").read_text())
    write("build/settings/plain.json", Path("variants.yaml").read_text().split("plain")[1])
elif name == "normalize":
    write("data/normalized/images.npy", "images")
    write("data/normalized/more/labels.npy", "labels")
elif name == "report":
    write("report/report.md", Path("metrics/comparison.json").read_text())
elif name == "compare":
    text = "".join(Path(f"plots/runs/{n}.csv").read_text() for n in ("train", "plain"))
    write("metrics/comparison.json", '{"text": "%s"}' % text.replace("\\n", " "))
else:
    rate = Path(f"build/settings/{name}.json").read_text().split("rate: ")[1].strip("} \\n")
    rows = "".join(f"{seed},{step},0.4{rate}{step}\\n" for seed in (0, 1) for step in (0, 125))
    write(f"plots/runs/{name}.csv", "seed,step,validation_loss\\n" + rows)
    write(f"metrics/{name}.json", f'{{"seeds": 2, "validation_loss": 0.15{rate}}}\\n')
    if name == "train":
        write("models/train.npz", f"weights {rate}")
"""
PIPELINE = """\
stages:
  report:
    cmd: python make.py report
    deps: [metrics/comparison.json]
    outs:
      - report: {cache: false}
  compare:
    cmd: python make.py compare
    deps: [plots/runs]
    outs:
      - metrics/comparison.json: {cache: false}
  check_settings:
    cmd: python make.py check_settings
    deps: [params.yaml, variants.yaml]
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
"""
TEXTS = {
    "make.py": MAKE,
    "dvc.yaml": PIPELINE,
    ".gitignore": "/build/\n/data/\n/models/\n",
    "params.yaml": "rate: 2\n",
    "variants.yaml": "protocol: {epochs: 1}\nvariants:\n  plain: {rate: 1}\n",
}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("original") / "project"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    for command in (["git", "init", "-q"], ["dvc", "init", "-q"], ["dvc", "repro", "-q"]):
        projects.must(folder, *command)
    commit(folder, "Publish")
    return folder


@pytest.fixture
def project(original, tmp_path):
    return Path(shutil.copytree(original, tmp_path / "project"))


def verify(project: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return projects.run(project, "python", VERIFY, *arguments, **env)


def not_reproduced(project: Path, *arguments: str) -> list[str]:
    """What verify prints of results that are not the published ones, line by line."""
    done = verify(project, *arguments)
    assert (done.returncode, done.stderr) == (1, "")
    assert "identical" not in done.stdout
    assert re.search("^verify: not reproduced on ", done.stdout, re.MULTILINE)
    return done.stdout.splitlines()


def test_the_published_bits_are_identical_and_take_one_line(project):
    done = verify(project)
    assert (done.returncode, done.stdout) == (
        0,
        f"verify: identical on {platform.machine()}: 8 published files, 8 same bits\n",
    )


def test_a_changed_last_digit_is_named_with_its_place(project):
    replace(project / "metrics/train.json", "0.152", "0.153")
    replace(project / "plots/runs/plain.csv", "1,125,0.41125", "1,125,0.41126")
    header, first, second, *others, verdict = not_reproduced(project)
    assert header.split() == ["file", "deviation", "where", "(published", "->", "here)"]
    lines = {line.split()[0]: line for line in (first, second)}
    assert re.fullmatch(
        r"plots/runs/plain.csv +differs +2.4e-05  "
        r"seed 1, step 125, validation_loss: 0.41125 -> 0.41126 \(1 of 4 values\)",
        lines["plots/runs/plain.csv"],
    )
    assert "validation_loss: 0.152 -> 0.153 (1 of 2 values)" in lines["metrics/train.json"]
    assert all(line.rstrip().endswith("same bits") for line in others)
    assert verdict.endswith("8 published files, 6 same bits, 2 differs")


def test_one_flipped_bit_of_any_published_file_is_noticed_though_its_time_is_unchanged(
    project, monkeypatch
):
    monkeypatch.chdir(project)
    projects.dvc(project, "status")  # DVC has the hashes of all files in its own database
    names = [finding.path for finding in compare(files_of("HEAD"), exact=True)]
    assert len(names) == 8
    for name in names:
        path = project / name
        file = path / "more/labels.npy" if path.is_dir() else path
        flip_a_bit(file)
        found = {f.path: f.status for f in compare(files_of("HEAD"), exact=True)}
        assert found == dict.fromkeys(names, "same bits") | {name: "differs"}
        flip_a_bit(file)


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
    (project / "models/train.npz").unlink()
    os.mkfifo(project / "models/train.npz")  # which could be waited on for ever
    _, *lines, _, last = not_reproduced(project)
    missing = {line.split()[0] for line in lines if line.split()[1] == "missing"}
    assert missing == {"data/normalized", "metrics/plain.json", "models/train.npz"}
    assert last == "verify: `make reproduce` makes what is missing"


def test_other_settings_of_one_network_are_shown_and_not_judged(project):
    (project / "params.yaml").write_text("rate: 3\n")
    projects.dvc(project, "repro", "-q")
    done = verify(project)
    *_, verdict = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout
    others = re.findall(r"^(\S+) +other settings", done.stdout, re.MULTILINE)
    changed = {"metrics/train.json", "plots/runs/train.csv", "models/train.npz"}
    assert set(others) == {*changed, "metrics/comparison.json", "report/report.md"}
    assert "reproduced as far as settings are the published ones" in verdict
    assert "3 same bits, 5 other settings" in verdict
    assert "identical" not in done.stdout
    # They excuse no other network.
    replace(project / "metrics/plain.json", "0.151", "0.152")
    assert re.match(r"metrics/plain.json +differs", not_reproduced(project)[1])


def test_the_lock_and_the_resolved_settings_of_this_folder_excuse_nothing(project):
    lock = project / "dvc.lock"
    lock.write_text(re.sub(r"md5: \w{32}", "md5: " + "0" * 32, lock.read_text()))
    (project / "build/settings/plain.json").write_text("rate: 7")
    replace(project / "metrics/plain.json", "0.151", "0.152")
    (project / "models/train.npz").write_text("others")
    lines = not_reproduced(project)
    assert {line.split()[0] for line in lines[1:3]} == {"metrics/plain.json", "models/train.npz"}
    assert all(line.split()[1] == "differs" for line in lines[1:3])


def test_changed_code_excuses_nothing_and_is_named(project):
    source = project / "src/trick.py"
    source.parent.mkdir()
    source.write_text("one = 1\n")
    commit(project, "Code")
    source.write_text("one = 2\n")
    replace(project / "metrics/plain.json", "0.151", "0.152")
    assert "verify: not as in HEAD: src/trick.py" in not_reproduced(project)


def test_any_revision_can_be_compared_with(project):
    projects.must(project, "git", "tag", "first")
    replace(project / "metrics/plain.json", "0.151", "0.152")
    commit(project, "Publish other results")
    assert verify(project).returncode == 0
    assert "validation_loss: 0.151 -> 0.152" in "".join(not_reproduced(project, "first"))


def test_what_is_no_revision_is_refused_and_never_an_option_of_git(project):
    for revision in ("v9", "--output=written", "HEAD:dvc.lock", "", "--help"):
        assert "no published results in Git" in one_line(verify(project, "--", revision))
    assert not (project / "written").exists()


def test_without_git_or_a_repository_there_is_nothing_to_compare_with(project):
    python = shutil.which("python", path=projects.environment()["PATH"])
    without = projects.run(project, python, VERIFY, PATH=os.fspath(project))
    assert "'git'" in one_line(without)
    shutil.rmtree(project / ".git")
    ceiling = {"GIT_CEILING_DIRECTORIES": str(project.parent)}
    assert "not a git repository" in one_line(verify(project, **ceiling))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dvc.lock", "stages: ["),
        ("dvc.lock", "stages:\n  train:\n    outs:\n    - path: metrics/train.json\n"),
        ("dvc.lock", "stages:\n  train:\n    deps:\n    - md5: abc\n    outs: []\n"),
        ("dvc.lock", "[" * 100_000),
        ("variants.yaml", "variants: 1\n"),
        ("params.yaml", "\xff: ["),
    ],
)
def test_a_damaged_list_of_what_is_published_is_one_line(project, name, text):
    (project / name).write_text(text, encoding="latin-1")
    commit(project, "Damage")
    assert "dvc.lock, params.yaml or variants.yaml is damaged" in one_line(verify(project))


def test_damaged_results_are_differences_and_cannot_steer_the_terminal(project):
    (project / "metrics/plain.json").write_text("[" * 100_000)
    (project / "plots/runs/plain.csv").write_text("seed,step\n1,\x1b[2J" + "2" * 200_000)
    lines = not_reproduced(project)
    assert [line.split()[1] for line in lines[1:3]] == ["differs", "differs"]
    assert "\x1b" not in "".join(lines)
