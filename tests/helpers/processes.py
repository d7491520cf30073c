"""What runs in a session, by /proc: for tests that look for processes left behind."""

import ctypes
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

PR_CAPBSET_DROP = 24  # of Linux: give up a capability for good
CAP_DAC_OVERRIDE = 1  # what lets root write to read-only folders


def members(session: int) -> dict[int, str]:
    """Command lines of the living processes of a session, by process number."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, own_session, *_ = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            if int(own_session) == session and state != "Z":
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:  # it has just ended
            continue
    return found


def workers(session: int) -> list[int]:
    """Process numbers of the workers in a session."""
    return [number for number, command in members(session).items() if "spawn_main" in command]


def wait_until(what: Callable[[], object], seconds: float = 120, pause: float = 0.02) -> bool:
    """Whether `what` comes true in time; it is asked every `pause` seconds."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True


def end(session: int) -> None:
    """Kill whatever still runs in a session that a test has started."""
    for number in members(session):
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            continue


def obey_permissions() -> None:
    """In a process about to run: let root be refused what its files do not allow."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl:  # it matters to root only, and is refused to others
        prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)
