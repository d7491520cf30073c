"""Are the results in this folder the published bits?

    python src/verify.py             compare every output with what the last commit publishes
    python src/verify.py v1.0        with what another revision publishes
    python src/verify.py --runs 24   train a random sample of the published runs again, and compare

A revision's dvc.lock has the MD5 of every output that it publishes. One other bit is a difference,
on every machine. What follows from settings that are not the revision's is shown, not judged: its
lock says which outputs these are, so that no damage here can excuse damage.
"""

import argparse
import hashlib
import json
import platform
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from workflow import files
from workflow.command import UserError, printable, run
from workflow.settings import OWN, PARAMS, SETTINGS, VARIANTS, load_variants

INPUTS = ("src", "claims", "dvc.yaml", "grid.yaml", str(PARAMS), str(VARIANTS), "requirements.txt")
MISSING, DIFFERS, OTHER, SAME = STATUSES = ("missing", "differs", "other settings", "same bits")
CONFIDENCE = 0.95


def git(*arguments: str) -> str:
    """Return what a command of Git prints. Raises UserError."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=True)  # noqa: S607
    except subprocess.CalledProcessError as error:
        said = printable(error.stderr.decode(errors="replace")).strip().partition("\n")[0]
        raise UserError(f"no published results in Git to compare with ({said})") from None
    return done.stdout.decode(errors="replace")


def md5(path: Path) -> str:
    """Return what DVC records of a file, or of a folder, from every byte of it."""
    if not path.is_dir():
        return hashlib.md5(files.read(path), usedforsecurity=False).hexdigest()
    inside = (file for file in path.rglob("*") if not file.is_dir())
    listed = [{"md5": md5(file), "relpath": file.relative_to(path).as_posix()} for file in inside]
    text = json.dumps(sorted(listed, key=lambda entry: entry["relpath"]), sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + ".dir"


def networks(params: Mapping[str, Any], variants: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of each network by its name, as the two files say them."""
    named = {name: variants["protocol"] | own for name, own in variants["variants"].items()}
    return {name: own | {"words": ""} for name, own in {OWN: params, **named}.items()}


def compare(revision: str) -> dict[str, str]:
    """Return the status of every output that a revision publishes, by its path."""

    def published(path: Path | str) -> Any:
        return files.parse_yaml(git("show", f"{commit}:{path}"), f"{path} of {revision}")

    commit = git("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").strip()
    try:
        now = networks(files.read_yaml(PARAMS), files.read_yaml(VARIANTS))
        before = networks(published(PARAMS), published(VARIANTS))
        stages = [
            ([dep["path"] for dep in s.get("deps", ())], {o["path"]: o["md5"] for o in s["outs"]})
            for s in published("dvc.lock")["stages"].values()
        ]
    except (AttributeError, KeyError, TypeError) as error:
        named = f"dvc.lock, {PARAMS} or {VARIANTS}, here or in {revision},"
        raise UserError(f"{named} is not what it should be ({error!r:.100})") from None
    known = {path: found for _, outs in stages for path, found in outs.items()}
    known.pop(str(SETTINGS), None)  # no result, and a fresh clone has none
    changed = {f"{SETTINGS}/{name}.json" for name in before if before[name] != now.get(name)}

    @cache
    def follows(path: str) -> bool:
        makers = [deps for deps, outs in stages if any(_overlap(path, out) for out in outs)]
        return path in changed or any(follows(dep) for deps in makers for dep in deps)

    def status(path: str) -> str:
        here = Path(path)
        if not here.is_file() and not here.is_dir():
            return MISSING
        if md5(here) == known[path]:
            return SAME
        return OTHER if follows(path) else DIFFERS

    return {path: status(path) for path in known}


def _overlap(one: str, other: str) -> bool:
    """Whether two paths are the same, or one of them is a folder that holds the other."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def verify(revision: str) -> bool:
    """Print a line for each output that is not as published, and the verdict, which is returned."""
    found = compare(revision)
    counts = Counter(found.values())
    for path, status in sorted(found.items(), key=lambda item: STATUSES.index(item[1])):
        if status != SAME:
            print(f"{status:15}{printable(path)}")
    if len(counts) > 1:
        changed = git("diff", "--name-only", revision, "--", *INPUTS).split()
        print(f"verify: not as in {revision}: {printable(', '.join(changed)) or 'no code'}")
    good = not counts[MISSING] and not counts[DIFFERS] and bool(counts[SAME])
    name = "identical" if good else "not reproduced"
    name += " as far as settings are the published ones" if good and counts[OTHER] else ""
    listed = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
    print(f"verify: {name} on {platform.machine()}: {len(found)} published outputs, {listed}")
    if not good:
        print("verify: `git diff` shows where a file differs; `make reproduce` makes all anew")
    return good


def audit(count: int, draw: int) -> bool:
    """Train `count` runs of the variants, drawn with the seed `draw`, and say which differ."""
    import numpy as np  # verify need not wait for these, which load the compiler

    from mnist import images
    from runs.executor import train_runs
    from runs.progress import Job

    known = load_variants()
    every = [(name, seed) for name, network in known.items() for seed in network.seed_range]
    if not 1 <= count <= len(every):
        raise UserError(f"--runs {count} is not allowed; allowed: 1 to {len(every)}")
    images.check()
    print(f"audit: {count} of {len(every)} runs, the sample drawn with --draw {draw}", flush=True)
    chosen = [every[i] for i in sorted(np.random.default_rng(draw).permutation(len(every))[:count])]
    runs = train_runs([Job(known[name], seed) for name, seed in chosen], "audit")
    different = 0
    for (name, seed), trained in zip(chosen, runs, strict=True):
        kinds = [kind for kind in ("seeds", "runs", "gradients") if differs(kind, name, trained)]
        if kinds:
            print(f"{name}, seed {seed}: differs in {', '.join(kinds)}", flush=True)
        different += bool(kinds)
    share = 1 - (1 - CONFIDENCE) ** (1 / count)
    sure = f"with {CONFIDENCE:.0%} confidence fewer than {share:.1%} of all runs could differ"
    good = f"all bits of these runs are equal; {sure}"
    print(f"audit: {f'{different} of {count} runs are not as published' if different else good}")
    return not different


def differs(kind: str, name: str, trained: Any) -> bool:
    """Return whether a table has other rows of a run than training it again gives."""
    from runs import tables

    rows = files.csv_text(tables.TABLES[kind]([trained])).splitlines()[1:]
    lines = files.read_text(tables.path(kind, name)).splitlines()
    return rows != [line for line in lines if line.startswith(f"{trained.seed},")]


def main() -> None:
    """Compare or audit, and exit with 1 where anything differs."""
    parser = argparse.ArgumentParser(description="Compare this folder with what is published.")
    parser.add_argument("revision", nargs="?", default="HEAD", help="default: the last commit")
    parser.add_argument("--runs", type=int, help="train so many of the published runs again")
    parser.add_argument("--draw", type=int, default=secrets.randbelow(10**6), help="which of them")
    given = parser.parse_args()
    audited = given.runs is not None
    sys.exit(not (audit(given.runs, abs(given.draw)) if audited else verify(given.revision)))


if __name__ == "__main__":
    run(main)
