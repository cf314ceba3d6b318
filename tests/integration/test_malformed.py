"""Malformed input over real sockets: truncations, pointer loops, over-long names, bad counts.

Each message is held to its one right response (FORMERR by RFC 1035 4.1.1, or none where answering would
start a loop), over UDP and over TCP; and afterwards the same responder, not a new one, answers.
"""

import random
import socket
import struct

import pytest

from harness.daemon import HOSTS
from harness.wait import wait_for

HOST = HOSTS[0]
NOTHING, FORMERR, NOTIMP, NXDOMAIN, REFUSED, NOERROR = None, 1, 4, 3, 5, 0
ANYTHING = "anything"
RD = 0x0100
ID, NEXT_ID = 0x0BAD, 0x600D
RANDOM_MESSAGES = 3000


def header(flags=RD, counts=(1, 0, 0, 0), identifier=ID):
    return struct.pack("!HHHHHH", identifier, flags, *counts)


def name(*labels):
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def question(owner=name(b"www", b"example", b"com"), rdtype=1, rdclass=1):
    return owner + struct.pack("!HH", rdtype, rdclass)


def opt(rdata=b"", owner=b"\0", rdlength=None):
    return owner + struct.pack("!HHIH", 41, 1232, 0, len(rdata) if rdlength is None else rdlength) + rdata


def option(code, data, length=None):
    return struct.pack("!HH", code, len(data) if length is None else length) + data


EDNS = (1, 0, 0, 1)
GOOD = {
    "a plain query": header() + question(),
    "a query with EDNS": header(counts=EDNS) + question() + opt(),
    "a query with EDNS options": header(counts=EDNS) + question() + opt(option(10, b"\1" * 8) + option(100, b"xyz")),
    "a query for a long name": header() + question(name(*[b"x" * 60] * 3, b"example", b"com")),
    "a query with a record in the authority section": header(counts=(1, 0, 1, 0)) + question() + question() +
                                                      struct.pack("!IH", 60, 4) + b"\xc0\0\2\1",
}
LONGEST = name(*[b"x" * 63] * 3, b"y" * 49, b"example", b"com")  # 255 bytes, the root's included
TOO_LONG = name(*[b"x" * 63] * 3, b"y" * 50, b"example", b"com")
AFTER_NAME = struct.pack("!HH", 1, 1)
RECORD = name(b"a") + struct.pack("!HHIH", 1, 1, 60, 4) + b"\xc0\0\2\1"

# name, message, the rcode of its response
BAD = [
    ("nothing", b"", NOTHING),
    ("a header and no question", header(), FORMERR),
    ("a header that says so (RFC 9619)", header(counts=(0, 0, 0, 0)), FORMERR),
    ("a response", header(flags=0x8000) + question(), NOTHING),
    ("a response that is cut", header(flags=0x8000) + question()[:7], NOTHING),
    ("an unknown opcode that is cut", header(flags=13 << 11) + question()[:7], NOTIMP),
    ("two questions (RFC 9619)", header(counts=(2, 0, 0, 0)) + question() * 2, FORMERR),
    ("two questions, one there", header(counts=(2, 0, 0, 0)) + question(), FORMERR),
    ("65535 questions", header(counts=(0xFFFF, 0, 0, 0)) + question(), FORMERR),
    ("65535 of everything", header(counts=(0xFFFF,) * 4) + question(), FORMERR),
    ("one question, 65535 of the rest", header(counts=(1, 0xFFFF, 0xFFFF, 0xFFFF)) + question(), FORMERR),
    ("an answer that is missing", header(counts=(1, 1, 0, 0)) + question(), FORMERR),
    ("an authority that is missing", header(counts=(1, 0, 1, 0)) + question(), FORMERR),
    ("an additional record that is missing", header(counts=EDNS) + question(), FORMERR),
    ("a second one that is missing", header(counts=(1, 0, 0, 2)) + question() + opt(), FORMERR),
    ("a byte behind the question", header() + question() + b"\0", FORMERR),
    ("a byte behind OPT", header(counts=EDNS) + question() + opt() + b"\0", FORMERR),
    ("OPT that is not counted", header() + question() + opt(), FORMERR),
    ("a pointer to itself", header() + b"\xc0\x0c" + AFTER_NAME, FORMERR),
    ("a pointer to itself behind a label", header() + b"\1a\xc0\x0c" + AFTER_NAME, FORMERR),
    ("two pointers to each other", header() + b"\xc0\x0e\xc0\x0c" + AFTER_NAME, FORMERR),
    ("a pointer forwards", header() + b"\xc0\x0e" + name(b"www", b"example", b"com") + AFTER_NAME, FORMERR),
    ("a pointer into the header", header() + b"\1a\xc0\0" + AFTER_NAME, FORMERR),
    ("a pointer behind the end", header() + b"\xff\xff" + AFTER_NAME, FORMERR),
    ("half a pointer", header() + b"\xc0", FORMERR),
    ("label type 0x40", header() + b"\x41" + b"a" + b"\0" + AFTER_NAME, FORMERR),
    ("label type 0x80", header() + b"\x81" + b"a" + b"\0" + AFTER_NAME, FORMERR),
    ("a label that runs over the end", header() + b"\x3f" + b"a" * 10, FORMERR),
    ("a name without an end", header() + b"\1a" * 100, FORMERR),
    ("the longest name", header() + LONGEST + AFTER_NAME, NXDOMAIN),
    ("a name of 256 bytes", header() + TOO_LONG + AFTER_NAME, FORMERR),
    ("a name of 129 labels", header() + name(*[b"a"] * 129) + AFTER_NAME, FORMERR),
    ("a name of 20000 bytes", header() + name(*[b"a" * 63] * 300) + AFTER_NAME, FORMERR),
    ("two OPT records (RFC 6891 6.1.1)", header(counts=(1, 0, 0, 2)) + question() + opt() * 2, FORMERR),
    ("OPT with an owner", header(counts=EDNS) + question() + opt(owner=b"\1a\0"), FORMERR),
    ("OPT among the answers", header(counts=(1, 1, 0, 0)) + question() + opt(), FORMERR),
    ("OPT in the authority section", header(counts=(1, 0, 1, 0)) + question() + opt(), FORMERR),
    ("OPT that runs over the end", header(counts=EDNS) + question() + opt(rdlength=1), FORMERR),
    ("OPT of 65535 bytes that are missing", header(counts=EDNS) + question() + opt(rdlength=0xFFFF), FORMERR),
    ("an option that runs over OPT", header(counts=EDNS) + question() + opt(option(100, b"x", 2)), FORMERR),
    ("half an option's header", header(counts=EDNS) + question() + opt(b"\0\1\0"), FORMERR),
    # Whose record it is matters only for OPT, so pointers in other owners are not followed.
    ("a record whose owner is a loop", header(counts=EDNS) + question() + b"\xc0\x21" + RECORD[3:], NOERROR),
    ("a record that runs over the end", header(counts=EDNS) + question() + RECORD[:-1], FORMERR),
    ("a record that is well", header(counts=(1, 0, 0, 2)) + question() + RECORD + opt(), NOERROR),
    *(("truncation: " + what, good[:length], FORMERR if length >= 12 else NOTHING)
      for what, good in GOOD.items() for length in range(len(good))),
]


def changed_messages():
    """Every byte of every good message set to what breaks parsers; then noise behind a good header."""
    for good in GOOD.values():
        for at in range(2, len(good)):
            for value in (0x00, 0x01, 0x3F, 0x40, 0x7F, 0xC0, 0xFF, good[at] ^ 0x80):
                yield good[:at] + bytes((value,)) + good[at + 1:]
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"malformed: seed {seed}")
    rng = random.Random(seed)
    for _ in range(RANDOM_MESSAGES):
        counts = tuple(rng.choice([0, 1, 1, 2, 255, 65535]) for _ in range(4))
        yield header(rng.randrange(1 << 16), counts) + rng.randbytes(rng.choice([0, 1, 10, 40, 500]))


NEXT = struct.pack("!H", NEXT_ID) + GOOD["a plain query"][2:]


def over_udp(served, message):
    """The response to a message, or NOTHING: the query that follows it is answered first."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.connect((HOST, served.port))
        sock.send(message)
        sock.send(NEXT)
        response = sock.recv(65535)
        if response[:2] == NEXT[:2]:
            return NOTHING
        assert sock.recv(65535)[:2] == NEXT[:2]
        return response


def framed(message):
    return struct.pack("!H", len(message)) + message


def read_message(file):
    length = file.read(2)
    return file.read(struct.unpack("!H", length)[0]) if len(length) == 2 else b""


def over_tcp(served, message):
    """The same over one connection, which the server may close after a message that is none."""
    with socket.create_connection((HOST, served.port), 5) as sock, sock.makefile("rb") as file:
        try:
            sock.sendall(framed(message) + framed(NEXT))
            response = read_message(file)
        except ConnectionError:
            response = b""
        return NOTHING if response[:2] in (NEXT[:2], b"") else response


@pytest.fixture
def served(daemon):
    """A daemon that afterwards is still the one that was started, and answers."""
    daemon.write_zone("example.com", "www IN A 192.0.2.10\n")
    daemon.start()
    responder = daemon.pid("responder")
    yield daemon
    assert daemon.pid("responder") == responder, daemon.log.text()
    for tcp in (False, True):
        assert daemon.answer("www.example.com", tcp=tcp) == ["192.0.2.10"]


@pytest.mark.parametrize("exchange", [over_udp, over_tcp])
def test_each_has_its_response(served, exchange):
    wrong = []
    for what, message, expected in BAD:
        if exchange is over_udp and len(message) > 9000:
            continue
        response = exchange(served, message)
        rcode = NOTHING if response is None else response[3] & 0x0F
        if rcode != expected:
            wrong.append(f"{what}: {rcode}, not {expected}")
        elif response is not None and (response[:2] != message[:2] or not response[2] & 0x80):
            wrong.append(f"{what}: the response is not one to the message")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("exchange", [over_udp, over_tcp])
def test_whatever_comes_is_survived(served, exchange):
    for message in changed_messages():
        exchange(served, message)


def test_streams_that_break_off(served):
    """Half a length, half a message, a length without a message, a length of 0: and the line goes dead."""
    whole = framed(NEXT)
    for stream in [whole[:cut] for cut in range(len(whole))] + [b"\xff\xff", b"\0\0", b"\0\0" * 1000, b"\xff\xff" + whole]:
        for abort in (False, True):
            sock = socket.create_connection((HOST, served.port), 5)
            if abort:  # a reset instead of an end
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            try:
                sock.sendall(stream)
            except ConnectionError:
                pass
            sock.close()


def test_a_stream_byte_by_byte(served):
    with socket.create_connection((HOST, served.port), 5) as sock, sock.makefile("rb") as file:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in framed(NEXT) * 3:
            sock.sendall(bytes((byte,)))
        for _ in range(3):
            assert read_message(file)[:2] == NEXT[:2]


def test_connections_that_say_nothing_keep_nobody_out(served):
    held = [socket.create_connection((HOST, served.port), 5) for _ in range(50)]
    try:
        for sock in held:
            sock.sendall(b"\0")
        wait_for(lambda: served.answer("www.example.com", tcp=True) == ["192.0.2.10"], 5, "an answer over TCP")
    finally:
        for sock in held:
            sock.close()
