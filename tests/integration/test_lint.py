"""What `holdfastctl lint` and `holdfastd -t --lint` foresee is what happens, and their exit statuses suit CI."""

import json
import random
import subprocess
import time

import pytest

from harness.checks import PRIMARY, check, pair
from harness.daemon import HOLDFASTD
from harness.wait import wait_for

NAME = "www.example.com."
SAME = pair("www", "www", "www")  # both sites stand and fall with one check
SPREAD = pair("api", "www", "api")


@pytest.fixture
def served(daemon, nginx):
    """www fails open with one check, api with two; spare is used by nobody, api counted by sum."""
    daemon.write_checks([check("www", "HTTP", nginx()), check("api", "HTTP", nginx()),
                         check("spare", "TCP", nginx()),
                         check("sum", "CALCULATED", HealthThreshold=1, ChildHealthChecks=["api"])])
    daemon.write_zone("example.com", SAME + SPREAD + "sum A 192.0.2.1 ; @simple check=sum\n")
    daemon.write_zone("example.org", pair("www", "api", "www"))
    return daemon.start()


def findings(report, **wanted):
    return [row for row in report["findings"] if all(row[key] == value for key, value in wanted.items())]


def offline(daemon, *flags, status=0):
    """holdfastd -t --lint over a daemon's files: what went to stdout and to stderr."""
    done = subprocess.run([str(HOLDFASTD), *daemon.flags(), "-t", "--lint", *flags], cwd=daemon.dir,
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status, f"{done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout, done.stderr


def test_a_running_daemon_and_its_files_say_the_same(served):
    report = served.ctl_json("lint", status=1)
    assert report == json.loads(offline(served, "--json", status=1)[0])
    found, = findings(report, code="FAIL_OPEN", severity="warning")
    assert (found["name"], found["type"]) == (NAME, "A")
    assert [failure["checks"] for failure in found["failures"]] == [["www"]]
    assert [row["name"] for row in findings(report, code="UNUSED_CHECK")] == ["spare"]
    assert report["warnings"] == 1 and report["zones"] == 2 and report["names"] == 4
    text = served.ctl("lint", status=1)
    assert text == offline(served, status=1)[0]
    for part in (NAME, "FAIL_OPEN", "www down: primary = 192.0.2.10", "api and www down", "to do: "):
        assert part in text, text


def test_exit_statuses(served):
    served.ctl("lint", status=1)
    served.ctl("lint", "example.org")
    assert "example.com." in served.ctl("lint", "exmaple.com", status=1), "the nearest zone is named"
    served.ctl("lint", "example.com", "example.org", status=2)
    served.ctl("status", "--all", status=2)
    served.write_zone("example.com", SPREAD)
    served.ctl("lint", status=1), "what is served counts, not the files"
    served.ctl("reload")
    served.ctl("lint")
    served.stop()
    served.ctl("lint", status=2)
    served.start()


def test_offline_exit_statuses(daemon, nginx):
    daemon.write_checks([check("www", "HTTP", nginx()), check("api", "HTTP", nginx())])
    daemon.write_zone("example.com", SPREAD)
    out, err = offline(daemon)
    assert "0 warnings, 1 note, 0 waived" in out and "1 zones, 2 checks: 0 errors" in err
    daemon.write_zone("example.com", SAME + SPREAD)
    offline(daemon, status=1)
    daemon.write_zone("example.org", "www IN A nonsense\n")
    daemon.write_zone("example.com", SPREAD)
    out, err = offline(daemon, status=1)
    assert "nonsense" in err and "FAIL_OPEN" in out, "faults as ever, and what could be loaded"
    assert not daemon.state.exists()


def test_waivers(served):
    served.stop()
    waive = ["--lint-waive", "www.example.com:FAIL_OPEN", "--lint-waive", "*:UNUSED_CHECK",
             "--lint-waive", "nobody.example.com:LONG_TTL"]
    served.start(*waive)
    report = served.ctl_json("lint")
    assert report["warnings"] == 0 and report["waived"] == 2
    assert [row["name"] for row in findings(report, waived=True)] == [NAME, "spare"]
    assert [row["name"] for row in findings(report, code="UNUSED_WAIVER")] == [
        "nobody.example.com:LONG_TTL"]
    assert "2 waived" in served.ctl("lint") and "waived warning" not in served.ctl("lint")
    assert "waived warning" in served.ctl("lint", "--all")
    assert "waived warning" in offline(served, "--all", *waive)[0]
    (served.dir / "waive.conf").write_text('lint-waive = {"www.example.com A:FAIL_OPEN"}\n')
    offline(served, "-c", "waive.conf")


def test_a_failover_that_is_slow(served):
    served.stop()
    served.start("--lint-slow", "60")
    slow = findings(served.ctl_json("lint", status=1), code="SLOW_FAILOVER", severity="warning")
    assert {row["name"] for row in slow} >= {NAME, "www.example.org."}


def test_answers_are_as_foreseen(served):
    report = served.ctl_json("lint", status=1)
    told = [(row, failure) for row in findings(report, code="FAIL_OPEN") for failure in row["failures"]]
    assert len(told) == 4
    for row, failure in told:
        for check_id in failure["checks"]:
            served.ctl("force", check_id, "down")
        assert served.answer(row["name"], row["type"]) == [end["records"] for end in failure["answered"]]
        explained = served.ctl_json("explain", row["name"], row["type"])
        assert explained["decision"]["fail_open"], (row, failure)
        for check_id in failure["checks"]:
            served.ctl("force", check_id, "auto")
        assert not served.ctl_json("explain", row["name"], row["type"])["decision"]["fail_open"]


def test_it_is_found_down_within_the_worst(daemon, nginx):
    """Endpoints die at any moment; a check and one that counts it are down in time, and so is the answer."""
    timing = {"RequestInterval": 0.5, "FailureThreshold": 2, "ConnectTimeout": 0.2, "ResponseTimeout": 0.1}
    endpoint = nginx()
    daemon.write_checks([check("www", "HTTP", endpoint, **timing),
                         check("sum", "CALCULATED", HealthThreshold=1, ChildHealthChecks=["www"])])
    daemon.write_zone("example.com", pair("www", "sum"))
    daemon.start()
    row, = daemon.ctl_json("lint")["times"]
    assert row["detection_worst_ms"] == 100 + 2 * (525 + 400) and row["check"] == "sum"
    assert row["failover_worst_ms"] == row["detection_worst_ms"] + 60000 and row["ttl_s"] == 60
    assert daemon.ctl_json("checks", "www")["checks"][0]["detection_worst_ms"] == 1950
    for _ in range(3):
        wait_for(lambda: daemon.answer(NAME) == PRIMARY, 10, "the first site is back")
        passes = daemon.check("www")["passes"]
        wait_for(lambda: daemon.check("www")["passes"] > passes, 5, "a probe has just passed")
        start, wait = time.monotonic(), random.uniform(0, 0.5)
        wait_for(lambda: time.monotonic() - start > wait, 5, "some moment between probes")
        endpoint.kill()
        took_s = daemon.wait_answer(NAME, ["198.51.100.10"], 5)
        assert took_s < 1.95 + 0.5, "more than the worst case, and half a second of this machine's"
        endpoint.start()


def test_a_large_zone(daemon, nginx):
    """Ten thousand names are looked at while queries are answered."""
    daemon.write_checks([check("www", "HTTP", nginx()), check("api", "HTTP", nginx())])
    daemon.write_zone("example.com", "".join(pair(f"n{i}", "www", "api") for i in range(10000)))
    daemon.start()
    report = daemon.ctl_json("lint")
    assert report["names"] == 10000 and report["notes"] == 10000
    assert len(report["times"]) + report["times_more"] == 10000
    assert daemon.answer("n9999.example.com") == PRIMARY
