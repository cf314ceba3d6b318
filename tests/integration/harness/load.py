"""A steady load of UDP queries that accounts for every single one.

The sender is this same file run as a program of its own, so that the test's own work does not hold it
up. Each query is sent once, never again; each reply is matched by socket, id and question. A query
without a reply DRAIN_S after the last one was sent is lost, but for those that the responder says it has shed: where
the machine stalls, queries that have waited for too long are dropped on purpose, and counted.
"""

import collections
import json
import pathlib
import select
import signal
import socket
import subprocess
import sys
import time

import dns.message
import dns.name
import dns.rcode

SOCKETS = 8  # source ports, so that the kernel spreads the load over all workers
BURST_MAX = 64  # queries sent at once to catch up after this process stood still
TICK_S = 0.001
DRAIN_S = 3
RECEIVE_BUFFER = 4 << 20

# answers: {name: {answer: how often}}; first_ns: {name: {answer: real time it first arrived}}.
Report = collections.namedtuple("Report",
                                "sent lost shed unexpected slowest_ms seconds answers first_ns")


def shed_by(daemon):
    stats = daemon.ctl_json("stats")
    return stats["stale"] + stats["overflow"]


class Load:
    """with Load(daemon, rate, names) as load: ...; load.report is there afterwards."""

    def __init__(self, daemon, rate, names, host="127.0.0.1"):
        self._command = [sys.executable, str(pathlib.Path(__file__).resolve()), host,
                         str(daemon.port), str(rate), *names]
        self._daemon, self._shed = daemon, 0
        self._process = None
        self.report = None

    def __enter__(self):
        self._shed = shed_by(self._daemon)
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)
        assert self._process.stdout.readline() == "running\n"
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            self._process.kill()
        output, _ = self._process.communicate("", timeout=30)  # the end of its input stops it
        if kind is not None:
            return
        assert self._process.returncode == 0
        fields = json.loads(output)
        for key in ("answers", "first_ns"):
            fields[key] = {name: {tuple(answer): value for answer, value in rows}
                           for name, rows in fields[key].items()}
        fields["shed"] = max(0, shed_by(self._daemon) - self._shed)
        fields["lost"] = max(0, fields["lost"] - fields["shed"])
        self.report = Report(**fields)
        print(f"load: {self.report.sent} queries in {self.report.seconds:.1f} s, {self.report.lost} lost,"
              f" {self.report.shed} shed, slowest {self.report.slowest_ms:.1f} ms")


class Sender:
    def __init__(self, host, port, names):
        self.questions = [(name, dns.message.make_query(name, "A", id=0).to_wire()[2:])
                          for name in names]
        self.sockets = [self._connect(host, port) for _ in range(SOCKETS)]
        self.waiting = {}  # (socket's number, id) -> (name, when it was sent)
        self.seen = {name: {} for name in names}  # reply without its id -> [count, first arrival]
        self.sent = self.unexpected = 0
        self.slowest_s = 0.0
        self.poll = select.poll()
        self.by_fd = {}
        for number, sock in enumerate(self.sockets):
            self.by_fd[sock.fileno()] = (number, sock)
            self.poll.register(sock, select.POLLIN)

    @staticmethod
    def _connect(host, port):
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sock.setblocking(False)
        sock.connect((host, port))
        return sock

    def send_one(self):
        number = self.sent % SOCKETS
        ident = self.sent // SOCKETS & 0xffff
        name, question = self.questions[self.sent % len(self.questions)]
        assert (number, ident) not in self.waiting, "ids have run out: too many queries are waiting"
        self.waiting[number, ident] = (name, time.monotonic())
        self.sent += 1
        try:
            self.sockets[number].send(ident.to_bytes(2, "big") + question)
        except ConnectionRefusedError:
            pass  # an earlier query met no socket; this one was not sent, and will count as lost

    def receive(self, wait_s):
        for fd, _ in self.poll.poll(wait_s * 1000):
            number, sock = self.by_fd[fd]
            while True:
                try:
                    reply = sock.recv(65535)
                except BlockingIOError:
                    break
                except ConnectionRefusedError:
                    continue
                self.take(number, reply)

    def take(self, number, reply):
        name, sent_at = self.waiting.pop((number, int.from_bytes(reply[:2], "big")), (None, 0))
        if name is None:
            self.unexpected += 1
            return
        self.slowest_s = max(self.slowest_s, time.monotonic() - sent_at)
        self.seen[name].setdefault(reply[2:], [0, time.time_ns()])[0] += 1

    def run(self, rate, stop):
        """Sends at the rate until stop() is true, then waits for what is still to come."""
        start = time.monotonic()
        due, last = 0.0, start
        while not stop():
            now = time.monotonic()
            due = min(due + (now - last) * rate, BURST_MAX)
            last = now
            while due >= 1:
                self.send_one()
                due -= 1
            self.receive(TICK_S)
        seconds = time.monotonic() - start
        while self.waiting and time.monotonic() < start + seconds + DRAIN_S:
            self.receive(TICK_S)
        return seconds

    def report(self, seconds):
        counts, first = {}, {}
        for name, replies in self.seen.items():
            counts[name], first[name] = collections.Counter(), {}
            for reply, (count, arrived_ns) in replies.items():
                answer = summary(name, dns.message.from_wire(b"\0\0" + reply))
                counts[name][answer] += count
                first[name][answer] = min(arrived_ns, first[name].get(answer, arrived_ns))
        return {"sent": self.sent, "lost": len(self.waiting), "unexpected": self.unexpected,
                "slowest_ms": self.slowest_s * 1000, "seconds": seconds,
                "answers": {name: list(rows.items()) for name, rows in counts.items()},
                "first_ns": {name: list(rows.items()) for name, rows in first.items()}}


def summary(name, response):
    """What was answered; the order of the records does not matter."""
    if response.question[0].name != dns.name.from_text(name):
        return ("answer to another question",)
    if response.rcode() != dns.rcode.NOERROR:
        return (dns.rcode.to_text(response.rcode()),)
    return tuple(sorted(rdata.to_text() for rrset in response.answer for rdata in rrset))


def main(host, port, rate, *names):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the test ends it, by closing its input
    sender = Sender(host, int(port), names)
    ended = select.poll()
    ended.register(sys.stdin, select.POLLIN | select.POLLHUP)
    print("running", flush=True)
    seconds = sender.run(float(rate), lambda: ended.poll(0))
    print(json.dumps(sender.report(seconds)))


if __name__ == "__main__":
    main(*sys.argv[1:])
