"""What is told instead of probed: heartbeats, alarms and switches."""

import json
import signal

import pytest

from harness.checks import PRIMARY, SECONDARY, pair
from harness.wait import wait_for

ALARM = {"Region": "eu-west-1", "Name": "cpu"}
TTL_S = 1.0


def told(check_id, kind, **members):
    return {"Id": check_id, "HealthCheckConfig": {"Type": kind, **members}}


@pytest.fixture
def served(daemon):
    """A name for each kind, and one for a CALCULATED check of a CALCULATED check of the switch."""
    daemon.write_checks([
        told("beat", "HEARTBEAT", TimeToLive=TTL_S),
        told("cpu-check", "CLOUDWATCH_METRIC", AlarmIdentifier=ALARM,
             InsufficientDataHealthStatus="Unhealthy"),
        told("blue", "RECOVERY_CONTROL", RoutingControlArn="arn:blue"),
        told("inner", "CALCULATED", HealthThreshold=1, ChildHealthChecks=["blue"]),
        told("outer", "CALCULATED", HealthThreshold=1, ChildHealthChecks=["inner"]),
    ])
    daemon.write_zone("example.com", pair("h", "beat") + pair("a", "cpu-check") +
                      pair("c", "blue") + pair("n", "outer"))
    daemon.start()
    return daemon


def answers(daemon):
    return {name: daemon.answer(f"{name}.example.com") for name in "hacn"}


def test_the_next_answer_follows_a_push(served):
    served.ctl("heartbeat", "beat")
    assert answers(served) == dict.fromkeys("hacn", PRIMARY)
    assert served.ctl("control", "arn:blue", "off") == \
        "control:arn:blue is off, was never told\n"
    served.ctl("heartbeat", "beat")
    assert answers(served) == {"h": PRIMARY, "a": PRIMARY, "c": SECONDARY, "n": SECONDARY}
    served.ctl("alarm", "cpu", "ALARM", "--region", "eu-west-1")
    assert served.answer("a.example.com") == SECONDARY
    served.ctl("alarm", "cpu-check", "OK")
    assert served.answer("a.example.com") == PRIMARY
    served.ctl("alarm", "cpu", "INSUFFICIENT_DATA")
    assert served.answer("a.example.com") == SECONDARY
    served.ctl("control", "blue", "on")
    assert served.answer("n.example.com") == PRIMARY
    lines = [json.loads(line) for line in (served.state / "audit.log").read_text().splitlines()]
    assert [(line["verb"], line["new"]["state"]) for line in lines] == [
        ("control", "off"), ("alarm", "ALARM"), ("alarm", "OK"), ("alarm", "INSUFFICIENT_DATA"),
        ("control", "on")]
    assert lines[4]["old"]["state"] == "off"


def test_silence_is_found_and_ends(served):
    """The first beat of a new check must come within its time to live, too."""
    wait_for(lambda: served.answer("h.example.com") == SECONDARY, 10, "it never beat")
    served.ctl("heartbeat", "beat")
    assert served.answer("h.example.com") == PRIMARY
    row = served.ctl_json("checks", "beat")["checks"][0]
    assert (row["passes"], row["fails"], row["detection_worst_ms"]) == (1, 1, TTL_S * 1000)
    wait_for(lambda: served.check("beat")["fails"] == 2, 10, "silence")
    row = served.check("beat")
    assert row["reason"] == "no heartbeat within 1.0s"


def test_what_was_told_outlives_checker_and_daemon(served):
    served.ctl("control", "blue", "off")
    served.ctl("alarm", "cpu", "ALARM")
    served.kill("checker")
    served.wait_running("checker")
    assert served.answer("c.example.com") == SECONDARY
    served.stop()
    served.start()
    assert (served.answer("c.example.com"), served.answer("a.example.com")) == (
        SECONDARY, SECONDARY)
    assert served.ctl("control", "blue", "on") == "control:arn:blue is on, was off\n"
    assert served.answer("n.example.com") == PRIMARY


REFUSED = [
    (("control", "blu", "off"), 'no check has the control "blu"; did you mean "blue"?'),
    (("control", "arn:blu", "off"), 'no check has the control "arn:blu"; did you mean "arn:blue"?'),
    (("control", "blue", "of"), '"of" is no state; wanted: control NAME on|off'),
    (("alarm", "cpu", "ALARM", "--region", "eu-west-2"),
     'no check has the alarm "eu-west-2/cpu"; did you mean "eu-west-1/cpu"?'),
    (("alarm", "eu-west-1/cpu", "OK", "--region", "eu-west-2"), 'no check has the alarm "eu-west-2/eu'),
    (("alarm", "eu-west-1/cpx", "OK"),
     'no check has the alarm "eu-west-1/cpx"; did you mean "eu-west-1/cpu"?'),
    (("alarm", "cpx", "OK"), 'no check has the alarm "cpx"; did you mean "cpu"?'),
    (("alarm", "cpu", "alarm"), '"alarm" is no state'),
    (("heartbeat", "beet"), 'no check has the heartbeat "beet"; did you mean "beat"?'),
    (("heartbeat", "blue"), 'no check has the heartbeat "blue"'),
]


def test_what_makes_no_sense_is_refused(served):
    for words, why in REFUSED:
        assert why in served.ctl(*words, status=1)
    assert served.answer("c.example.com") == PRIMARY


def test_a_name_in_full(served):
    for words in (("eu-west-1/cpu",), ("eu-west-1/cpu", "--region", "eu-west-1"),
                  ("alarm:eu-west-1/cpu",)):
        name, *region = words
        assert "alarm:eu-west-1/cpu is OK" in served.ctl("alarm", name, "OK", *region)
    assert "control:arn:blue is off" in served.ctl("control", "control:arn:blue", "off")


AMBIGUOUS = [
    ("control", "sw2", "off", "control:other (check sw2) or control:sw2 (check sw3)"),
    ("alarm", "cpu", "ALARM", "alarm:eu/cpu (check cpu-eu) or alarm:us/cpu (check cpu-us)"),
]


def test_what_may_be_two_is_refused_and_told(daemon):
    """The id of one check may be the switch of another; nobody but the operator knows which is meant."""
    daemon.write_checks([
        told("sw2", "RECOVERY_CONTROL", RoutingControlArn="other"),
        told("sw3", "RECOVERY_CONTROL", RoutingControlArn="sw2"),
        told("sw4", "RECOVERY_CONTROL", RoutingControlArn="sw4"),
        told("sw5", "RECOVERY_CONTROL", RoutingControlArn="sw4"),
        *(told(f"cpu-{region}", "CLOUDWATCH_METRIC", AlarmIdentifier={"Region": region, "Name": "cpu"})
          for region in ("eu", "us"))])
    daemon.write_zone("example.com", pair("c", "sw2") + pair("d", "sw3"))
    daemon.start()
    for verb, name, state, either in AMBIGUOUS:
        assert f'"{name}" may be {either}; name the one that is meant in full' in daemon.ctl(
            verb, name, state, status=1)
    assert "pushes" not in [path.name for path in daemon.state.iterdir()]
    for verb, name, target in (
            ("control", "other", "control:other"), ("control", "control:sw2", "control:sw2"),
            ("control", "sw3", "control:sw2"), ("control", "sw4", "control:sw4"),
            ("alarm", "us/cpu", "alarm:us/cpu"), ("alarm", "cpu-eu", "alarm:eu/cpu")):
        state = "off" if verb == "control" else "ALARM"
        assert f"{target} is {state}" in daemon.ctl(verb, name, state)


def test_without_a_checker_nothing_can_be_told(served):
    """Nothing would ever follow."""
    served.stop()
    served.start("--no-checker")
    for words in (("heartbeat", "beat"), ("alarm", "cpu", "OK"), ("control", "blue", "off")):
        assert "runs no checker (no-checker)" in served.ctl(*words, status=1)
    assert "pushes" not in [path.name for path in served.state.iterdir()]


def test_a_beat_counts_when_the_checker_is_back(served):
    wait_for(lambda: served.answer("h.example.com") == SECONDARY, 10, "it never beat")
    served.kill("checker", signal.SIGSTOP)
    assert "the checker does not answer" in served.ctl("heartbeat", "beat")
    served.kill("checker")
    served.wait_answer("h.example.com", PRIMARY, 10)
