"""Safety rules hold operators back, record sets are drained whole, and both say why not."""

import json
import os
import signal

import pytest

from harness.checks import check, pair
from harness.wait import wait_for

API = """\
api IN A 192.0.2.21    ; @weighted 90 set=blue  check=blue
api IN A 192.0.2.22    ; @weighted 90 set=blue  check=blue
api IN A 198.51.100.21 ; @weighted 10 set=green check=green
api IN AAAA 2001:db8::1 ; @weighted 1 set=blue  check=blue
api IN AAAA 2001:db8::2 ; @weighted 1 set=green check=green
odd IN A 192.0.2.31    ; @weighted 1 set=bare
odd IN A 192.0.2.32    ; @weighted 1 set=blue   check=odd
"""
BLUE, GREEN = ["192.0.2.21", "192.0.2.22"], ["198.51.100.21"]
CELLS = [{"Id": f"cell-{cell}", "HealthCheckConfig": {"Type": "RECOVERY_CONTROL", "RoutingControlArn": f"arn-{cell}"}}
         for cell in "ab"]


@pytest.fixture(name="site")
def _site(daemon, nginx):
    endpoint = nginx()
    daemon.write_checks([check(name, "HTTP", endpoint) for name in ("blue", "green", "odd")] + CELLS)
    daemon.write_zone("example.com", API + pair("www", "cell-a", "cell-b"))

    def start(*flags):
        daemon.start(*flags)
        wait_for(lambda: all(daemon.check(name)["passes"] for name in ("blue", "green", "odd")), 10, "all have passed")
    return start


def audit(daemon):
    return json.loads((daemon.state / "audit.log").read_text().splitlines()[-1])


def test_a_switch_of_two_stays_on(daemon, site):
    site("--safety-rule", "cells: 1 of cell-a cell-b")
    daemon.ctl("control", "arn-a", "on")
    daemon.ctl("control", "arn-b", "off")
    assert daemon.check("cell-b")["state"] == "down"
    refused = daemon.ctl("control", "arn-a", "off", status=1)
    assert "rule cells: of its 2 checks 1 are up and 1 must be, and then 0 would be" in refused
    assert "--override cells" in refused
    assert daemon.check("cell-a")["state"] == "up"
    assert audit(daemon)["refused"] and "rule cells" in audit(daemon)["result"]
    assert "rule cells" in daemon.ctl("force", "cell-a", "down", status=1)
    assert "rules:     cells: 1 of 2 up, 1 needed" in daemon.ctl("status")

    daemon.ctl("control", "arn-b", "on")  # first on, then off
    daemon.ctl("control", "arn-a", "off")
    assert daemon.check("cell-a")["state"] == "down"
    assert 'no rule "cell"; did you mean "cells"?' in daemon.ctl("control", "arn-b", "off", "--override", "cell", status=1)
    daemon.ctl("control", "arn-b", "off", "--override", "cells")
    assert daemon.check("cell-b")["state"] == "down" and "override=cells" in audit(daemon)["arguments"]


def test_a_switch_is_off_before_the_checker_has_heard_of_it(daemon, site):
    site("--safety-rule", "cells: 1 of cell-a cell-b", "--safety-rule", "slow: 0 of cell-a wait 1h",
         "--safety-rule", "typo: 1 of cel-a cell-b")
    assert 'safety-rule typo: no check "cel-a"; did you mean "cell-a"?' in daemon.log.text()
    for name in ("arn-a", "arn-b"):
        daemon.ctl("control", name, "on", "--override", "slow")
    checker = daemon.kill("checker", signal.SIGSTOP)
    try:
        daemon.ctl("control", "arn-a", "off", "--override", "slow")
        assert "then 0 would be" in daemon.ctl("control", "arn-b", "off", status=1)
    finally:
        os.kill(checker, signal.SIGCONT)


def test_flips_wait_for_one_another(daemon, site):
    site("--safety-rule", "slow: 0 of blue green wait 1h")
    daemon.ctl("force", "blue", "down")
    refused = daemon.ctl("force", "green", "down", status=1)
    assert "rule slow: one of its checks was turned lately; in 59m" in refused
    daemon.stop()
    daemon.start("--safety-rule", "slow: 0 of blue green wait 1h")
    assert "rule slow" in daemon.ctl("force", "green", "down", status=1)  # known from what is forced
    assert daemon.ctl_json("status")["rules"][0]["wait_left_ms"] > 0
    daemon.ctl("force", "green", "down", "--override", "slow", "--reason", "both must go")


def test_a_set_is_drained(daemon, site):
    site()
    wait_for(lambda: daemon.answer("api.example.com") == BLUE, 10, "it is chosen, most of the time")
    told = daemon.ctl("drain", "api.example.com/blue", "--for", "45m", "--reason", "new kernel", "--owner", "anna")
    assert "api.example.com/blue is drained for 45m" in told and "check blue" in told
    for _ in range(20):
        assert daemon.answer("api.example.com") == GREEN
    assert daemon.answer("api.example.com", "AAAA") == ["2001:db8::2"]
    force = daemon.ctl_json("status")["forces"][0]
    assert (force["id"], force["state"], force["owner"]) == ("blue", "down", "anna")
    assert force["reason"] == "drain api.example.com/blue: new kernel" and force["left_ms"] > 44 * 60 * 1000
    assert audit(daemon)["verb"] == "drain" and audit(daemon)["new"]["checks"] == ["blue"]

    daemon.kill("checker")
    daemon.stop()
    daemon.start()
    for _ in range(20):
        assert daemon.answer("api.example.com") == GREEN
    assert '"api.example.com/blu" is not drained; did you mean "api.example.com/blue"?' in daemon.ctl(
        "undrain", "api.example.com/blu", status=1)
    assert "is no longer drained: check blue" in daemon.ctl("undrain", "api.example.com/blue")
    wait_for(lambda: daemon.answer("api.example.com") == BLUE, 10, "it is back")


def test_what_cannot_be_drained(daemon, site):
    site()
    rows = [
        ("api.example.com/blu", 'api.example.com has no set "blu"; did you mean "blue"?'),
        ("api.example.com/TXT/blue", 'has no set "blue"'),
        ("nothing.example.com/blue", "no zone that is served has the name nothing.example.com"),
        ("odd.example.com/bare", "the set bare of odd.example.com. A has no check of its own"),
        ("api.example.com/A/blue", "its check blue is also that of the set blue of api.example.com. AAAA"),
        ("www.example.com/", "is neither OWNER/SET nor OWNER/TYPE/SET"),
        ("blu", 'no check "blu"; did you mean "blue"?'),
    ]
    for target, why in rows:
        assert why in daemon.ctl("drain", target, status=1), target
    daemon.ctl("drain", "api.example.com/green")
    refused = daemon.ctl("drain", "api.example.com/blue", status=1)
    assert "no other set of api.example.com. A would be healthy" in refused
    assert daemon.answer("api.example.com") == BLUE
    assert '--for goes with "force drain", not with "undrain"' in daemon.ctl(
        "undrain", "api.example.com/green", "--for", "1h", status=2)


def test_a_drain_has_one_spelling_and_takes_no_force_away(daemon, site):
    site()
    daemon.ctl("drain", "API.example.com./green")
    daemon.ctl("undrain", "api.example.com/green")
    assert daemon.check("green")["forced"] is None
    daemon.ctl("force", "green", "down", "--for", "1h", "--reason", "maintenance", "--owner", "anna")
    for target in ("green", "api.example.com/green"):
        assert "check green is forced down already, by anna: maintenance; end that first: force green auto" in daemon.ctl(
            "drain", target, status=1)
    daemon.ctl("force", "green", "auto")
    daemon.ctl("drain", "green")
    daemon.ctl("drain", "green", "--for", "1h")  # the same again, with an end
    daemon.ctl("undrain", "green")


def test_a_check_is_drained_without_a_responder(daemon, site):
    site("--safety-rule", "both: 1 of blue green")
    daemon.ctl("drain", "green")
    assert "rule both" in daemon.ctl("drain", "blue", status=1)
    daemon.ctl("undrain", "green")
    assert daemon.check("green")["forced"] is None
    pid = daemon.kill("responder", sig=signal.SIGSTOP)
    try:
        assert "the responder, which knows sets, does not answer" in daemon.ctl("drain", "api.example.com/blue", status=1)
        assert "green is drained" in daemon.ctl("drain", "green")
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("rule, why", [
    ("cells 1 of a", "it begins with no name and a colon"),
    ("cells: 3 of a b", "3 of 2 checks cannot be up"),
])
def test_rules_are_read(daemon, rule, why):
    daemon.spawn(*daemon.flags(), "--safety-rule", rule)
    assert daemon.exits() == 1
    assert f"--safety-rule: {why}" in daemon.log.text()
