"""The same bits on another processor: compiled for one of 2008, and on an emulated ARM."""

import platform
import sys

import pytest
from packaging.requirements import Requirement
from projects import HERE, copy_of, must
from ruamel.yaml import YAML
from tools import need_program

pytestmark = pytest.mark.proof

OTHERS = "import sys; sys.path[:0] = 'src', 'tests/helpers'; import bits; print(bits.others())"
# What training needs, and then what src/judge.py, draw.py and report.py import.
PACKAGES = (
    *("numpy", "numba", "llvmlite"),
    *("annotated-types", "contourpy", "cycler", "filelock", "fonttools", "jinja2", "kiwisolver"),
    *("markupsafe", "matplotlib", "packaging", "pillow", "pydantic", "pydantic-core", "pyparsing"),
    *("python-dateutil", "ruamel-yaml", "scipy", "six", "typing-extensions", "typing-inspection"),
)
# Debian's Python for ARM, and what NumPy's wheel links to.
SOURCE = "deb [trusted=yes] http://deb.debian.org/debian bookworm main"
DEBIAN = ("python3-minimal", "libpython3-stdlib", "libstdc++6")
TARGET = {"python_version": "3.11", "python_full_version": "3.11.2"}


@pytest.mark.skipif(
    platform.machine() != "x86_64", reason="only an x86-64 runs code for Nehalem, which is one"
)
def test_a_processor_of_2008_gives_the_same_bits():
    """Nehalem has neither AVX nor fused multiply-add, which is then done in software."""
    old = {"NUMBA_CPU_NAME": "nehalem", "NUMBA_CPU_FEATURES": ""}
    assert must(HERE, "python", "-c", OTHERS, **old) == "[]\n"


@pytest.fixture(scope="module")
def aarch64(tmp_path_factory):
    """How an aarch64 Python with the project's packages is called here."""
    if platform.machine() in ("aarch64", "arm64"):
        pytest.skip("this machine is an ARM, so `make reproduce` itself shows its bits")
    names = ("qemu-aarch64-static", "qemu-aarch64")
    emulator = need_program(*names, package="qemu-user-static")
    need_program("apt-get", package="apt")
    folder = tmp_path_factory.mktemp("aarch64")
    unpack_debian(folder)
    install_wheels(folder)
    libraries = ":".join(str(path) for path in (folder / "site").glob("*.libs"))
    settings = (f"PYTHONPATH={folder / 'site'}", f"LD_LIBRARY_PATH={libraries}")
    options = [option for setting in settings for option in ("-E", setting)]
    return [emulator, "-L", f"{folder}/root", *options, f"{folder}/root/usr/bin/python3.11"]


def unpack_debian(folder):
    """Unpack Debian's Python into `folder`/root; apt keeps its state beside it, and needs no right
    of root's."""
    for name in ("state/lists/partial", "cache/archives/partial", "root"):
        (folder / name).mkdir(parents=True)
    (folder / "state/status").touch()
    (folder / "sources.list").write_text(SOURCE)
    options = f"""
        -oAPT::Architecture=arm64 -oAPT::Architectures::=arm64 -oAPT::Sandbox::User=
        -oAPT::Install-Recommends=false -oAcquire::Languages=none
        -oDir::Etc::sourcelist={folder}/sources.list -oDir::Etc::sourceparts=-
        -oDir::State={folder}/state -oDir::State::status={folder}/state/status
        -oDir::Cache={folder}/cache
    """
    for command in (["update"], ["install", "--download-only", *DEBIAN]):
        must(folder, "apt-get", "-qq", "-y", *options.split(), *command)
    for package in (folder / "cache/archives").glob("*.deb"):
        must(folder, "dpkg", "-x", str(package), "root")


def install_wheels(folder):
    """Install the locked wheels for aarch64 into `folder`/site."""
    entries = (HERE / "requirements.txt").read_text().replace("\\\n", "").splitlines()
    wanted = []
    for entry in filter(None, entries):
        words = entry.split(" --hash")
        one = Requirement(words[0])
        # pip would ask the marker about the Python that it runs by.
        if one.name in PACKAGES and (not one.marker or one.marker.evaluate(TARGET)):
            wanted.append(" --hash".join([f"{one.name}{one.specifier}", *words[1:]]))
    assert len(wanted) == len(PACKAGES)
    (folder / "lock.txt").write_text("\n".join(wanted))
    platforms = [f"--platform=manylinux_2_{minor}_aarch64" for minor in (28, 27, 17)]
    options = ("--no-deps", "--only-binary=:all:", "--python-version=3.11", "--target=site")
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-rlock.txt")
    must(folder, *pip, *options, *platforms)


def test_an_arm_trains_to_the_same_bits(aarch64):
    assert must(HERE, *aarch64, "-c", OTHERS) == "[]\n"


@pytest.mark.parametrize("stage", ["judge", "draw", "report"])
def test_an_arm_writes_the_published_files(stage, aarch64, tmp_path):
    """Byte for byte, from the published tables."""
    settings = [path.name for path in HERE.glob("*.yaml")]
    copy_of(tmp_path, "metrics", "plots", "report", "claims", ".dvc/plots", "src", *settings)
    outs = YAML(typ="safe").load(HERE / "dvc.yaml")["stages"][stage]["outs"]
    paths = [tmp_path / path for out in outs for path in out]
    written = [file for path in paths for file in (path, *path.rglob("*")) if file.is_file()]
    assert written
    for file in written:
        file.unlink()
    must(tmp_path, *aarch64, f"src/{stage}.py", MPLCONFIGDIR=str(tmp_path))
    for file in written:
        published = HERE / file.relative_to(tmp_path)
        assert file.read_bytes() == published.read_bytes(), published
