"""Tools that are not in every environment: tests that need them are skipped, but not in CI."""

import hashlib
import importlib.util
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest
from projects import must


def need(there: Any, what: str) -> Any:
    """Give back what is there; else skip the test, or fail it where CI promises everything."""
    if not there:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"there is no {what} here")
    return there


def need_module(name: str) -> None:
    """Need a package of requirements-proof.txt."""
    need(importlib.util.find_spec(name), f"{name} (`make proof` installs it)")


def need_program(*names: str, package: str) -> str:
    """Need one of these programs, which a package of Debian has; its path."""
    found = next(filter(None, map(shutil.which, names)), None)
    return need(found, f"{names[0]} (on Debian: apt-get install {package})")


def npm_file(folder: Path, package: str, path: str, sha256: str) -> bytes:
    """A file of a package of npm, `name@version`, which is put into `folder`; need npm for it."""
    need_program("npm", package="npm")
    packed = must(folder, "npm", "pack", "--silent", "--ignore-scripts", package).strip()
    with tarfile.open(folder / packed) as content:
        found = content.extractfile(f"package/{path}").read()
    assert hashlib.sha256(found).hexdigest() == sha256, package
    return found
