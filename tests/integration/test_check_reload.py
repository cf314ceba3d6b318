"""A reload adds, changes and removes checks; the others keep running with their counters."""

import re

from harness.checks import PRIMARY, SECONDARY, check, pair
from harness.wait import wait_for

WWW, API = "www.example.com", "api.example.com"


def probed(daemon, check_id, passes=1):
    wait_for(lambda: (daemon.check(check_id) or {}).get("passes", 0) >= passes, 10,
             f"{check_id} has passed {passes} times")


def test_a_check_is_added_and_the_others_keep_their_counters(daemon, nginx):
    endpoint = nginx()
    daemon.write_checks([check("www", "HTTP", endpoint)])
    daemon.write_zone("example.com", pair("www", "www"))
    daemon.start()
    probed(daemon, "www", 3)
    before = daemon.check("www")

    daemon.write_checks([check("www", "HTTP", endpoint), check("api", "TCP", endpoint)])
    daemon.write_zone("example.com", pair("www", "www") + pair("api", "api"))
    daemon.ctl("reload")

    after = daemon.check("www")
    assert after["passes"] >= before["passes"] and after["since"] == before["since"]
    assert daemon.answer(API) == PRIMARY
    probed(daemon, "api")


def test_a_changed_check_takes_effect(daemon, nginx):
    endpoint = nginx()
    daemon.write_checks([check("www", "HTTP", endpoint)])
    daemon.write_zone("example.com", pair("www", "www"))
    daemon.start()
    probed(daemon, "www")

    daemon.write_checks([check("www", "HTTP", endpoint, ResourcePath="/absent")])
    daemon.ctl("reload")
    daemon.wait_answer(WWW, SECONDARY, 5)
    assert "404" in daemon.check("www")["reason"]

    daemon.write_checks([check("www", "HTTP", endpoint, ResourcePath="/absent", Inverted=True)])
    daemon.ctl("reload")
    daemon.wait_answer(WWW, PRIMARY, 5)

    daemon.write_checks([check("www", "HTTP", endpoint, Inverted=True, Disabled=True)])
    daemon.ctl("reload")
    daemon.wait_answer(WWW, SECONDARY, 5)


def test_a_removed_check_stops(daemon, tcp_server):
    server = tcp_server(lambda connection: None)
    daemon.write_checks([check("www", "TCP", server)])
    daemon.write_zone("example.com", pair("www", "www"))
    daemon.start()
    probed(daemon, "www")

    daemon.write_zone("example.com", "www IN A 192.0.2.10\n")
    daemon.write_checks([])
    daemon.ctl("reload")
    assert daemon.check("www") is None
    assert daemon.answer(WWW) == PRIMARY
    at_rest = server.accepted
    daemon.ctl("status")
    assert server.accepted <= at_rest + 1, "one probe may have been on its way"


def test_a_check_that_an_old_zone_still_uses_is_still_probed(daemon, nginx):
    """The check is removed but its zone names it: the zone is faulty, its old version stays, and so
    does the check that this version lives by."""
    endpoint = nginx()
    daemon.write_checks([check("www", "HTTP", endpoint)])
    daemon.write_zone("example.com", pair("www", "www"))
    daemon.start()
    probed(daemon, "www")

    daemon.write_checks([])
    output = daemon.ctl("reload", status=1)
    assert re.search(r"example\.com\.zone:\d+:\d+: error: .*\bwww\b", output), output
    assert daemon.answer(WWW) == PRIMARY
    endpoint.kill()
    daemon.wait_answer(WWW, SECONDARY, 3)


def test_faulty_definitions_keep_the_old_ones_in_force(daemon, nginx):
    endpoint = nginx()
    daemon.write_checks([check("www", "HTTP", endpoint)])
    daemon.write_zone("example.com", pair("www", "www"))
    daemon.start()
    probed(daemon, "www")

    daemon.write_checks([check("www", "HTTP", endpoint, FailureThreshhold=2)])
    output = daemon.ctl("reload", status=1)
    assert re.search(r"checks\.json:\d+:\d+: error: .*FailureThreshhold.*FailureThreshold", output), \
        output
    endpoint.kill()
    daemon.wait_answer(WWW, SECONDARY, 3)
