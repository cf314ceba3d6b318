"""A host that is cut off does not fail anything over: canaries, and the share of endpoints that are silent at once."""

import signal

from harness.checks import PRIMARY, SECONDARY, check, pair
from harness.wait import wait_for

PATIENT = {"ResponseTimeout": 0.3, "ConnectTimeout": 0.3}


def stop(*endpoints):
    """They accept connections, as the kernel does that for them, and say nothing."""
    for endpoint in endpoints:
        endpoint.process.send_signal(signal.SIGSTOP)


def go_on(*endpoints):
    for endpoint in endpoints:
        endpoint.process.send_signal(signal.SIGCONT)


def inconclusive(daemon, check_id, words):
    row = daemon.check(check_id)
    return row["last_outcome"] == "inconclusive" and words in row["reason"]


def start(daemon, *checks, flags=()):
    daemon.write_checks(list(checks))
    daemon.write_zone("example.com", "".join(pair(row["Id"], row["Id"]) for row in checks))
    daemon.start(*flags)
    wait_for(lambda: all(daemon.check(row["Id"])["passes"] > 1 for row in checks), 10, "all have passed")


def cut_off(daemon):
    return daemon.ctl_json("status")["heartbeat"]["cut_off"]


def test_a_silent_canary_speaks_for_the_endpoints(daemon, nginx):
    endpoint, canary = nginx(), nginx()
    start(daemon, check("www", "HTTP", endpoint, **PATIENT), check("canary", "HTTP", canary, Canary=True, **PATIENT))
    stop(endpoint, canary)
    daemon.log.wait("every IPv4 canary is silent: this host may be cut off", 10)
    wait_for(lambda: inconclusive(daemon, "www", "every canary is silent, too"), 10, "its silence does not count")
    assert cut_off(daemon) == ["canaries-ipv4"] and "CUT OFF" in daemon.ctl("status")
    before = daemon.check("www")["inconclusives"]
    wait_for(lambda: daemon.check("www")["inconclusives"] > before + 3, 10, "however often")
    assert daemon.answer("www.example.com") == PRIMARY

    go_on(canary)  # the endpoint is dead after all
    daemon.wait_answer("www.example.com", SECONDARY, 10)
    assert cut_off(daemon) == []
    go_on(endpoint)
    daemon.wait_answer("www.example.com", PRIMARY, 10)


def test_an_answer_is_no_silence(daemon, nginx):
    endpoint, canary = nginx(), nginx()
    start(daemon, check("www", "HTTP", endpoint, **PATIENT), check("canary", "HTTP", canary, Canary=True, **PATIENT))
    stop(canary)
    wait_for(lambda: cut_off(daemon) == ["canaries-ipv4"], 10, "the canary is silent")
    endpoint.kill()  # which refuses: the way there is open
    daemon.wait_answer("www.example.com", SECONDARY, 10)
    go_on(canary)


def test_all_that_is_up_is_silent_at_once(daemon, nginx):
    one, two = nginx(), nginx()
    start(daemon, check("one", "HTTP", one, FailureThreshold=3, **PATIENT),
          check("two", "HTTP", two, FailureThreshold=3, **PATIENT))
    stop(one, two)
    wait_for(lambda: cut_off(daemon) == ["share"], 10, "this host is suspected")
    wait_for(lambda: inconclusive(daemon, "one", "silent at once"), 10, "silence does not count")
    assert daemon.answer("one.example.com") == PRIMARY
    go_on(two)
    daemon.wait_answer("one.example.com", SECONDARY, 10)
    assert daemon.answer("two.example.com") == PRIMARY and cut_off(daemon) == []
    go_on(one)


def test_the_share_can_be_switched_off(daemon, nginx):
    one, two = nginx(), nginx()
    start(daemon, check("one", "HTTP", one, **PATIENT), check("two", "HTTP", two, **PATIENT),
          flags=("--suspect-share", "0"))
    stop(one, two)
    daemon.wait_answer("one.example.com", SECONDARY, 10)
    daemon.wait_answer("two.example.com", SECONDARY, 10)
    go_on(one, two)
