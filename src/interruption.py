"""A stage that is told to end does so in one line, and takes its worker processes with it."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

POLL_SECONDS = 0.5


@contextmanager
def one_line(name: str) -> Iterator[None]:
    """End the stage `name` in one line on SIGINT (Ctrl-C) and on SIGTERM, here both the same."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(f"{name}: interrupted before its end; `dvc repro` runs it again")
    finally:
        # Python goes on for a moment to join threads, and would ignore an interrupt meanwhile.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)


@cache  # once a process: a thread for each task would be too many for a worker that lives long
def end_with_parent() -> None:
    """In a worker process: see that it ends within a second of its parent, however that ends.

    A killed stage cannot tell its workers. They would go on to the end of their task, and then
    wait minutes for the next.
    """
    parent = multiprocessing.parent_process()
    if parent and parent.pid:
        threading.Thread(target=_follow, args=(parent.pid,), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    os._exit(1)
