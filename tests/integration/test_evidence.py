"""What a probe saw is kept with each change: times, addresses, what the endpoint said, its certificate."""

import datetime
import json
import socket

from harness.checks import PRIMARY, check, pair
from harness.endpoints import read_request, reply
from harness.wait import wait_for

DAY_MS = 86400 * 1000


def start(daemon, *checks, flags=()):
    daemon.write_checks(list(checks))
    daemon.write_zone("example.com", "".join(pair(row["Id"], row["Id"]) for row in checks))
    daemon.start(*flags)


def events(daemon, check_id):
    lines = daemon.ctl("events", "--check", check_id, "--json").splitlines()
    return [json.loads(line)["event"] for line in lines]


def evidence(daemon, check_id, to):
    """Of the first change to a status."""
    def find():
        return [event for event in events(daemon, check_id) if event["kind"] == "verdict" and event["to"] == to]
    return wait_for(find, 10, f"{check_id} is {to} in the journal")[0]["evidence"]


def in_order(seen):
    steps = [seen[key] for key in ("resolved_us", "connected_us", "secured_us", "answered_us", "done_us") if key in seen]
    return steps == sorted(steps) and all(step > 0 for step in steps)


def test_http(daemon, tcp_server):
    body = b"<h1>no\x1b[31m\\\x00\xff</h1>" + b"x" * 600
    bad = tcp_server(reply(b"HTTP/1.1 503 Out of Order\x1b\r\nContent-Length: %d\r\n\r\n" % len(body) + body))
    start(daemon, check("bad", "HTTP", bad))
    seen = evidence(daemon, "bad", "down")
    assert seen["address"] == f"{bad.host}:{bad.port}" and seen["source"].startswith("127.0.0.")
    assert seen["status"] == "HTTP/1.1 503 Out of Order\\x1b"
    assert seen["body"].startswith("<h1>no\\x1b[31m\\\\\\x00\\xff</h1>xxx")
    assert len(seen["body"].replace("\\x1b", ".").replace("\\\\", ".").replace("\\x00", ".").replace("\\xff", ".")) == 512
    assert in_order(seen) and {"connected_us", "answered_us", "done_us"} <= seen.keys()
    assert not {"resolved_us", "secured_us", "certificate", "errno"} & seen.keys()

    told = daemon.ctl("events", "--check", "bad", "--evidence")
    assert "    status HTTP/1.1 503 Out of Order\\x1b\n" in told and "    body <h1>no\\x1b[31m" in told
    assert "first byte " in told and "\x1b" not in told
    assert "    status" not in daemon.ctl("events", "--check", "bad")


def test_a_certificate(daemon, endpoints, nginx, authority):
    certificate = authority.certificate("www.example.com")
    endpoint = nginx(certificate=certificate)
    fields = {"FullyQualifiedDomainName": "www.example.com", "EnableSNI": True}
    start(daemon, check("warn", "HTTPS", endpoint, **fields), check("off", "HTTPS", endpoint, TLSVerify="off", **fields),
          flags=("--ca-file", authority.ca))
    for check_id in ("warn", "off"):
        seen = evidence(daemon, check_id, "up")
        assert seen["certificate"]["subject"] == "/CN=www.example.com"
        assert seen["certificate"]["issuer"] == "/CN=Holdfast test CA"
        expires = datetime.datetime.fromisoformat(seen["certificate"]["expires"].replace("Z", "+00:00"))
        left = expires - datetime.datetime.now(datetime.timezone.utc)
        assert datetime.timedelta(days=1) < left <= datetime.timedelta(days=2)
        assert in_order(seen) and seen["secured_us"] >= seen["connected_us"]
        row = daemon.check(check_id)
        assert row["certificate_expires"] == seen["certificate"]["expires"]
        assert DAY_MS < row["certificate_left_ms"] <= 2 * DAY_MS
    assert " 1d " in daemon.ctl("checks") and "expires " in daemon.ctl("checks", "warn")


def test_refused_and_unknown(daemon, endpoints, tcp_server):
    gone = tcp_server(lambda connection: None)
    gone.destroy()
    wrong = tcp_server(lambda connection: connection.sendall(b"500 go away\r\n"))
    named = {"FullyQualifiedDomainName": "localhost", "Port": wrong.port}
    named = {"Id": "named", "HealthCheckConfig": {"Type": "TCP", "RequestInterval": 0.2, "FailureThreshold": 1, **named}}
    start(daemon, check("gone", "TCP", gone), check("wrong", "TCP", wrong, Expect="220 "), named)
    seen = evidence(daemon, "gone", "down")
    assert seen["errno"] == "ECONNREFUSED" and seen["address"] == f"{gone.host}:{gone.port}"
    assert "connected_us" not in seen and "source" not in seen
    seen = evidence(daemon, "wrong", "down")
    assert seen["body"] == "500 go away\\x0d\\n" and seen["answered_us"] >= seen["connected_us"] > 0
    seen = evidence(daemon, "named", "down")  # nobody listens on that port of 127.0.0.1
    assert seen["resolved_us"] > 0 and seen["addresses"] >= 1 and seen["address"] == f"127.0.0.1:{wrong.port}"


def test_latencies(daemon, nginx, tcp_server):
    def slow(connection):
        read_request(connection)
        try:
            connection.settimeout(0.1)
            connection.recv(1)
        except socket.timeout:
            pass
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    endpoint = nginx()
    start(daemon, check("fast", "HTTP", endpoint), check("slow", "HTTP", tcp_server(slow)))
    wait_for(lambda: all(daemon.check(name)["passes"] > 2 for name in ("fast", "slow")), 10, "some have passed")
    fast, slow_ms = daemon.check("fast")["latency_ms"], daemon.check("slow")["latency_ms"]
    assert 0 < fast["p50"] <= fast["p90"] <= fast["p99"]
    assert 87 < slow_ms["p50"] <= slow_ms["p99"]
    assert "half of the passes" in daemon.ctl("checks", "slow")


def test_what_was_forced_is_told_of_the_past(daemon, nginx):
    start(daemon, check("www", "HTTP", nginx()))
    daemon.wait_state("www", "up")
    wait_for(lambda: events(daemon, "www"), 10, "it is in the journal")

    def now():
        return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def chosen(*at):
        told = daemon.ctl("explain", "www.example.com", "A", *at, "--json").splitlines()[0]
        return [row["sets"] for row in json.loads(told)["outcomes"] if row["probability"] > 0]

    before = now()
    daemon.ctl("force", "www", "down", "--owner", "anna", "--reason", "new kernel")
    forced = now()
    assert chosen() == [["secondary"]]
    assert chosen("--at", before) == [["primary"]]
    daemon.ctl("force", "www", "auto")
    assert daemon.answer("www.example.com") == PRIMARY
    assert chosen("--at", forced) == [["secondary"]] and chosen("--at", now()) == [["primary"]]
    told = daemon.ctl("events", "--check", "www")
    assert "forced down, by anna: new kernel" in told and "no longer forced down, by " in told

    daemon.ctl("force", "www", "down", "--for", "1s")
    wait_for(lambda: "its time is over" in daemon.ctl("events"), 10, "that it is over is there, too")
