"""What was frozen before the seeds were trained on which verdicts rest, is as it was then.

Of claims/, variants.yaml and grid.yaml no entry has changed, unless it says so in `since_freeze`;
new ones may come. At that commit no such seed had been published.
"""

from pathlib import Path

import pytest
from projects import run
from ruamel.yaml import YAML

PROJECT = Path(__file__).parents[2]
LOAD = YAML(typ="safe", pure=True).load
FROZEN = LOAD(PROJECT / "claims/protocol.yaml")["frozen"]


def entries(content):
    """The parsed entries of a file, each by a name of its own; comments are none."""
    found = {}
    for key, value in content.items():
        if key in ("claims", "without_verdict"):
            found |= {one["id"]: one for one in value}
        elif key in ("variants", "crossed", "added"):
            found |= {f"{key}: {name}": one for name, one in value.items()}
        elif key != "frozen":
            found[key] = value
    return found


def git(*arguments):
    done = run(PROJECT, "git", *arguments)
    if done.returncode:
        way = "`git fetch --unshallow` brings the history of a shallow clone"
        pytest.fail(f"git {' '.join(arguments)}: {done.stderr.strip()}; {way}")
    return done.stdout


if (PROJECT / ".git").exists():  # a copy of the tests has no history, and nothing to compare with

    def test_no_entry_has_changed_since_the_freeze_without_a_word():
        files = git("ls-tree", "-r", "--name-only", FROZEN, "claims", "variants.yaml", "grid.yaml")
        for file in files.split():
            now = entries(LOAD(PROJECT / file))
            for name, entry in entries(LOAD(git("show", f"{FROZEN}:{file}"))).items():
                assert now[name] == entry or now[name].get("since_freeze"), name

    def test_no_judged_seed_had_been_published_at_the_freeze():
        first = LOAD(PROJECT / "variants.yaml")["protocol"]["first_seed"]
        for name in git("ls-tree", "-r", "--name-only", FROZEN, "plots/seeds").split():
            header, *rows = git("show", f"{FROZEN}:{name}").splitlines()
            assert header.startswith("seed,")
            assert all(int(row.partition(",")[0]) < first for row in rows), name
