"""Are the results in this folder the published bits? If not: which differ, where, by how much?

    python src/verify.py            compare with what the last commit publishes
    python src/verify.py v1.0       compare with what another revision publishes

Published is every output in the revision's dvc.lock. Results (metrics, plots, report) are in Git
itself; of data and models, which are not, the lock has the MD5.

On x86-64 every bit must be the same; elsewhere numbers may differ as far as tolerance.py says. What
follows from settings that are not the revision's is shown, not judged: the revision's own lock says
which outputs these are, so that no damage here can excuse damage.
"""

import argparse
import io
import platform
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from dvc_data.hashfile.build import build
from dvc_data.hashfile.db import HashFileDB
from dvc_objects.fs.local import LocalFileSystem
from dvc_objects.fs.memory import MemoryFileSystem
from ruamel.yaml import YAML
from tabulate import tabulate
from tolerance import cells, largest, objection

from workflow import files
from workflow.command import UserError, printable, run
from workflow.settings import PARAMS, SETTINGS, VARIANTS

INPUTS = ("src/", "claims/", str(PARAMS), str(VARIANTS), "dvc.yaml", "requirements.txt")
# From the worst to the best, as in the table.
STATUSES = ("missing", "differs", "other settings", "within tolerance", "same bits")
MISSING, DIFFERS, OTHER, WITHIN, SAME = STATUSES
# What a stage of dvc.lock reads, and the MD5 of each output by its path.
Stage = tuple[Collection[str], Mapping[str, str]]
Published = Mapping[str, bytes]  # every file that Git has of a revision, by its path from here


class Finding(NamedTuple):
    """What became of a published file; size and where: see tolerance.largest."""

    path: str
    status: str
    size: float | None = None
    where: str = ""


def files_of(revision: str) -> Published:
    """Return what Git has of a revision."""
    commit = _git("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    archive = io.BytesIO(_git("archive", "--format=tar", commit.decode().strip()))
    with tarfile.open(fileobj=archive) as members:
        opened = ((member.name, members.extractfile(member)) for member in members)
        return {name: file.read() for name, file in opened if file}


def _git(*arguments: str) -> bytes:
    try:
        return subprocess.run(["git", *arguments], capture_output=True, check=True).stdout  # noqa: S607
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise UserError(f"no published results in Git to compare with ({said})") from None


def _overlap(path: str, others: Collection[str]) -> bool:
    """Whether a path is one of the others, or one of the two is a folder that holds the other."""
    return any(f"{path}/".startswith(f"{o}/") or f"{o}/".startswith(f"{path}/") for o in others)


def outputs(published: Published, stages: Sequence[Stage]) -> dict[str, bytes | str]:
    """Return the content of each published file, or the MD5 where Git does not have it."""
    listed: dict[str, bytes | str] = {}
    for path, md5 in (out for _, outs in stages for out in outs.items()):
        inside = {file: content for file, content in published.items() if _overlap(file, [path])}
        listed |= inside or ({path: md5} if path != str(SETTINGS) else {})
    return listed


def networks(params: bytes, variants: bytes) -> dict[str, Any]:
    """Return the settings of each network by its name, as the two files say them."""
    own, others = (YAML(typ="safe", pure=True).load(text) for text in (params, variants))
    named = {name: others["protocol"] | knobs for name, knobs in others["variants"].items()}
    return {"train": own} | named


def of_other_settings(published: Published, stages: Sequence[Stage]) -> Callable[[str], bool]:
    """Return whether an output follows from settings here that are not the revision's."""
    before = networks(published[str(PARAMS)], published[str(VARIANTS)])
    now = networks(files.read(PARAMS), files.read(VARIANTS))
    changed = {f"{SETTINGS}/{name}.json" for name in before if before[name] != now.get(name)}

    @cache
    def follows(path: str) -> bool:
        sources = {dep for deps, outs in stages if _overlap(path, outs) for dep in deps}
        return path in changed or any(follows(source) for source in sources)

    return follows


def examine(path: str, published: bytes | str, other_settings: bool, exact: bool) -> Finding:
    """Compare a file with its published content or MD5; exact: every bit must be the same."""
    if not (Path(path).is_file() or Path(path).is_dir()):
        return Finding(path, MISSING)
    here = dvc_md5(path) if isinstance(published, str) else files.read(path)
    if here == published:
        return Finding(path, SAME)
    if isinstance(published, str):
        size, where, reason = None, f"its MD5 is not {published}", objection(path, {}, {})
    else:
        both = cells(path, published), cells(path, here)
        (size, where), reason = largest(*both), objection(path, *both)
    if other_settings or exact:
        return Finding(path, OTHER if other_settings else DIFFERS, size, where)
    return Finding(path, DIFFERS if reason else WITHIN, size, reason or where)


def dvc_md5(path: str) -> str:
    """Return the MD5 that DVC records of a file or folder, from every byte of it.

    Not from DVC's own database of hashes, to which unchanged time and size mean unchanged.
    """
    nowhere = HashFileDB(MemoryFileSystem(), "/")
    return str(build(nowhere, path, LocalFileSystem(), "md5", dry_run=True)[2].hash_info.value)


def compare(published: Published, exact: bool) -> list[Finding]:
    """Examine every output of a revision."""
    try:
        lock = YAML(typ="safe", pure=True).load(published["dvc.lock"])["stages"].values()
        stages = [
            ([dep["path"] for dep in s.get("deps", ())], {o["path"]: o["md5"] for o in s["outs"]})
            for s in lock
        ]
        listed = outputs(published, stages)
        excused = set(filter(of_other_settings(published, stages), listed))
    except Exception as error:  # of odd content the reader of YAML raises nearly any kind
        why = f"{type(error).__name__}: {' '.join(str(error).split()):.100}"
        named = f"dvc.lock, {PARAMS} or {VARIANTS}"
        raise UserError(f"{named} is damaged, here or in the revision ({why})") from None
    return [examine(path, known, path in excused, exact) for path, known in listed.items()]


def table(findings: Sequence[Finding]) -> str:
    """Return a line a file, the worst first, with the largest relative deviation."""
    worst_first = sorted(findings, key=lambda finding: STATUSES.index(finding.status))
    rows = [(f.path, f.status, f.size and f"{f.size:.1e}", printable(f.where)) for f in worst_first]
    heads = ("file", "", "deviation", "where (published -> here)")
    return tabulate(rows, heads, "plain", disable_numparse=True, colalign=("left", "left", "right"))


def verdict(findings: Sequence[Finding]) -> tuple[bool, str]:
    """Return whether the published results are reproduced, and the line that says so."""
    counts = Counter(finding.status for finding in findings)
    good = not counts[MISSING] and not counts[DIFFERS] and bool(counts[SAME])
    if not good:
        name = "not reproduced"
    elif counts[OTHER]:
        name = "reproduced as far as settings are the published ones"
    else:
        name = "within tolerance" if counts[WITHIN] else "identical"
    listed = ", ".join(f"{counts[s]} {s}" for s in reversed(STATUSES) if counts[s])
    return good, f"{name} on {platform.machine()}: {len(findings)} published files, {listed}"


def main() -> None:
    """Print the table where there is something to see, and the verdict; exit with 1 if not good."""
    parser = argparse.ArgumentParser(description="Compare this folder with what is published.")
    parser.add_argument("revision", nargs="?", default="HEAD", help="default: the last commit")
    revision = parser.parse_args().revision
    published = files_of(revision)
    findings = compare(published, IS_X86)
    if any(finding.status != SAME for finding in findings):
        print(table(findings))
        inputs = [path for path in published if path.startswith(INPUTS)]
        changed = [p for p in inputs if not Path(p).exists() or files.read(p) != published[p]]
        if changed:
            print(f"verify: not as in {revision}: {', '.join(changed)}")
    good, text = verdict(findings)
    print(f"verify: {text}")
    if any(finding.status == MISSING for finding in findings):
        print("verify: `make reproduce` makes what is missing")
    sys.exit(not good)


if __name__ == "__main__":
    run(main)
