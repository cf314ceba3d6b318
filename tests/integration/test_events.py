"""The journal: what has happened is there to be asked for, whoever was killed since."""

import datetime
import json
import signal
import subprocess

from harness.checks import PRIMARY, SECONDARY, check, pair
from harness.daemon import HOLDFASTCTL
from harness.wait import wait_for


def start(daemon, endpoint, other):
    daemon.write_checks([check("www", "HTTP", endpoint), check("other", "HTTP", other)])
    daemon.write_zone("example.com", pair("www", "www") + pair("other", "other"))
    daemon.start()
    wait_for(lambda: all(daemon.check(name)["passes"] for name in ("www", "other")), 10, "both have passed")


def events(daemon, *arguments):
    return [json.loads(line)["event"] for line in daemon.ctl("events", *arguments, "--json").splitlines()]


def verdicts(daemon, check_id):
    return [(event["from"], event["to"]) for event in events(daemon, "--check", check_id)
            if event["kind"] == "verdict"]


def stamp(ms):
    seconds = datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{seconds}.{ms % 1000:03}Z"


def explain(daemon, *flags):
    done = subprocess.run([str(HOLDFASTCTL), "-s", str(daemon.state), "--json", "explain", "www.example.com", "A", *flags],
                          capture_output=True, text=True, timeout=30, check=True)
    return json.loads(done.stdout)


def test_a_flip_and_its_reason(daemon, nginx):
    endpoint = nginx()
    start(daemon, endpoint, nginx())
    endpoint.break_pages()
    daemon.wait_state("www", "down")
    wait_for(lambda: verdicts(daemon, "www") == [(None, "up"), ("up", "down")], 10, "both are in the journal")
    last = events(daemon, "--check", "www")[-1]
    assert "status 500" in last["reason"] and last["target"].startswith("http://") and last["lasted_ms"] > 0
    assert "check www (http://" in daemon.ctl("events") and "up -> down: HTTP status 500" in daemon.ctl("events")
    assert verdicts(daemon, "other") == [(None, "up")]
    assert {"checker", "responder"} <= {event.get("role") for event in events(daemon)}

    daemon.kill("checker")
    wait_for(lambda: any(event["kind"] == "ended" and "SIGKILL" in event["reason"] for event in events(daemon)), 10,
             "the death of the checker is there, too")
    before = events(daemon)
    assert events(daemon, "--since", "1h")[:len(before)] == before
    assert events(daemon, "--since", "2999-01-01") == []
    assert "neither a time" in daemon.ctl("events", "--since", "soon", status=2)


def test_it_outlives_the_daemon(daemon, nginx):
    endpoint = nginx()
    start(daemon, endpoint, nginx())
    endpoint.break_pages()
    daemon.wait_state("www", "down")
    wait_for(lambda: len(verdicts(daemon, "www")) == 2, 10, "the flip is in the journal")
    before = events(daemon)
    daemon.process.send_signal(signal.SIGKILL)
    daemon.process.wait()
    daemon.process = None
    assert events(daemon)[:len(before)] == before  # no daemon runs
    journal = daemon.state / "journal"
    journal.write_bytes(journal.read_bytes()[:-5])  # as if it had been killed while it wrote
    cut = events(daemon)
    daemon.start()
    wait_for(lambda: len(events(daemon)) > len(cut) + 1, 10, "it goes on behind")
    assert events(daemon)[:len(cut)] == cut


def test_explaining_the_past(daemon, nginx):
    endpoint = nginx()
    start(daemon, endpoint, nginx())
    endpoint.break_pages()
    daemon.wait_state("www", "down")
    wait_for(lambda: len(verdicts(daemon, "www")) == 2, 10, "the flip is in the journal")
    up, down = [stamp(event["ms"]) for event in events(daemon, "--check", "www") if event["kind"] == "verdict"]
    then = explain(daemon, "--at", up)
    assert then["outcomes"][0]["records"] == PRIMARY and then["assumed"] == [{"id": "www", "state": "up"}]
    now = explain(daemon, "--at", down)
    assert now["outcomes"][0]["records"] == SECONDARY and now["assumed"] == []
    assert "1 of the checks asked were otherwise" in daemon.ctl("explain", "www.example.com", "A", "--at", up)
    other = explain(daemon, "--at", up, "--assume", "www=down")  # what the asker says stands
    assert other["outcomes"][0]["records"] == SECONDARY and other["assumed"] == [{"id": "www", "state": "down"}]
    assert "is still to come" in daemon.ctl("explain", "www.example.com", "A", "--at", "2999-01-01", status=2)
    refused = daemon.ctl("explain", "www.example.com", "A", "--at", "2001-01-01", status=2)
    assert "does not reach back to 2001-01-01T00:00:00.000Z" in refused
    endpoint.mend_pages()
    daemon.wait_state("www", "up")
    wait_for(lambda: len(verdicts(daemon, "www")) == 3, 10, "and so is the way back")
    assert explain(daemon, "--at", down)["outcomes"][0]["records"] == SECONDARY


def test_following(daemon, nginx):
    endpoint = nginx()
    start(daemon, endpoint, nginx())
    with subprocess.Popen([str(HOLDFASTCTL), "-s", str(daemon.state), "events", "--follow", "--check", "www"],
                          stdout=subprocess.PIPE, text=True) as follower:
        assert "first result, up" in follower.stdout.readline()
        endpoint.break_pages()
        assert "up -> down" in follower.stdout.readline()
        follower.kill()
