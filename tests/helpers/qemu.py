"""Other processors, emulated by qemu's user mode, and other Pythons: for tests of equal bits."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools import need, need_program

LOCK = Path(__file__).parents[2] / "requirements.txt"
# What src/normalize.py and src/train.py import.
PACKAGES = (
    *("numpy", "threadpoolctl", "joblib", "cloudpickle", "ruamel-yaml", "tqdm", "filelock"),
    *("pydantic", "pydantic-core", "annotated-types", "typing-extensions", "typing-inspection"),
    *("scipy", "scikit-learn", "narwhals"),  # for the table of confusions
)
UV = shutil.which("uv")
# The C library and Python of Debian's other architecture, with what NumPy's wheel links to.
DEBIAN = ("python3-minimal", "libpython3-stdlib", "libstdc++6")


def emulator(architecture: str) -> str:
    """qemu's user mode for `architecture` ("x86_64" or "aarch64")."""
    names = (f"qemu-{architecture}-static", f"qemu-{architecture}")
    return need_program(*names, package="qemu-user-static")


def install(folder: Path, python: str, machine: str = "") -> Path:
    """Install PACKAGES, locked, into `folder` for the Python "3.x" of a machine ("aarch64")."""
    blocks = re.split(r"\n(?=\S)", LOCK.read_text())
    wanted = [block for block in blocks if block.split("==")[0] in PACKAGES]
    assert len(wanted) == len(PACKAGES), wanted
    lock = folder.with_suffix(".txt")
    lock.write_text("\n".join(wanted))
    options = [f"--python-version={python}", "--require-hashes", "-r", str(lock)]
    if machine and UV:
        options += [f"--python-platform={machine}-manylinux_2_28"]
    elif machine:
        options += [f"--platform=manylinux_2_{minor}_{machine}" for minor in (28, 17)]
    pip(folder, *options)
    return folder


def pip(folder: Path, *arguments: str) -> None:
    """Install wheels into `folder`, without what they depend on; by uv, where there is one."""
    uv, pip = [UV, "pip", "install"], [sys.executable, "-m", "pip", "install"]
    own = [*uv, "--python", sys.executable] if UV else [*pip, "--disable-pip-version-check"]
    options = ["--quiet", "--no-deps", "--only-binary=:all:", f"--target={folder}"]
    _need([*own, *options, *arguments])


def debian_root(folder: Path, architecture: str) -> Path:
    """Unpack Debian's Python for `architecture` ("arm64") into `folder`; nothing is installed.

    apt keeps its state in the folder too, so that neither root nor the system's own is needed.
    """
    state, archives = folder / "state", folder / "cache/archives"
    for made in (state / "lists/partial", archives / "partial", folder / "root"):
        made.mkdir(parents=True)
    (state / "status").touch()
    options = f"""
        -oAPT::Architecture={architecture} -oAPT::Architectures::={architecture}
        -oAPT::Install-Recommends=false -oAPT::Sandbox::User= -oAcquire::Languages=none
        -oDir::State={state} -oDir::State::status={state}/status -oDir::Cache={folder}/cache
    """
    apt = ["apt-get", "-qq", "-y", *options.split()]
    for command in (["update"], ["install", "--download-only", *DEBIAN]):
        _need([*apt, *command])
    for package in archives.glob("*.deb"):
        _need(["dpkg", "-x", str(package), str(folder / "root")])
    return folder / "root"


def _need(command: Sequence[str]) -> None:
    need(shutil.which(command[0]), command[0])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    need(not done.returncode, f"way to {' '.join(command)} ({done.stderr.strip()[-500:]})")


def pythons() -> dict[str, str]:
    """Every CPython from 3.11 on that is on this machine: its executable, by "3.x"."""
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    hosted = Path(os.environ.get("RUNNER_TOOL_CACHE", "/opt/hostedtoolcache"))
    places = [*home.glob("versions/*/bin"), *hosted.glob("Python/*/*/bin")]
    places += [Path(place) for place in os.environ["PATH"].split(os.pathsep)]
    ask = "import sys; v = sys.version_info; print(sys.implementation.name, v[0], v[1], v[3])"
    found = {}
    for path in (p for place in places for p in sorted(place.glob("python3.[0-9][0-9]"))):
        done = subprocess.run([path, "-c", ask], capture_output=True, text=True, check=False)
        match done.stdout.split():
            case ["cpython", "3", minor, "final"] if int(minor) >= 11:
                found.setdefault(f"3.{minor}", str(path))
    return found
