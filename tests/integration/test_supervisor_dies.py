"""If even the supervisor is killed its roles end, and a new daemon takes its place."""

import os
import signal

from harness import processes
from harness.checks import PRIMARY, check, pair
from harness.wait import wait_for


def test_the_roles_end_and_a_new_daemon_starts(daemon, nginx):
    daemon.write_checks([check("www", "HTTP", nginx())])
    daemon.write_zone("example.com", pair("www", "www"))
    daemon.start()
    roles = [daemon.pid("responder"), daemon.pid("checker")]
    os.kill(daemon.process.pid, signal.SIGKILL)
    assert daemon.exits() == -signal.SIGKILL
    wait_for(lambda: not any(processes.alive(pid) for pid in roles), 5, "both roles have ended")

    assert daemon.sockets(), "a killed daemon cannot remove its socket"
    daemon.start()
    assert daemon.answer("www.example.com") == PRIMARY
