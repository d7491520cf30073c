""".github/workflows/reproduce.yml: what it runs is there, and what it says of its pins is said."""

import json
import re
import subprocess

import pytest
import yaml
from plot_projects import make_plots_project
from projects import HERE, commit, copy_of, must

FILE = HERE / ".github/workflows/reproduce.yml"
WORKFLOW = yaml.safe_load(FILE.read_text())
JOB = WORKFLOW["jobs"]["reproduce"]
STEPS = JOB["steps"]
COMMANDS = {step["name"]: step["run"] for step in STEPS if "run" in step}


def uses(action):
    [found] = [step for step in STEPS if step.get("uses", "").startswith(f"actions/{action}@")]
    return found


def test_both_kinds_of_processor_and_the_oldest_python_are_tried():
    included = JOB["strategy"]["matrix"]["include"]
    runners = {entry["processor"]: entry["runner"] for entry in included}
    assert set(runners) == {"x86-64", "arm64"}
    assert [name for name, runner in runners.items() if runner.endswith("-arm")] == ["arm64"]
    assert "3.11" in {entry["python"] for entry in included}
    assert not JOB["strategy"]["fail-fast"]


def test_every_action_is_pinned_by_commit_with_its_version_beside_it():
    texts = [file.read_text() for file in FILE.parent.glob("*.yml")]
    lines = [line for text in texts for line in text.splitlines() if "uses:" in line]
    assert len(lines) > sum("uses" in step for step in STEPS)
    for line in lines:
        assert re.search(r"uses: actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_the_job_may_read_and_nothing_else_and_has_the_whole_history():
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "permissions" not in JOB
    assert uses("checkout")["with"] == {"fetch-depth": 0, "persist-credentials": False}


def test_packages_and_data_are_cached_but_once_a_month_come_from_nothing():
    assert "schedule" in WORKFLOW[True]  # YAML 1.1 reads the key `on` as true
    assert uses("cache")["if"] == "github.event_name != 'schedule'"
    assert "github.event_name != 'schedule' && 'pip'" in uses("setup-python")["with"]["cache"]
    stages = yaml.safe_load((HERE / "dvc.yaml").read_text())["stages"]
    assert uses("cache")["with"]["path"] in stages["download"]["outs"][0]
    hashed = re.findall(r"'(src/[^']+)'", uses("cache")["with"]["key"])
    assert hashed
    assert all((HERE / name).exists() for name in hashed)
    assert list(HERE.glob(uses("setup-python")["with"]["cache-dependency-path"]))


def test_every_target_and_script_that_it_runs_is_there():
    text = "\n".join(COMMANDS.values())
    targets = set(re.findall(r"^([a-z]+):", (HERE / "Makefile").read_text(), re.MULTILINE))
    lines = re.findall(r"^make (.+)$", text, re.MULTILINE)
    assert {"setup", "test", "lint", "reproduce"} <= set(" ".join(lines).split()) <= targets
    scripts = re.findall(r"python (\S+\.py)", text)
    assert scripts
    assert all((HERE / script).exists() for script in scripts)


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_from_outside_is_put_into_a_command(name):
    """What GitHub fills in goes through the environment: a branch's name could be a command."""
    assert "${{" not in COMMANDS[name]
    assert WORKFLOW["defaults"]["run"]["shell"] == "bash"
    subprocess.run(["bash", "-n"], input=COMMANDS[name], text=True, check=True)


def test_the_container_makes_the_environment_and_has_dvcs_extension():
    container = json.loads((HERE / ".devcontainer/devcontainer.json").read_text())
    assert container["postCreateCommand"] == "make setup"
    editor = container["customizations"]["vscode"]
    assert {"lakeFS.lakefs-dvc", "redhat.vscode-yaml"} <= set(editor["extensions"])
    recommended = json.loads((HERE / ".vscode/extensions.json").read_text())["recommendations"]
    assert recommended == editor["extensions"]


@pytest.fixture
def project(tmp_path):
    """The published results as one commit, then another result of `train` beside them."""
    made = make_plots_project(tmp_path / "project")
    copy_of(made, "src", "claims", "report", "metrics", ".github", "dvc.lock")
    commit(made, "Results")
    metrics = made / "metrics/train.json"
    content = json.loads(metrics.read_text())
    content["validation_accuracy"] = 0.5
    metrics.write_text(json.dumps(content))
    curve = made / "plots/curves/train.csv"
    header, *rows = curve.read_text().splitlines()
    curve.write_text("\n".join([header, *(re.sub(r"\.\d", ".5", row) for row in rows)]) + "\n")
    return made


@pytest.mark.proof
def test_the_summary_has_the_verdicts_and_what_changed(project, tmp_path):
    """The step as it is, in the shell as GitHub calls it."""
    summary = tmp_path / "summary.md"
    bash = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", COMMANDS["Comparison"])
    must(project, *bash, BASE="origin/nowhere", GITHUB_STEP_SUMMARY=str(summary))
    text = summary.read_text()
    assert (project / "report/summary.md").read_text() in text
    assert re.search(r"\| metrics/train.json +\| validation_accuracy +\|.*\| 0.5 ", text)
    drawn = {file.stem for file in (project / "build/plots").glob("*.png")}
    assert drawn == {"train-loss", "train-accuracy", "plots-curves-train.csv"}
    assert "- `train-loss`" in text
    assert re.search(r"metrics/train.json +differs", text)
    assert (project / "plots.html").stat().st_size > 100_000
