"""Whatever happens to the checker, not one query is lost or answered differently."""

import os
import signal
import time

from harness.checks import PRIMARY, SECONDARY, check, pair
from harness.daemon import errors_of
from harness.load import Load
from harness.wait import wait_for

KILLS = 100
STOPPED_S = 3
RATE = 2000
NAMES = ["alive.example.com", "dead.example.com"]
COUNTERS = ("passes", "fails", "changes")
FAIL_OPEN = (0, "fail-open: no healthy record")
STALE = (3, "health is stale: the checker has been silent")


def start(daemon, nginx, *flags, **fields):
    """One endpoint lives and one is dead; both verdicts are known."""
    living, dying = nginx(), nginx()
    dying.kill()
    daemon.write_checks([check("alive", "HTTP", living, **fields),
                         check("dead", "HTTP", dying, **fields)])
    daemon.write_zone("example.com", pair("alive", "alive") + pair("dead", "dead"))
    daemon.start(*flags)
    daemon.wait_state("dead", "down")
    wait_for(lambda: daemon.check("alive")["passes"] > 0, 5, "alive was probed")
    return living, dying


def assert_untouched(report):
    assert report.lost == 0 and report.unexpected == 0
    assert set(report.answers["alive.example.com"]) == {tuple(PRIMARY)}
    assert set(report.answers["dead.example.com"]) == {tuple(SECONDARY)}


def counters(daemon):
    return {name: daemon.check(name) for name in ("alive", "dead")}


def assert_kept(before, after):
    """No counter fell back, and the states stand since when they stood."""
    for name in before:
        for key in COUNTERS:
            assert after[name][key] >= before[name][key], (name, key)
        for key in ("state", "since"):
            assert after[name][key] == before[name][key], (name, key)


def kill_ready_checker(daemon):
    """Kills a checker that has loaded its definitions: one killed sooner is restarted with back-off."""
    daemon.wait_running("checker")
    return daemon.kill("checker")


def wait_probing(daemon, deadline_s=5):
    """Both checks complete a probe that they had not completed before."""
    before = counters(daemon)
    wait_for(lambda: daemon.check("alive")["passes"] > before["alive"]["passes"]
             and daemon.check("dead")["fails"] > before["dead"]["fails"], deadline_s,
             "both checks are probed again")


def test_a_hundred_kills_of_the_checker_lose_and_change_nothing(daemon, nginx):
    _, dying = start(daemon, nginx, RequestInterval=0.1)
    wait_for(lambda: daemon.check("alive")["passes"] > 5, 5, "there is something to forget")
    before = counters(daemon)
    killed = set()
    with Load(daemon, RATE, NAMES) as load:
        for _ in range(KILLS):
            killed.add(kill_ready_checker(daemon))
            after = counters(daemon)
            assert_kept(before, after)
            before = after
        wait_probing(daemon, 10)
    assert len(killed) == KILLS
    assert_untouched(load.report)

    dying.start()
    daemon.wait_answer("dead.example.com", PRIMARY, 5)


def test_a_stopped_checker_changes_nothing_and_resumes(daemon, nginx):
    start(daemon, nginx)
    before = counters(daemon)
    with Load(daemon, RATE, NAMES) as load:
        pid = daemon.kill("checker", signal.SIGSTOP)
        end = time.monotonic() + STOPPED_S
        wait_for(lambda: time.monotonic() > end, STOPPED_S + 1, "it stood still for seconds")
        stopped = counters(daemon)
        os.kill(pid, signal.SIGCONT)
        wait_probing(daemon)
    assert daemon.pid("checker") == pid, "a checker that stands still is not restarted"
    assert_untouched(load.report)
    assert_kept(before, stopped)
    assert_kept(stopped, counters(daemon))


def test_a_checker_that_hangs_is_replaced(daemon, nginx):
    """And while it hangs, and is replaced, no answer changes and none is lost."""
    start(daemon, nginx, "--checker-timeout", "4")
    before = counters(daemon)
    with Load(daemon, RATE, NAMES) as load:
        pid = daemon.kill("checker", signal.SIGSTOP)
        daemon.log.wait("the checker hangs: it has been silent for 4.0s; killing it", 15)
        wait_for(lambda: daemon.role("checker")["pid"] not in (None, pid), 10, "another has begun")
        wait_probing(daemon)
    assert_untouched(load.report)
    assert_kept(before, counters(daemon))
    end = daemon.role("checker")["last_end"]
    assert "SIGKILL" in end and "since it was silent for 4.0s" in end


def test_a_silent_checker_shows_in_status_and_log(daemon, nginx):
    start(daemon, nginx)

    def silent():
        return daemon.ctl_json("status")["heartbeat"]["silent"]

    assert not silent()
    pid = daemon.kill("checker", signal.SIGSTOP)
    wait_for(silent, 10, "status says that the checker is silent")
    assert "SILENT" in daemon.ctl("status")
    daemon.log.wait("checker is silent", 5)
    os.kill(pid, signal.SIGCONT)
    wait_for(lambda: not silent(), 5, "status says that it is back")
    wait_for(lambda: "checker back: it had been silent" in daemon.ctl("events"), 5, "the journal has it")
    assert "checker silent: verdicts stay as last known" in daemon.ctl("events")


def errors(daemon, name):
    return errors_of(daemon.ask(f"{name}.example.com", use_edns=0))


def test_answers_tell_while_the_checker_is_silent(daemon, nginx):
    """RFC 8914 section 4.4, and both reasons where there are two. The answers stay what they were."""
    start(daemon, nginx)
    daemon.write_zone("example.com", pair("alive", "alive") + pair("lost", "dead", "dead") + "plain IN A 192.0.2.1\n")
    daemon.ctl("reload")
    assert errors(daemon, "alive") == [] and errors(daemon, "lost") == [FAIL_OPEN]
    pid = daemon.kill("checker", signal.SIGSTOP)
    wait_for(lambda: errors(daemon, "alive") == [STALE], 10, "an answer tells that health is stale")
    assert errors(daemon, "lost") == [FAIL_OPEN, STALE]
    assert errors(daemon, "plain") == []
    assert daemon.ctl_json("status")["heartbeat"]["silent"]
    assert daemon.answer("alive.example.com") == PRIMARY
    os.kill(pid, signal.SIGCONT)
    wait_for(lambda: errors(daemon, "alive") == [], 5, "an answer tells it no more")
    assert errors(daemon, "lost") == [FAIL_OPEN]


def test_a_zone_may_open_while_the_checker_is_silent(daemon, nginx):
    """What is down counts as up meanwhile, in that zone alone, and but for what is forced; then it is down again."""
    start(daemon, nginx)
    for origin in ("open.example", "hold.example"):
        daemon.write_zone(origin, pair("www", "dead"))
    daemon.stop()
    daemon.start("--on-stale", "*=open", "--on-stale", "hold.example=hold")
    daemon.wait_state("dead", "down")
    assert daemon.answer("www.open.example") == SECONDARY
    pid = daemon.kill("checker", signal.SIGSTOP)
    wait_for(lambda: daemon.answer("www.open.example") == PRIMARY, 10, "it opens")
    assert daemon.ctl_json("explain", "www.open.example", "A")["opens"]
    assert "nothing that is not forced counts as down then (on-stale)" in daemon.ctl("explain", "www.open.example", "A")
    assert daemon.answer("www.hold.example") == SECONDARY
    daemon.ctl("force", "dead", "down")
    assert daemon.answer("www.open.example") == SECONDARY
    daemon.ctl("force", "dead", "auto")
    assert daemon.answer("www.open.example") == PRIMARY
    os.kill(pid, signal.SIGCONT)
    daemon.wait_answer("www.open.example", SECONDARY, 10)


def test_a_verdict_that_nobody_renews_is_stale(daemon, nginx):
    start(daemon, nginx, "--checker-timeout", "60", ConnectTimeout=1, ResponseTimeout=1)
    assert not daemon.check("alive")["stale"] and daemon.check("alive")["valid_until"]
    pid = daemon.kill("checker", signal.SIGSTOP)
    wait_for(lambda: daemon.check("alive")["stale"], 15, "its time is over")
    assert "STALE" in daemon.ctl("checks", "alive")
    os.kill(pid, signal.SIGCONT)
    wait_for(lambda: not daemon.check("alive")["stale"], 10, "it was probed again")


def test_without_a_checker_what_is_known_is_stale(daemon, nginx):
    """What the last run found is not refreshed; a check that nobody has probed yet has nothing to be stale."""
    living, _ = start(daemon, nginx)
    daemon.stop()
    daemon.write_checks([check("new", "HTTP", living)], "new.json")
    daemon.write_zone("example.com", pair("alive", "alive") + pair("new", "new"))
    daemon.start("--no-checker")
    assert errors(daemon, "alive") == [STALE] and daemon.answer("alive.example.com") == PRIMARY
    assert errors(daemon, "new") == []


def test_an_interrupt_is_the_supervisors_to_act_on(daemon, nginx):
    """Ctrl-C goes to all processes of the terminal; a checker that took it for itself would be
    restarted before the supervisor has told it to leave."""
    start(daemon, nginx)
    pid = daemon.kill("checker", signal.SIGINT)
    passes = daemon.check("alive")["passes"]
    wait_for(lambda: daemon.check("alive")["passes"] > passes + 2, 10, "alive goes on being probed")
    assert daemon.pid("checker") == pid
    daemon.stop(signal.SIGINT)
