"""The tests themselves: none leaves anything outside of pytest's folder."""

import re
import sys
from pathlib import Path

import pytest
from projects import HERE, must


@pytest.mark.proof
def test_tests_that_start_pip_dvc_and_workers_leave_nothing_behind(tmp_path):
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    files = ("tests/test_sources.py", "tests/test_plots_page.py", "tests/test_seeds.py")
    words = ("-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'own'}", *files)
    chosen = "wheel or registry or one_file or killed"
    # Without rustup: pip asks it for a version, and it writes to the home.
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    places = {"HOME": str(home), "TMPDIR": str(temporary), "PATH": path}
    passed = must(HERE, "python", "-m", "pytest", *words, "-k", chosen, **places)
    assert int(re.search(r"(\d+) passed", passed)[1]) >= 5
    assert [*home.rglob("*"), *temporary.rglob("*")] == []
