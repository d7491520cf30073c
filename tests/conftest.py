"""Shared by all tests: how long fuzzing goes on; and nothing is left outside of pytest's folder.

A small project with its results is made once, for all that begin with one.
"""

import os
import signal
import tempfile

import pytest
from filelock import FileLock
from hypothesis import settings
from projects import commit, dvc, make_project

settings.register_profile("default", deadline=None, derandomize=True)  # no test depends on luck
settings.register_profile("proof", deadline=None, max_examples=3_000)
settings.load_profile("default")

# A shell starts its background jobs with Ctrl-C ignored, and whatever these start inherits that:
# then no test could interrupt anything. Programs that are started from here get the default again.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def own_folder(tmp_path_factory):
    """Send to pytest's folder what Python, pip and DVC would put elsewhere."""
    folder = str(tmp_path_factory.mktemp("elsewhere"))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("TMPDIR", "DVC_SITE_CACHE_DIR", "DVC_GLOBAL_CONFIG_DIR"):
            patch.setenv(name, folder)
        patch.setenv("DVC_NO_ANALYTICS", "1")
        patch.setattr(tempfile, "tempdir", None)
        yield


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """A small project of real `dvc`, its results committed: to be copied, not to be changed.

    All workers of pytest-xdist share it.
    """
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    project, done = base / "published", base / "published.done"
    with FileLock(base / "published.lock"):
        if not done.exists():
            make_project(project)
            dvc(project, "repro")
            commit(project, "Results")
            done.touch()
    return project
