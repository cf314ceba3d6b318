"""Processes as /proc shows them. Everything ends by its pid."""

import ctypes
import os
import signal

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    """Makes every orphan below this process its child, so that nothing a test started can hide."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def stat(pid):
    """(comm, state, parent's pid) of a process, or None if there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            text = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    comm = text[text.index("(") + 1:text.rindex(")")]
    state, parent = text[text.rindex(")") + 2:].split()[:2]
    return comm, state, int(parent)


def alive(pid):
    seen = stat(pid)
    return seen is not None and seen[1] not in "ZX"


def title(pid):
    """The command line as ps shows it."""
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read().rstrip(b"\0").replace(b"\0", b" ").decode()


def children(parent):
    """{pid: comm} of the living children of a process."""
    found = {}
    for entry in os.listdir("/proc"):
        seen = stat(entry) if entry.isdigit() else None
        if seen is not None and seen[2] == parent and seen[1] not in "ZX":
            found[int(entry)] = seen[0]
    return found


def end_children():
    """Kills and reaps whatever is still below this process; returns what it was."""
    ended = {}
    while True:
        left = children(os.getpid())
        if not left:
            return ended
        ended.update(left)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
