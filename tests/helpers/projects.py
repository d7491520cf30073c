"""A small copy of this project in a folder of its own, for tests that run real `dvc` and `git`."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import real_mnist
from ruamel.yaml import YAML

HERE = Path(__file__).parents[2]
FILES = ("params.yaml", "variants.yaml", "dvc.yaml", ".dvcignore", ".gitignore", ".gitattributes")
# What follows needs all variants that the claims are about.
STAGES = (
    "check_settings",
    "download",
    "normalize",
    "check_gradients",
    "train",
    "variant",
    "compare",
)


def make_project(
    folder: Path,
    variants: Sequence[str] = ("plain", "momentum"),
    training_images: int = 640,
    validation_images: int = 500,
    epochs: int = 1,
    seeds: int = 2,
) -> Path:
    """A Git and DVC repository in `folder`, with one commit: the project, made small.

    It has these variants and the stages up to `compare`, on real images, which lie in data/raw.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(HERE / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(HERE / ".dvc", folder / ".dvc", ignore=shutil.ignore_patterns("cache", "tmp"))
    for name in FILES:
        shutil.copy(HERE / name, folder / name)
    sizes = {"training_images": training_images, "validation_images": validation_images}
    small = {"epochs": epochs, "seeds": seeds, **sizes}
    edit(folder / "params.yaml", lambda params: params.update(small))
    edit(folder / "variants.yaml", lambda content: _shorten(content, variants, small))
    edit(folder / "dvc.yaml", lambda content: _keep(content, STAGES))
    _write_claims(folder / "claims", variants)
    # 20 weights a layer and few images, or these stages would take longer than the trainings.
    replace(folder / "src/check_gradients.py", "\nSAMPLE = 500\n", "\nSAMPLE = 20\n")
    images = max(training_images, validation_images)
    replace(folder / "src/normalize.py", "_from_idx(images)", f"_from_idx(images)[:{images}]")
    replace(folder / "src/normalize.py", "_from_idx(labels)", f"_from_idx(labels)[:{images}]")
    (folder / "data/raw").mkdir(parents=True)
    for name, content in real_mnist.contents().items():
        (folder / "data/raw" / name).write_bytes(content)
    run(folder, "git", "init", "--quiet", "--initial-branch=main")
    commit(folder, "A small project")
    return folder


def _shorten(content: dict, variants: Sequence[str], small: dict) -> None:
    content["protocol"].update(small)
    content["variants"] = {name: content["variants"][name] for name in variants}
    for own in content["variants"].values():
        for knob in small:
            own.pop(knob, None)


def _write_claims(folder: Path, variants: Sequence[str]) -> None:
    """The project's claims that are about these variants alone."""
    folder.mkdir()
    for path in sorted((HERE / "claims").glob("*.yaml")):
        content = YAML(typ="safe").load(path)
        if "claims" in content:
            content["claims"] = [
                claim for claim in content["claims"] if _named(claim) <= set(variants)
            ]
        if content.get("claims", True):
            YAML().dump(content, folder / path.name)


def _named(entry: object) -> set[str]:
    """The variants that a claim names, at whatever depth."""
    if isinstance(entry, list):
        return set().union(*map(_named, entry))
    if not isinstance(entry, dict):
        return set()
    return set().union(entry.get("variants", ()), *map(_named, entry.values()))


def _keep(content: dict, stages: Sequence[str]) -> None:
    content["stages"] = {name: content["stages"][name] for name in stages}
    for section in ("plots", "metrics", "artifacts"):
        content.pop(section, None)  # of all variants


def replace(path: Path, old: str, new: str) -> None:
    """Replace a text in a file, which must have it."""
    text = path.read_text()
    assert old in text, f"{path}: {old!r} is not there"
    path.write_text(text.replace(old, new))


def edit(path: Path, change) -> None:
    """Let `change` alter the content of a YAML file in place; comments stay."""
    editor = YAML()
    content = editor.load(path)
    change(content)
    editor.dump(content, path)


def environment(**changes: str) -> dict[str, str]:
    """The environment of a user who has activated .venv and has not configured Git."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    own.pop("DASK_SCHEDULER_ADDRESS", None)
    path = os.pathsep.join((str(Path(sys.executable).parent), own["PATH"]))
    roles = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
    who = {f"GIT_{role}": "tester@localhost" for role in roles}
    no_config = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return own | {"PATH": path} | who | no_config | changes


def run(project: Path, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command in `project` to its end, with `env` added to the environment."""
    return subprocess.run(
        command,
        cwd=project,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def dvc(project: Path, *arguments: str) -> str:
    """Run dvc, which must succeed; what it printed."""
    done = run(project, "dvc", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def stages_run(output: str) -> set[str]:
    """Names of the stages that dvc says it ran."""
    return set(re.findall(r"^Running stage '(.+)':", output, re.MULTILINE))


def start(project: Path, *command: str, **env: str) -> subprocess.Popen[str]:
    """Start a command in `project`, as the leader of a process group of its own."""
    return subprocess.Popen(
        command,
        cwd=project,
        env=environment(**env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def commit(project: Path, message: str) -> None:
    """Commit all that Git sees."""
    for command in (("add", "--all"), ("commit", "--quiet", "--message", message)):
        done = run(project, "git", *command)
        assert done.returncode == 0, done.stderr


def results(project: Path) -> dict[str, bytes]:
    """Every published file, by its path from the project's folder."""
    files = (file for name in ("metrics", "plots") for file in (project / name).rglob("*"))
    return {str(file.relative_to(project)): file.read_bytes() for file in files if file.is_file()}
