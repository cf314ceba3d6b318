"""Free ports on loopback addresses."""

import socket

_given = set()  # ports are not given twice, so that a dead endpoint's port stays dead


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
    for _ in range(100):
        held = [_bind(hosts[0], 0, socket.SOCK_STREAM)]
        port = held[0].getsockname()[1]
        try:
            held.append(_bind(hosts[0], port, socket.SOCK_DGRAM))
            for host in hosts[1:]:
                held.append(_bind(host, port, socket.SOCK_STREAM))
                held.append(_bind(host, port, socket.SOCK_DGRAM))
        except OSError:
            continue
        finally:
            for sock in held:
                sock.close()
        if port not in _given:
            _given.add(port)
            return port
    raise AssertionError("no free port")
