"""What is published: every output in dvc.lock, as a Git revision has it.

Results (metrics, plots, report) are in Git itself. Of data and models, which are not, the revision
holds the MD5 in its dvc.lock, and that is what can be compared.
"""

import hashlib
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

LOCK = Path("dvc.lock")
# What stages are told, as DVC sees it: outputs here are inputs of what is compared.
SETTINGS = "build/settings"
INPUTS = ("src", "claims", "params.yaml", "variants.yaml", "dvc.yaml", "requirements.txt")


class NotPublished(Exception):
    """There is nothing to compare with; the message is one line for the user."""


@dataclass(frozen=True)
class Output:
    """A published file, or a folder of data, at its path from the project's folder.

    content: its bytes, where Git has it; else None, and `md5` is what dvc.lock says of it.
    """

    path: str
    content: bytes | None
    md5: str

    def is_same(self) -> bool:
        """Whether what lies here has the published bits. Raises OSError where nothing does."""
        if self.content is not None:
            return Path(self.path).read_bytes() == self.content
        return dvc_md5(Path(self.path)) == self.md5


def dvc_md5(path: Path) -> str:
    """The MD5 that DVC records: of a file's bytes, or of the list of a folder's files."""
    if not path.is_dir():
        return _md5(path.read_bytes())
    files = sorted(file for file in path.rglob("*") if file.is_file())
    listed = [{"md5": dvc_md5(f), "relpath": f.relative_to(path).as_posix()} for f in files]
    return _md5(json.dumps(listed, sort_keys=True).encode()) + ".dir"


def overlap(one: str, other: str) -> bool:
    """Whether the two paths are the same, or one is a folder that holds the other."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def outputs(revision: str) -> list[Output]:
    """All that the revision publishes, in the order of its dvc.lock. Raises NotPublished."""
    files = _git("ls-tree", "-r", "-z", "--name-only", revision).decode().split("\0")[:-1]
    found = []
    for stage in _published_stages(revision):
        for out in stage["outs"]:
            inside = [file for file in files if overlap(file, out["path"])]
            found += [Output(file, _git("show", f"{revision}:./{file}"), "") for file in inside]
            if not inside and out["path"] != SETTINGS:
                found.append(Output(out["path"], None, out["md5"]))
    return found


def of_other_settings(revision: str) -> set[str]:
    """Outputs made with settings that are not the revision's, directly or through other outputs.

    As dvc.lock has it: with what each stage ran when it last ran here. Raises NotPublished.
    """
    here = _stages(LOCK.read_bytes(), str(LOCK)) if LOCK.exists() else []
    published = {dep["path"]: dep["md5"] for s in _published_stages(revision) for dep in s["deps"]}
    deps = {dep["path"]: dep["md5"] for stage in here for dep in stage["deps"]}
    settings = {
        path
        for path, md5 in deps.items()
        if path.startswith(f"{SETTINGS}/") and md5 != published.get(path)
    }
    reached: set[str] = set()
    grown = settings
    while grown != reached:
        reached = grown
        for stage in here:
            if any(overlap(dep["path"], path) for dep in stage["deps"] for path in reached):
                grown = grown | {out["path"] for out in stage["outs"]}
    return reached - settings


def changed_inputs(revision: str) -> list[str]:
    """Code, claims and settings here that are not the revision's. Raises NotPublished."""
    return _git("diff", "--name-only", "--relative", revision, "--", *INPUTS).decode().splitlines()


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=True)  # noqa: S607
    except FileNotFoundError:
        raise NotPublished("git is not installed, and published results are read from it") from None
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise NotPublished(
            f"no published results to compare with: they are in Git, which says: {reason[0]}"
        ) from None
    return done.stdout


def _published_stages(revision: str) -> Sequence[Any]:
    return _stages(_git("show", f"{revision}:./{LOCK}"), f"{LOCK} of {revision}")


def _stages(lock: bytes, where: str) -> Sequence[Any]:
    """The stages in a dvc.lock, each with its `deps` and `outs`."""
    try:
        found = YAML(typ="safe").load(lock.decode())["stages"].values()
        return [{"deps": [], "outs": []} | stage for stage in found]
    except (YAMLError, ValueError, TypeError, KeyError, AttributeError):
        raise NotPublished(f"{where} is damaged: it lists no stages") from None
