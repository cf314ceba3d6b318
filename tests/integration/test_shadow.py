"""Shadows: probed and recorded, never used; what they would have changed is counted."""

import json
import signal

from harness.checks import PRIMARY, check, pair
from harness.endpoints import read_request
from harness.wait import wait_for

WEIGHTED = """\
w IN A    192.0.2.10  ; @weighted 1 set=a check=shared
w IN A    192.0.2.20  ; @weighted 1 set=b
w IN AAAA 2001:db8::1 ; @weighted 1 set=a check=shared
w IN AAAA 2001:db8::2 ; @weighted 1 set=b
v IN A    192.0.2.30  ; @simple alias=w
"""


def turns(daemon, check_id):
    """What each turn of a shadow came to, and how many names it would have changed."""
    lines = daemon.ctl("events", "--check", check_id, "--json").splitlines()
    events = [json.loads(line)["event"] for line in lines]
    return [(event["to"], event.get("answers")) for event in events if event["kind"] == "shadow"]


def counted(daemon, check_id):
    row = daemon.check(check_id)
    return row["would_be"], row["changes"], row["answer_changes"]


def start(daemon, endpoint):
    daemon.write_checks([check(name, "HTTP", endpoint, Shadow=True) for name in ("primary", "unused", "shared")])
    daemon.write_zone("example.com", pair("www", "primary") + WEIGHTED)
    daemon.start()
    wait_for(lambda: all(daemon.check(name)["passes"] for name in ("primary", "unused", "shared")), 10, "all have passed")


def test_what_would_change_is_counted(daemon, nginx):
    endpoint = nginx()
    start(daemon, endpoint)
    endpoint.break_pages()
    wait_for(lambda: counted(daemon, "primary") == ("down", 1, 1), 10, "the primary would have taken www along")
    wait_for(lambda: counted(daemon, "shared") == ("down", 1, 1), 10, "the set would have taken w and v along")
    wait_for(lambda: counted(daemon, "unused") == ("down", 1, 0), 10, "no record asks for it")
    wait_for(lambda: turns(daemon, "unused") == [("down", 0)], 10, "which the journal has, too")
    assert turns(daemon, "primary") == [("down", 1)] and turns(daemon, "shared") == [("down", 3)]
    assert daemon.answer("www.example.com") == PRIMARY

    told = daemon.ctl("events")
    assert "check primary (http://" in told
    assert "a shadow, would be down, 1 name would be answered otherwise: HTTP status 500" in told
    assert "a shadow, would be down, 3 names would be answered otherwise: " in told
    assert "a shadow, would be down, 1 of 1 changes would have changed an answer: " in daemon.ctl("checks")
    assert "shadow           would be down, 0 of 1 changes would have" in daemon.ctl("checks", "unused")
    assert "shadows:   3, 3 would be down; 2 of 3 changes would have changed an answer" in daemon.ctl("status")
    assert "check primary up" in daemon.ctl("explain", "www.example.com", "A")
    assert "(a shadow, would be down)" in daemon.ctl("explain", "www.example.com", "A")

    endpoint.mend_pages()
    wait_for(lambda: counted(daemon, "primary") == ("up", 2, 2), 10, "on its way back it would have changed www again")


def test_the_count_outlives_checker_and_daemon(daemon, nginx):
    endpoint = nginx()
    start(daemon, endpoint)
    endpoint.break_pages()
    wait_for(lambda: counted(daemon, "primary") == ("down", 1, 1), 10, "it is counted")
    daemon.kill("checker")
    daemon.wait_running("checker")
    assert counted(daemon, "primary") == ("down", 1, 1)
    daemon.stop()
    daemon.start()
    fails = daemon.check("primary")["fails"]
    wait_for(lambda: daemon.check("primary")["fails"] > fails + 2, 10, "it is probed again")
    assert counted(daemon, "primary") == ("down", 1, 1)


def test_a_responder_that_does_not_answer(daemon, nginx):
    endpoint = nginx()
    start(daemon, endpoint)
    responder = daemon.pid("responder")
    daemon.kill("responder", signal.SIGSTOP)
    endpoint.break_pages()
    wait_for(lambda: turns(daemon, "primary") == [("down", None)], 10, "it is in the journal all the same")
    assert counted(daemon, "primary") == ("down", 1, 0)
    daemon.kill("responder", signal.SIGCONT)
    assert daemon.pid("responder") == responder
    endpoint.mend_pages()
    wait_for(lambda: counted(daemon, "primary") == ("up", 2, 1), 10, "from then on it is asked again")
    assert turns(daemon, "primary") == [("down", None), ("up", 1)]


def test_what_is_forced_changes_nothing(daemon, nginx):
    endpoint = nginx()
    start(daemon, endpoint)
    daemon.ctl("force", "primary", "up")
    endpoint.break_pages()
    wait_for(lambda: turns(daemon, "primary") == [("down", 0)], 10, "what is forced stands whatever it finds")
    assert counted(daemon, "primary") == ("down", 1, 0)


CALCULATED = """\
c IN A 192.0.2.40 ; @failover primary   check=both
c IN A 192.0.2.41 ; @failover secondary
d IN A 192.0.2.50 ; @weighted 1 check=none-of-both
d IN A 192.0.2.51 ; @weighted 1
e IN A 192.0.2.60 ; @failover primary   check=either
e IN A 192.0.2.61 ; @failover secondary
"""


def calculated(check_id, children, threshold, **more):
    return {"Id": check_id, "HealthCheckConfig": {
        "Type": "CALCULATED", "ChildHealthChecks": children, "HealthThreshold": threshold, **more}}


def test_it_is_counted_through_calculated_checks(daemon, nginx):
    tried, steady = nginx(), nginx()
    daemon.write_checks([
        check("tried", "HTTP", tried, Shadow=True), check("steady", "HTTP", steady),
        calculated("both", ["tried", "steady"], 2), calculated("either", ["tried", "steady"], 1),
        calculated("none-of-both", ["both"], 1, Inverted=True)])
    daemon.write_zone("example.com", CALCULATED)
    daemon.start()
    wait_for(lambda: all(daemon.check(name)["passes"] for name in ("tried", "steady")), 10, "both have passed")
    tried.break_pages()
    wait_for(lambda: counted(daemon, "tried") == ("down", 1, 1), 10, "c and d would have followed")
    assert turns(daemon, "tried") == [("down", 2)]
    assert daemon.answer("c.example.com") == ["192.0.2.40"] and daemon.check("both")["state"] == "up"
    assert ("a shadow, would be down, with it both down, with it none-of-both up, "
            "2 names would be answered otherwise: ") in daemon.ctl("events")
    tried.mend_pages()
    wait_for(lambda: turns(daemon, "tried")[1:] == [("up", 2)], 10, "and on its way back")

    daemon.ctl("force", "both", "up")
    tried.break_pages()
    wait_for(lambda: turns(daemon, "tried")[2:] == [("down", 0)], 10, "what is forced would not have followed")
    daemon.ctl("force", "both", "auto")
    tried.mend_pages()
    wait_for(lambda: turns(daemon, "tried")[3:] == [("up", 2)], 10, "but without it")
    steady.break_pages()
    wait_for(lambda: daemon.check("either")["state"] == "up" and daemon.check("both")["state"] == "down", 10,
             "one is enough for either")
    tried.break_pages()
    wait_for(lambda: turns(daemon, "tried")[4:] == [("down", 1)], 10, "now e rests on it, and c and d do not")


def test_the_longest_event_is_told(daemon, tcp_server):
    """An endpoint that says what takes most room in JSON, and as many checks that would turn along as are told."""
    answers = [b"HTTP/1.1 200 OK\r\n\r\n"]

    def behave(connection):
        read_request(connection)
        connection.sendall(answers[0])

    server = tcp_server(behave)
    path = "/" + "\\" * 254
    along = [f"{number:02}" + '"' * 62 for number in range(16)]
    daemon.write_checks([check('"' * 64, "HTTP", server, Shadow=True, ResourcePath=path)] +
                        [calculated(name, ['"' * 64], 1) for name in along])
    daemon.write_zone("example.com", "www IN A 192.0.2.1\n")
    daemon.start()
    wait_for(lambda: daemon.check('"' * 64)["passes"], 10, "it has passed")
    answers[0] = b"HTTP/1.1 500 " + b"\\" * 200 + b"\r\n\r\n" + b"\xff" * 600
    wait_for(lambda: turns(daemon, '"' * 64), 10, "its turn is told")
    event = [json.loads(line)["event"] for line in daemon.ctl("events", "--json").splitlines()][-1]
    assert [row["check"] for row in event["along"]] == along and len(event["evidence"]["body"]) > 2000
