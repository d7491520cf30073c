"""The same bits whatever the workers, the caller's environment, the Python and the processor.

A small training on real images, run under each circumstance as a user would run it: its metrics,
plot data and weights must be the same, byte for byte.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import qemu
from projects import HERE, STAGES, copy_of, edit, make_project, one_line, results
from ruamel.yaml import YAML

import verify

pytestmark = pytest.mark.proof

OWN_VERSION = "{}.{}".format(*sys.version_info)
SRC = Path("src")  # of the project that a script runs in
# What src/train.py does for the network `train`, but for its table of confusions: on an emulated
# processor, scikit-learn takes longer to load than all else.
EMULATED = """
import command, numpy, datasets, models, results, seeds, settings
def main():
    datasets.check()
    network = settings.resolved("train")
    runs = seeds.train_seeds(network, "train", workers=1)
    results.publish("train", runs)
    layers = zip(*(run.weights for run in runs), strict=True)
    models.save([numpy.stack(layer) for layer in layers], network.activation)
command.run(main, stage=True)
"""
CONFUSION = "plots/confusion/train.csv"
# Weights after ten steps on another kind of processor: at most 6e-8 was measured.
WEIGHTS = 1e-5

only_x86 = pytest.mark.skipif(
    not IS_X86, reason=f"the bits are promised on x86-64; this is {platform.machine()}"
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A project ready to train. 1,100 images validate: a whole chunk and a part of one."""
    return prepare(tmp_path_factory.mktemp("bits") / "prepared", 1100, 3)


@pytest.fixture(scope="module")
def expected(prepared):
    """What one worker makes of it in the environment of the tests."""
    return trained(prepared, prepared.with_name("expected"))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A smaller project: emulated AVX2 is a thousand times slower than real."""
    return prepare(tmp_path_factory.mktemp("bits") / "tiny", 100, 1)


@pytest.fixture(scope="module")
def tiny_expected(tiny):
    """What this processor makes of it."""
    return trained(tiny, tiny.with_name("expected"), names=["train"])


def prepare(folder: Path, validation_images: int, seeds: int) -> Path:
    """A project with settings and data for 10 steps of `train`, with two layers, and of `plain`."""
    make_project(folder, ["plain"], 320, validation_images, seeds=seeds)
    edit(folder / "params.yaml", lambda params: params.update(hidden=[64, 64]))
    for stage in ("check_settings", "normalize"):
        run(folder, [sys.executable, SRC / f"{stage}.py"])
    (folder / "data/raw").rename(folder.with_name("raw"))
    (folder / "src/emulated.py").write_text(EMULATED)
    return folder


def ended(folder: Path, command: Sequence[str | Path], **options):
    """A command that has run in `folder` to its end."""
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, **options
    )


def run(folder: Path, command: Sequence[str | Path], **options) -> None:
    """Run a command that must succeed."""
    done = ended(folder, command, **options)
    assert done.returncode == 0, done.stdout + done.stderr


def trained(
    prepared: Path,
    folder: Path,
    python: Sequence[str | Path] = (sys.executable,),
    workers: int = 1,
    names: Sequence[str] = ("train", "plain"),
    **options,
) -> dict[str, bytes]:
    """Train in a copy of the project at `folder`; every file of results, by its path."""
    shutil.copytree(prepared, folder)
    for name in names:
        run(folder, [*python, SRC / "train.py", name, "--workers", str(workers)], **options)
    return with_model(folder)


def emulated(
    prepared: Path, folder: Path, python: Sequence[str | Path], **options
) -> dict[str, bytes]:
    """The same of `train` by an emulated Python, but for the table of confusions."""
    shutil.copytree(prepared, folder)
    run(folder, [*python, SRC / "emulated.py"], **options)
    return with_model(folder)


def with_model(folder: Path) -> dict[str, bytes]:
    """Every file of results and the weights, by its path."""
    return results(folder) | {"models/train.npz": (folder / "models/train.npz").read_bytes()}


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """The paths whose bytes are not the same in both."""
    return [path for path in one | other if one.get(path) != other.get(path)]


def test_the_number_of_workers_changes_no_bit(prepared, expected, tmp_path):
    """Three here; tests below have two."""
    assert len(expected) >= 13
    assert differing(trained(prepared, tmp_path / "project", workers=3), expected) == []


def test_the_callers_blas_and_numpy_settings_change_no_bit(prepared, expected, tmp_path):
    foreign = {
        "OPENBLAS_NUM_THREADS": "2",
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_CORETYPE": "Nehalem",
        "NPY_ENABLE_CPU_FEATURES": "AVX2",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3",
    }
    found = trained(prepared, tmp_path / "project", workers=2, env=os.environ | foreign)
    assert differing(found, expected) == []


@pytest.fixture
def another_user(tmp_path):
    """How a process is run for someone else: their environment, and files closed to others."""
    home = tmp_path / "home"
    (home / ".config/matplotlib").mkdir(parents=True)
    (home / ".config/matplotlib/matplotlibrc").write_text("lines.linewidth: 9\n")
    environment = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "LC_ALL": "tr_TR.UTF-8",
        "LANGUAGE": "tr",
        "TZ": "Pacific/Kiritimati",
        "PYTHONHASHSEED": "31337",
        "COLUMNS": "20",
        "MPLBACKEND": "svg",
        # The C library's exponentials and logarithms, in their version without FMA.
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F",
    }
    return {"env": os.environ | environment, "umask": 0o077}


@pytest.fixture
def strange_folder(tmp_path):
    return tmp_path / "a folder with spaces, æøå and 数字"


def test_training_in_another_users_folder_and_environment_changes_no_bit(
    prepared, expected, another_user, strange_folder
):
    found = trained(prepared, strange_folder, workers=2, **another_user)
    assert differing(found, expected) == []


def test_judging_and_reporting_in_another_users_environment_change_no_bit(
    prepared, expected, another_user, strange_folder, tmp_path
):
    # The published results of all networks, and a model of `train`, which is not in Git.
    finished = Path(shutil.copytree(prepared.with_name("expected"), tmp_path / "finished"))
    of_networks = ("metrics", "plots", "report", "claims", "variants.yaml", "params.yaml")
    copy_of(finished, *of_networks, "README.md", "dvc.yaml", ".dvc/plots", "figures.yaml")
    copy_of(finished, "grid.yaml")
    run(finished, [sys.executable, SRC / "draw_train.py"])
    shutil.copytree(finished, strange_folder)
    compared = []
    for name, stage in YAML(typ="safe").load(HERE / "dvc.yaml")["stages"].items():
        if name != "compare" and (name in STAGES or "src/seeds.py" in stage["deps"]):
            continue  # it trains, or comes before
        outs = [path for out in stage["outs"] for path in out]
        for path in outs:
            (strange_folder / path).unlink()
        run(strange_folder, [sys.executable, *stage["cmd"].split()[1:]], **another_user)
        for path in outs:
            assert (strange_folder / path).read_bytes() == (finished / path).read_bytes(), path
        compared += outs
    assert len(compared) > 15
    assert "report/report.md" in compared


def test_the_newest_other_python_here_gives_the_same_bits(prepared, expected, tmp_path):
    pythons = qemu.pythons()
    assert OWN_VERSION in pythons, "not even the Python that runs this test was found"
    of_train = {path: content for path, content in expected.items() if "plain" not in path}
    for version in sorted(pythons.keys() - {OWN_VERSION}, key=lambda name: int(name[2:]))[-1:]:
        packages = qemu.install(tmp_path / f"packages-{version}", version)
        python, env = [pythons[version], "-s"], os.environ | {"PYTHONPATH": str(packages)}
        found = trained(prepared, tmp_path / version, python, 2, ["train"], env=env)
        assert differing(found, of_train) == [], f"Python {version}"


@only_x86
@pytest.mark.parametrize("processor", ["Haswell", "EPYC"])
def test_an_emulated_processor_gives_the_same_bits(tiny, tiny_expected, tmp_path, processor):
    python = [qemu.emulator("x86_64"), "-cpu", processor, sys.executable]
    found = emulated(tiny, tmp_path / "project", python)
    assert differing(found, tiny_expected) == [CONFUSION]  # it is not there


@only_x86
def test_a_processor_without_avx2_is_refused_in_one_line(tiny):
    python = [qemu.emulator("x86_64"), "-cpu", "SandyBridge", sys.executable]
    done = ended(tiny, [*python, SRC / "train.py"])
    lines = [line for line in done.stderr.splitlines() if not line.startswith("qemu")]
    assert done.returncode == 1
    assert len(lines) == 1
    assert "this processor lacks AVX2 or FMA" in lines[0]
    assert not (tiny / "models").exists()


@only_x86
def test_another_numpy_is_refused_in_one_line(tiny, tmp_path):
    qemu.pip(tmp_path, "numpy==2.3.5")
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    line = one_line(ended(tiny, [sys.executable, SRC / "train.py"], env=env))
    assert "is NumPy 2.3.5 the one of requirements.txt?" in line


@only_x86
def test_verify_finds_an_emulated_aarch64_within_tolerance(
    tiny, tiny_expected, tmp_path, monkeypatch
):
    root = qemu.debian_root(tmp_path / "debian", "arm64")
    executable = next((root / "usr/bin").glob("python3.*"))
    version = executable.name.removeprefix("python")
    packages = qemu.install(tmp_path / "packages", version, "aarch64")
    python = [qemu.emulator("aarch64"), "-L", root, executable, "-s"]
    env = os.environ | {"PYTHONPATH": str(packages)}
    unprepared = Path(shutil.copytree(tiny, tmp_path / "unprepared"))
    shutil.rmtree(unprepared / "data/normalized")
    (unprepared / "data/raw").symlink_to(tiny.with_name("raw"))
    run(unprepared, [*python, SRC / "normalize.py"], env=env)
    (unprepared / "data/raw").unlink()
    emulated(unprepared, tmp_path / "project", python, env=env)
    monkeypatch.chdir(tmp_path / "project")
    published = {"data/normalized": verify.dvc_md5(str(tiny / "data/normalized"))}
    published |= {path: text for path, text in tiny_expected.items() if path != CONFUSION}
    findings = [verify.examine(*output, False, exact=False) for output in published.items()]
    good, text = verify.verdict(findings)
    assert good, findings
    assert text.startswith("within tolerance"), "not another arithmetic: nothing was tested"
    weights, ours = (
        np.load(folder / "models/train.npz")
        for folder in (tiny.with_name("expected"), tmp_path / "project")
    )
    layers = [name for name in weights if name.startswith("layer")]
    assert len(layers) == 3
    for name in layers:
        assert np.abs(weights[name] - ours[name]).max() < WEIGHTS
