"""Are the results in this folder the published bits?

    python src/verify.py             compare every output with what the last commit publishes
    python src/verify.py v1.0        with what another revision publishes
    python src/verify.py --runs 24   train a random sample of the published runs again, and compare

A revision's dvc.lock has the MD5 of every output that it publishes. One other bit is a difference,
on every machine. Only of your own network, where params.yaml is not the revision's, other results
are shown and not judged.
"""

import argparse
import json
import platform
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from runs import tables
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
        return files.md5(files.read(path))
    inside = sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
    listed = [{"md5": md5(path / name), "relpath": name} for name in inside]
    return files.md5(json.dumps(listed).encode()) + ".dir"


def compare(revision: str) -> dict[str, str]:
    """Return the status of every output that a revision publishes, by its path."""
    commit = git("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").strip()

    def published(path: Path) -> Any:
        return files.parse_yaml(git("show", f"{commit}:{path}"), f"{path} of {revision}")

    def status(stage: str, path: Path, bits: str) -> str:
        if not path.is_file() and not path.is_dir():
            return MISSING
        if md5(path) == bits:
            return SAME
        return OTHER if stage == OWN and changed else DIFFERS

    changed = published(PARAMS) != files.read_yaml(PARAMS)
    try:
        stages = published(tables.LOCK)["stages"].items()
        listed = [(stage, out["path"], out["md5"]) for stage, one in stages for out in one["outs"]]
    except (AttributeError, KeyError, TypeError) as error:
        raise UserError(f"{tables.LOCK} of {revision} is no list of outputs ({error!r})") from None
    found = {path: status(stage, Path(path), bits) for stage, path, bits in listed}
    found.pop(str(SETTINGS), None)  # no result, and a fresh clone has none
    return found


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
    if good and counts[OTHER]:
        name += " but for your own settings"
    listed = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
    print(f"verify: {name} on {platform.machine()}: {len(found)} published outputs, {listed}")
    if not good:
        print("verify: `git diff` shows where a file differs; `make reproduce` makes all anew")
    return good


def audit(count: int, draw: int) -> bool:
    """Train `count` runs of the variants, drawn with the seed `draw`, and say which differ."""
    from runs.executor import train_runs
    from runs.progress import Job

    known = load_variants()
    every = [(name, seed) for name, network in known.items() for seed in network.seed_range]
    if not 1 <= count <= len(every):
        raise UserError(f"--runs {count} is not allowed; allowed: 1 to {len(every)}")
    print(f"audit: {count} of {len(every)} runs, the sample drawn with --draw {draw}", flush=True)
    drawn = np.random.default_rng(abs(draw)).permutation(len(every))[:count]
    chosen = [every[number] for number in sorted(drawn)]
    runs = train_runs([Job(known[name], seed) for name, seed in chosen], "audit")
    different = set()
    for (name, seed), trained in zip(chosen, runs, strict=True):
        for kind in ("seeds", "runs", "gradients"):  # each has rows of one run
            rows = files.csv_text(tables.TABLES[kind]([trained])).splitlines()[1:]
            lines = files.read_text(tables.path(kind, name)).splitlines()
            if rows != [line for line in lines if line.startswith(f"{seed},")]:
                print(f"{name}, seed {seed}: differs in {kind}", flush=True)
                different.add((name, seed))
    share = 1 - (1 - CONFIDENCE) ** (1 / count)
    sure = f"with {CONFIDENCE:.0%} confidence fewer than {share:.1%} of all runs could differ"
    bad = f"{len(different)} of {count} runs are not as published"
    print(f"audit: {bad if different else f'all bits of these runs are equal; {sure}'}")
    return not different


def main() -> None:
    """Compare or audit, and exit with 1 where anything differs."""
    parser = argparse.ArgumentParser(description="Compare this folder with what is published.")
    parser.add_argument("revision", nargs="?", default="HEAD", help="default: the last commit")
    parser.add_argument("--runs", type=int, help="train so many of the published runs again")
    parser.add_argument(
        "--draw", type=int, default=np.random.default_rng().integers(10**6), help="which of them"
    )
    given = parser.parse_args()
    sys.exit(not (verify(given.revision) if given.runs is None else audit(given.runs, given.draw)))


if __name__ == "__main__":
    run(main)
