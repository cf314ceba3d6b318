"""Checks beyond Route 53's: TCP with Send and Expect, DNS, and a connection that is held (TCP_HELD)."""

import re
import socket
import statistics
import struct
import time

import pytest

from harness.checks import PRIMARY, SECONDARY, check, pair
from harness.nameservers import Nsd
from harness.ports import free_port
from harness.wait import wait_for

WWW = "www.example.com"
HELD, HELD_FLIP_S = 3, 0.2
ZONE = """\
example.      60 IN SOA ns.example. hostmaster.example. 1 7200 900 1209600 60
example.      60 IN NS  ns.example.
ns.example.   60 IN A   192.0.2.53
www.example.  60 IN A   192.0.2.10
www.example.  60 IN A   192.0.2.11
alias.example. 60 IN CNAME www.example.
""" + "".join(f'big.example. 60 IN TXT "{number:02}{"x" * 200}"\n' for number in range(20))


def serve(daemon, checks):
    daemon.write_checks(checks)
    daemon.write_zone("example.com", "".join(pair(entry["Id"], entry["Id"]) for entry in checks))
    daemon.start()


def reason(daemon, check_id):
    return daemon.check(check_id)["reason"]


# TCP with Send and Expect

def test_an_answer_over_tcp_flips_and_recovers(daemon, tcp_server):
    state = {"answer": b"+PONG\r\n"}

    def behave(connection):
        if connection.recv(64) == b"PING\r\n":
            connection.sendall(state["answer"])
            connection.recv(64)

    server = tcp_server(behave)
    serve(daemon, [check("www", "TCP", server, Send="PING\r\n", Expect="+PONG", ResponseTimeout=0.5)])
    daemon.wait_state("www", "up")
    wait_for(lambda: reason(daemon, "www") == "connected, Expect found", 5, "it has passed")
    state["answer"] = b"-LOADING \x1b[2J\xff\r\n"
    daemon.wait_answer(f"{WWW}", SECONDARY, 10)
    assert reason(daemon, "www") == ('Expect "+PONG" not within 500ms; came '
                                     '"-LOADING \\x1b[2J\\xff\\r\\n"'), reason(daemon, "www")
    state["answer"] = b"+PONG\r\n"
    daemon.wait_answer(WWW, PRIMARY, 10)


def test_a_banner_is_read_without_a_word(daemon, tcp_server):
    heard = []

    def behave(connection):
        connection.sendall(b"220 mail.example.com ESMTP\r\n")
        heard.append(connection.recv(64))

    serve(daemon, [check("www", "TCP", tcp_server(behave), Expect="220 ")])
    wait_for(lambda: daemon.check("www")["passes"] >= 2, 10, "it has passed")
    assert not any(heard)


# TCP_HELD

def keep(kept):
    """A behaviour: keeps the connection until the test or the other side ends it."""
    def behave(connection):
        connection.settimeout(None)
        kept.append(connection)
        while connection.recv(4096):
            pass
    return behave


def close(connection):
    connection.shutdown(socket.SHUT_RDWR)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RD)  # the behaviour ends, and its close is a reset


@pytest.mark.parametrize("end", [close, reset])
def test_the_end_of_a_held_connection_flips_at_once(daemon, endpoints, tcp_server, end):
    """Within a fraction of a second although RequestInterval is ten: the median of a few."""
    kept = [[] for _ in range(HELD)]
    names = [f"held-{number}" for number in range(HELD)]
    serve(daemon, [check(name, "TCP_HELD", tcp_server(keep(connections)), RequestInterval=10,
                         FailureThreshold=1) for name, connections in zip(names, kept)])
    for name in names:
        wait_for(lambda name=name: daemon.check(name)["passes"] >= 1, 15, f"{name} stands")
    took = []
    for name, connections in zip(names, kept):
        assert len(connections) == 1
        start = time.monotonic()
        end(connections[0])
        daemon.wait_answer(f"{name}.example.com", SECONDARY, 5)
        took.append(time.monotonic() - start)
        word = "closed" if end is close else "reset"
        assert re.match(rf"connection {word} by the endpoint after ", reason(daemon, name))
    assert statistics.median(took) < HELD_FLIP_S, took


def test_a_held_connection_recovers(daemon, tcp_server):
    kept = []
    server = tcp_server(keep(kept))
    serve(daemon, [check("www", "TCP_HELD", server, RequestInterval=1, FailureThreshold=1)])
    wait_for(lambda: daemon.check("www")["passes"] >= 1, 5, "it stands")
    close(kept[0])
    daemon.wait_answer(WWW, SECONDARY, 1)
    daemon.wait_answer(WWW, PRIMARY, 5)
    assert len(kept) == 2


def test_equal_held_checks_share_a_connection_over_a_reload(daemon, tcp_server):
    kept = []
    server = tcp_server(keep(kept))
    checks = [check(f"held-{number}", "TCP_HELD", server, RequestInterval=0.5) for number in range(5)]
    serve(daemon, checks)
    wait_for(lambda: all(row["passes"] >= 2 for row in daemon.ctl_json("checks")["checks"]), 10,
             "each has passed twice")
    assert len(kept) == 1
    daemon.write_checks(checks + [check("held-5", "TCP_HELD", server, RequestInterval=0.5)])
    daemon.ctl("reload")
    wait_for(lambda: daemon.check("held-5")["passes"] >= 1, 5, "a newcomer shares it")
    assert len(kept) == 1

    daemon.write_zone("example.com", "www IN A 192.0.2.10\n")
    daemon.write_checks([])
    daemon.ctl("reload")
    wait_for(lambda: kept[0].fileno() == -1, 5, "the connection is let go")


# DNS

@pytest.fixture
def nsd(endpoints):
    """Makes an NSD that serves `example`, and starts it."""
    def make():
        server = endpoints(Nsd)
        server.start({"example": ZONE})
        server.wait_serves("example.")
        return server
    return make


@pytest.mark.parametrize("protocol", ["UDP", "TCP"])
def test_a_name_server_flips_and_recovers(daemon, nsd, protocol):
    server = nsd()
    serve(daemon, [check("www", "DNS", server, Question={"Name": "www.example", "Type": "A"},
                         ExpectedRdata=["192.0.2.11", "192.0.2.10"], Protocol=protocol,
                         ResponseTimeout=0.5)])
    wait_for(lambda: daemon.check("www")["passes"] >= 2, 10, "it has passed")
    assert reason(daemon, "www").startswith("NOERROR, ExpectedRdata found")
    server.stop()
    daemon.wait_answer(WWW, SECONDARY, 10)
    assert re.search("the port is closed" if protocol == "UDP" else "refused", reason(daemon, "www"))
    server.start({"example": ZONE})
    daemon.wait_answer(WWW, PRIMARY, 15)


# check's id, fields of the check, what the reason says, whether it is up
ASKED = [
    ("soa", {"Question": {"Name": "example", "Type": "SOA"}}, "NOERROR", True),
    ("ns", {"Question": {"Name": "example", "Type": "NS"}, "ExpectedRdata": ["NS.example."]},
     "NOERROR, ExpectedRdata found", True),
    ("cname", {"Question": {"Name": "alias.example"}, "ExpectedRdata": ["192.0.2.10"]},
     "NOERROR, ExpectedRdata found", True),
    ("big", {"Question": {"Name": "big.example", "Type": "TXT"}}, "NOERROR, over TCP", True),
    ("absent", {"Question": {"Name": "no.example"}, "ExpectedRcode": "NXDOMAIN"}, "NXDOMAIN", True),
    ("gone", {"Question": {"Name": "no.example"}}, "rcode NXDOMAIN, expected NOERROR", False),
    ("stranger", {"Question": {"Name": "www.example.org"}}, "rcode REFUSED, expected NOERROR", False),
    ("other", {"Question": {"Name": "www.example"}, "ExpectedRdata": ["192.0.2.10", "192.0.2.99"]},
     'ExpectedRdata "192.0.2.99" not among 2 A of the answer', False),
    ("none", {"Question": {"Name": "www.example", "Type": "AAAA"}, "ExpectedRdata": ["2001:db8::1"]},
     'ExpectedRdata "2001:db8::1": the answer has no AAAA', False),
]


def test_what_a_name_server_answers_is_judged(daemon, nsd):
    server = nsd()
    serve(daemon, [check(check_id, "DNS", server, **fields) for check_id, fields, _, _ in ASKED])
    for check_id, _, text, is_up in ASKED:
        wait_for(lambda: daemon.check(check_id)["passes"] + daemon.check(check_id)["fails"] > 0, 10,
                 f"{check_id} was probed")
        assert daemon.check(check_id)["state"] == ("up" if is_up else "down"), daemon.check(check_id)
        assert text in reason(daemon, check_id), daemon.check(check_id)


def test_our_own_daemon_is_an_endpoint(daemons):
    """One daemon watches another, which answers for a zone of its own."""
    watched, watcher = daemons(), daemons()
    watched.write_zone("example.net", "www IN A 192.0.2.77\n")
    watched.start()
    entry = check("www", "DNS", IPAddress="127.0.0.1", Port=watched.port,
                  Question={"Name": "www.example.net", "Type": "A"}, ExpectedRdata=["192.0.2.77"],
                  ResponseTimeout=0.5)
    serve(watcher, [entry])
    wait_for(lambda: watcher.check("www")["passes"] >= 1, 10, "it has passed")
    watched.stop()
    watcher.wait_answer(WWW, SECONDARY, 10)
    watched.start()
    watcher.wait_answer(WWW, PRIMARY, 10)


def test_a_guesser_does_not_decide(daemon):
    """Foreign messages, many a second: the check is down for silence, and says what it ignored."""
    host = "127.0.0.1"
    port = free_port(host)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, port))
    sock.settimeout(0.05)

    def answer_wrongly():
        query, sender = sock.recvfrom(512)
        for wrong in range(1, 50):
            identity = int.from_bytes(query[:2], "big") ^ wrong
            sock.sendto(identity.to_bytes(2, "big") + b"\x84\x00" + query[4:], sender)
        return daemon.check("www")["fails"] >= 1

    daemon.write_checks([check("www", "DNS", IPAddress=host, Port=port, ResponseTimeout=0.3,
                               Question={"Name": "www.example"})])
    daemon.write_zone("example.com", pair("www", "www"))
    daemon.start()
    wait_for(answer_wrongly, 10, "the check has failed")
    sock.close()
    assert re.search(r"within 300ms; \d+ that answer something else were ignored", reason(daemon, "www"))
