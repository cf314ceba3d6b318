"""Checks of type EXEC: a program decides, its helper runs it, and nothing of it is left."""

import os
import pathlib
import re
import signal

import pytest

from harness import processes
from harness.checks import PRIMARY, SECONDARY, check, pair
from harness.wait import wait_for

ON = "--exec-checks"
LOST = "sleep 86400"  # what a script leaves behind, where the test looks for it


class Script:
    """A program whose text is the test's. It finds its directory in $DIR."""

    def __init__(self, daemon, name, text):
        self.dir = daemon.dir / name
        self.dir.mkdir()
        self.path = self.dir / "run"
        self.write(text)

    def write(self, text):
        fresh = self.dir / "fresh"
        fresh.write_text(f"#!/bin/sh\nDIR={self.dir}\n{text}\n")
        fresh.chmod(0o755)
        fresh.rename(self.path)

    def check(self, check_id, *arguments, **fields):
        return check(check_id, "EXEC", Command=[str(self.path), *arguments], **fields)

    def pid(self, name):
        """The pid that the script wrote into a file."""
        return int(wait_for(lambda: (self.dir / name).read_text().strip(), 10, f"{name} is written"))


@pytest.fixture
def script(daemon):
    return lambda name, text: Script(daemon, name, text)


def start(daemon, *checks):
    daemon.write_checks(checks)
    daemon.write_zone("example.com", "".join(pair(entry["Id"], entry["Id"]) for entry in checks))
    daemon.start(ON)


def helper(daemon):
    """The pid of the helper: the checker's only child."""
    return wait_for(lambda: list(processes.children(daemon.pid("checker"))), 10, "the helper runs")[0]


def reason(daemon, check_id):
    return daemon.check(check_id)["reason"]


def test_a_command_flips_and_recovers(daemon, script):
    own = script("own", "echo fine")
    start(daemon, own.check("own"))
    wait_for(lambda: daemon.check("own")["passes"] > 1, 5, "it has passed")
    assert reason(daemon, "own") == "exit status 0: fine"
    assert daemon.answer("own.example.com") == PRIMARY

    own.write("echo 'CRITICAL - no disk' >&2; exit 2")
    daemon.wait_answer("own.example.com", SECONDARY, 5)
    daemon.log.wait(r"check own \(exec:/.*\): up -> down: exit status 2: CRITICAL - no disk \(", 5)
    own.write("exit 0")
    daemon.wait_answer("own.example.com", PRIMARY, 5)


def test_commands_are_off_by_default(daemon, script):
    own = script("own", "touch $DIR/ran")
    daemon.write_checks([own.check("own")])
    daemon.write_zone("example.com", "www IN A 192.0.2.1\n")
    daemon.start()
    daemon.log.wait(r"checks\.json:\d+:\d+: error: the check \"own\" is of type EXEC.*exec-checks = true", 5)
    assert daemon.check("own") is None
    assert not (own.dir / "ran").exists()
    assert processes.children(daemon.pid("checker")) == {}


def test_the_test_run_tells_it_too(daemon, script):
    daemon.write_checks([script("own", "touch $DIR/ran").check("own")])
    daemon.write_zone("example.com", pair("own", "own"))
    daemon.spawn(*daemon.flags(), "-t")
    assert daemon.exits() == 1
    assert daemon.log.find(r"\"own\" is of type EXEC.*exec-checks = true")
    daemon.spawn(*daemon.flags(), "-t", ON)
    assert daemon.exits() == 0
    assert not (daemon.dir / "own/ran").exists()


def test_deaf_with_children_it_is_gone_after_its_deadline(daemon, script):
    own = script("own", f"""\
trap '' TERM INT HUP QUIT
echo $$ >$DIR/parent
(trap '' TERM; {LOST} & echo $! >$DIR/child; wait) &
(setsid sh -c 'trap "" TERM; echo $$ >'$DIR'/daemon; exec {LOST}' &)
while :; do sleep 1; done""")
    start(daemon, own.check("own", Timeout=1.5, RequestInterval=60, FailureThreshold=1))
    pids = [own.pid(name) for name in ("parent", "child", "daemon")]
    assert all(processes.alive(pid) for pid in pids)
    daemon.wait_answer("own.example.com", SECONDARY, 10)
    assert reason(daemon, "own") == "not ended within 1.5s, killed"
    wait_for(lambda: not any(processes.alive(pid) for pid in pids), 5, "all are gone")


def test_a_command_that_writes_without_end(daemon, script):
    own = script("own", "echo begins; head -c 104857600 /dev/zero; exit 3")
    start(daemon, own.check("own", FailureThreshold=1))
    daemon.wait_state("own", "down", 20)
    assert re.match(r"exit status 3: begins", reason(daemon, "own"))
    for pid in (daemon.pid("checker"), helper(daemon)):
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        assert int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) < 64 * 1024


def test_fifty_at_once_with_room_for_sixteen(daemon, script):
    """Who finds no room says nothing about its endpoint, and comes to its turn later."""
    slow = script("slow", "sleep 0.3")
    start(daemon, *(slow.check(f"c{number}", RequestInterval=0.1) for number in range(50)))
    most = 0

    def rows():
        nonlocal most
        most = max(most, len(processes.children(helper(daemon))))
        return daemon.ctl_json("checks")["checks"]

    wait_for(lambda: all(row["passes"] > 0 for row in rows()), 60, "each has had its turn")
    assert all(row["fails"] == 0 and row["state"] == "up" for row in rows())
    assert any(row["inconclusives"] > 0 for row in rows())
    daemon.log.wait(r"check c\d+ .*: inconclusive: 16 commands run already, no more may; stays up", 5)
    assert 8 <= most <= 16, most


def test_a_program_that_is_missing_is_no_fault_of_the_endpoint(daemon, script):
    own = script("own", "exit 0")
    start(daemon, own.check("own"))
    wait_for(lambda: daemon.check("own")["passes"] > 0, 5, "it has passed")
    own.path.unlink()
    daemon.log.wait(r"check own .*: inconclusive: /.*/own/run cannot be executed: No such file.*; stays up", 5)
    before = daemon.check("own")["inconclusives"]
    wait_for(lambda: daemon.check("own")["inconclusives"] > before + 3, 5, "it goes on failing to run")
    assert daemon.check("own")["state"] == "up" and daemon.check("own")["fails"] == 0
    daemon.ctl("reload", status=None)
    daemon.log.wait(r"warning: .*Command\[0\]: .*cannot be executed", 5)
    own.write("exit 1")
    daemon.wait_state("own", "down", 5)


SLEEPER = f"""\
echo $$ >$DIR/command
{LOST} & echo $! >$DIR/child
wait"""


def sleeping(daemon, script):
    """A daemon with a command under way: the helper's pid, and those of what the command started."""
    own = script("own", SLEEPER)
    start(daemon, own.check("own", Timeout=60, RequestInterval=0.2))
    pids = [own.pid("command"), own.pid("child")]
    assert all(processes.alive(pid) for pid in pids)
    return helper(daemon), pids


def test_the_helper_has_nothing_of_the_checkers(daemon, script):
    pid, _ = sleeping(daemon, script)
    assert processes.stat(pid)[0] == "hf-exec" and processes.title(pid) == "holdfastd: exec"
    held = {int(fd): os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
    assert not [name for name in held.values() if "memfd" in name], held
    assert len([name for name in held.values() if name.startswith("socket:")]) == 1, held
    assert "memfd" not in pathlib.Path(f"/proc/{pid}/maps").read_text()
    of_checker = os.listdir(f"/proc/{daemon.pid('checker')}/fd")
    assert len(of_checker) > 8  # there was something to keep from it


@pytest.mark.parametrize("who", ["checker", "supervisor"])
def test_nothing_outlives_the_checker(daemon, script, who):
    pid, pids = sleeping(daemon, script)
    if who == "checker":
        daemon.kill("checker")
    else:
        os.kill(daemon.process.pid, signal.SIGKILL)
        assert daemon.exits() == -signal.SIGKILL
    wait_for(lambda: not any(map(processes.alive, [pid, *pids])), 5, "helper, command and child are gone")


def test_a_helper_that_dies_is_followed_by_another(daemon, script):
    pid, pids = sleeping(daemon, script)
    os.kill(pid, signal.SIGKILL)
    daemon.log.wait(r"check own .*: inconclusive: helper that runs commands died; stays up", 5)
    wait_for(lambda: not processes.alive(pids[0]), 5, "its command has died with it")
    wait_for(lambda: helper(daemon) != pid, 5, "another helper")
    daemon.log.wait(r"command helper \(pid \d+\) was killed by SIGKILL", 5)
    assert daemon.check("own")["fails"] == 0
    os.kill(pids[1], signal.SIGKILL)  # what a command started is beyond the reach of a helper's death


def test_a_check_that_is_removed_ends_its_command(daemon, script):
    _, pids = sleeping(daemon, script)
    daemon.write_checks([])
    daemon.write_zone("example.com", "www IN A 192.0.2.1\n")
    daemon.ctl("reload")
    wait_for(lambda: not any(map(processes.alive, pids)), 5, "the command is gone")


def test_leaving_waits_for_no_command(daemon, script):
    pid, pids = sleeping(daemon, script)
    daemon.stop()
    assert not any(map(processes.alive, [pid, *pids]))
