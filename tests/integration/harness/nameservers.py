"""Other people's name servers, each from Debian's package, unprivileged on one loopback address."""

import pathlib
import shutil
import signal
import subprocess
import tempfile

import dns.exception
import dns.message
import dns.query
import dns.rcode

from harness.wait import wait_for

NSD = """\
server:
  ip-address: {host}@{port}
  username: ""
  chroot: ""
  zonesdir: "{dir}"
  database: ""
  zonelistfile: "{dir}/zone.list"
  xfrdfile: "{dir}/xfrd.state"
  xfrdir: "{dir}"
  pidfile: "{dir}/nsd.pid"
  server-count: 1
remote-control:
  control-enable: no
"""
# `port` is not only where BIND listens: it is also where it expects every other name server.
NAMED = """\
options {{
  directory "{dir}";
  pid-file "{dir}/named.pid";
  session-keyfile "{dir}/session.key";
  port {port};
  listen-on {{ {host}; }};
  listen-on-v6 {{ none; }};
  recursion yes;
  allow-query {{ any; }};
  dnssec-validation no;
  empty-zones-enable no;
  notify no;
}};
controls {{ }};
zone "." {{ type hint; file "root.hints"; }};
"""


class NameServer:
    """One server in one process over a directory of its own. Whoever starts it waits until it answers."""

    def __init__(self, host, port):
        self.host, self.port = host, port
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="hf-server-"))
        self.process = None

    def run(self, *command):
        with open(self.dir / "log", "wb") as log:
            self.process = subprocess.Popen([*map(str, command)], cwd=self.dir, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)

    def log(self):
        return (self.dir / "log").read_text(errors="replace")

    def serves(self, zone):
        assert self.process.poll() is None, self.log()
        try:
            response = dns.query.udp(dns.message.make_query(zone, "SOA"), self.host, timeout=1, port=self.port)
        except dns.exception.Timeout:
            return False
        return response.rcode() == dns.rcode.NOERROR and response.answer

    def wait_serves(self, zone, deadline_s=15):
        try:
            wait_for(lambda: self.serves(zone), deadline_s, f"{zone} is served by {self.host}")
        except AssertionError:
            print(self.log())
            raise

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        self.process = None

    def destroy(self):
        if self.process is not None:
            self.stop()
        shutil.rmtree(self.dir)


class Nsd(NameServer):
    """NSD, authoritative for {origin: text of the zone}."""

    def start(self, zones):
        config = NSD.format(host=self.host, port=self.port, dir=self.dir)
        for number, (origin, text) in enumerate(zones.items()):
            (self.dir / f"{number}.zone").write_text(text)
            config += f'zone:\n  name: "{origin}"\n  zonefile: "{number}.zone"\n'
        (self.dir / "nsd.conf").write_text(config)
        self.run("/usr/sbin/nsd", "-d", "-c", self.dir / "nsd.conf")
        return self


class Named(NameServer):
    """BIND as a recursive resolver that knows of one root server."""

    def start(self, root_host):
        (self.dir / "root.hints").write_text(f". 60 IN NS a.root.\na.root. 60 IN A {root_host}\n")
        (self.dir / "named.conf").write_text(NAMED.format(host=self.host, port=self.port, dir=self.dir))
        self.run("/usr/sbin/named", "-4", "-g", "-n", "1", "-c", self.dir / "named.conf")
        return self
