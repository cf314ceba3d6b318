"""holdfastctl simulate: the example zone through an outage, and what cannot be read."""

import json
import subprocess

import pytest

from harness.daemon import HOLDFASTCTL, TREE


def simulate(tmp_path, timeline, *arguments):
    path = tmp_path / "timeline.json"
    path.write_text(timeline if isinstance(timeline, str) else json.dumps(timeline))
    return subprocess.run(
        [HOLDFASTCTL, "simulate", path, "--zones", TREE / "zones", "--checks", TREE / "checks", *arguments],
        capture_output=True, text=True, timeout=30)


OUTAGE = {"Duration": 120, "Names": ["www.example.com"],
          "Timeline": [{"At": 10, "For": 60, "Check": "www-eu", "Fault": "refused"}]}


def test_an_outage_of_the_example_zone(tmp_path):
    done = simulate(tmp_path, OUTAGE, "--json")
    assert done.returncode == 0
    story = json.loads(done.stdout)
    states = [event["state"] for event in story["events"] if event.get("check") == "www-eu"]
    assert states == ["down", "up"]
    (row,) = story["answers"]
    assert 0 < row["bad_ms"] < 10_000 and row["empty_ms"] == 0
    assert row["available"] == pytest.approx(100 - 100 * row["bad_ms"] / 120_000)
    shown = simulate(tmp_path, OUTAGE)
    assert "check www-eu: down" in shown.stdout and "AVAILABLE" in shown.stdout


def test_that_this_host_may_be_cut_off_is_told_by_virtual_time(tmp_path):
    cut = {**OUTAGE, "Timeline": [{"At": 20, "For": 60, "Cut": "both"}]}
    shown = simulate(tmp_path, cut)
    told = [line.split(maxsplit=1) for line in shown.stdout.splitlines() if "cut off" in line]
    assert [text for _, text in told] == [
        "this host may be cut off, as nearly every endpoint is silent at once", "no longer cut off"]
    assert 20 < float(told[0][0]) < 80 < float(told[1][0]) and "cut off" not in shown.stderr
    done = simulate(tmp_path, cut, "--json")
    events = [event for event in json.loads(done.stdout)["events"] if "cut_off" in event]
    assert [event["cut_off"] for event in events] == [["share"], []]


@pytest.mark.parametrize("timeline, said", [
    ("{", "timeline.json:1:1: error: "),
    ({"Timeline": [{"At": 1, "Check": "www-ue", "Fault": "error"}]}, 'did you mean "www-eu"?'),
    ({"Names": ["no.example.com"]}, "no zone has no.example.com. A"),
    ({"Timeline": [{"At": 1, "Accept": "nope"}]}, '"nope" cannot be accepted: no zone has that name'),
    ({"Timeline": [{"At": 1, "Accept": "Example.com"}]}, '"Example.com" cannot be accepted'),
], ids=["no JSON", "no such check", "no such name", "no such zone", "a zone otherwise spelled"])
def test_what_cannot_be_run(tmp_path, timeline, said):
    done = simulate(tmp_path, timeline)
    assert done.returncode == 2 and said in done.stderr and not done.stdout


def test_a_guard_that_is_accepted_need_not_be_there(tmp_path):
    """One timeline can be run with and without."""
    for guard in ("example.com", "all"):
        done = simulate(tmp_path, {**OUTAGE, "Timeline": [{"At": 1, "Accept": guard}]})
        assert done.returncode == 0, done.stderr
