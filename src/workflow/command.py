"""The one way in and out of every script.

`run(main)` works in the script's own project, wherever the script was started, and turns whatever
ends it early into one line and a non-zero status.
"""

import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from pathlib import Path

import filelock

ROOT = Path(__file__).absolute().parents[2]
LOCKS = Path("build/locks")
held: list[filelock.BaseFileLock] = []  # a lock that nothing refers to would be released


class UserError(Exception):
    """What a user can mend: the message says in one line what is wrong, where, what is allowed."""


def run(main: Callable[[], None], *, stage: bool = False) -> None:
    """Run a script's `main`, and end with status 0, or with one line and status 1.

    SIGTERM counts as Ctrl-C. stage: one process at a time, since a stage outlives a killed `dvc`,
    and the next `dvc repro` would start it a second time beside the first.
    """
    name = Path(sys.argv[0]).stem
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may know ASCII alone
    try:
        os.chdir(ROOT)
        if stage:
            _wait_for_others(name)
        main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(f"{name}: interrupted before its end; the same command runs it again")
    except BrokenExecutor:  # by a person, a limit of time, or a system short of memory
        sys.exit(f"{name}: a worker process was killed; nothing was written")
    except BrokenPipeError:  # nobody reads any more, as after `| head`
        sys.exit(1)
    except (UserError, OSError, MemoryError) as error:
        sys.exit(f"{name}: {printable(str(error)) or 'out of memory'}")
    finally:
        _give_up_output()
        # Python goes on for a moment to join threads, and would ignore an interrupt meanwhile.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)


def printable(text: str) -> str:
    """Return `text` with its control characters escaped, but for line feeds."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def _wait_for_others(name: str) -> None:
    """Hold the lock of this stage until the process ends, however it ends."""
    LOCKS.mkdir(parents=True, exist_ok=True)
    held.append(filelock.FileLock(LOCKS / f"{name}.lock"))
    try:
        held[-1].acquire(blocking=False)
    except filelock.Timeout:
        print(f"{name}: waiting for another process that still runs this stage", flush=True)
        held[-1].acquire()


def _give_up_output() -> None:
    """Let what a full disk or a closed pipe refused go, or Python would fail over it once more."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
