"""The operator's door: every command of holdfastctl, for people and as JSON."""

import os
import re
import signal as signals
import stat
import subprocess

import pytest

from harness import processes
from harness.checks import check, pair
from harness.daemon import APEX, HOLDFASTCTL, HOLDFASTD, ROLES
from harness.wait import wait_for


@pytest.fixture
def served(daemon, nginx):
    living, dying = nginx(), nginx()
    dying.kill()
    daemon.write_checks([check("alive", "HTTP", living), check("dead", "TCP", dying)])
    daemon.write_zone("example.com", pair("www", "alive") + pair("api", "dead"))
    daemon.start()
    daemon.wait_state("dead", "down")
    wait_for(lambda: daemon.check("alive")["passes"] > 0, 5, "alive was probed")
    return daemon


def test_status(served):
    text = served.ctl("status")
    for word in ("responder", "checker", str(served.pid("responder")), str(served.pid("checker"))):
        assert word in text, text
    for role in ROLES:
        assert served.role(role)["pid"] == served.pid(role)
        assert served.role(role)["state"] == "running"
    counts = served.ctl_json("status")["checks"]
    assert (counts["total"], counts["up"], counts["down"]) == (2, 1, 1)


def test_checks(served):
    text = served.ctl("checks")
    assert re.search(r"^alive\b.*\bup\b", text, re.M) and re.search(r"^dead\b.*\bdown\b", text, re.M)
    rows = {row["id"]: row for row in served.ctl_json("checks")["checks"]}
    assert set(rows) == {"alive", "dead"}
    assert rows["alive"]["state"] == "up" and rows["alive"]["type"] == "HTTP"
    assert rows["dead"]["state"] == "down" and rows["dead"]["fails"] > 0
    assert "refused" in rows["dead"]["reason"].lower()


def test_one_check(served):
    text = served.ctl("checks", "dead")
    assert "refused" in text.lower() and "alive" not in text
    assert "dead" in served.ctl("checks", "dead", "--json")
    told = served.ctl_json("checks", "dead")["checks"][0]
    assert told["probed_by"] == os.uname().nodename and told["last_probe"], told
    assert "dead" in served.ctl("checks", "daed", status=1), "the nearest id is named"


def test_zones(served):
    assert re.search(r"example\.com\b.*\b1\b", served.ctl("zones"))
    row, = served.ctl_json("zones")["zones"]
    assert row["origin"].rstrip(".") == "example.com"
    assert row["serial"] == 1 and row["state"] == "loaded"


def test_reload(served):
    served.ctl("reload")
    served.write_zone("example.com", "www IN A nonsense\n")
    output = served.ctl("reload", status=1)
    assert re.search(r"example\.com\.zone:\d+:\d+: error: .*nonsense", output)
    report = served.ctl_json("reload", status=1)
    assert report["zones"]["errors"] == 1 and report["checks"]["errors"] == 0
    fault, = report["zones"]["faults"]
    assert (fault["severity"], fault["line"]) == ("error", APEX.count("\n") + 1) and fault["column"] > 0


def test_stats(served):
    for _ in range(3):
        served.answer("www.example.com")
    served.answer("www.example.com", tcp=True)
    served.answer("absent.example.com")
    stats = served.ctl_json("stats")
    assert (stats["udp_queries"], stats["tcp_queries"]) == (4, 1)
    assert (stats["rcodes"]["NOERROR"], stats["rcodes"]["NXDOMAIN"]) == (4, 1)
    assert re.search(r"^udp_queries\s+4$", served.ctl("stats"), re.M)


def test_version(served):
    version = served.ctl_json("version")["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version) and version in served.ctl("version")


def test_an_unknown_command_is_refused_with_the_nearest(served):
    assert "status" in served.ctl("statsu", status=2)


def test_without_a_daemon_it_says_so(daemon):
    assert str(daemon.state) in daemon.ctl("status", status=2)


def test_a_stopped_daemon_is_given_up(served):
    served.process.send_signal(signals.SIGSTOP)
    try:
        for command in ("status", "reload"):
            assert "does not answer" in served.ctl(command, status=2)
        assert served.answer("www.example.com")
    finally:
        served.process.send_signal(signals.SIGCONT)
    served.ctl("reload")


def test_help_and_version_need_no_daemon():
    for program in (HOLDFASTD, HOLDFASTCTL):
        for flag, word in (("--help", "--state-dir"), ("--version", "0.1.0")):
            done = subprocess.run([str(program), flag], capture_output=True, text=True, check=True,
                                  timeout=10)
            assert word in done.stdout, f"{program.name} {flag}"


def test_the_socket_is_the_owners_alone(served):
    path, = served.sockets()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_roles_show_in_ps(served):
    for role in ROLES:
        pid = served.pid(role)  # found by its comm, hf-ROLE
        assert processes.title(pid) == f"holdfastd: {role}"


@pytest.mark.parametrize("signal", [2, 15], ids=["SIGINT", "SIGTERM"])
def test_a_clean_end(served, signal):
    served.stop(signal)
