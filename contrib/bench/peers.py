"""What the benchmarks share: name servers, each as a process over a directory of its own, to be measured."""

import json
import os
import pathlib
import random
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
SOA = "@ SOA ns1 h 1 7200 900 1209600 60\n@ NS ns1\nns1 A 192.0.2.53\n"


def free_port():
    """A port below those that thousands of connections are given, free for UDP and TCP."""
    for port in random.sample(range(6000, 10000), 100):
        try:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET, kind) as sock:
                    sock.bind(("127.0.0.1", port))
        except OSError:
            continue
        return port
    raise RuntimeError("no port is free")


def cpu_parts_s(pid, with_ended=False):
    """Processor time of a process: (user, system), and then that of its children that have ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return tuple(int(field) / TICKS for field in fields[11:15 if with_ended else 13])


def cpu_s(pid):
    """Processor time of a process, user and system."""
    return sum(cpu_parts_s(pid))


def exact_cpu_s(pid):
    """The same by the scheduler's own account, to the nanosecond; of threads that have ended it knows nothing."""
    return sum(int((task / "schedstat").read_text(encoding="ascii").split()[0])
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1e9


def status_kib(pid, name):
    """A figure of /proc/PID/status."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    return 0


def memory_kib(pid):
    return status_kib(pid, "VmRSS")


def resident_kib(pids):
    """Resident, and proportional: each shared page divided among those who share it."""
    found = {"Rss": 0, "Pss": 0}
    for pid in pids:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            name, _, rest = line.partition(":")
            if name in found:
                found[name] += int(rest.split()[0])
    return found["Rss"], found["Pss"]


def children(pid):
    """pid -> comm of a process's children."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        try:
            text = (entry / "stat").read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            continue
        comm = text[text.index("(") + 1:text.rindex(")")]
        if int(text.rsplit(")", 1)[1].split()[1]) == pid:
            found[int(entry.name)] = comm
    return found


def query(name):
    """A message that asks for the addresses of a name."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    return struct.pack("!6H", 1, 0, 1, 0, 0, 0) + labels + struct.pack("!2H", 1, 1)


def tcp_query(name):
    """The same as it stands on a connection."""
    message = query(name)
    return struct.pack("!H", len(message)) + message


def ask(port, name):
    """The addresses of a name, or None while nobody answers."""
    message = query(name)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        try:
            sock.sendto(message, ("127.0.0.1", port))
            data = sock.recv(4096)
        except OSError:
            return None
    count = struct.unpack("!H", data[6:8])[0]
    at, addresses = len(message), []
    for _ in range(count):
        at += 2 if data[at] >= 0xc0 else data.index(0, at) - at + 1
        kind, _, _, length = struct.unpack("!HHIH", data[at:at + 10])
        if kind == 1:
            addresses.append(socket.inet_ntoa(data[at + 10:at + 10 + length]))
        at += 10 + length
    return sorted(addresses)


def cores():
    """The processors for servers and for load, which are the same one where there is no other."""
    found = sorted(os.sched_getaffinity(0))
    if len(found) == 1:
        print("there is one processor only, which servers and load share", file=sys.stderr)
    return found[0], found[1 % len(found)]


def installed(programs):
    """Those of them that are here; of the others a line says that they are left out."""
    found = [program for program in programs if program.version() is not None]
    for program in programs:
        if program not in found:
            print(f"{program.name} is not installed; it is left out", file=sys.stderr)
    return found


def records(names):
    """The names that bench_blast asks for."""
    return "".join(f"w{i} A 10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}\n" for i in range(names))


class Blasting:
    """The load generator, which runs while the with block does, and as long as it is told to; then `told` has what it
    tells."""

    def __init__(self, options, port, *arguments):
        self.command = ["taskset", "-c", options.load_core, options.build / "contrib/bench/bench_blast", port, "--names",
                        options.names, *arguments]
        self.process = self.told = None

    def __enter__(self):
        self.process = subprocess.Popen([str(word) for word in self.command], stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        return self

    def __exit__(self, kind, *_):
        output, _ = self.process.communicate()
        if self.process.returncode != 0 and kind is None:
            raise RuntimeError(f"{' '.join(map(str, self.command))}: no answers: {output}")
        if kind is None:
            self.told = json.loads(output)


def blast(options, port, *arguments):
    """What the load generator has to tell of one run."""
    with Blasting(options, port, *arguments) as blasting:
        pass
    return blasting.told


def spread(values):
    values = list(values)
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def descendants(pid):
    """A process and all below it."""
    return [pid] + [below for child in children(pid) for below in descendants(child)]


class Process:
    """A program over a directory of its own.

    Benchmarks of checks call a class's own start(); serve() starts any of them as nothing but a name server for
    example.com, with one thread for queries. A `core` keeps it and its children on that processor.
    """

    name = program = None
    suffix = ""  # of a zone's file, behind its origin
    tcp = None  # (connections, seconds while idle) that it is to hold; None: the program's own

    def __init__(self, core=None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="hf-bench-"))
        self.port = free_port()
        self.core = core
        self.process = None

    @classmethod
    def version(cls):
        """What the program says of itself, or None where it is not installed."""
        if shutil.which(cls.program) is None:
            return None
        done = subprocess.run([cls.program, "-V" if cls.program == "knotd" else "-v"], capture_output=True, text=True,
                              check=False)
        return (done.stdout + done.stderr).split("\n")[0]

    def tcp_options(self, form):
        """`form` with both numbers filled in, or nothing."""
        return form.format(*self.tcp) if self.tcp else ""

    def spawn(self, *arguments):
        pinned = ["taskset", "-c", self.core] if self.core is not None else []
        with open(self.dir / "log", "wb") as log:
            self.process = subprocess.Popen([str(argument) for argument in (*pinned, *arguments)], cwd=self.dir,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def write_zone(self, origin, records, serial=1):
        """In place of the one before, if there is one, and whole at every moment."""
        path = self.dir / "zones" / (origin + self.suffix)
        path.parent.mkdir(exist_ok=True)
        beside = self.dir / "beside"
        beside.write_text("$TTL 60\n" + SOA.replace(" 1 ", f" {serial} ", 1) + "www A 192.0.2.1\n" + records)
        beside.rename(path)

    def serve(self, records):
        self.prepare({"example.com": records})
        self.launch()
        self.wait_zone()

    def prepare(self, zones):
        """Writes zones, as origin -> records, and what else it needs to serve them."""
        for origin, records in zones.items():
            self.write_zone(origin, records)

    def launch(self):
        raise NotImplementedError

    def reload(self):
        """Has it read its zones again; it may be over when this returns, or not."""
        self.process.send_signal(signal.SIGHUP)

    def serving(self):
        """The processes that answer queries, as far as they can be told from others that rest meanwhile."""
        return descendants(self.process.pid)

    def serving_cpu_s(self):
        """Their processor time: (user, system)."""
        return tuple(map(sum, zip(*map(cpu_parts_s, self.serving()))))

    def wait_answer(self, name, deadline_s=60):
        """Until it says anything; more addresses than a datagram holds are an answer without any."""
        self.wait_until(lambda: ask(self.port, name) is not None, deadline_s)

    def wait_zone(self):
        """Until it serves what write_zone() wrote: while it loads, a server may answer already, but with a failure."""
        self.wait_until(lambda: ask(self.port, "www.example.com"))

    def wait_until(self, condition, deadline_s=60):
        end = time.monotonic() + deadline_s
        while not condition():
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError((self.dir / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.02)

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
        shutil.rmtree(self.dir)


class Holdfast(Process):
    """Its checker is a process of its own, so that what checks cost stands alone."""

    name = "Holdfast"
    suffix = ".zone"

    def __init__(self, build, core=None):
        super().__init__(core)
        self.build = pathlib.Path(build)

    def start(self, checks, records, flags=()):
        (self.dir / "zones").mkdir()
        (self.dir / "checks").mkdir()
        (self.dir / "checks/checks.json").write_text(json.dumps(checks))
        (self.dir / "zones/example.com.zone").write_text("$TTL 5\n" + SOA + records)
        self.spawn(self.build / "holdfastd", "-w", 1, "-l", f"127.0.0.1:{self.port}", "-z", "zones", "-k", "checks",
                   "-s", "state", "--probes", 20000, *flags)
        self.wait_answer("www.example.com")

    def launch(self):
        self.spawn(self.build / "holdfastd", "-w", 1, "-l", f"127.0.0.1:{self.port}", "-z", "zones", "-s", "state",
                   "--no-checker", "--log-level", "error",
                   *self.tcp_options("--tcp-connections {} --tcp-idle {}").split())

    def reload(self):
        subprocess.run([str(self.build / "holdfastctl"), "-s", str(self.dir / "state"), "reload"], check=True,
                       stdout=subprocess.DEVNULL)

    def role(self, wanted):
        return next(pid for pid, comm in children(self.process.pid).items() if comm == wanted)

    def pid(self):
        return self.role("hf-checker")

    def serving(self):
        return [self.role("hf-responder")]

    def status(self):
        done = subprocess.run([str(self.build / "holdfastctl"), "-s", str(self.dir / "state"), "--json", "status"],
                              capture_output=True, check=True)
        return json.loads(done.stdout)


class Gdnsd(Process):
    """One process for both, whose threads for queries do nothing while nobody asks."""

    name = program = "gdnsd"

    @classmethod
    def version(cls):
        if shutil.which("gdnsd") is None:
            return None
        told = subprocess.run(["gdnsd", "-h"], capture_output=True, text=True, check=False).stderr.split("\n")
        return next((line for line in told if line.startswith("gdnsd version")), told[0])

    def options(self):
        return (f"options => {{ listen => [ 127.0.0.1:{self.port} ], run_dir => {self.dir}/run, "
                f"state_dir => {self.dir}/state, udp_threads => 1, tcp_threads => 1"
                f"{self.tcp_options(', tcp_clients_per_thread => {}, tcp_timeout => {}')} }}\n")

    def prepare(self, zones):
        super().prepare(zones)
        (self.dir / "config").write_text(self.options())

    def launch(self):
        self.spawn("gdnsd", "-c", self.dir, "start")

    def reload(self):
        subprocess.run(["gdnsdctl", "-c", str(self.dir), "reload-zones"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def start(self, service, pools):
        """`pools` are lists of addresses, one to a resource."""
        resources = "\n".join(f"r{i} => {{ {', '.join(f'a{j} => {a}' for j, a in enumerate(pool))} }}"
                              for i, pool in enumerate(pools))
        (self.dir / "zones").mkdir()
        (self.dir / "config").write_text(
            self.options() +
            f"service_types => {{ st => {{ {service} }} }}\n"
            f"plugins => {{ multifo => {{ service_types => st\n up_thresh => 0.01\n {resources} }} }}\n")
        (self.dir / "zones/example.com").write_text(
            SOA + "www 5 DYNA multifo!r0\n")
        self.spawn("gdnsd", "-c", self.dir, "start")
        self.wait_answer("www.example.com")

    def pid(self):
        return self.process.pid


NSD = """\
server:
  ip-address: 127.0.0.1@{port}
  username: ""
  chroot: ""
  zonesdir: "{dir}/zones"
  database: ""
  zonelistfile: "{dir}/zone.list"
  xfrdfile: "{dir}/xfrd.state"
  xfrdir: "{dir}"
  pidfile: "{dir}/nsd.pid"
  server-count: 1
  tcp-query-count: 0
  rrl-ratelimit: 0
  minimal-responses: yes
{tcp}remote-control:
  control-enable: no
"""
NSD_ZONE = """\
zone:
  name: {0}
  zonefile: {0}
"""
KNOT = """\
server:
  listen: 127.0.0.1@{port}
  rundir: "{dir}"
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
{tcp}log:
  - target: stderr
    any: warning
database:
  storage: "{dir}"
template:
  - id: default
    storage: "{dir}/zones"
    file: "%s"
    journal-content: none
    zonefile-sync: -1
    zonefile-load: whole
    semantic-checks: off
zone:
"""


class Nsd(Process):
    """Several processes, of which one answers. Its answers carry no more than the others' (minimal-responses)."""

    name, program = "NSD", "nsd"

    def prepare(self, zones):
        super().prepare(zones)
        tcp = self.tcp_options("  tcp-count: {}\n  tcp-timeout: {}\n")
        (self.dir / "nsd.conf").write_text(
            NSD.format(port=self.port, dir=self.dir, tcp=tcp) + "".join(map(NSD_ZONE.format, zones)))

    def launch(self):
        self.spawn("nsd", "-d", "-c", "nsd.conf")


class Knot(Process):
    """One process with threads for UDP and for TCP."""

    name, program = "Knot", "knotd"

    def prepare(self, zones):
        super().prepare(zones)
        tcp = self.tcp_options("  tcp-max-clients: {}\n  tcp-idle-timeout: {}\n")
        (self.dir / "knot.conf").write_text(
            KNOT.format(port=self.port, dir=self.dir, tcp=tcp) + "".join(f"  - domain: {zone}\n" for zone in zones))

    def launch(self):
        self.spawn("knotd", "-c", "knot.conf")


BIND = """\
options {{
  directory "{dir}";
  listen-on port {port} {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  recursion no;
  minimal-responses yes;
  dnssec-validation no;
  notify no;
  pid-file none;
  session-keyfile none;
{tcp}}};
controls {{ }};
"""
BIND_ZONE = """\
zone "{0}" {{ type master; file "{1}/zones/{0}"; }};
"""
POWERDNS = """\
launch=bind
bind-config={dir}/zones.conf
local-address=127.0.0.1
local-port={port}
socket-dir={dir}
daemon=no
guardian=no
write-pid=no
receiver-threads=1
distributor-threads=1
loglevel=3
{tcp}"""


class Bind(Process):
    """One process, one thread for queries."""

    name, program = "BIND", "named"

    def prepare(self, zones):
        super().prepare(zones)
        tcp = self.tcp_options("  tcp-clients {};\n  tcp-idle-timeout {}0;\n")
        (self.dir / "named.conf").write_text(BIND.format(port=self.port, dir=self.dir, tcp=tcp) +
                                             "".join(BIND_ZONE.format(zone, self.dir) for zone in zones))

    def launch(self):
        self.spawn("named", "-g", "-n", 1, "-c", self.dir / "named.conf")


class PowerDns(Process):
    """With its backend for zone files, and its packet cache as it comes."""

    name, program = "PowerDNS", "pdns_server"

    @classmethod
    def version(cls):
        if shutil.which(cls.program) is None or not list(pathlib.Path("/usr/lib").glob("*/pdns/libbindbackend.so")):
            return None
        done = subprocess.run([cls.program, "--version"], capture_output=True, text=True, check=False)
        told = next(line for line in (done.stderr + done.stdout).split("\n") if "PowerDNS" in line)
        return told[told.index("PowerDNS"):]

    def prepare(self, zones):
        super().prepare(zones)
        tcp = self.tcp_options("max-tcp-connections={}\ntcp-idle-timeout={}\n")
        (self.dir / "pdns.conf").write_text(POWERDNS.format(port=self.port, dir=self.dir, tcp=tcp))
        (self.dir / "zones.conf").write_text("".join(BIND_ZONE.format(zone, self.dir) for zone in zones))

    def launch(self):
        self.spawn("pdns_server", "--config-dir=" + str(self.dir))

    def reload(self):
        for command in ("reload", "purge"):
            subprocess.run(["pdns_control", "--socket-dir=" + str(self.dir), "--config-dir=" + str(self.dir), command],
                           check=True, stdout=subprocess.DEVNULL)
