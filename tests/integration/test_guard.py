"""More checks that go down at once than an operator allows are answered as before, until he accepts it (max-down)."""

import datetime
import json

import pytest

from harness.checks import check
from harness.wait import wait_for

ADDRESSES = [f"192.0.2.{i}" for i in range(1, 7)]


@pytest.fixture(name="site")
def _site(daemon, nginx):
    """Six endpoints, a member of one answer each."""
    endpoints = [nginx() for _ in ADDRESSES]
    daemon.write_checks([check(f"e{i}", "HTTP", endpoint) for i, endpoint in enumerate(endpoints)])
    daemon.write_zone("Example.com", "".join(
        f"www IN A {address} ; @multivalue check=e{i}\n" for i, address in enumerate(ADDRESSES)))
    return endpoints


def start(daemon, *flags):
    daemon.start(*flags)
    wait_for(lambda: all(daemon.check(f"e{i}")["passes"] > 0 for i in range(6)), 10, "all have passed")
    wait_for(lambda: daemon.ctl_json("guards")["awaits_zones"] is False, 10, "the guards are known")


def guard(daemon, name):
    return next(row for row in daemon.ctl_json("guards")["guards"] if row["name"] == name)


def held(daemon):
    return [i for i in range(6) if daemon.check(f"e{i}")["held"]]


def wait_found_down(daemon, count):
    wait_for(lambda: sum(daemon.check(f"e{i}")["found"] == "down" for i in range(6)) == count, 10,
             f"{count} are found down")


def break_pages(endpoints):
    for endpoint in endpoints:
        endpoint.break_pages()


def mend_pages(endpoints):
    for endpoint in endpoints:
        endpoint.mend_pages()


def chosen(daemon, *at):
    """How many sets may be in the answer."""
    explained = json.loads(daemon.ctl("explain", "www.example.com", "A", *at, "--json").splitlines()[0])
    return sum(row["probability"] > 0 for row in explained["outcomes"])


def answer(daemon):
    return daemon.answer("www.example.com")


def test_forces_that_end_together_are_no_way_around_it(daemon, site):
    start(daemon, "--max-down", "example.com=50% in 1h")
    for i in range(4):
        daemon.ctl("force", f"e{i}", "up", "--for", "1h")
    break_pages(site[:4])
    wait_found_down(daemon, 4)
    assert guard(daemon, "example.com")["down"] == 0 and answer(daemon) == ADDRESSES
    for i in range(4):
        daemon.ctl("force", f"e{i}", "auto")
    assert held(daemon) == [0, 1, 2, 3] and answer(daemon) == ADDRESSES

    daemon.ctl("accept", "example.com")
    daemon.wait_answer("www.example.com", ADDRESSES[4:], 10)
    daemon.kill("checker")  # it stays accepted
    daemon.wait_running("checker")
    wait_for(lambda: daemon.ctl_json("guards")["awaits_zones"] is False, 10, "the guards are known")
    break_pages(site[4:5])
    daemon.wait_answer("www.example.com", ADDRESSES[5:], 10)
    assert held(daemon) == []


def test_a_zone_is_held_until_it_is_accepted(daemon, site):
    start(daemon, "--max-down", "example.com=50% in 30s")
    break_pages(site[:3])
    daemon.wait_answer("www.example.com", ADDRESSES[3:], 10)
    assert guard(daemon, "example.com")["down"] == 3 and held(daemon) == []

    break_pages(site[3:5])
    daemon.log.wait("guard of example.com raised: more than 3 of its 6 checks", 10)
    wait_found_down(daemon, 5)
    assert answer(daemon) == ADDRESSES and held(daemon) == [0, 1, 2, 3, 4]
    raised = guard(daemon, "example.com")
    assert (raised["checks"], raised["allowed"], raised["down"], raised["held"]) == (6, 3, 5, 5)
    assert daemon.ctl_json("status")["checks"]["held"] == 5
    assert "GUARD:     5 checks are found down and answered as up" in daemon.ctl("status")
    assert "RAISED" in daemon.ctl("guards")
    assert "held by a guard; found down: " in daemon.ctl("checks")
    explained = daemon.ctl("explain", "www.example.com", "A")
    assert "held by a guard" in explained

    wait_for(lambda: daemon.ctl("events").count("held up by a guard") == 5, 10, "the journal has each")
    held_at = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")[:-6] + "Z"

    daemon.kill("checker")  # nobody falls while another one comes
    assert answer(daemon) == ADDRESSES
    daemon.wait_running("checker")
    wait_for(lambda: guard(daemon, "example.com")["held"] == 5, 10, "the new one holds them, too")
    assert answer(daemon) == ADDRESSES

    assert "what is down counts now" in daemon.ctl("accept", "EXAMPLE.com.")
    assert answer(daemon) == ADDRESSES[5:] and held(daemon) == []
    assert guard(daemon, "example.com")["since_ms"] == 0
    entry = json.loads((daemon.state / "audit.log").read_text().splitlines()[-1])
    assert entry["verb"] == "accept" and entry["old"] == {"held": 5} and entry["new"] == {"held": 0}
    assert "no guard is raised that is named" in daemon.ctl("accept", "example.com", status=1)
    wait_for(lambda: "guard of example.com accepted: 5 of 6" in daemon.ctl("events"), 10, "it is in the journal")
    events = daemon.ctl("events")
    assert "guard of example.com raised: " in events
    assert "held up by a guard" in events and "no longer held by a guard" in events
    wait_for(lambda: chosen(daemon, "--at", held_at) == 6 and chosen(daemon) == 1, 10, "the past is told as it was")

    mend_pages(site[:5])
    daemon.wait_answer("www.example.com", ADDRESSES, 10)


def test_one_of_two_guards_is_accepted(daemon, site):
    start(daemon, "--max-down", "example.com=50% in 1h", "--max-down", "50% in 1h")
    break_pages(site[:4])
    wait_found_down(daemon, 4)
    told = daemon.ctl("accept", "example.com")
    assert "4 checks are held still, by another guard" in told and answer(daemon) == ADDRESSES
    assert daemon.ctl_json("accept", "all")["old"] == {"held": 4}
    assert answer(daemon) == ADDRESSES[4:]


def test_all_together_and_it_passes(daemon, site):
    start(daemon, "--max-down", "50% in 30s")
    break_pages(site)
    wait_found_down(daemon, 6)
    assert answer(daemon) == ADDRESSES and guard(daemon, "all")["held"] == 6
    mend_pages(site[:2])
    wait_found_down(daemon, 4)
    assert guard(daemon, "all")["held"] == 4
    mend_pages(site[2:3])
    daemon.log.wait("guard of all passed: 3 of its 6 checks are down", 10)
    daemon.wait_answer("www.example.com", ADDRESSES[:3], 10)


def test_what_is_held_stays_so_over_a_restart(daemon, site):
    flags = "--max-down", "*=50% in 30s"
    start(daemon, *flags)
    break_pages(site)
    wait_found_down(daemon, 6)
    mend_pages(site[:1])  # whoever raised it may be the one that is back
    wait_found_down(daemon, 5)
    break_pages(site[:1])
    wait_found_down(daemon, 6)
    since_ms = guard(daemon, "example.com")["since_ms"]
    assert since_ms > 0
    daemon.kill("checker")
    daemon.wait_running("checker")
    wait_for(lambda: guard(daemon, "example.com")["since_ms"] == since_ms, 10, "the new one knows since when")
    daemon.stop()
    daemon.start(*flags)
    assert answer(daemon) == ADDRESSES
    wait_for(lambda: guard(daemon, "example.com")["held"] == 6, 10, "the guard is raised again")
    assert guard(daemon, "example.com")["since_ms"] == since_ms
    daemon.ctl("force", "e0", "down")  # an operator knows better
    assert answer(daemon) == ADDRESSES[1:]
    daemon.ctl("accept", "example.com")
    assert answer(daemon) == ADDRESSES  # health never empties an answer: e0 to e5 are down alike
    daemon.ctl("force", "e0", "auto")
    daemon.stop()
    daemon.start()  # and nobody is held without a guard
    assert held(daemon) == []


def test_a_reload_takes_guards_along(daemon, site):
    start(daemon, "--max-down", "example.com=50% in 30s")
    break_pages(site[:4])
    wait_found_down(daemon, 4)
    assert answer(daemon) == ADDRESSES
    daemon.ctl("reload")
    assert guard(daemon, "example.com")["held"] == 4 and answer(daemon) == ADDRESSES
    daemon.write_zone("Example.com", f"www IN A {ADDRESSES[5]} ; @multivalue check=e5\n")
    daemon.ctl("reload")  # the zone has a single check now, and that is up
    wait_for(lambda: guard(daemon, "example.com")["held"] == 0, 10, "no check of the zone is held")
    assert held(daemon) == []


@pytest.mark.parametrize("limit, why", [
    ("50%", 'wanted is a share and a time, as in "50% in 10s"; read was "50%"'),
    ("example.com=100% in 10s", "a share of 100%; it is from 1% to 99%"),
    ("example.com=50% in 0s", "a time of 0s; it is from 1s to 86400s"),
    ("a..b=50% in 10s", 'not a name: "a..b"'),
])
def test_limits_are_read(daemon, limit, why):
    daemon.spawn(*daemon.flags(), "--max-down", limit)
    assert daemon.exits() == 1
    assert f"--max-down: {why}" in daemon.log.text()
