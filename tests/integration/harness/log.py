"""A process's stderr, line by line, with the moment each line was read."""

import calendar
import collections
import re
import threading
import time

Line = collections.namedtuple("Line", "read_ns text")

# 2026-11-22T03:12:00.123Z checker warning: check www-eu (http://...): up -> down: why (was up for 3m)
FLIP = re.compile(r"check (?P<id>\S+) \(.*?\): (?P<old>[a-z]+) -> (?P<new>[a-z]+): ")
STAMP = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{3})Z ")


def stamp_ns(text):
    """The real time a line was written, in nanoseconds, known to the millisecond."""
    match = STAMP.match(text)
    assert match, f"a line without a time: {text}"
    seconds = calendar.timegm(time.strptime(match[1], "%Y-%m-%dT%H:%M:%S"))
    return (seconds * 1000 + int(match[2])) * 1_000_000


def flip(check_id, old, new):
    """The pattern of the log line of a change of state."""
    return rf"check {re.escape(check_id)} \(.*?\): {old} -> {new}: "


class Log:
    """Reads a pipe in a thread of its own until it ends. Positions count lines."""

    def __init__(self, pipe):
        self.lines = []
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def _read(self, pipe):
        for raw in pipe:
            line = Line(time.time_ns(), raw.decode(errors="replace").rstrip("\n"))
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()
        pipe.close()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def mark(self):
        """The position behind the newest line, for wait(after=...)."""
        return len(self.lines)

    def text(self, last=200):
        """The newest lines."""
        return "\n".join(line.text for line in self.lines[-last:])

    def find(self, pattern, after=0):
        """Every line from a position on that the pattern is found in."""
        return [line for line in self.lines[after:] if re.search(pattern, line.text)]

    def wait(self, pattern, deadline_s, after=0):
        """The first such line; fails after the deadline, or when the log ends without it."""
        end = time.monotonic() + deadline_s
        position = after
        with self._changed:
            while True:
                for line in self.lines[position:]:
                    if re.search(pattern, line.text):
                        return line
                position = len(self.lines)
                left = end - time.monotonic()
                if self._ended or left <= 0:
                    why = "log ended" if self._ended else f"not within {deadline_s} s"
                    raise AssertionError(f"{why}: log line /{pattern}/\n{self.text()}")
                self._changed.wait(left)

    def join(self, deadline_s):
        self._thread.join(deadline_s)
        assert not self._thread.is_alive(), "stderr is still open: a process is left"
