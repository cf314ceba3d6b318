"""Many queries in flight to each server over UDP, and single ones over TCP."""

import socket
import time

IN_FLIGHT = 64  # to one server: what its receive buffer surely holds
WAIT_S = 2.0
TRIES = 3


class Silent(Exception):
    """A server gives no response to a query, however often it is asked."""

    def __init__(self, place, query):
        super().__init__(f"no response to {query.hex()}")
        self.place = place  # of the socket
        self.query = query


def ask_all(sockets, queries):
    """Asks each socket each query; for each query the responses of all sockets. Queries and responses are
    without their identifiers."""
    responses = []
    for start in range(0, len(queries), IN_FLIGHT):
        chunk = [(number & 0xFFFF, queries[number]) for number in range(start, min(start + IN_FLIGHT, len(queries)))]
        answered = [{} for _ in sockets]
        for _ in range(TRIES):
            if not send_missing(sockets, chunk, answered):
                break
            receive(sockets, chunk, answered)
        else:
            raise_silent(chunk, answered)
        responses.extend(tuple(got[identifier] for got in answered) for identifier, _ in chunk)
    return responses


def raise_silent(chunk, answered):
    for place, got in enumerate(answered):
        for identifier, query in chunk:
            if identifier not in got:
                raise Silent(place, query)


def send_missing(sockets, chunk, answered):
    missing = 0
    for sock, got in zip(sockets, answered):
        send = sock.send
        for identifier, query in chunk:
            if identifier not in got:
                send(identifier.to_bytes(2, "big") + query)
                missing += 1
    return missing


def receive(sockets, chunk, answered):
    """Takes responses until none is missing or the time is over."""
    deadline = time.monotonic() + WAIT_S
    first, last = chunk[0][0], chunk[-1][0]
    for sock, got in zip(sockets, answered):
        sock.settimeout(max(0.01, deadline - time.monotonic()))
        recv = sock.recv
        try:
            while len(got) < len(chunk):
                response = recv(65535)
                identifier = response[0] << 8 | response[1]
                if first <= identifier <= last:  # else a late one to an earlier chunk
                    got[identifier] = response[2:]
        except TimeoutError:
            continue


def ask_tcp(sock, query):
    """The response over TCP of the server a UDP socket is connected to, or None."""
    try:
        with socket.create_connection(sock.getpeername(), WAIT_S) as stream:
            stream.sendall((len(query) + 2).to_bytes(2, "big") + b"\0\0" + query)
            with stream.makefile("rb") as file:
                length = int.from_bytes(file.read(2), "big")
                return file.read(length)[2:] or None
    except OSError:
        return None
