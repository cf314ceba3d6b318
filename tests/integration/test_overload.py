"""A worker that cannot keep up drops what has waited for too long, counts it, and answers what is fresh."""

import pathlib
import signal
import socket
import time

import dns.message
import pytest

from harness.wait import wait_for

WWW = "www.example.com"
ADDRESS = ["192.0.2.1"]
BATCH = 64  # datagrams that a worker reads at once, and answers or drops together
QUERIES = 3 * BATCH + 8  # less than waits in a socket by the kernel's own setting
BEHIND_S = 0.1  # more than a worker may be behind
MANY = 6 * BATCH  # more than a turn of the loop takes: the socket is then read without being polled, until it is empty


@pytest.fixture
def client(daemon):
    daemon.write_zone("example.com", f"www IN A {ADDRESS[0]}\n")
    daemon.start("-w", "1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", daemon.port))
        yield sock


def pile_up(daemon, client, count):
    """What became of queries that came while the responder stood still, each old when it went on: (stale, answered)."""
    before = daemon.ctl_json("stats")
    daemon.kill("responder", signal.SIGSTOP)
    try:
        for number in range(count):
            client.send(dns.message.make_query(WWW, "A", id=number).to_wire())
        last = time.monotonic()
        wait_for(lambda: time.monotonic() > last + BEHIND_S, 5, "they are old")
    finally:
        daemon.kill("responder", signal.SIGCONT)
    assert daemon.answer(WWW) == ADDRESS  # it comes behind all of them
    after = daemon.ctl_json("stats")
    assert after["dropped"] == before["dropped"]
    stale, answered = (after[key] - before[key] for key in ("stale", "udp_queries"))
    assert stale + answered == count + 1, "each is counted once"
    return stale, answered - 1


def test_stale_queries_are_dropped_and_counted(daemon, client):
    """Full batches of them; the rest is answered. The kernel tells when they came soon after it was first asked."""
    wait_for(lambda: pile_up(daemon, client, QUERIES) == (QUERIES // BATCH * BATCH, QUERIES % BATCH), 10,
             "all full batches are dropped")
    assert pile_up(daemon, client, BATCH - 1) == (0, BATCH - 1), "who has less to do than a batch is not behind"


def sleeps(pid):
    """Whether no thread of a process has anything to do."""
    stats = [task.read_text(encoding="ascii") for task in pathlib.Path("/proc").glob(f"{pid}/task/*/stat")]
    return all(stat.rpartition(")")[2].split()[0] == "S" for stat in stats)


def taken(daemon):
    stats = daemon.ctl_json("stats")
    return stats["udp_queries"] + stats["stale"]


def burst(daemon, client):
    """Asks more than a turn takes, at once, of a responder that finds it all waiting and takes it."""
    before = taken(daemon)
    daemon.kill("responder", signal.SIGSTOP)
    try:
        for number in range(MANY):
            client.send(dns.message.make_query(WWW, "A", id=number).to_wire())
    finally:
        daemon.kill("responder", signal.SIGCONT)
    wait_for(lambda: taken(daemon) == before + MANY, 10, "all are answered, or dropped where sending took too long")


def test_after_a_burst_the_socket_is_polled_again(daemon, client):
    with socket.create_connection(("127.0.0.1", daemon.port)):  # and others get their turn meanwhile
        for _ in range(3):
            burst(daemon, client)
            assert daemon.answer(WWW, tcp=True) == ADDRESS and daemon.answer(WWW) == ADDRESS
            wait_for(lambda: sleeps(daemon.pid("responder")), 5, "nothing is left to do")
