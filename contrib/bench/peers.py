"""What the benchmarks of checks share: holdfastd and gdnsd over the same endpoints, as processes to be measured."""

import json
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


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


def cpu_s(pid):
    """Processor time of a process, user and system."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


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


def ask(port, name):
    """The addresses of a name, or None while nobody answers."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        try:
            sock.sendto(struct.pack("!6H", 1, 0, 1, 0, 0, 0) + labels + struct.pack("!2H", 1, 1), ("127.0.0.1", port))
            data = sock.recv(4096)
        except OSError:
            return None
    count = struct.unpack("!H", data[6:8])[0]
    at, addresses = 12 + len(labels) + 4, []
    for _ in range(count):
        at += 2 if data[at] >= 0xc0 else data.index(0, at) - at + 1
        kind, _, _, length = struct.unpack("!HHIH", data[at:at + 10])
        if kind == 1:
            addresses.append(socket.inet_ntoa(data[at + 10:at + 10 + length]))
        at += 10 + length
    return sorted(addresses)


class Process:
    """A program over a directory of its own."""

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="hf-bench-"))
        self.port = free_port()
        self.process = None

    def spawn(self, *arguments):
        with open(self.dir / "log", "wb") as log:
            self.process = subprocess.Popen([str(argument) for argument in arguments], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, cwd=self.dir)

    def wait_answer(self, name, deadline_s=60):
        end = time.monotonic() + deadline_s
        while ask(self.port, name) is None:
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

    def __init__(self, build):
        super().__init__()
        self.build = pathlib.Path(build)

    def start(self, checks, records, flags=()):
        (self.dir / "zones").mkdir()
        (self.dir / "checks").mkdir()
        (self.dir / "checks/checks.json").write_text(json.dumps(checks))
        (self.dir / "zones/example.com.zone").write_text(
            "$TTL 5\n@ SOA ns1 h 1 7200 900 1209600 60\n  NS ns1\nns1 A 192.0.2.53\n" + records)
        self.spawn(self.build / "holdfastd", "-w", 1, "-l", f"127.0.0.1:{self.port}", "-z", "zones", "-k", "checks",
                   "-s", "state", "--probes", 20000, *flags)
        self.wait_answer("www.example.com")

    def pid(self):
        return next(pid for pid, comm in children(self.process.pid).items() if comm == "hf-checker")

    def status(self):
        done = subprocess.run([str(self.build / "holdfastctl"), "-s", str(self.dir / "state"), "--json", "status"],
                              capture_output=True, check=True)
        return json.loads(done.stdout)


class Gdnsd(Process):
    """One process for both, whose threads for queries do nothing while nobody asks."""

    name = "gdnsd"

    @staticmethod
    def version():
        if shutil.which("gdnsd") is None:
            return None
        return subprocess.run(["gdnsd", "-h"], capture_output=True, text=True, check=False).stderr.split("\n")[0]

    def start(self, service, pools):
        """`pools` are lists of addresses, one to a resource."""
        resources = "\n".join(f"r{i} => {{ {', '.join(f'a{j} => {a}' for j, a in enumerate(pool))} }}"
                              for i, pool in enumerate(pools))
        (self.dir / "zones").mkdir()
        (self.dir / "config").write_text(
            f"options => {{ listen => [ 127.0.0.1:{self.port} ], run_dir => {self.dir}/run, "
            f"state_dir => {self.dir}/state, udp_threads => 1, tcp_threads => 1 }}\n"
            f"service_types => {{ st => {{ {service} }} }}\n"
            f"plugins => {{ multifo => {{ service_types => st\n up_thresh => 0.01\n {resources} }} }}\n")
        (self.dir / "zones/example.com").write_text(
            "@ SOA ns1 h 1 7200 900 1209600 60\n@ NS ns1\nns1 A 192.0.2.53\nwww 5 DYNA multifo!r0\n")
        self.spawn("gdnsd", "-c", self.dir, "start")
        self.wait_answer("www.example.com")

    def pid(self):
        return self.process.pid
