"""The clients that operators have at hand find nothing odd: dig, drill, kdig, delv and dnspython."""

import re
import subprocess

import dns.message
import dns.query
import dns.resolver
import pytest

from harness.daemon import HOSTS

HOST = HOSTS[0]
STRINGS = 12
ZONE = """\
www   IN A     192.0.2.10
www   IN AAAA  2001:db8::10
cname IN CNAME www
mx    IN MX    10 www
""" + "".join(f'big IN TXT "{number:02}{"x" * 200}"\n' for number in range(STRINGS))

WWW = "www.example.com"
ADDRESSES = ("192.0.2.10", "2001:db8::10")

# command; {port} is put in. Each must end with status 0, print all of its texts, and no complaint.
DIG = "dig @127.0.0.1 -p {port} +tries=1 "
KDIG = "kdig @127.0.0.1 -p {port} +retry=0 "
DRILL = "drill -p {port} "
DELV = "delv @127.0.0.1 -p {port} -i "
COMMANDS = [
    (DIG + WWW, ["status: NOERROR", "flags: qr aa rd;", "192.0.2.10"]),
    (DIG + "+norecurse -t AAAA " + WWW, ["flags: qr aa;", "2001:db8::10"]),
    (DIG + "+tcp +keepopen " + WWW + " " + WWW + " AAAA", ["status: NOERROR", *ADDRESSES]),
    (DIG + "+dnssec +nsid +subnet=198.51.100.0/24 +cookie +keepalive +tcp " + WWW, ["status: NOERROR", "192.0.2.10"]),
    (DIG + "+padding=128 +expire " + WWW, ["status: NOERROR", "192.0.2.10"]),
    (DIG + "+ednsopt=65001:c0ffee +ednsflags=0x40 +noednsnegotiation " + WWW, ["status: NOERROR", "192.0.2.10"]),
    (DIG + "+bufsize=512 big.example.com TXT", ["retrying in TCP mode", f"ANSWER: {STRINGS},"]),
    (DIG + "absent.example.com", ["status: NXDOMAIN", "SOA"]),
    (DIG + "example.net", ["status: REFUSED"]),
    ("dig @::1 -p {port} +tries=1 " + WWW, ["status: NOERROR", "192.0.2.10"]),
    (DRILL + WWW + " @127.0.0.1", ["rcode: NOERROR", "192.0.2.10"]),
    (DRILL + "-t " + WWW + " @127.0.0.1 AAAA", ["rcode: NOERROR", "2001:db8::10"]),
    (DRILL + "-D mx.example.com @127.0.0.1 MX", ["rcode: NOERROR", "10 www.example.com."]),
    (DRILL + "big.example.com @127.0.0.1 TXT", ["rcode: NOERROR", "flags: qr aa tc rd"]),
    (DRILL + "-t big.example.com @127.0.0.1 TXT", ["rcode: NOERROR", f"ANSWER: {STRINGS},"]),
    (DRILL + "absent.example.com @127.0.0.1", ["rcode: NXDOMAIN"]),
    (KDIG + WWW, ["status: NOERROR", "Flags: qr aa rd;", "192.0.2.10"]),
    (KDIG + "+tcp +keepopen " + WWW + " A " + WWW + " AAAA", ["status: NOERROR", *ADDRESSES]),
    (KDIG + "+tcp +keepopen +edns +cookie +nsid " + WWW, ["status: NOERROR", "192.0.2.10"]),
    (KDIG + "+subnet=198.51.100.0/24 " + WWW, ["status: NOERROR", "192.0.2.10"]),
    (KDIG + "+cookie " + WWW, ["status: NOERROR", "192.0.2.10"]),
    (KDIG + "+nsid " + WWW, ["status: NOERROR", "192.0.2.10"]),
    (KDIG + "+dnssec +padding +bufsize=512 big.example.com TXT", ["status: NOERROR", f"ANSWER: {STRINGS};"]),
    (DELV + WWW, ["192.0.2.10"]),
    (DELV + "cname.example.com A", ["CNAME", "192.0.2.10"]),
    (DELV + "+tcp " + WWW + " AAAA", ["2001:db8::10"]),
    (DELV + "absent.example.com", ["ncache nxdomain"]),
    (DELV + WWW + " MX", ["ncache nxrrset"]),
]
# What clients must say: they ask for recursion of themselves, and some do not go on over TCP.
EXPECTED = re.compile(r"WARNING: (recursion requested but not available|truncated reply|The answer packet was truncated)")
COMPLAINTS = ["warning", "malformed", "formerr", "trailing", "mismatch", "unexpected", "timed out"]


@pytest.fixture
def example(daemon):
    daemon.write_zone("example.com", ZONE)
    return daemon.start()


def faults(command, texts):
    done = subprocess.run(command.split(), capture_output=True, text=True, timeout=10, check=False)
    output = done.stdout + done.stderr
    found = [f"status {done.returncode}"] if done.returncode != 0 else []
    found += [f"lacks {text!r}" for text in texts if text not in output]
    rest = EXPECTED.sub("", output).lower()
    found += [f"says {word!r}" for word in COMPLAINTS if word in rest]
    return [f"{command}: {', '.join(found)}\n{output}"] if found else []


def test_command_line_clients(example):
    wrong = []
    for command, texts in COMMANDS:
        wrong += faults(command.format(port=example.port), texts)
    assert not wrong, "\n".join(wrong)


def test_dnspython_as_a_stub_resolver(example):
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [HOST], example.port
    resolver.retry_servfail = False
    assert [rdata.address for rdata in resolver.resolve(WWW, "A")] == ["192.0.2.10"]
    assert resolver.resolve("cname.example.com", "A").canonical_name.to_text() == WWW + "."
    assert len(resolver.resolve("big.example.com", "TXT")) == STRINGS
    assert str(dns.resolver.zone_for_name(WWW, resolver=resolver)) == "example.com."
    with pytest.raises(dns.resolver.NXDOMAIN):
        resolver.resolve("absent.example.com", "A")
    with pytest.raises(dns.resolver.NoAnswer):
        resolver.resolve(WWW, "MX")


def test_dnspython_falls_back_to_tcp(example):
    query = dns.message.make_query("big.example.com", "TXT", use_edns=0, payload=1232)
    response, over_tcp = dns.query.udp_with_fallback(query, HOST, 5, example.port)
    assert over_tcp and len(response.answer[0]) == STRINGS
