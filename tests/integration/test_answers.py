"""What the policies answer, as a client sees it (route53.md sections 1 and 2)."""

import collections

import pytest

from harness.checks import check, pair
from harness.endpoints import silent

DOWN = {"Id": "down", "HealthCheckConfig": {"Type": "TCP", "IPAddress": "127.0.0.1", "Port": 9,
                                            "Disabled": True, "Inverted": True}}
UP = {"Id": "up", "HealthCheckConfig": {"Type": "TCP", "IPAddress": "127.0.0.1", "Port": 9,
                                        "Disabled": True}}
QUERIES = 2000

ZONE = """\
simple  IN A 192.0.2.1
simple  IN A 192.0.2.2
simple  IN A 192.0.2.3

down1   IN A 192.0.2.11 ; @failover primary   check=down
down1   IN A 192.0.2.12 ; @failover secondary check=up
down2   IN A 192.0.2.11 ; @failover primary   check=down
down2   IN A 192.0.2.12 ; @failover secondary check=down
down2   IN A 192.0.2.13 ; @failover 3         check=up
downall IN A 192.0.2.11 ; @failover primary   check=down
downall IN A 192.0.2.12 ; @failover secondary check=down

even    IN A 192.0.2.21 ; @weighted 30
even    IN A 192.0.2.22 ; @weighted 10
sets    IN A 192.0.2.21 ; @weighted 90 set=blue
sets    IN A 192.0.2.22 ; @weighted 90 set=blue
sets    IN A 192.0.2.23 ; @weighted 0  set=green
shifted IN A 192.0.2.21 ; @weighted 90 check=down
shifted IN A 192.0.2.22 ; @weighted 5  check=up
shifted IN A 192.0.2.23 ; @weighted 5
tier    IN A 192.0.2.21 ; @weighted 10 check=down
tier    IN A 192.0.2.22 ; @weighted 0  check=up

multi   IN A 192.0.2.31 ; @multivalue check=up
multi   IN A 192.0.2.32 ; @multivalue check=down
multi   IN A 192.0.2.33 ; @multivalue
again   IN A 192.0.2.31 ; @multivalue check=up
again   IN A 192.0.2.31 ; @multivalue
again   IN A 192.0.2.32 ; @multivalue
multino IN A 192.0.2.31 ; @multivalue check=down
multino IN A 192.0.2.32 ; @multivalue check=down
$GENERATE 1-12 many IN A 192.0.2.$ ; @multivalue

alias   IN A 203.0.113.1 ; @simple alias=down1
branch  IN A 203.0.113.1 ; @failover primary   alias=downall
branch  IN A 203.0.113.2 ; @failover secondary alias=multi
stays   IN A 203.0.113.1 ; @failover primary   alias=downall evaluate=no
stays   IN A 203.0.113.2 ; @failover secondary alias=multi
guarded IN A 203.0.113.1 ; @failover primary   alias=multi check=down
guarded IN A 203.0.113.2 ; @failover secondary
@       IN A 203.0.113.1 ; @simple alias=alias
"""

FIXED = [
    ("simple", ["192.0.2.1", "192.0.2.2", "192.0.2.3"], "all values"),
    ("down1", ["192.0.2.12"], "the secondary"),
    ("down2", ["192.0.2.13"], "the third rank"),
    ("downall", ["192.0.2.11"], "fail-open: the primary"),
    ("sets", ["192.0.2.21", "192.0.2.22"], "one whole set; weight 0 is never drawn"),
    ("tier", ["192.0.2.22"], "the second tier when the first is down"),
    ("multi", ["192.0.2.31", "192.0.2.33"], "the healthy ones"),
    ("again", ["192.0.2.31", "192.0.2.32"], "a record that two sets hold stands once"),
    ("multino", ["192.0.2.31", "192.0.2.32"], "fail-open: all"),
    ("alias", ["192.0.2.12"], "what the target answers"),
    ("branch", ["192.0.2.31", "192.0.2.33"], "a branch that is down is left"),
    ("stays", ["192.0.2.11"], "evaluate=no stays in the branch"),
    ("guarded", ["203.0.113.2"], "an alias's own check counts"),
    ("@", ["192.0.2.12"], "an alias to an alias, at the apex"),
]


@pytest.fixture
def served(daemon):
    daemon.write_checks([UP, DOWN])
    daemon.write_zone("example.com", ZONE)
    return daemon.start()


def full(name):
    return "example.com" if name == "@" else f"{name}.example.com"


def counted(daemon, name, queries):
    """How often each answer came, one query after the other."""
    return collections.Counter(tuple(daemon.answer(full(name))) for _ in range(queries))


def test_answers_that_leave_no_choice(served):
    for name, expected, why in FIXED:
        for _ in range(5):
            response = served.ask(full(name))
            got = sorted(rdata.to_text() for rrset in response.answer for rdata in rrset)
            assert got == expected, f"{name}: {why}"
            assert [str(rrset.name) for rrset in response.answer] == [full(name) + "."], name


def test_weights_are_shares(served):
    """Bounds of more than seven standard deviations: they do not fail by chance."""
    seen = counted(served, "even", QUERIES)
    assert set(seen) == {("192.0.2.21",), ("192.0.2.22",)}
    assert 0.67 * QUERIES < seen["192.0.2.21",] < 0.83 * QUERIES

    seen = counted(served, "shifted", QUERIES // 2)
    assert set(seen) == {("192.0.2.22",), ("192.0.2.23",)}, "an unhealthy weight leaves the sum"
    assert 0.38 * QUERIES // 2 < seen["192.0.2.22",] < 0.62 * QUERIES // 2


def test_multivalue_gives_eight_at_random(served):
    seen = counted(served, "many", 200)
    assert {len(set(answer)) for answer in seen} == {8}
    assert {address for answer in seen for address in answer} == {f"192.0.2.{n}" for n in range(1, 13)}
    assert len(seen) > 20


def test_simple_values_come_in_random_order(served):
    firsts = {served.ask("simple.example.com").answer[0].to_text().split()[4] for _ in range(100)}
    assert len(firsts) == 3


def test_a_new_check_is_up_until_it_was_probed(daemon, tcp_server):
    daemon.write_checks([check("new", "HTTP", tcp_server(silent), ResponseTimeout=60)])
    daemon.write_zone("example.com", pair("www", "new"))
    daemon.start()
    assert daemon.answer("www.example.com") == ["192.0.2.10"]
    assert daemon.check("new")["no_data"]
