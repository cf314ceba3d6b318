"""Why a check is down is said exactly: in its reason and in the log line of the change."""

import re

from harness.checks import check, pair
from harness.endpoints import Nginx, TcpServer, hang_up, read_request, reply, silent
from harness.wait import wait_for

OK = b"HTTP/1.1 200 OK\r\nContent-Length: "
LATE = 5117 * b"." + b"ok" + 10 * b"."
TOO_LATE = 5119 * b"." + b"ok"


def page(body):
    return reply(OK + str(len(body)).encode() + b"\r\n\r\n" + body)


# check's id, how the endpoint behaves, fields of the check, what the reason says (None: it is up)
CASES = [
    ("silent", silent, {"ResponseTimeout": 0.3}, r"within 300ms"),
    ("hang-up", hang_up, {}, r"closed|reset|empty"),
    ("no-http", reply(b"220 mail.example.com ESMTP\r\n"), {}, r"HTTP"),
    ("status", reply(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), {}, r"503"),
    ("redirect", reply(b"HTTP/1.1 301 Moved\r\nLocation: /500\r\nContent-Length: 0\r\n\r\n"), {}, None),
    ("expected", reply(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), {"ExpectedStatus": 503},
     None),
    ("no-string", page(b"OK"), {"Type": "HTTP_STR_MATCH", "SearchString": "ok"}, r"SearchString"),
    ("straddles", page(TOO_LATE), {"Type": "HTTP_STR_MATCH", "SearchString": "ok"},
     r"SearchString"),
    ("within", page(LATE), {"Type": "HTTP_STR_MATCH", "SearchString": "ok"}, None),
    ("no-tls", lambda connection: connection.sendall(b"220 mail\r\n"), {"Type": "HTTPS"}, r"TLS"),
]


def test_each_fault_of_an_endpoint_has_its_reason(daemon, endpoints):
    checks = []
    for check_id, behave, fields, _ in CASES:
        kind = fields.get("Type", "HTTP")
        checks.append(check(check_id, kind, endpoints(TcpServer, behave), **fields))
    refusing = endpoints(Nginx)
    refusing.kill()
    checks.append(check("refused", "HTTP", refusing))
    daemon.write_checks(checks)
    daemon.write_zone("example.com", "".join(pair(entry["Id"], entry["Id"]) for entry in checks))
    daemon.start()

    expected = [(check_id, pattern) for check_id, _, _, pattern in CASES] + [("refused", "refused")]
    for check_id, pattern in expected:
        if pattern is None:
            continue
        daemon.wait_state(check_id, "down")
        assert re.search(pattern, daemon.check(check_id)["reason"]), daemon.check(check_id)
        daemon.log.wait(rf"check {check_id} \(.*\): down: .*({pattern}).*first result", 5)
    for check_id, pattern in expected:
        if pattern is None:
            assert daemon.check(check_id)["state"] == "up", daemon.check(check_id)


def test_the_host_header_and_user_agent(daemon, endpoints):
    """The Host rule of route53.md 3.2: on another port than the type's own it names the port."""
    seen = []

    def remember(connection):
        seen.append(read_request(connection).decode())
        connection.sendall(OK + b"0\r\n\r\n")

    endpoint = endpoints(TcpServer, remember)
    daemon.write_checks([check("www", "HTTP", endpoint, FullyQualifiedDomainName="www.example.com",
                               Headers={"X-Probe": "yes"}, ResourcePath="healthz?deep=1")])
    daemon.write_zone("example.com", pair("www", "www"))
    daemon.start()
    daemon.wait_state("www", "up")
    wait_for(lambda: seen, 5, "a request")
    lines = seen[0].split("\r\n")
    assert lines[0] == "GET /healthz?deep=1 HTTP/1.1"
    assert f"Host: www.example.com:{endpoint.port}" in lines
    assert "X-Probe: yes" in lines
    assert any(line.startswith("User-Agent: ") and "www" in line for line in lines)
