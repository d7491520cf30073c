"""The claims are those of the commit that claims/protocol.yaml names, from before the seeds that
decide were trained; only an entry that says so in `since_freeze` may differ."""

from pathlib import Path

import pytest
from projects import run

from judging.claims import PROTOCOL, read_protocol

PROJECT = Path(__file__).parents[2]


def entries(text: str) -> dict[str, str]:
    """The text of a file of claims: each entry by its id, and by "" what stands before them."""
    head, *rest = text.split("\n- id: ")
    return {"": head} | {entry.partition("\n")[0]: entry.rstrip() for entry in rest}


def undeclared(then: str, now: str) -> list[str]:
    """What has changed in a file, or is gone from it, and does not say so."""
    old, new = entries(then), entries(now)
    changed = [name for name in old | new if old.get(name) != new.get(name)]
    silent = (name for name in changed if "\n  since_freeze: " not in new.get(name, ""))
    return [name for name in silent if name or then]  # a new file has a head of its own


def unfrozen(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("frozen:"))


def git(*arguments: str) -> str:
    done = run(PROJECT, "git", *arguments)
    if done.returncode:
        way = "`git fetch --unshallow` brings the history of a shallow clone"
        pytest.fail(f"git {' '.join(arguments)}: {done.stderr.strip()}; {way}")
    return done.stdout


if (PROJECT / ".git").exists():  # a copy of the tests has no history, and nothing to compare with

    def test_the_claims_are_as_they_were_frozen_but_for_what_says_so(
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.chdir(PROJECT)
        commit = read_protocol().frozen
        assert commit, f"{PROTOCOL} names no commit"
        before = git("ls-tree", "-r", "--name-only", commit, "claims/").splitlines()
        silent = []
        for path in {*before, *(str(path) for path in Path("claims").glob("*.yaml"))}:
            then = git("show", f"{commit}:{path}") if path in before else ""
            now = Path(path).read_text() if Path(path).exists() else ""
            if path == str(PROTOCOL):
                then, now = unfrozen(then), unfrozen(now)
            silent += [f"{path}: {name or 'its head'}" for name in undeclared(then, now)]
        assert not silent, f"changed since {commit}, without a word in since_freeze: {silent}"


def test_a_change_is_seen_unless_it_says_so() -> None:
    then = "report: A\nclaims:\n- id: a\n  margin: 0\n\n- id: b\n  margin: 0\n"
    late = "\n- id: c\n  margin: 0\n"
    said = "  since_freeze: why\n"
    assert undeclared(then, then) == []
    assert undeclared(then, then.replace("0\n\n", "1\n\n")) == ["a"]
    assert undeclared(then, then.replace("0\n\n", f"1\n{said}\n")) == []
    assert undeclared(then, then.replace("report: A", "report: B")) == [""]
    assert undeclared(then, then.partition("\n- id: b")[0]) == ["b"]
    assert undeclared(then, then + late) == ["c"]
    assert undeclared(then, then + late + said) == []
    assert undeclared("", "report: C\nclaims:" + late + said) == []
