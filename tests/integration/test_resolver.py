"""A BIND resolver that follows a delegation from a parent zone at NSD to us, and with us through a failover.

All on loopback and without privileges: every server has an address of its own and the same port, at which
BIND expects other servers once it is told to listen there itself.
"""

import time

import dns.message
import dns.query
import pytest

from harness.checks import PRIMARY, SECONDARY, check
from harness.daemon import summary
from harness.nameservers import Named, Nsd
from harness.ports import free_port
from harness.wait import wait_for

# BIND listens only on an interface's own address, of which loopback has one.
RESOLVER_HOST, NSD_HOST, OUR_HOST = "127.0.0.1", "127.0.0.2", "127.0.0.3"
TTL_S = 2
LATE_S = 0.5  # for two processes to be scheduled, beyond the TTL
STRINGS = 12

ROOT = f"""\
.       60 IN SOA a.root. hostmaster.root. 1 7200 900 1209600 60
.       60 IN NS  a.root.
a.root. 60 IN A   {NSD_HOST}
example. 60 IN NS ns.example.
ns.example. 60 IN A {NSD_HOST}
"""
PARENT = f"""\
example.          60 IN SOA ns.example. hostmaster.example. 1 7200 900 1209600 60
example.          60 IN NS  ns.example.
ns.example.       60 IN A   {NSD_HOST}
shop.example.     60 IN NS  ns1.shop.example.
ns1.shop.example. 60 IN A   {OUR_HOST}
away.example.     60 IN CNAME www.shop.example.
"""
APEX = f"""\
$TTL {TTL_S}
@    60 IN SOA ns1 hostmaster 1 7200 900 1209600 1
@    60 IN NS  ns1
ns1  60 IN A   {OUR_HOST}
"""
CHILD = f"""\
www      IN A     {PRIMARY[0]} ; @failover primary check=www
www      IN A     {SECONDARY[0]} ; @failover secondary
www      IN AAAA  2001:db8::10
multi    IN A     192.0.2.31 ; @multivalue
multi    IN A     192.0.2.32 ; @multivalue
@        IN A     203.0.113.1 ; @simple alias=www
alias    IN CNAME www
old      IN DNAME new
x.new    IN A     192.0.2.41
*.wild   IN A     192.0.2.42
a.b      IN TXT   "b is an empty non-terminal"
""" + "".join(f'big IN TXT "{number:02}{"x" * 200}"\n' for number in range(STRINGS))

RESOLVED = [
    ("www.shop.example", "A", PRIMARY),
    ("WWW.Shop.Example", "AAAA", ["2001:db8::10"]),
    ("shop.example", "A", PRIMARY),
    ("shop.example", "NS", ["ns1.shop.example."]),
    ("multi.shop.example", "A", ["192.0.2.31", "192.0.2.32"]),
    ("alias.shop.example", "A", sorted([*PRIMARY, "www.shop.example."])),
    ("away.example", "A", sorted([*PRIMARY, "www.shop.example."])),
    ("x.old.shop.example", "A", ["192.0.2.41", "new.shop.example.", "x.new.shop.example."]),
    ("any.wild.shop.example", "A", ["192.0.2.42"]),
    ("www.shop.example", "MX", []),
    ("b.shop.example", "A", []),
    ("a.b.shop.example", "TXT", ['"b is an empty non-terminal"']),
    ("www.shop.example", "TYPE65400", []),
    ("www.shop.example", "HTTPS", []),
    ("absent.shop.example", "A", "NXDOMAIN"),
    ("below.www.shop.example", "A", "NXDOMAIN"),
]


class Chain:
    """Root and parent at NSD, the child with us, and the resolver that is asked."""

    def __init__(self, daemon, nsd, named):
        self.daemon, self.nsd, self.named = daemon, nsd, named

    def ask(self, name, rdtype="A", **how):
        query = dns.message.make_query(name, rdtype, **how)
        response, _ = dns.query.udp_with_fallback(query, RESOLVER_HOST, 5, self.named.port)
        return response

    def answer(self, name, rdtype="A"):
        return summary(self.ask(name, rdtype))


@pytest.fixture
def chain(daemon, nginx):
    port = free_port(RESOLVER_HOST, NSD_HOST, OUR_HOST)
    daemon.endpoint = nginx()
    daemon.write_checks([check("www", "HTTP", daemon.endpoint)])
    daemon.write_zone("shop.example", CHILD, apex=APEX)
    daemon.start("-l", f"{OUR_HOST}:{port}")
    daemon.wait_state("www", "up")
    nsd, named = Nsd(NSD_HOST, port), Named(RESOLVER_HOST, port)
    try:
        nsd.start({".": ROOT, "example.": PARENT})
        named.start(NSD_HOST)
        nsd.wait_serves("example")
        named.wait_serves("shop.example")
        yield Chain(daemon, nsd, named)
    finally:
        named.destroy()
        nsd.destroy()


def follow(chain, expected, seen):
    """Until the daemon answers so, then until the resolver does; how long the resolver took more."""
    chain.daemon.wait_answer("www.shop.example", expected, 5)
    start = time.monotonic()

    def changed():
        seen.append(chain.answer("www.shop.example"))
        return seen[-1] == expected
    wait_for(changed, 10, f"the resolver says {expected}")
    return time.monotonic() - start


def test_what_the_resolver_makes_of_our_answers(chain):
    for name, rdtype, expected in RESOLVED:
        assert chain.answer(name, rdtype) == expected, f"{name} {rdtype}\n{chain.named.log()}"
    assert len(chain.ask("big.shop.example", "TXT").answer[0]) == STRINGS, "over TCP: it does not fit a datagram"
    for complaint in ("FORMERR", "lame", "unexpected RCODE", "REFUSED"):
        assert complaint not in chain.named.log(), chain.named.log()


def test_a_failover_is_seen_within_the_ttl(chain):
    seen = [chain.answer("www.shop.example")]
    assert seen == [PRIMARY]
    for change, expected in ((chain.daemon.endpoint.kill, SECONDARY), (chain.daemon.endpoint.start, PRIMARY)):
        change()
        took = follow(chain, expected, seen)
        print(f"{expected} at the resolver after {took:.3f} s more")
        assert took <= TTL_S + LATE_S
    assert all(answer in (PRIMARY, SECONDARY) for answer in seen), "no error in between"
