"""Checks that are not steady: short answers, a share that grows, a state that is held."""

from harness.checks import check, pair
from harness.wait import wait_for

WEIGHTED = """\
w IN A 192.0.2.10 ; @weighted 1 set=a check=web
w IN A 192.0.2.20 ; @weighted 1 set=b
"""


def ttl(daemon, name):
    return daemon.ask(name).answer[0].ttl


def chance(daemon, set_id):
    explained = daemon.ctl_json("explain", "w.example.com", "A")
    return sum(row["probability"] for row in explained["outcomes"] if row["sets"] == [set_id])


def test_suspect_then_a_share_that_grows(daemon, nginx):
    endpoint = nginx()
    daemon.write_checks([check("web", "HTTP", endpoint, FailureThreshold=3, Suspect=3, RampUp=4)])
    daemon.write_zone("example.com", pair("www", "web") + WEIGHTED)
    daemon.start("--ttl-floor", "7")
    daemon.wait_state("web", "up")
    wait_for(lambda: daemon.check("web")["passes"] > 0, 10, "the first probe has passed")
    assert ttl(daemon, "www.example.com") == 60

    endpoint.break_pages()
    wait_for(lambda: ttl(daemon, "www.example.com") == 7, 10, "short from the first failure on")
    daemon.wait_state("web", "down")
    daemon.kill("checker")  # nothing of it is lost
    daemon.wait_running("checker")
    assert ttl(daemon, "www.example.com") == 7

    endpoint.mend_pages()
    daemon.wait_state("web", "up")
    assert daemon.check("web")["suspect"]
    first = chance(daemon, "a")
    assert 0 < first < 0.4
    wait_for(lambda: first < chance(daemon, "a") < 0.5, 10, "its share grows")
    wait_for(lambda: chance(daemon, "a") == 0.5, 10, "and is whole in the end")
    wait_for(lambda: ttl(daemon, "www.example.com") == 60, 10, "long again, once it is steady")


def test_a_state_is_held(daemon, nginx):
    endpoint = nginx()
    daemon.write_checks([check("web", "HTTP", endpoint, HoldDown=4)])
    daemon.write_zone("example.com", pair("www", "web"))
    daemon.start()
    wait_for(lambda: daemon.check("web")["passes"] > 0, 10, "the first probe has passed")
    wait_for(lambda: daemon.check("web")["for_ms"] > 4000, 10, "the first hold is over")
    endpoint.break_pages()
    daemon.wait_state("web", "down")
    endpoint.mend_pages()
    wait_for(lambda: daemon.check("web")["streak"] > 0, 10, "a pass speaks against the state")
    held = daemon.check("web")
    assert held["state"] == "down" and "held for         4.0s" in daemon.ctl("checks", "web")
    daemon.wait_state("web", "up")
    assert daemon.check("web")["for_ms"] < 4000
