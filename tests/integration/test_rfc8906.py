"""RFC 8906 section 8, row by row: a server that answers every kind of query as the RFC expects.

Each row is one dig command of the RFC, named by its section; the rows of section "+" go on where the RFC
stops: every opcode, other classes, and mixtures. Every row is asked over UDP and over TCP, over IPv4 and
over IPv6.
"""

import dataclasses
import itertools
import socket
import struct

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from harness.daemon import HOSTS

ZONE = "example.com."
BIG = "".join(f'big IN TXT "{number:02}{"x" * 200}"\n' for number in range(12))
AA, TC, RD, RA, Z, AD, CD = 0x0400, 0x0200, 0x0100, 0x0080, 0x0040, 0x0020, 0x0010
DO = 0x8000
UNKNOWN_OPTION = (100, b"unknown")
COOKIE = (10, b"\1\2\3\4\5\6\7\x08")
DEFINED_OPTIONS = [COOKIE, (3, b""), (9, b""), (8, b"\0\1\0\0")]  # COOKIE NSID EXPIRE ECS


@dataclasses.dataclass(frozen=True)
class Row:
    """A query, and what its response is held to. `want` and `refuse` are header flags."""
    section: str
    title: str
    type: str = "SOA"
    name: str = ZONE
    class_: int = 1
    opcode: int = 0
    flags: int = 0
    header_only: bool = False  # no question
    edns: int = None  # the version; None for no OPT
    edns_flags: int = 0
    options: tuple = ()
    payload: int = 1232
    rcode: str = "NOERROR"
    answer: str = "SOA"  # the type that must be there; None: the answer section is empty; "any": whatever
    want: int = AA
    refuse: int = RD | AD | Z
    tcp: tuple = (False, True)


ROWS = [
    Row("8.1.1", "is the server configured for the zone?"),
    Row("8.1.2", "an unknown type", type="TYPE1000", answer=None),
    Row("8.1.3.1", "CD=1", flags=CD),
    Row("8.1.3.2", "AD=1", flags=AD),
    Row("8.1.3.3", "the reserved bit", flags=Z),
    Row("8.1.3.4", "a recursive query", flags=RD, want=AA | RD, refuse=RA | AD | Z),
    Row("8.1.4", "an unknown opcode", opcode=15, header_only=True, rcode="NOTIMP", answer=None, want=0,
        refuse=AA | RD | AD | Z),
    Row("8.1.5", "TCP", tcp=(True,)),
    Row("8.2.1", "minimal EDNS", edns=0),
    Row("8.2.2", "EDNS version negotiation", edns=1, rcode="BADVERS", answer=None, want=0, refuse=AA | RD | AD),
    Row("8.2.3", "an unknown EDNS option", edns=0, options=(UNKNOWN_OPTION,)),
    Row("8.2.4", "unknown EDNS flags", edns=0, edns_flags=0x40),
    Row("8.2.5", "version negotiation with unknown flags", edns=1, edns_flags=0x40, rcode="BADVERS", answer=None,
        want=0, refuse=AA | RD | AD),
    Row("8.2.6", "version negotiation with unknown options", edns=1, options=(UNKNOWN_OPTION,), rcode="BADVERS",
        answer=None, want=0, refuse=AA | RD | AD),
    Row("8.2.7", "a truncated response", type="TXT", name="big." + ZONE, edns=0, edns_flags=DO, payload=512,
        answer="any", want=AA | TC, tcp=(False,)),
    Row("8.2.7", "the same over TCP", type="TXT", name="big." + ZONE, edns=0, edns_flags=DO, payload=512,
        answer="TXT", refuse=TC | RD | AD, tcp=(True,)),
    Row("8.2.8", "DO=1", edns=0, edns_flags=DO),
    Row("8.2.9", "version negotiation with DO=1", edns=1, edns_flags=DO, rcode="BADVERS", answer=None, want=0,
        refuse=AA | RD | AD),
    Row("8.2.10", "several defined EDNS options", edns=0, options=tuple(DEFINED_OPTIONS)),
    # Where the RFC stops.
    *(Row("+", f"opcode {opcode}", opcode=opcode, rcode="NOTIMP", answer=None, want=0, refuse=AA | Z)
      for opcode in range(1, 16)),
    *(Row("+", f"opcode {opcode}, a header and all flags", opcode=opcode, header_only=True,
          flags=AA | TC | RD | RA | Z | AD | CD, rcode="NOTIMP", answer=None, want=0, refuse=AA | TC | RA | Z)
      for opcode in range(1, 16)),
    Row("+", "no question (RFC 9619)", header_only=True, rcode="FORMERR", answer=None, want=0, refuse=AA | Z),
    Row("+", "no question with EDNS", header_only=True, edns=0, rcode="FORMERR", answer=None, want=0, refuse=AA | Z),
    Row("+", "no question but a cookie (RFC 7873 5.4)", header_only=True, edns=0, options=(COOKIE,), answer=None,
        want=0, refuse=AA | RD | AD | Z),
    Row("+", "no question but a cookie, all flags", header_only=True, flags=AA | TC | RD | RA | Z | AD | CD, edns=0,
        edns_flags=0xFFFF, options=(UNKNOWN_OPTION, *DEFINED_OPTIONS), answer=None, want=RD,
        refuse=AA | TC | RA | Z | AD),
    Row("+", "no question, another version and a cookie", header_only=True, edns=1, options=(COOKIE,), rcode="BADVERS",
        answer=None, want=0, refuse=AA | RD | AD | Z),
    Row("+", "QUERY with all flags", flags=AA | TC | RD | RA | Z | AD | CD, want=AA | RD, refuse=TC | RA | Z | AD),
    Row("+", "all EDNS flags", edns=0, edns_flags=0xFFFF),
    Row("+", "EDNS version 255 with flags and options", edns=255, edns_flags=0xFFFF, rcode="BADVERS", answer=None,
        options=(UNKNOWN_OPTION, *DEFINED_OPTIONS), want=0, refuse=AA | RD | AD),
    Row("+", "options among unknown ones", edns=0, options=(UNKNOWN_OPTION, *DEFINED_OPTIONS, (65535, b"x" * 500))),
    Row("+", "one unknown option twice", edns=0, options=(UNKNOWN_OPTION, UNKNOWN_OPTION)),
    Row("+", "an EDNS payload of 0 (RFC 6891 6.2.3)", edns=0, payload=0),
    Row("+", "an unknown type with EDNS", type="TYPE65280", edns=0, edns_flags=DO, answer=None),
    Row("+", "an unknown type at a name that is not there", type="TYPE1000", name="absent." + ZONE, rcode="NXDOMAIN",
        answer=None),
    Row("+", "an unknown class", class_=1000, rcode="REFUSED", answer=None, want=0, refuse=AA | RD | AD | Z),
    Row("+", "class HS with EDNS", class_=4, edns=0, rcode="REFUSED", answer=None, want=0, refuse=AA | RD | AD | Z),
    Row("+", "class NONE", class_=254, rcode="REFUSED", answer=None, want=0, refuse=AA | RD | AD | Z),
    Row("+", "BADVERS goes before the class", class_=1000, edns=1, rcode="BADVERS", answer=None, want=0, refuse=AA),
    Row("+", "BADVERS goes before the zone", name="elsewhere.example.", edns=1, rcode="BADVERS", answer=None, want=0,
        refuse=AA),
    Row("+", "a zone of others with EDNS", name="elsewhere.example.", edns=0, rcode="REFUSED", answer=None, want=0,
        refuse=AA | RD | AD | Z),
]


def query_of(row):
    header = struct.pack("!HHHHHH", 0x1234, row.opcode << 11 | row.flags, 0 if row.header_only else 1, 0, 0,
                         0 if row.edns is None else 1)
    question = dns.name.from_text(row.name).to_wire() + struct.pack("!HH", dns.rdatatype.from_text(row.type), row.class_)
    if row.header_only:
        question = b""
    if row.edns is None:
        return header + question
    options = b"".join(struct.pack("!HH", code, len(data)) + data for code, data in row.options)
    return header + question + struct.pack("!BHHBBHH", 0, 41, row.payload, 0, row.edns, row.edns_flags, len(options)) + options


def exchange(query, host, port, tcp):
    """The response as it came, or fails the test: the RFC's first point is that there is one."""
    if not tcp:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(5)
            sock.connect((host, port))
            sock.send(query)
            return sock.recv(65535)
    with socket.create_connection((host, port), 5) as sock, sock.makefile("rb") as file:
        sock.sendall(struct.pack("!H", len(query)) + query)
        return file.read(struct.unpack("!H", file.read(2))[0])


def faults(row, response):
    """What is wrong with a response, in words."""
    flags = struct.unpack_from("!H", response, 2)[0]
    # dnspython refuses opcodes without a name.
    message = dns.message.from_wire(response[:2] + struct.pack("!H", flags & 0x87FF) + response[4:])
    rcode = dns.rcode.to_text(message.rcode())
    rcode = {"BADSIG": "BADVERS"}.get(rcode, rcode)  # 16 has two names
    if message.id != 0x1234 or not flags & 0x8000 or flags >> 11 & 15 != row.opcode:
        yield "not a response to this query"
    if rcode != row.rcode:
        yield f"rcode {rcode}, not {row.rcode}"
    if flags & row.want != row.want or flags & row.refuse:
        yield f"flags {flags:#06x} without {row.want:#06x} or with {row.refuse:#06x}"
    types = [dns.rdatatype.to_text(rrset.rdtype) for rrset in message.answer]
    if row.answer != "any" and types != ([row.answer] if row.answer else []):
        yield f"the answer section has {types}"
    if not row.header_only and not flags & TC and row.opcode == 0 and len(message.question) != 1:
        yield "the question is missing"
    yield from edns_faults(row, message)


def edns_faults(row, message):
    if row.edns is None:
        if message.edns >= 0:
            yield "OPT in the response to a query without"
        return
    if message.edns != 0:
        yield f"EDNS version {message.edns}"
    if message.ednsflags & 0x7FFF:
        yield f"EDNS flags {message.ednsflags:#06x}"
    known = {code for code, _ in DEFINED_OPTIONS} | {15}  # and extended errors
    echoed = [option.otype for option in message.options if option.otype not in known]
    if echoed:
        yield f"options {echoed} in the response"


def test_every_row(daemon):
    daemon.write_zone("example.com", BIG)
    daemon.start()
    found = []
    for row in ROWS:
        for tcp, host in itertools.product(row.tcp, HOSTS):
            response = exchange(query_of(row), host, daemon.port, tcp)
            found += [f"{row.section} {row.title}, {'TCP' if tcp else 'UDP'} to {host}: {fault}"
                      for fault in faults(row, response)]
    assert not found, "\n".join(found)
