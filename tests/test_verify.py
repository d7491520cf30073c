"""`verify` on a small published project: reproduced by real `dvc`, committed with real Git."""

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

import projects
import pytest
from projects import commit, copy_of, flip_a_bit, one_line, replace, twin_of

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
    write("report/report.md", Path("metrics/verdicts.json").read_text())
elif name == "judge":
    text = "".join(Path(f"plots/runs/{n}.csv").read_text() for n in ("train", "plain"))
    write("metrics/verdicts.json", text)
else:
    rate = Path(f"build/settings/{name}.json").read_text().split("rate: ")[1].strip("} \\n")
    write(f"plots/runs/{name}.csv", f"seed,loss\\n0,0.4{rate}1\\n")
    write(f"metrics/{name}.json", f"0.15{rate}")
    if name == "train":
        write("models/train.npz", f"weights {rate}")
"""
PIPELINE = """\
stages:
  report:
    cmd: python make.py report
    deps: [metrics/verdicts.json]
    outs:
      - report: {cache: false}
  judge:
    cmd: python make.py judge
    deps: [plots/runs]
    outs:
      - metrics/verdicts.json: {cache: false}
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
    ".gitignore": "/build/\n/data/\n/models/\n__pycache__/\n",
    "params.yaml": "rate: 2\n",
    "variants.yaml": "protocol: {epochs: 1}\nvariants:\n  plain: {rate: 1}\n",
}
OUTPUTS = {
    *("data/normalized", "models/train.npz", "report", "metrics/verdicts.json"),
    *("metrics/train.json", "metrics/plain.json"),
    *("plots/runs/train.csv", "plots/runs/plain.csv"),
}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("original") / "project"
    copy_of(folder, "src")
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
    return projects.run(project, "python", "src/verify.py", *arguments, **env)


def not_reproduced(project: Path, *arguments: str) -> dict[str, str]:
    """The status of each output that verify names, by its path."""
    done = verify(project, *arguments)
    assert (done.returncode, done.stderr) == (1, "")
    assert re.search("^verify: not reproduced on ", done.stdout, re.MULTILINE)
    listed = (line.rsplit(" ", 1) for line in done.stdout.splitlines() if "verify: " not in line)
    return {path: status.strip() for status, path in listed}


def test_the_published_bits_are_identical_and_take_one_line(project):
    done = verify(project)
    line = f"verify: identical on {platform.machine()}: 8 published outputs, 8 same bits\n"
    assert (done.returncode, done.stdout) == (0, line)


def test_one_flipped_bit_of_any_output_is_noticed_though_its_time_is_unchanged(project):
    projects.dvc(project, "status")  # DVC has the hashes of all files in its own database
    for name in OUTPUTS:
        path = project / name
        file = next(file for file in (path, *path.rglob("*")) if file.is_file())
        flip_a_bit(file)
        assert not_reproduced(project) == {name: "differs"}
        flip_a_bit(file)


def test_a_line_end_and_a_file_too_many_are_differences(project):
    path = project / "plots/runs/plain.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (project / "data/normalized/more/other.npy").touch()
    found = not_reproduced(project)
    assert found == {"plots/runs/plain.csv": "differs", "data/normalized": "differs"}


def test_missing_outputs_are_named_with_what_makes_them(project):
    (project / "metrics/plain.json").unlink()
    shutil.rmtree(project / "data")
    (project / "models/train.npz").unlink()
    os.mkfifo(project / "models/train.npz")  # which could be waited on for ever
    missing = ("data/normalized", "metrics/plain.json", "models/train.npz")
    assert not_reproduced(project) == dict.fromkeys(missing, "missing")
    assert "`make reproduce` makes all anew" in verify(project).stdout


def test_other_settings_of_one_network_are_shown_and_not_judged(project):
    (project / "params.yaml").write_text("rate: 3\n")
    projects.dvc(project, "repro", "-q")
    done = verify(project)
    assert done.returncode == 0, done.stdout
    others = set(re.findall(r"^other settings +(\S+)$", done.stdout, re.MULTILINE))
    changed = {"metrics/train.json", "plots/runs/train.csv", "models/train.npz"}
    assert others == {*changed, "metrics/verdicts.json", "report"}
    assert "identical as far as settings are the published ones" in done.stdout
    assert "verify: not as in HEAD: params.yaml" in done.stdout
    # They excuse no other network.
    replace(project / "metrics/plain.json", "0.151", "0.152")
    assert not_reproduced(project)["metrics/plain.json"] == "differs"


def test_the_lock_and_the_resolved_settings_of_this_folder_excuse_nothing(project):
    lock = project / "dvc.lock"
    lock.write_text(re.sub(r"md5: \w{32}", "md5: " + "0" * 32, lock.read_text()))
    (project / "build/settings/plain.json").write_text("rate: 7")
    replace(project / "metrics/plain.json", "0.151", "0.152")
    (project / "models/train.npz").write_text("others")
    named = ("metrics/plain.json", "models/train.npz")
    assert not_reproduced(project) == dict.fromkeys(named, "differs")


def test_changed_code_excuses_nothing_and_is_named(project):
    replace(project / "src/predict.py", '"""', '"""Changed. ')
    replace(project / "metrics/plain.json", "0.151", "0.152")
    assert "verify: not as in HEAD: src/predict.py" in verify(project).stdout
    assert not_reproduced(project) == {"metrics/plain.json": "differs"}


def test_any_revision_can_be_compared_with(project):
    projects.must(project, "git", "tag", "first")
    (project / "params.yaml").write_text("rate: 3\n")
    projects.dvc(project, "repro", "-q")
    commit(project, "Publish other results")
    assert verify(project).returncode == 0
    assert "5 other settings, 3 same bits" in verify(project, "first").stdout


def test_what_is_no_revision_is_refused_and_never_an_option_of_git(project):
    for revision in ("v9", "--output=written", "HEAD:dvc.lock", "", "--help"):
        assert "no published results in Git" in one_line(verify(project, "--", revision))
    assert not (project / "written").exists()


def test_without_git_or_a_repository_there_is_nothing_to_compare_with(project):
    python = shutil.which("python", path=projects.environment()["PATH"])
    without = projects.run(project, python, "src/verify.py", PATH=os.fspath(project))
    assert "'git'" in one_line(without)
    shutil.rmtree(project / ".git")
    ceiling = {"GIT_CEILING_DIRECTORIES": str(project.parent)}
    assert "not a git repository" in one_line(verify(project, **ceiling))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dvc.lock", "stages: ["),
        ("dvc.lock", "stages:\n  train:\n    outs:\n    - path: metrics/train.json\n"),
        ("dvc.lock", "[" * 100_000),
        ("variants.yaml", "variants: 1\n"),
        ("params.yaml", "\xff: ["),
    ],
)
def test_a_damaged_list_of_what_is_published_is_one_line(project, name, text):
    (project / name).write_text(text, encoding="latin-1")
    commit(project, "Damage")
    assert name in one_line(verify(project))


# ---- the audit -----------------------------------------------------------------------------


def test_a_sample_of_runs_trained_again_is_as_published_or_named(published, tmp_path):
    project = twin_of(published, tmp_path / "project")
    done = verify(project, "--runs", "3", "--draw", "5")
    assert done.returncode == 0, done.stderr
    assert "audit: 3 of 4 runs, the sample drawn with --draw 5" in done.stdout
    assert "all bits of these runs are equal; with 95% confidence" in done.stdout
    table = project / "plots/runs/momentum.csv"
    lines = table.read_text().splitlines()
    lines[-1] = lines[-1][:-1] + str((int(lines[-1][-1]) + 1) % 10)
    table.write_text("\n".join(lines) + "\n")
    done = verify(project, "--runs", "4")
    assert done.returncode == 1
    assert re.search(r"^momentum, seed 1: differs in runs$", done.stdout, re.MULTILINE)
    assert "audit: 1 of 4 runs are not as published" in done.stdout


def test_a_sample_of_none_or_of_more_runs_than_there_are_is_refused(published):
    for count in ("0", "5"):
        assert "allowed: 1 to 4" in one_line(verify(published, "--runs", count))
