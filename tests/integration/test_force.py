"""An operator's word stands over what probes find, until it is ended, expires, or its check is gone."""

import datetime
import getpass
import json
import signal
import stat

import dns.edns
import pytest

from harness.checks import PRIMARY, SECONDARY, check, pair
from harness.wait import wait_for

NAME = "www.example.com"
FORCED = "forced: an operator has set the health of a check"


@pytest.fixture
def served(daemon, nginx):
    """www has a living endpoint; both is up while one of www and other is."""
    daemon.write_checks([check("www", "HTTP", nginx()), check("other", "HTTP", nginx()),
                         check("both", "CALCULATED", HealthThreshold=2,
                               ChildHealthChecks=["www", "other"])])
    daemon.write_zone("example.com", pair("www", "www") + pair("both", "both"))
    daemon.start()
    wait_for(lambda: all(daemon.check(c)["passes"] > 0 for c in ("www", "other")), 5, "probed")
    assert daemon.answer(NAME) == PRIMARY
    return daemon


def errors(daemon, name=NAME):
    """The extended errors (RFC 8914) of an answer: code and text."""
    response = daemon.ask(name, use_edns=0)
    return [(int(option.code), option.text) for option in response.options
            if option.otype == dns.edns.EDE]


def audit(daemon):
    text = (daemon.state / "audit.log").read_text()
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_the_next_answer_follows_and_says_why(served):
    assert errors(served) == []
    served.ctl("force", "www", "down")
    assert served.answer(NAME) == SECONDARY
    assert errors(served) == [(0, FORCED)]
    assert errors(served, "ns1.example.com") == []
    served.ctl("force", "www", "auto")
    assert served.answer(NAME) == PRIMARY
    assert errors(served) == []


def test_probing_goes_on_underneath(served):
    served.ctl("force", "www", "down", "--reason", "deploy")
    passes = served.check("www")["passes"]
    wait_for(lambda: served.check("www")["passes"] > passes + 2, 5, "it goes on being probed")
    row = served.check("www")
    assert (row["state"], row["found"]) == ("down", "up")
    assert row["found_since"] < row["since"]
    assert served.answer(NAME) == SECONDARY


def test_what_is_found_counts_again_when_it_ends(served, nginx):
    served.ctl("force", "www", "up")
    dying = nginx()
    served.write_checks([check("www", "HTTP", dying), check("other", "HTTP", dying),
                         check("both", "CALCULATED", HealthThreshold=2,
                               ChildHealthChecks=["www", "other"])])
    served.ctl("reload")
    dying.kill()
    wait_for(lambda: served.check("www")["found"] == "down", 5, "it is found down")
    served.log.wait(r"check www \(.*\): up -> down: .*answered as up: forced", 5)
    assert served.answer(NAME) == PRIMARY
    served.ctl("force", "www", "auto")
    assert served.answer(NAME) == SECONDARY


def test_a_parent_counts_what_is_forced(served):
    assert served.answer("both.example.com") == PRIMARY
    served.ctl("force", "www", "down")
    assert served.answer("both.example.com") == SECONDARY
    assert served.check("both")["reason"] == "1 of 2 children up, 2 needed, 1 forced"
    served.ctl("force", "both", "up")
    assert served.answer("both.example.com") == PRIMARY
    served.ctl("force", "both", "auto")
    served.ctl("force", "www", "auto")
    assert served.answer("both.example.com") == PRIMARY


def test_it_outlives_the_checker_and_the_daemon(served):
    served.ctl("force", "www", "down", "--for", "2h", "--owner", "jane", "--reason", "deploy of 1.2")
    before = served.check("www")["forced"]
    for _ in range(3):
        served.wait_running("checker")
        served.kill("checker")
        assert served.answer(NAME) == SECONDARY
    served.wait_running("checker")

    served.process.kill()  # at once: nothing but what the answer waited for is on the disk
    served.exits()
    served.start()
    assert served.answer(NAME) == SECONDARY
    assert errors(served) == [(0, FORCED)]
    after = served.check("www")["forced"]
    for key in ("state", "since", "until", "owner", "reason"):
        assert after[key] == before[key], key
    served.stop()
    served.start("--no-checker")
    assert served.answer(NAME) == SECONDARY
    served.ctl("force", "www", "auto")
    assert served.answer(NAME) == PRIMARY, "nobody but the supervisor is needed"


def test_a_force_that_was_just_set_outlives_the_loss_of_the_health_state(served):
    served.ctl("force", "www", "down")
    served.process.kill()
    served.exits()
    (served.state / "health.state").unlink(missing_ok=True)
    served.start()
    assert served.answer(NAME) == SECONDARY


def test_it_needs_no_checker_that_works(served):
    pid = served.kill("checker", signal.SIGSTOP)
    output = served.ctl("force", "www", "down")
    assert served.answer(NAME) == SECONDARY
    assert "the checker does not answer" in output
    assert served.answer("both.example.com") == PRIMARY
    served.kill("checker", signal.SIGCONT)
    served.wait_answer("both.example.com", SECONDARY, 5)
    assert served.pid("checker") == pid


def test_it_expires_by_itself(served):
    served.ctl("force", "www", "down", "--for", "2s")
    assert served.answer("both.example.com") == SECONDARY
    served.wait_answer(NAME, PRIMARY, 10)
    served.wait_answer("both.example.com", PRIMARY, 5)
    assert served.check("www")["forced"] is None
    served.log.wait(r"check www is no longer forced down by .*: its time is over", 5)


def test_it_expires_while_no_daemon_runs(served):
    served.ctl("force", "www", "down", "--for", "1s")
    until = datetime.datetime.fromisoformat(served.check("www")["forced"]["until"])
    served.stop()
    now = datetime.datetime.now
    wait_for(lambda: now(datetime.timezone.utc) > until, 5, "its time is over")
    served.start("--no-checker")
    assert served.answer(NAME) == PRIMARY


def test_status_and_checks_list_it(served):
    served.ctl("force", "www", "down", "--for", "45m", "--owner", "jane", "--reason", "deploy of 1.2")
    served.ctl("force", "other", "up")
    status = served.ctl_json("status")
    assert status["checks"]["forced"] == 2
    first, second = status["forces"]
    assert (first["id"], first["state"], first["owner"]) == ("www", "down", "jane")
    assert first["reason"] == "deploy of 1.2" and not first["missing"]
    assert 44 * 60_000 < first["left_ms"] <= 45 * 60_000 and first["age_ms"] < 60_000
    assert (second["id"], second["state"], second["until"]) == ("other", "up", None)
    assert second["owner"] == getpass.getuser()
    assert {key: served.check("www")["forced"][key] for key in ("until", "owner")} == {
        "until": first["until"], "owner": "jane"}
    for text in (served.ctl("status"), served.ctl("checks"), served.ctl("checks", "www")):
        for word in ("www", "down", "jane", "ago", "44m", "left", "deploy of 1.2"):
            assert word in text, (word, text)


def test_a_removed_check_takes_its_force_with_it(served):
    served.ctl("force", "www", "down")
    rows = [check("other", "TCP"), check("both", "TCP")]
    for row in rows:
        row["HealthCheckConfig"].update(IPAddress="127.0.0.1", Port=served.port)
    served.write_checks(rows)
    served.ctl("reload", status=1)  # the zone still names it, so it is leaving
    assert served.answer(NAME) == SECONDARY
    assert served.check("www")["leaving"] and served.check("www")["forced"]
    served.write_zone("example.com", pair("www", "other"))
    served.ctl("reload")
    assert served.check("www") is None
    wait_for(lambda: served.ctl_json("status")["forces"] == [], 5, "the force is gone")
    served.log.wait(r"check www is no longer forced down by .*: the check is gone", 5)
    # Whoever gets its slot, and whoever gets its name, is not forced.
    rows += [dict(rows[0], Id="www"), dict(rows[0], Id="new")]
    served.write_checks(rows)
    served.ctl("reload")
    assert [served.check(name)["forced"] for name in ("www", "new")] == [None, None]


def test_refusals_name_what_was_meant(served):
    cases = [
        (("wwww", "down"), 'no check "wwww"; did you mean "www"?'),
        (("www", "dwon"), 'did you mean "down"?'),
        (("www", "down", "--for", "45"), "wanted a number and s, m, h or d"),
        (("www", "down", "--for", "366d"), "at most 365d"),
        (("www", "auto", "--for", "1h"), "auto ends a force at once"),
        (("www", "down", "--reason", "x" * 192), "at most 191"),
        (("www", "down", "--reason", "\x7f"), "only printable"),
    ]
    for arguments, why in cases:
        assert why in served.ctl("force", *arguments, status=1), arguments
    assert served.answer(NAME) == PRIMARY and not (served.state / "forces").exists()
    refused = audit(served)
    assert len(refused) == len(cases) and all(entry["refused"] for entry in refused)


@pytest.mark.parametrize("arguments", [
    ("force", "www", "down", "--reason", "a\nforce other down"),
    ("force", "www", "down", "--reason", "\x1b[31m"),
    ("force", "www", "down", "--owner", "a b"),
    ("force", "www\tdown", "up"),
    ("force", "www"),
    ("force", "www", "down", "now"),
    ("checks", "--for", "45m"),
    ("force", "www", "down", "--reason", "x" * 1024),
], ids=range(8))
def test_what_is_no_request_is_not_sent(served, arguments):
    served.ctl(*arguments, status=2)
    assert not (served.state / "audit.log").exists()


def test_the_audit_log(served):
    served.ctl("force", "www", "down", "--for", "45m", "--owner", "jane", "--reason", "deploy")
    served.ctl("force", "nope", "up", status=1)
    served.ctl("force", "www", "auto")
    path = served.state / "audit.log"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    done, refused, ended = audit(served)
    for entry in (done, refused, ended):
        assert (entry["uid"], entry["gid"]) == (path.stat().st_uid, path.stat().st_gid)
        assert entry["user"] == getpass.getuser() and entry["verb"] == "force"
        assert entry["pid"] > 0 and entry["pid"] != served.process.pid
    assert done["arguments"] == "www down for=45m owner=jane reason=deploy"
    assert done["old"] is None and done["new"]["owner"] == "jane" and done["result"] == "ok"
    assert refused["refused"] and 'no check "nope"' in refused["result"]
    assert ended["old"]["reason"] == "deploy" and ended["new"] is None and not ended["refused"]
    assert done["time"] < refused["time"] < ended["time"]


def test_an_audit_log_that_cannot_be_written_is_told(served):
    (served.state / "audit.log").mkdir()
    output = served.ctl("force", "www", "down", status=1)
    assert "audit.log is not written: Is a directory" in output
    assert served.answer(NAME) == SECONDARY, "a broken log does not keep an operator from forcing"
    served.log.wait(r"error: .*audit\.log is not written", 5)
