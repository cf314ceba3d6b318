"""Waiting for a condition with a deadline: the one place where a test may sleep."""

import time

POLL_S = 0.005


def wait_for(condition, deadline_s, what):
    """Polls until condition() is true and returns its value; fails the test after the deadline.

    An OSError of the condition means "not yet": a process that is starting refuses connections."""
    end = time.monotonic() + deadline_s
    while True:
        try:
            value = condition()
        except OSError:
            value = None
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s} s: {what}")
        time.sleep(POLL_S)
