"""One process at a time a stage: a lock that ends with its holder, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCKS = Path("build/locks")


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Hold the lock `name`; wait, with a word, while another process has it.

    A stage outlives a killed `dvc`. Without this, the next `dvc repro` would start it a second time
    beside the first, and both would write.
    """
    LOCKS.mkdir(parents=True, exist_ok=True)
    with open(LOCKS / f"{name}.lock", "a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            print(f"{name}: waiting for process {holder}, which still runs this stage", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
