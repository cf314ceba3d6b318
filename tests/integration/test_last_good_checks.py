"""Definitions in force while their files are faulty outlive the checker, but not the daemon."""

import re
import stat

from harness.checks import PRIMARY, SECONDARY, check, pair
from harness.wait import wait_for

WWW = "www.example.com"
FAULT = r"checks\.json:\d+:\d+: error: not JSON"


def probed(daemon, more=2):
    """The check completes probes that it had not completed before."""
    def count():
        row = daemon.check("www") or {"passes": 0, "fails": 0}
        return row["passes"] + row["fails"]
    before = count()
    wait_for(lambda: count() >= before + more, 10, "www is probed")


def start(daemon, endpoint, *flags):
    daemon.write_checks([check("www", "HTTP", endpoint)])
    daemon.write_zone("example.com", pair("www", "www"))
    daemon.start(*flags)


def break_checks(daemon):
    (daemon.checks / "checks.json").write_text('[{"Id": "www", ')


def break_and_reload(daemon):
    break_checks(daemon)
    output = daemon.ctl("reload", status=1)
    assert re.search(FAULT, output), output


def kill_checker(daemon):
    daemon.wait_running("checker")
    pid = daemon.kill("checker")
    wait_for(lambda: daemon.role("checker")["state"] == "running"
             and daemon.pid("checker") != pid, 10, "the next checker is ready")


def test_the_last_good_checks_survive_the_checker(daemon, nginx):
    endpoint = nginx()
    start(daemon, endpoint)
    probed(daemon)
    break_and_reload(daemon)

    kill_checker(daemon)
    daemon.log.wait("the last good definitions are in force: 1 checks", 5)
    probed(daemon)
    assert daemon.answer(WWW) == PRIMARY
    endpoint.kill()
    daemon.wait_answer(WWW, SECONDARY, 5)

    # Once more, by a checker that never read a good file.
    kill_checker(daemon)
    endpoint.start()
    daemon.wait_answer(WWW, PRIMARY, 5)

    # The repaired file says something else than the copy, and holds.
    daemon.write_checks([check("www", "HTTP", endpoint, Inverted=True)])
    daemon.ctl("reload")
    daemon.wait_answer(WWW, SECONDARY, 5)
    break_and_reload(daemon)
    kill_checker(daemon)
    probed(daemon)
    assert daemon.answer(WWW) == SECONDARY


def test_the_last_good_checks_end_with_the_daemon(daemon, nginx):
    endpoint = nginx()
    start(daemon, endpoint)
    probed(daemon)
    copy = daemon.state / "last-good" / "checks.json"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    daemon.stop()

    break_checks(daemon)
    daemon.start()
    assert re.search(FAULT, daemon.log.text()), daemon.log.text()
    assert "last good definitions" not in daemon.log.text()
    assert not copy.exists()
    before = daemon.check("www")
    endpoint.kill()
    kill_checker(daemon)
    after = daemon.check("www")
    assert (after["passes"], after["fails"]) == (before["passes"], before["fails"]), "nothing probes"
    assert daemon.answer(WWW) == PRIMARY

    daemon.write_checks([check("www", "HTTP", endpoint)])
    daemon.ctl("reload")
    daemon.wait_answer(WWW, SECONDARY, 5)
