"""Zones side by side: ten thousand at once, the root as a zone, a parent and its child on one server."""

import collections

import dns.flags
import dns.rcode
import dns.rdatatype
import pytest

from harness.daemon import summary

pytestmark = pytest.mark.alone

ZONES = 10_000
STEP = 37  # of the sample; the first and the last are in it
LOAD_S = 20

PARENT = """\
www         IN A   192.0.2.10
child       IN NS  ns.child
child       IN DS  4711 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
ns.child    IN A   192.0.2.54
www.child   IN A   192.0.2.99 ; below the cut: never answered
to          IN CNAME www.child
"""
CHILD = """\
www         IN A   198.51.100.10
up          IN CNAME www.example.com.
"""
DS = ["4711 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]
ROOT_APEX = """\
$TTL 60
.          IN SOA a.root. hostmaster.root. 1 7200 900 1209600 60
.          IN NS  a.root.
a.root.    IN A   192.0.2.53
"""
ROOT = """\
example.    IN NS  ns.example.
ns.example. IN A   192.0.2.54
test.       IN TXT "a name of the root zone itself"
"""


def origin(number):
    return f"z{number:05}.example"


def sample():
    return [*range(0, ZONES, STEP), ZONES - 1]


def address(number):
    return f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"


def rows(response, section):
    return sorted(f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)}" for rrset in getattr(response, section))


def authoritative(response):
    return bool(response.flags & dns.flags.AA)


def test_ten_thousand_zones(daemon):
    for number in range(ZONES):
        daemon.write_zone(origin(number), f"www IN A {address(number)}\n")
    daemon.start(deadline_s=LOAD_S)
    for number in sample():
        assert daemon.answer(f"www.{origin(number)}") == [address(number)]
        assert daemon.answer(f"absent.{origin(number)}") == "NXDOMAIN"
    for outside in (f"www.z{ZONES}.example", "example", "www.z.example"):
        assert daemon.answer(outside) == "REFUSED", outside

    changed = origin(ZONES // 2)
    daemon.write_zone(changed, "www IN A 203.0.113.1\n")
    (daemon.zones / f"{origin(1)}.zone").unlink()
    daemon.ctl("reload")
    report = daemon.ctl_json("zones")
    assert report["served"] == ZONES - 1
    # Those that were written just before they were read are read again.
    assert ZONES - 100 < report["unchanged"] <= ZONES - 2, report["unchanged"]
    assert daemon.answer(f"www.{changed}") == ["203.0.113.1"]
    assert daemon.answer(f"www.{origin(1)}") == "REFUSED"
    assert daemon.answer(f"www.{origin(2)}") == [address(2)]
    states = collections.Counter(row["state"] for row in daemon.ctl_json("zones")["zones"])
    assert states == {"loaded": ZONES - 1, "removed": 1}


@pytest.fixture
def rooted(daemon):
    """The root zone, and example.com, whose parent com. does not exist in it."""
    path = daemon.dir / "root-zone"
    path.write_text(ROOT_APEX + ROOT)
    daemon.write_zone("example.com", "www IN A 192.0.2.10\n")
    return daemon.start("--zone", f".={path}")


def test_the_root_is_a_zone(rooted):
    assert rooted.answer(".", "SOA") == ["a.root. hostmaster.root. 1 7200 900 1209600 60"]
    assert rooted.answer(".", "NS") == ["a.root."]
    assert rooted.answer("test", "TXT") == ['"a name of the root zone itself"']
    assert rooted.answer("a.root") == ["192.0.2.53"]
    assert rooted.answer("root", "A") == [], "an empty non-terminal"
    response = rooted.ask("absent")
    assert response.rcode() == dns.rcode.NXDOMAIN and authoritative(response)
    assert rows(response, "authority") == [". SOA"]

    response = rooted.ask("www.below.example")
    assert not authoritative(response) and not response.answer
    assert rows(response, "authority") == ["example. NS"]
    assert rows(response, "additional") == ["ns.example. A"]


def test_a_zone_beside_the_root_is_the_closer_one(rooted):
    assert rooted.answer("www.example.com") == ["192.0.2.10"]
    response = rooted.ask("absent.example.com")
    assert rows(response, "authority") == ["example.com. SOA"]
    assert rows(rooted.ask("com"), "authority") == [". SOA"]


@pytest.fixture
def family(daemon):
    daemon.write_zone("example.com", PARENT)
    daemon.write_zone("child.example.com", CHILD)
    return daemon.start()


def test_the_child_answers_for_itself(family):
    """RFC 1034 4.3.2 step 2: the zone that is the nearest ancestor."""
    for name, rdtype, expected in (("www.child", "A", ["198.51.100.10"]), ("child", "NS", ["ns1.child.example.com."]),
                                   ("child", "MX", []), ("absent.child", "A", "NXDOMAIN")):
        response = family.ask(f"{name}.example.com", rdtype)
        assert summary(response) == expected, name
        assert authoritative(response), name
        if not response.answer:
            assert rows(response, "authority") == ["child.example.com. SOA"], name


def test_ds_is_answered_by_the_parent(family):
    """RFC 4035 3.1.4.1: DS lies at the parent's side of the cut."""
    response = family.ask("child.example.com", "DS")
    assert authoritative(response) and summary(response) == DS
    response = family.ask("example.com", "DS")
    assert authoritative(response) and not response.answer, "its parent is not served here"
    assert rows(response, "authority") == ["example.com. SOA"]
    response = family.ask("www.child.example.com", "DS")
    assert rows(response, "authority") == ["child.example.com. SOA"], "no cut there: the child's to answer"


def test_chains_lead_from_one_zone_into_the_other(family):
    for name, target, last in (("to", "www.child", "198.51.100.10"), ("up.child", "www", "192.0.2.10")):
        assert family.answer(f"{name}.example.com") == sorted([last, f"{target}.example.com."])


def test_a_child_added_by_a_reload_takes_over_from_the_cut(daemon):
    daemon.write_zone("example.com", PARENT)
    daemon.start()
    response = daemon.ask("www.child.example.com")
    assert not authoritative(response) and not response.answer
    assert rows(response, "authority") == ["child.example.com. NS"]
    assert daemon.answer("child.example.com", "DS") == DS

    daemon.write_zone("child.example.com", CHILD)
    daemon.ctl("reload")
    response = daemon.ask("www.child.example.com")
    assert authoritative(response) and summary(response) == ["198.51.100.10"]
    assert daemon.answer("child.example.com", "DS") == DS

    (daemon.zones / "child.example.com.zone").unlink()
    daemon.ctl("reload")
    response = daemon.ask("www.child.example.com")
    assert not authoritative(response) and rows(response, "authority") == ["child.example.com. NS"]
