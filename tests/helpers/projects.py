"""Copies of this project in folders of their own, for tests that run real `dvc`, `git`, scripts."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

HERE = Path(__file__).parents[2]
Done = subprocess.CompletedProcess[str]
FILES = (
    *("params.yaml", "variants.yaml", "grid.yaml", "figures.yaml", "dvc.yaml"),
    *(".dvcignore", ".gitignore", ".gitattributes"),
)
IGNORED = shutil.ignore_patterns("__pycache__", ".venv", "cache", "tmp")
# The small project: what follows these stages needs all variants, which the claims are about.
STAGES = ("check_settings", "download", "normalize", "check_gradients", "variant", "train")
SMALL = {"training_images": 640, "test_images": 500, "epochs": 1, "seeds": 2, "first_seed": 0}


def copy_of(folder: Path, *names: str) -> Path:
    """Copy files and folders of this project to the same places in `folder`."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (HERE / name).is_dir():
            shutil.copytree(HERE / name, folder / name, ignore=IGNORED, dirs_exist_ok=True)
        else:
            shutil.copy(HERE / name, folder / name)
    if "src" in names:
        take_compiled_code(folder / "src/mlp")
    return folder


@cache
def compiled() -> Path:
    """The folder of what Numba has compiled of this project: all that a training needs."""
    prepare = "import numba, runs.executor as e; e.prepare(); print(numba.config.CACHE_DIR)"
    return Path(must(HERE / "src", "python", "-c", prepare).splitlines()[-1])


def take_compiled_code(mlp: Path) -> None:
    """Put the compiled code beside a copy of src/mlp, which would take 15 s to compile.

    Numba knows it by the folder of its source and by the time of each file.
    """
    for file in (HERE / "src/mlp").glob("*.py"):
        shutil.copystat(file, mlp / file.name)
    shutil.rmtree(mlp / "__pycache__", ignore_errors=True)
    copy = Path(shutil.copytree(compiled(), mlp / "__pycache__" / compiled().name))
    for code in copy.glob("mlp_*"):
        name = hashlib.sha1(str(mlp).encode(), usedforsecurity=False).hexdigest()
        code.rename(copy / f"mlp_{name}")


def twin_of(project: Path, folder: Path, **options: Any) -> Path:
    """A copy of a project's folder, but for what a running `dvc` keeps there."""
    ignored = shutil.ignore_patterns("tmp")
    shutil.copytree(project, folder, **({"ignore": ignored} | options))
    take_compiled_code(folder / "src/mlp")
    return folder


def clone_of(project: Path, folder: Path) -> Path:
    """A fresh clone of a project: no data, no cache, no remote."""
    must(project, "git", "clone", "--quiet", str(project), str(folder))
    take_compiled_code(folder / "src/mlp")
    return folder


def make_project(folder: Path) -> None:
    """A Git and DVC repository in `folder`, with one commit: the project, made small.

    It has two variants, one claim, and the stages that train them, on real images, which lie in
    data/raw.
    """
    from real_mnist import contents  # which is made with this module

    claims = ("claims/protocol.yaml", "claims/report_a.yaml")
    copy_of(folder, "src", ".dvc", "report/templates", *claims, *FILES)
    edit(folder / "params.yaml", lambda content: content.update(SMALL))
    for name in ("variants.yaml", "grid.yaml", "dvc.yaml", claims[1]):
        edit(folder / name, _shorten)
    few = f"RAW / name)))[:{SMALL['training_images']}]"  # all take too long
    replace(folder / "src/normalize.py", "RAW / name)))", few)
    (folder / "data/raw").mkdir(parents=True)
    for name, content in contents().items():
        (folder / "data/raw" / name).write_bytes(content)
    make_repository(folder)


def _shorten(content: dict) -> None:
    """Leave of a file of settings what two variants need."""
    if "variants" in content:
        two = {name: content["variants"][name] for name in ("plain", "momentum")}
        content["variants"] = two
        for network in (content["protocol"], *two.values()):
            network.update(SMALL)
    for trick in (*content.get("crossed", {}).values(), *content.get("added", {}).values()):
        trick.pop("reported", None)
        content["protocol"]["first_seed"] = content["tuning_seeds"]
    if "stages" in content:
        content["stages"] = {name: content["stages"][name] for name in STAGES}
    if "claims" in content:
        del content["claims"][1:]
    for overlays in ("plots", "metrics", "artifacts", "without_verdict"):
        content.pop(overlays, None)


def make_repository(folder: Path) -> Path:
    """Put a folder under Git, all that is there in one commit."""
    must(folder, "git", "init", "--quiet", "--initial-branch=main")
    commit(folder, "A small project")
    return folder


def edit(path: Path, change: Callable[[Any], object]) -> None:
    """Let `change` alter the content of a YAML file in place; comments stay."""
    editor = YAML()
    content = editor.load(path)
    change(content)
    editor.dump(content, path)


def replace(path: Path, old: str, new: str) -> None:
    """Put `new` where `old` is in a file of text, once; it must be there."""
    text = path.read_text()
    assert old in text, f"{path} has no {old!r}"
    path.unlink()  # so that another link to the same file keeps its content
    path.write_text(text.replace(old, new, 1))


def flip_a_bit(path: Path, place: int = 0) -> None:
    """Change one bit of a file's byte number `place`, and keep the file's time."""
    content, times = bytearray(path.read_bytes()), path.stat()
    content[place] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def environment(**changes: str) -> dict[str, str]:
    """The environment of a user who has activated .venv and has not configured Git."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    own.pop("DASK_SCHEDULER_ADDRESS", None)
    path = os.pathsep.join((str(Path(sys.executable).parent), own["PATH"]))
    roles = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
    git = {f"GIT_{role}": "tester@localhost" for role in roles}
    git |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return own | {"PATH": path} | git | changes


def run(project: Path, *command: str, limit: Any = None, **env: str) -> Done:
    """Run a command in `project` to its end, with `env` added to the environment.

    limit: a function that is called in the new process first.
    """
    options = {"cwd": project, "env": environment(**env), "preexec_fn": limit}
    options |= {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
    return subprocess.run(command, check=False, **options)


def must(project: Path, *command: str, **env: str) -> str:
    """Run a command, which must succeed; what it printed."""
    done = run(project, *command, **env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def dvc(project: Path, *arguments: str, **env: str) -> str:
    """Run dvc, which must succeed; what it printed."""
    return must(project, "dvc", *arguments, **env)


def one_line(done: Done) -> str:
    """The one line with which a script has failed."""
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def stages_run(output: str) -> set[str]:
    """Names of the stages that dvc says it ran."""
    return set(re.findall(r"^Running stage '(.+)':", output, re.MULTILINE))


def start(project: Path, *command: str, **env: str) -> subprocess.Popen[str]:
    """Start a command in `project`, in a session of its own."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    options = {"cwd": project, "env": environment(**env), "start_new_session": True}
    return subprocess.Popen(command, text=True, **pipes, **options)


def commit(project: Path, message: str) -> None:
    """Commit all that Git sees."""
    must(project, "git", "add", "--all")
    must(project, "git", "commit", "--quiet", "--message", message)


def results(project: Path) -> dict[str, bytes]:
    """Every published file, by its path from the project's folder."""
    files = (file for name in ("metrics", "plots") for file in (project / name).rglob("*"))
    return {str(file.relative_to(project)): file.read_bytes() for file in files if file.is_file()}
