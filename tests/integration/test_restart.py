"""What was known before a restart is known after it, from the very first answer."""

import datetime

from harness.checks import SECONDARY, check, pair
from harness.wait import wait_for

NAME = "www.example.com"
KEPT = ("state", "since", "changes", "type", "target")
GROWING = ("passes", "fails")


def start_with_a_dead_endpoint(daemon, nginx):
    endpoint = nginx()
    daemon.write_checks([check("www", "HTTP", endpoint)])
    daemon.write_zone("example.com", pair("www", "www"))
    daemon.start()
    wait_for(lambda: daemon.check("www")["passes"] > 1, 5, "it was up")
    endpoint.kill()
    daemon.wait_answer(NAME, SECONDARY, 5)
    return endpoint


def state_file(daemon):
    """The whole one; what is being written lies beside it."""
    return daemon.state / "health.state"


def test_a_dead_endpoint_is_down_from_the_first_answer_on(daemon, nginx):
    start_with_a_dead_endpoint(daemon, nginx)
    before = daemon.check("www")
    daemon.stop()
    daemon.start("--no-checker")  # nothing but the state file can know
    assert daemon.answer(NAME) == SECONDARY
    after = daemon.check("www")
    for key in KEPT:
        assert after[key] == before[key], key
    for key in GROWING:
        assert after[key] >= before[key] > 0, key
    assert after["reason"] == before["reason"] != ""
    daemon.stop()
    daemon.start()
    assert daemon.answer(NAME) == SECONDARY
    wait_for(lambda: daemon.check("www")["fails"] > after["fails"], 5, "it is probed again")
    assert daemon.check("www")["since"] == before["since"]


def cut(length):
    def damage(data):
        return data[:length if length >= 0 else len(data) + length]
    damage.__name__ = f"cut at {length}"
    return damage


def flip(position):
    def damage(data):
        at = int(position * (len(data) - 1))
        return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1:]
    damage.__name__ = f"bit flipped at {position:.0%}"
    return damage


def other(data):
    return b"this is no state file\n"


DAMAGES = [cut(0), cut(1), cut(20), cut(-1), flip(0), flip(0.02), flip(0.5), flip(1), other]


def test_a_damaged_state_file_is_reported_and_never_fatal(daemon, nginx):
    start_with_a_dead_endpoint(daemon, nginx)
    daemon.stop()
    whole = state_file(daemon).read_bytes()
    for damage in DAMAGES:
        state_file(daemon).write_bytes(damage(whole))
        daemon.start("--no-checker")
        assert daemon.log.find(r"warning: .*state"), (damage.__name__, daemon.log.text())
        assert daemon.answer(NAME) == ["192.0.2.10"], f"{damage.__name__}: a new check is up"
        daemon.stop()


def test_definitions_that_became_faulty_change_no_answer(daemon, nginx):
    """The checks of the last run are still known, with their verdicts, though none is probed."""
    start_with_a_dead_endpoint(daemon, nginx)
    daemon.stop()
    path = daemon.checks / "checks.json"
    good = path.read_text()
    path.write_text(good[:-10])
    daemon.start()
    assert daemon.log.find(r"checks\.json:\d+:\d+: error: ")
    assert daemon.answer(NAME) == SECONDARY
    path.write_text(good)
    daemon.ctl("reload")
    fails = daemon.check("www")["fails"]
    wait_for(lambda: daemon.check("www")["fails"] > fails, 5, "it is probed again")


def test_a_check_whose_definition_went_meanwhile_is_forgotten(daemon, nginx):
    start_with_a_dead_endpoint(daemon, nginx)
    daemon.stop()
    daemon.write_checks([])
    daemon.write_zone("example.com", "www IN A 192.0.2.10\n")
    daemon.start()
    wait_for(lambda: daemon.check("www") is None, 5, "its slot is free")
    daemon.stop()
    daemon.start("--no-checker")
    assert daemon.check("www") is None, "and stays so"


def test_a_check_that_a_faulty_zone_may_use_is_kept_at_the_start(daemon, nginx):
    """The zone names what is gone, so it is faulty and answers SERVFAIL; the check it lives by must be
    there when both come back."""
    start_with_a_dead_endpoint(daemon, nginx)
    daemon.stop()
    daemon.write_checks([], "checks.json")
    daemon.write_zone("other.example", "www IN A 192.0.2.10\n")
    daemon.start()
    assert daemon.answer(NAME) == "SERVFAIL"
    daemon.ctl("reload", status=1)
    assert daemon.check("www")["leaving"]


def test_a_daemon_that_was_killed_has_lost_little(daemon, nginx):
    """The state is saved when verdicts have changed, not only at a clean end."""
    start_with_a_dead_endpoint(daemon, nginx)
    wait_for(lambda: saved_down(daemon), 10, "the change is saved")
    daemon.process.kill()
    daemon.exits()
    daemon.start("--no-checker")
    assert daemon.answer(NAME) == SECONDARY


def saved_down(daemon):
    """Whether the saved file has the moment since which the check is down, in milliseconds."""
    since = datetime.datetime.fromisoformat(daemon.check("www")["since"])
    since_ms = round(since.timestamp() * 1000)
    return since_ms.to_bytes(8, "little") in state_file(daemon).read_bytes()
