"""EDNS options and class CHAOS from a running daemon: RFC 4892, 5001, 7828, 7871, 7873, 8914, 9018."""

import itertools
import struct
from pathlib import Path

import dns.edns
import dns.message
import dns.query
import dns.rcode

from harness.daemon import HOSTS

CONFIG_FD = 4  # src/base/role.h
NSID, SUBNET, COOKIE, KEEPALIVE, ERROR = 3, 8, 10, 11, 15
CLIENT_COOKIE = b"\1\2\3\4\5\6\7\x08"
SECRET = "00112233445566778899aabbccddeeff"
OTHER_SECRET = "ffeeddccbbaa99887766554433221100"
ZONE = "www IN A 192.0.2.10\n"


def query_of(name, *options, rdtype="A", rdclass="IN"):
    generic = [dns.edns.GenericOption(code, data) for code, data in options]
    if name is None:
        message = dns.message.QueryMessage()
        message.use_edns(0, options=generic)
        return message
    return dns.message.make_query(name, rdtype, rdclass, use_edns=0, options=generic)


def ask(daemon, query, host=HOSTS[0], tcp=False):
    send = dns.query.tcp if tcp else dns.query.udp
    return send(query, host, timeout=5, port=daemon.port)


def options_of(response):
    """The options by code, as bytes."""
    return {option.otype: option.to_wire() for option in response.options}


def start(daemon, *flags):
    daemon.write_zone("example.com", ZONE)
    return daemon.start(*flags)


def test_the_operators_texts_are_told(daemon):
    start(daemon, "--server-id", "ns1.test", "--version-text", "guess")
    for name, text in (("version.bind", "guess"), ("version.server", "guess"), ("id.server", "ns1.test"),
                       ("hostname.bind", "ns1.test")):
        response = ask(daemon, query_of(name, rdtype="TXT", rdclass="CH"))
        assert [rrset[0].to_text() for rrset in response.answer] == [f'"{text}"'], name
    response = ask(daemon, query_of("www.example.com", (NSID, b"")))
    assert options_of(response) == {NSID: b"ns1.test"}


def test_what_is_not_given_is_not_told(daemon):
    start(daemon, "--version-text", "")
    for name in ("version.bind", "version.server", "id.server", "hostname.bind"):
        response = ask(daemon, query_of(name, rdtype="TXT", rdclass="CH"))
        assert response.rcode() == dns.rcode.REFUSED and not response.answer, name
    assert options_of(ask(daemon, query_of("www.example.com", (NSID, b"")))) == {}


def test_options_that_are_not_asked_for_are_not_sent(daemon):
    start(daemon, "--server-id", "ns1.test")
    for tcp in (False, True):
        assert options_of(ask(daemon, query_of("www.example.com"), tcp=tcp)) == {}


def test_keepalive_is_for_tcp(daemon):
    start(daemon)
    query = query_of("www.example.com", (KEEPALIVE, b""))
    assert options_of(ask(daemon, query)) == {}
    assert options_of(ask(daemon, query, tcp=True)) == {KEEPALIVE: struct.pack("!H", 100)}


def test_a_subnet_comes_back_with_scope_0(daemon):
    start(daemon)
    subnet = b"\0\1\x18\0\xc6\x33\x64"
    assert options_of(ask(daemon, query_of("www.example.com", (SUBNET, subnet)))) == {SUBNET: subnet}


def test_an_error_is_explained(daemon):
    start(daemon)
    response = ask(daemon, query_of("www.example.net"))
    assert response.rcode() == dns.rcode.REFUSED
    assert options_of(response) == {ERROR: struct.pack("!H", 20)}


def test_cookies_outlive_a_change_of_secret(daemon):
    """RFC 9018 section 5: a cookie of the old secret is valid and replaced while both are known."""
    flags = ("--cookies", "require", "--cookie-secret")
    start(daemon, *flags, SECRET)
    for host in HOSTS:
        first = ask(daemon, query_of("www.example.com", (COOKIE, CLIENT_COOKIE)), host)
        assert first.rcode() == dns.rcode.BADCOOKIE and not first.answer
        cookie = options_of(first)[COOKIE]
        assert len(cookie) == 24 and cookie.startswith(CLIENT_COOKIE)
        again = ask(daemon, query_of("www.example.com", (COOKIE, cookie)), host)
        assert again.rcode() == dns.rcode.NOERROR and again.answer
        assert options_of(again)[COOKIE] == cookie
    daemon.stop()
    daemon.start(*flags, OTHER_SECRET, "--cookie-secret", SECRET)
    changed = ask(daemon, query_of("www.example.com", (COOKIE, cookie)), host)
    assert changed.rcode() == dns.rcode.NOERROR and changed.answer
    assert options_of(changed)[COOKIE] != cookie
    daemon.stop()
    daemon.start(*flags, OTHER_SECRET)
    late = ask(daemon, query_of("www.example.com", (COOKIE, cookie)), host)
    assert late.rcode() == dns.rcode.BADCOOKIE


def test_who_has_no_cookie_is_answered(daemon):
    start(daemon, "--cookies", "require")
    assert ask(daemon, query_of("www.example.com")).answer
    assert ask(daemon, query_of("www.example.com", (COOKIE, CLIENT_COOKIE)), tcp=True).answer


def test_cookies_outlive_the_responder(daemon):
    """A secret nobody configured is the daemon's: the next responder knows the cookies of the last."""
    start(daemon, "--cookies", "require")
    first = ask(daemon, query_of("www.example.com", (COOKIE, CLIENT_COOKIE)))
    cookie = options_of(first)[COOKIE]
    daemon.kill("responder")
    again = ask(daemon, query_of("www.example.com", (COOKIE, cookie)))
    assert again.rcode() == dns.rcode.NOERROR and options_of(again)[COOKIE] == cookie


def test_a_cookie_is_had_without_a_question(daemon):
    """RFC 7873 section 5.4; what is had so is good with a question, and a forged one is not."""
    start(daemon, "--cookies", "require")
    for host, tcp in itertools.product(HOSTS, (False, True)):
        first = ask(daemon, query_of(None, (COOKIE, CLIENT_COOKIE)), host, tcp)
        cookie = options_of(first)[COOKIE]
        assert first.rcode() == dns.rcode.NOERROR and not first.question and not any(first.sections[1:])
        assert len(cookie) == 24 and cookie.startswith(CLIENT_COOKIE)
        assert ask(daemon, query_of(None, (COOKIE, cookie)), host, tcp).rcode() == dns.rcode.NOERROR
        assert ask(daemon, query_of("www.example.com", (COOKIE, cookie)), host).answer
        forged = cookie[:-1] + bytes([cookie[-1] ^ 1])
        refused = ask(daemon, query_of(None, (COOKIE, forged)), host, tcp)
        assert refused.rcode() == dns.rcode.BADCOOKIE and options_of(refused)[COOKIE] not in (forged, CLIENT_COOKIE)


def test_without_a_question_there_is_nothing_but_a_cookie(daemon):
    """RFC 9619: FORMERR, with EDNS if the query has it."""
    start(daemon, "--cookies", "off", "--server-id", "ns1.test")
    for options in ((), ((NSID, b""),), ((COOKIE, CLIENT_COOKIE),)):
        response = ask(daemon, query_of(None, *options))
        assert response.rcode() == dns.rcode.FORMERR and response.edns == 0 and COOKIE not in options_of(response)


def test_the_checker_knows_no_secret(daemon):
    start(daemon, "--cookie-secret", SECRET)
    told = {role: Path(f"/proc/{daemon.pid(role)}/fd/{CONFIG_FD}").read_text() for role in ("responder", "checker")}
    assert SECRET in told["responder"]
    assert "cookie-secret" not in told["checker"]
