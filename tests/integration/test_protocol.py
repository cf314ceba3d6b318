"""Authoritative answers on the wire: RFC 1034, 1035, 2308, 4592, 6891."""

import socket
import subprocess

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from harness.daemon import HOSTS, summary

APEX = """\
$TTL 60
@    300 IN SOA ns1 hostmaster 7 7200 900 1209600 30
     IN NS  ns1
ns1  IN A   192.0.2.53
"""
STRINGS = 12
ZONE = """\
www      IN A     192.0.2.10
www      IN AAAA  2001:db8::10
cname    IN CNAME www
away     IN CNAME www.elsewhere.example.
*.wild   IN A     192.0.2.20
here.wild IN TXT  "a more specific name"
a.b.ent  IN A     192.0.2.30
sub      IN NS    ns.sub
sub      IN NS    ns.elsewhere.example.
ns.sub   IN A     192.0.2.54
ns.sub   IN AAAA  2001:db8::54
mx       IN MX    10 www
strange  IN TYPE65400 \\# 3 010203
""" + "".join(f'big IN TXT "{number:02}{"x" * 200}"\n' for number in range(STRINGS))

# name, type, what the answer section holds or the rcode, why
ANSWERS = [
    ("www", "A", ["192.0.2.10"], "an address"),
    ("WwW", "A", ["192.0.2.10"], "case does not matter"),
    ("www", "AAAA", ["2001:db8::10"], "an IPv6 address"),
    ("cname", "CNAME", ["www.example.com."], "a CNAME asked for"),
    ("away", "A", ["www.elsewhere.example."], "a CNAME that leaves the zone"),
    ("x.wild", "A", ["192.0.2.20"], "a wildcard"),
    ("x.y.wild", "A", ["192.0.2.20"], "a wildcard covers all depths"),
    ("here.wild", "A", [], "a name that exists is not covered"),
    ("x.here.wild", "A", "NXDOMAIN", "nor is what lies below it (RFC 4592 2.2.1)"),
    ("wild", "A", [], "a wildcard does not answer for its parent"),
    ("b.ent", "A", [], "an empty non-terminal is NODATA"),
    ("www", "MX", [], "NODATA"),
    ("absent", "A", "NXDOMAIN", "NXDOMAIN"),
    ("mx", "MX", ["10 www.example.com."], "names in rdata are completed"),
    ("strange", "TYPE65400", [r"\# 3 010203"], "an unknown type (RFC 3597)"),
]


@pytest.fixture
def served(daemon):
    daemon.write_zone("example.com", ZONE, apex=APEX)
    return daemon.start()


def udp(daemon):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(5)
    sock.connect((HOSTS[0], daemon.port))
    return sock


def test_answers(served):
    for name, rdtype, expected, why in ANSWERS:
        assert served.answer(f"{name}.example.com", rdtype) == expected, f"{name} {rdtype}: {why}"


def test_every_answer_is_authoritative_and_repeats_the_question(served):
    response = served.ask("WwW.example.com")
    assert response.flags & dns.flags.AA
    assert not response.flags & dns.flags.RA
    assert response.question[0].to_text() == "WwW.example.com. IN A"


def test_a_cname_is_answered_with_what_it_leads_to(served):
    response = served.ask("cname.example.com")
    assert [rrset.rdtype for rrset in response.answer] == [dns.rdatatype.CNAME, dns.rdatatype.A]


def test_negative_answers_carry_the_soa_at_the_negative_ttl(served):
    """RFC 2308 section 5: the lesser of the SOA's TTL (300) and its MINIMUM (30)."""
    for name, rcode in (("absent.example.com", dns.rcode.NXDOMAIN),
                        ("www.example.com", dns.rcode.NOERROR)):
        response = served.ask(name, "MX")
        assert response.rcode() == rcode and not response.answer
        assert [(rrset.rdtype, rrset.ttl) for rrset in response.authority] == \
            [(dns.rdatatype.SOA, 30)], name
    assert served.ask("example.com", "SOA").answer[0].ttl == 300


def test_names_outside_all_zones_are_refused(served):
    for name in ("example.net", "com", ".", "xexample.com"):
        assert served.answer(name) == "REFUSED", name


def test_a_delegation_is_a_referral_with_glue(served):
    for name in ("sub.example.com", "deep.below.sub.example.com"):
        response = served.ask(name)
        assert response.rcode() == dns.rcode.NOERROR and not response.answer
        assert not response.flags & dns.flags.AA, "a referral is not authoritative"
        assert [(str(rrset.name), rrset.rdtype) for rrset in response.authority] == \
            [("sub.example.com.", dns.rdatatype.NS)]
        glue = {rdata.to_text() for rrset in response.additional for rdata in rrset}
        assert glue == {"192.0.2.54", "2001:db8::54"}, name


def test_a_big_answer_is_truncated_and_repeated_over_tcp(served):
    name = "big.example.com"
    for sizes, truncated in (({}, True), ({"use_edns": 0, "payload": 600}, True),
                             ({"use_edns": 0, "payload": 4096}, True)):
        response = served.ask(name, "TXT", **sizes)
        assert bool(response.flags & dns.flags.TC) is truncated, sizes
        assert len(response.to_wire()) <= max(512, min(sizes.get("payload", 0), 1232))
        assert (response.edns == 0) is bool(sizes)
    response = served.ask(name, "TXT", tcp=True)
    assert not response.flags & dns.flags.TC
    assert len(response.answer[0]) == STRINGS


def test_the_udp_size_can_be_raised(daemon):
    daemon.write_zone("example.com", ZONE, apex=APEX)
    daemon.start("--udp-size", "4096")
    response = daemon.ask("big.example.com", "TXT", use_edns=0, payload=4096)
    assert not response.flags & dns.flags.TC and len(response.answer[0]) == STRINGS


def test_an_unknown_edns_version_is_badvers(served):
    """RFC 6891 section 6.1.3."""
    query = dns.message.make_query("www.example.com", "A", use_edns=0).to_wire()
    version = len(query) - 5  # the OPT record ends with version, flags and an empty rdata
    wire = query[:version] + b"\1" + query[version + 1:]
    with udp(served) as sock:
        sock.send(wire)
        response = dns.message.from_wire(sock.recv(4096))
    assert response.rcode() == dns.rcode.BADVERS and response.edns == 0


def test_several_queries_on_one_tcp_connection(served):
    with socket.create_connection((HOSTS[0], served.port), 5) as connection:
        queries = [dns.message.make_query(f"{name}.example.com", "A", id=number)
                   for number, name in enumerate(("www", "absent", "x.wild"))]
        for query in queries:
            dns.query.send_tcp(connection, query)
        replies = {}
        for _ in queries:
            reply, _ = dns.query.receive_tcp(connection)
            replies[reply.id] = summary(reply)
    assert replies == {0: ["192.0.2.10"], 1: "NXDOMAIN", 2: ["192.0.2.20"]}


def test_what_is_no_query_gets_no_answer_and_does_no_harm(served):
    """Rubbish and responses are dropped (RFC 1035 4.1.1), or two servers could talk for ever."""
    response = dns.message.make_response(dns.message.make_query("www.example.com", "A"))
    with udp(served) as sock:
        for rubbish in (b"", b"\0", b"\0" * 11, response.to_wire()):
            sock.send(rubbish)
        query = dns.message.make_query("www.example.com", "A", id=4711)
        sock.send(query.to_wire())
        assert dns.message.from_wire(sock.recv(4096)).id == 4711, "the query's is the only answer"


def test_dig_itself_works(served):
    for flags in ([], ["+tcp"], ["+noedns"]):
        done = subprocess.run(["dig", f"@{HOSTS[0]}", "-p", str(served.port), "www.example.com",
                               "+short", "+tries=1", *flags], capture_output=True, text=True,
                              check=True, timeout=10)
        assert done.stdout == "192.0.2.10\n", flags
    done = subprocess.run(["dig", f"@{HOSTS[0]}", "-p", str(served.port), "big.example.com", "TXT",
                           "+tries=1", "+norecurse"], capture_output=True, text=True, check=True,
                          timeout=10)
    assert "Truncated, retrying in TCP mode" in done.stdout
    assert "WARNING" not in done.stdout and "FORMERR" not in done.stdout
