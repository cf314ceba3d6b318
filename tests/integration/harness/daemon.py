"""holdfastd as an operator runs it: files in a directory, flags, a log, queries, holdfastctl."""

import json
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import tempfile
import time

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from harness import processes
from harness.log import Log
from harness.ports import free_port
from harness.wait import wait_for

TREE = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("HOLDFAST_BUILD", TREE / "build/dev")).resolve()
HOLDFASTD = BUILD / "holdfastd"
HOLDFASTCTL = BUILD / "holdfastctl"

HOSTS = ("127.0.0.1", "::1")
ROLES = ("responder", "checker")
READY = r"holdfastd ready: "

# What every zone needs, so that a test shows only the lines it is about.
APEX = """\
$TTL 60
@    IN SOA ns1 hostmaster 1 7200 900 1209600 60
     IN NS  ns1
ns1  IN A   192.0.2.53
"""


class Daemon:
    """One holdfastd over one directory. A test starts it, and may stop and start it again."""

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="hf-"))
        self.zones = self.dir / "zones"
        self.checks = self.dir / "checks"
        self.state = self.dir / "state"
        self.zones.mkdir()
        self.checks.mkdir()
        self.port = free_port(*HOSTS)
        self.process = None
        self.log = None

    # Files

    def write_zone(self, origin, text, apex=APEX):
        (self.zones / f"{origin}.zone").write_text(apex + text)

    def write_checks(self, checks, file="checks.json"):
        (self.checks / file).write_text(json.dumps(checks, indent=1))

    # Life

    def flags(self):
        """The flags of an ordinary daemon over this directory."""
        flags = ["-z", self.zones, "-k", self.checks, "-s", self.state]
        for host in HOSTS:
            flags += ["-l", f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"]
        return [str(flag) for flag in flags]

    def spawn(self, *flags):
        """Starts the program with exactly these flags and does not wait."""
        assert self.process is None, "still running"
        self.process = subprocess.Popen(
            [str(HOLDFASTD), *map(str, flags)], cwd=self.dir, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.log = Log(self.process.stderr)
        return self

    def start(self, *more_flags, deadline_s=20):
        """Starts the daemon and waits until it says that it answers."""
        self.spawn(*self.flags(), *more_flags)
        return self.wait_ready(deadline_s)

    def wait_ready(self, deadline_s=20):
        self.log.wait(READY, deadline_s)
        return self

    def exits(self, deadline_s=10):
        """Waits until the daemon has ended by itself; its exit status."""
        code = self.process.wait(deadline_s)
        self.log.join(5)
        self.process = None
        return code

    def stop(self, sig=signal.SIGTERM):
        """Ends the daemon and holds it to a clean end: status 0, nothing left."""
        roles = [pid for role in ROLES for pid in self.pids(role)]
        self.process.send_signal(sig)
        code = self.exits()
        assert code == 0, f"exit status {code}\n{self.log.text()}"
        assert not [pid for pid in roles if processes.alive(pid)], "a role outlived the daemon"
        assert not self.sockets(), "a socket was left in the state directory"

    def destroy(self):
        """Whatever happened: no process and no file of this daemon stays."""
        if self.process is not None:
            roles = processes.children(self.process.pid)
            self.process.kill()
            for pid in roles:
                os.kill(pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
            wait_for(lambda: not any(processes.alive(pid) for pid in roles), 5, "roles are dead")
        shutil.rmtree(self.dir)

    def sockets(self):
        if not self.state.exists():
            return []
        return [path for path in self.state.iterdir() if stat.S_ISSOCK(path.stat().st_mode)]

    # Roles

    def pids(self, role):
        """The pids of a role: one, or none while it is being restarted."""
        return [pid for pid, comm in processes.children(self.process.pid).items()
                if comm == f"hf-{role}"]

    def pid(self, role, deadline_s=10):
        return wait_for(lambda: self.pids(role), deadline_s, f"a {role} runs")[0]

    def kill(self, role, sig=signal.SIGKILL):
        """Sends a signal to a role; with SIGKILL returns only when it is dead. Returns its pid."""
        pid = self.pid(role)
        os.kill(pid, sig)
        if sig == signal.SIGKILL:
            wait_for(lambda: not processes.alive(pid), 5, f"{role} {pid} is dead")
        return pid

    # Questions

    def ask(self, name, rdtype="A", *, tcp=False, host=HOSTS[0], timeout_s=5, **message):
        """One query, no retry; the response as it came."""
        query = dns.message.make_query(name, rdtype, **message)
        send = dns.query.tcp if tcp else dns.query.udp
        return send(query, host, timeout=timeout_s, port=self.port)

    def answer(self, name, rdtype="A", **how):
        """The rdata of the answer section as sorted text, or the rcode's word if it is not NOERROR."""
        return summary(self.ask(name, rdtype, **how))

    def wait_answer(self, name, expected, deadline_s, rdtype="A"):
        """Waits until a name is answered so; returns the seconds it took."""
        start = time.monotonic()
        wait_for(lambda: self.answer(name, rdtype) == expected, deadline_s,
                 f"{name} {rdtype} is {expected}")
        return time.monotonic() - start

    # holdfastctl

    def ctl(self, *arguments, status=0):
        """Runs holdfastctl and holds it to an exit status (None: any). Returns what it printed."""
        done = subprocess.run([str(HOLDFASTCTL), "-s", str(self.state), *arguments], cwd=self.dir,
                              capture_output=True, text=True, timeout=60, check=False)
        output = done.stdout + done.stderr
        if status is not None:
            assert done.returncode == status, f"{arguments}: {done.returncode}\n{output}"
        return output

    def ctl_json(self, *arguments, status=0):
        return json.loads(self.ctl(*arguments, "--json", status=status))

    def role(self, name):
        """A role as `holdfastctl status --json` shows it."""
        return next(row for row in self.ctl_json("status")["roles"] if row["name"] == name)

    def wait_running(self, name, deadline_s=10):
        wait_for(lambda: self.role(name)["state"] == "running", deadline_s, f"{name} is ready")

    def check(self, check_id):
        """One check as `holdfastctl checks --json` shows it, or None."""
        rows = self.ctl_json("checks")["checks"]
        return next((row for row in rows if row["id"] == check_id), None)

    def wait_state(self, check_id, state, deadline_s=10):
        return wait_for(lambda: (self.check(check_id) or {}).get("state") == state, deadline_s,
                        f"check {check_id} is {state}")


def errors_of(response):
    """The extended errors (RFC 8914) of a response to a query with EDNS: code and text of each."""
    options = [option.to_wire() for option in response.options if option.otype == 15]
    return [(int.from_bytes(data[:2], "big"), data[2:].decode()) for data in options]


def summary(response):
    if response.rcode() != dns.rcode.NOERROR:
        return dns.rcode.to_text(response.rcode())
    return sorted(rdata.to_text() for rrset in response.answer for rdata in rrset)
