"""When an endpoint is probed: spread out, never twice at once, once for all who want the same."""

import resource
import select
import time

import pytest

from harness.checks import PRIMARY, check, pair
from harness.endpoints import TcpServer, read_request, silent
from harness.wait import wait_for

pytestmark = pytest.mark.alone

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def serve(daemon, checks):
    daemon.write_checks(checks)
    daemon.write_zone("example.com", "".join(pair(entry["Id"], entry["Id"]) for entry in checks))
    daemon.start()


def passed(daemon, times):
    rows = daemon.ctl_json("checks")["checks"]
    return all(row["passes"] >= times for row in rows)


def test_identical_probes_are_made_once(daemon, tcp_server):
    """Twenty checks of one target cause as many connections as one."""
    server = tcp_server(lambda connection: None)
    serve(daemon, [check(f"same-{number}", "TCP", server) for number in range(20)])
    wait_for(lambda: passed(daemon, 5), 10, "all have passed five times")
    most = max(row["passes"] for row in daemon.ctl_json("checks")["checks"])
    assert server.accepted <= most + 2


def test_a_slow_endpoint_is_never_probed_twice_at_once(daemon, endpoints):
    """It takes several intervals to answer; the next probe waits for the answer."""
    overlaps, answered = [], []

    def slow(connection):
        read_request(connection)
        # The time this endpoint takes; a second connection would show in the listener meanwhile.
        if select.select([server.listener], [], [], 0.4)[0]:
            overlaps.append(time.monotonic())
        connection.sendall(OK)
        answered.append(time.monotonic())

    server = endpoints(TcpServer, slow)
    serve(daemon, [check("slow", "HTTP", server, RequestInterval=0.1)])
    wait_for(lambda: len(answered) >= 3, 10, "three probes were answered")
    assert not overlaps


def test_first_probes_are_spread_over_the_interval(daemon, endpoints):
    """Forty paths of one endpoint, each due once in two seconds: not in one burst."""
    count, interval_s = 40, 2
    first = {}

    def note(connection):
        path = read_request(connection).split()[1]
        first.setdefault(path, time.monotonic())
        connection.sendall(OK)

    server = endpoints(TcpServer, note)
    serve(daemon, [check(f"c{number}", "HTTP", server, ResourcePath=f"/{number}",
                         RequestInterval=interval_s) for number in range(count)])
    wait_for(lambda: len(first) == count, 3 * interval_s, "every path was asked for")
    times = sorted(first.values())
    assert times[-1] - times[0] > interval_s / 2
    for start in times:
        burst = sum(start <= moment < start + interval_s / 8 for moment in times)
        assert burst < count / 2, f"{burst} of {count} first probes within an eighth of the interval"


def test_probes_in_flight_are_bounded(daemon, endpoints):
    """With one probe at a time, a silent endpoint delays the others but does not keep them out."""
    silent_one = endpoints(TcpServer, silent)
    other = endpoints(TcpServer, lambda connection: None)
    daemon.write_checks([check("silent", "HTTP", silent_one, ResponseTimeout=0.3),
                         check("other", "TCP", other)])
    daemon.write_zone("example.com", pair("silent", "silent") + pair("other", "other"))
    daemon.start("--probes", "1")
    wait_for(lambda: daemon.check("other")["passes"] >= 3 and daemon.check("silent")["fails"] >= 3,
             15, "both are probed in turn")
    assert daemon.answer("other.example.com") == PRIMARY


def test_too_few_descriptors_are_told(daemon, nginx):
    """The limit is raised as far as it goes; where that is not far enough it is said, and probes go on."""
    serve(daemon, [check("www", "HTTP", nginx())])
    _, hard = resource.prlimit(daemon.pid("checker"), resource.RLIMIT_NOFILE)
    assert resource.prlimit(daemon.pid("checker"), resource.RLIMIT_NOFILE) == (hard, hard)
    resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (64, 128))
    daemon.kill("checker")
    daemon.log.wait("128 descriptors are allowed, too few for ", 10)
    daemon.wait_running("checker")
    assert resource.prlimit(daemon.pid("checker"), resource.RLIMIT_NOFILE) == (128, 128)
    passes = daemon.check("www")["passes"]
    wait_for(lambda: daemon.check("www")["passes"] > passes + 2, 10, "it is probed all the same")
