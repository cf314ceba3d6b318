"""Free ports on loopback addresses.

They lie below those that the kernel gives to outgoing connections, and each of the processes that run tests at
once has a part of its own: a port that was found free is not taken by somebody else before it is used, and a
dead endpoint's port stays dead.
"""

import itertools
import multiprocessing
import os
import random
import socket

FIRST, PART, PARTS = 10_000, 687, 32

_ports = {}  # by process: what a fork inherits is its parent's


def _own_ports():
    """All ports of this process's part, over and over, from anywhere: two runs on one machine begin in different places."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    forked = sum(multiprocessing.current_process()._identity)
    first = FIRST + (worker + forked) % PARTS * PART
    start = random.randrange(PART)
    return (first + (start + step) % PART for step in itertools.count())


def _bind(host, port, kind):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, kind)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def free_port(*hosts):
    """A port that neither UDP nor TCP uses on any of the addresses."""
    for port in itertools.islice(_ports.setdefault(os.getpid(), _own_ports()), 100):
        held = []
        try:
            for host in hosts:
                held.append(_bind(host, port, socket.SOCK_STREAM))
                held.append(_bind(host, port, socket.SOCK_DGRAM))
        except OSError:
            continue
        finally:
            for sock in held:
                sock.close()
        return port
    raise AssertionError("no free port")
