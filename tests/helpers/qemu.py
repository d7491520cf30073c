"""An aarch64 processor, emulated by qemu's user mode, with a Python and the project's packages."""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from packaging.requirements import Requirement
from tools import need, need_program

LOCK = Path(__file__).parents[2] / "requirements.txt"
UV = shutil.which("uv")
# The C library and Python of Debian, with what NumPy's wheel links to.
DEBIAN = ("python3-minimal", "libpython3-stdlib", "libstdc++6")
SOURCE = "deb [trusted=yes] http://deb.debian.org/debian bookworm main"
PYTHON = "3.11"  # of this Debian
TARGET = {"python_version": PYTHON, "python_full_version": f"{PYTHON}.2"}


def aarch64_python(folder: Path, packages: Sequence[str]) -> list[str]:
    """Put an aarch64 Python and these locked packages into `folder`; return how it is called."""
    names = ("qemu-aarch64-static", "qemu-aarch64")
    emulator = need_program(*names, package="qemu-user-static")
    root, site = debian_root(folder / "debian"), folder / "site"
    install(site, packages)
    libraries = ":".join(str(path) for path in site.glob("*.libs"))
    settings = {"PYTHONPATH": str(site), "LD_LIBRARY_PATH": libraries}
    options = [option for pair in settings.items() for option in ("-E", "=".join(pair))]
    return [emulator, "-L", str(root), *options, str(root / f"usr/bin/python{PYTHON}")]


def install(folder: Path, packages: Sequence[str]) -> None:
    """Install the locked wheels of these packages for aarch64, without what they depend on."""
    wanted = {}
    for block in re.split(r"\n(?=\S)", LOCK.read_text()):
        line, hashes = block.partition(" \\")[::2]
        requirement = Requirement(line)
        # pip would ask the marker about the Python that it runs by.
        if requirement.name in packages and (
            not requirement.marker or requirement.marker.evaluate(TARGET)
        ):
            wanted[requirement.name] = f"{line.partition(' ;')[0]} \\{hashes}"
    assert wanted.keys() == set(packages)
    lock = folder.with_suffix(".txt")
    lock.write_text("\n".join(wanted.values()))
    own = [
        UV,
        "pip",
        "install",
        "--python",
        sys.executable,
        "--python-platform=aarch64-manylinux_2_28",
    ]
    platforms = [f"--platform=manylinux_2_{minor}_aarch64" for minor in (28, 27, 17)]
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *platforms]
    options = ["--quiet", "--no-deps", "--only-binary=:all:", f"--python-version={PYTHON}"]
    _need([*(own if UV else pip), *options, f"--target={folder}", "--require-hashes", "-r", lock])


def debian_root(folder: Path) -> Path:
    """Unpack Debian's Python for aarch64 into `folder`; nothing is installed.

    apt keeps its state in the folder too, so that neither root nor the system's own is needed.
    """
    state, archives = folder / "state", folder / "cache/archives"
    for made in (state / "lists/partial", archives / "partial", folder / "root"):
        made.mkdir(parents=True)
    (state / "status").touch()
    (folder / "sources.list").write_text(SOURCE)
    options = f"""
        -oAPT::Architecture=arm64 -oAPT::Architectures::=arm64 -oAPT::Sandbox::User=
        -oAPT::Install-Recommends=false -oAcquire::Languages=none
        -oDir::Etc::sourcelist={folder}/sources.list -oDir::Etc::sourceparts=-
        -oDir::State={state} -oDir::State::status={state}/status -oDir::Cache={folder}/cache
    """
    apt = ["apt-get", "-qq", "-y", *options.split()]
    for command in (["update"], ["install", "--download-only", *DEBIAN]):
        _need([*apt, *command])
    for package in archives.glob("*.deb"):
        _need(["dpkg", "-x", package, folder / "root"])
    return folder / "root"


def _need(command: Sequence[str | Path]) -> None:
    need(shutil.which(command[0]), str(command[0]))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    need(
        not done.returncode, f"way to {' '.join(map(str, command))} ({done.stderr.strip()[-500:]})"
    )
