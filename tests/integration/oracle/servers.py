"""The servers: each a process of its own over the same zone files, unprivileged, on loopback.

A server is started on a batch of zones and answers on one UDP port. It writes only into a directory of
its own below the batch's, and is ended by its pid.
"""

import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import time

from harness.daemon import HOLDFASTD
from harness.ports import free_port

from . import names

HOST = "127.0.0.1"
UDP_SIZE = 1232
START_DEADLINE_S = 10  # without any further zone being served
STOP_DEADLINE_S = 10

NSD = """\
server:
  ip-address: {host}@{port}
  username: ""
  chroot: ""
  zonesdir: "{zones}"
  database: ""
  zonelistfile: "{dir}/zone.list"
  xfrdfile: "{dir}/xfrd.state"
  xfrdir: "{dir}"
  pidfile: "{dir}/nsd.pid"
  logfile: "{dir}/log"
  server-count: 1
  ipv4-edns-size: {udp_size}
  ipv6-edns-size: {udp_size}
  minimal-responses: no
  refuse-any: no
  round-robin: no
  rrl-ratelimit: 0
  tcp-query-count: 0
remote-control:
  control-enable: no
"""
KNOT = """\
server:
  listen: {host}@{port}
  rundir: "{dir}"
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  udp-max-payload: {udp_size}
  automatic-acl: off
log:
  - target: stderr
    any: warning
database:
  storage: "{dir}"
template:
  - id: default
    storage: "{zones}"
    semantic-checks: off
    journal-content: none
    zonefile-sync: -1
    zonefile-load: whole
zone:
"""


def zone_file(origin):
    return (names.to_text(origin).rstrip(".") or "root") + ".zone"


def write_nsd(directory, zones, origins, port):
    text = NSD.format(host=HOST, port=port, zones=zones, dir=directory, udp_size=UDP_SIZE)
    for origin in origins:
        text += f'zone:\n  name: "{names.to_text(origin)}"\n  zonefile: "{zone_file(origin)}"\n'
    (directory / "nsd.conf").write_text(text)
    return ["/usr/sbin/nsd", "-d", "-c", str(directory / "nsd.conf")]


def write_knot(directory, zones, origins, port):
    text = KNOT.format(host=HOST, port=port, zones=zones, dir=directory, udp_size=UDP_SIZE)
    for origin in origins:
        text += f'  - domain: "{names.to_text(origin)}"\n    file: "{zone_file(origin)}"\n'
    (directory / "knot.conf").write_text(text)
    return ["/usr/sbin/knotd", "-c", str(directory / "knot.conf")]


def write_holdfast(directory, zones, origins, port):
    command = [str(HOLDFASTD), "-l", f"{HOST}:{port}", "-s", str(directory / "state"), "--no-checker", "-w", "1"]
    if () not in origins:
        return command + ["-z", str(zones)]
    for origin in origins:  # the root's file cannot be called by its name
        command += ["--zone", f"{names.to_text(origin)}={zones / zone_file(origin)}"]
    return command


COMMANDS = {"nsd": write_nsd, "knot": write_knot, "holdfast": write_holdfast}
ORACLES = ("nsd", "knot")
PRODUCT = "holdfast"


class Refused(Exception):
    """A server does not serve zones that it was given, or not to the end: those of `origins`, or none at all."""

    def __init__(self, kind, why, origins=()):
        super().__init__(f"{kind} {why}")
        self.kind = kind
        self.origins = set(origins)


class Server:
    """One server on one batch: with Server(...) as server: server.socket is connected to it."""

    def __init__(self, kind, directory, zones, origins):
        self.kind = kind
        self.dir = pathlib.Path(directory) / kind
        self.dir.mkdir()
        self.port = free_port(HOST)
        command = COMMANDS[kind](self.dir, zones, origins, self.port)
        with open(self.dir / "stderr", "wb") as stderr:
            self.process = subprocess.Popen(command, cwd=self.dir, stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr,
                                            start_new_session=True)
        self.socket = self.connect()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)

    def connect(self):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.connect((HOST, self.port))
        return sock

    def log(self):
        return "".join(path.read_text(errors="replace") for path in (self.dir / "stderr", self.dir / "log") if path.exists())

    def wait_ready(self, origins):
        """Until every zone answers its SOA with authority."""
        with self.connect() as sock:  # its late responses go with it
            sock.settimeout(0.1)
            self.wait_served(sock, list(origins))

    def wait_served(self, sock, waiting):
        deadline = time.monotonic() + START_DEADLINE_S
        while waiting:
            if self.process.poll() is not None:
                raise Refused(self.kind, f"ended with status {self.process.returncode}:\n{self.log()}")
            unserved = [origin for origin in waiting if not serves(sock, origin)]
            if len(unserved) < len(waiting):
                deadline = time.monotonic() + START_DEADLINE_S
            elif time.monotonic() > deadline:
                raise Refused(self.kind, f"does not serve {names.to_text(waiting[0])}:\n{self.log()}", waiting)
            waiting = unserved
            time.sleep(0.01)

    def stop(self):
        """Ends the server. The product is held to a clean end, and to have been one responder all the time."""
        self.socket.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.kind == PRODUCT and (self.process.returncode != 0 or self.log().count("responder started") != 1):
            raise AssertionError(f"{self.kind} ended with status {self.process.returncode}:\n{self.log()}")


def serves(sock, origin):
    """Whether the server answers a zone's SOA with authority."""
    query = struct.pack("!HHHHHH", 1, 0, 1, 0, 0, 0) + names.to_wire(origin) + struct.pack("!HH", 6, 1)
    try:
        sock.send(query)
        while True:
            reply = sock.recv(65535)
            if reply[12:len(query)] == query[12:]:  # else a late one to an earlier question
                return bool(reply[2] & 0x04) and reply[3] & 0x0F == 0
    except OSError:
        return False


class Batch:
    """The servers over one set of zones: {origin: master file text}."""

    def __init__(self, kinds, directory, zones):
        self.dir = pathlib.Path(directory)
        self.zones_dir = self.dir / "zones"
        self.kinds = kinds
        self.zones = zones
        self.servers = []

    def __enter__(self):
        self.zones_dir.mkdir(parents=True)
        for origin, text in self.zones.items():
            (self.zones_dir / zone_file(origin)).write_text(text)
        try:
            for kind in self.kinds:
                self.servers.append(Server(kind, self.dir, self.zones_dir, self.zones))
            for server in self.servers:
                server.wait_ready(self.zones)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.stop()
        shutil.rmtree(self.dir)
